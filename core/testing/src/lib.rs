//! What the tests of all crates share: databases that nobody else uses.
#![expect(
    clippy::unwrap_used,
    reason = "only tests use it, and a test that cannot start fails"
)]

use std::path::Path;

use faultmaven_kit::{Db, DbConfig, Ids, MigrationPolicy};
use sea_orm::ConnectionTrait as _;
use url::Url;

/// Names a PostgreSQL server whose role may create databases.
const SERVER: &str = "FM_TEST_DATABASE_URL";

/// Opens a database nobody else uses; see [`database_config`].
pub async fn database(directory: &Path) -> Db {
    let config = database_config(directory).await;
    Db::connect(&config).await.unwrap()
}

/// Returns where a database nobody else uses is: a file in `directory`, or on the server that
/// `FM_TEST_DATABASE_URL` names.
pub async fn database_config(directory: &Path) -> DbConfig {
    DbConfig {
        url: database_url().await,
        max_connections: 4,
        migration: MigrationPolicy::Apply,
        data_dir: directory.to_owned(),
    }
}

/// Returns the address of a database nobody else uses; empty means the default file.
pub async fn database_url() -> String {
    match std::env::var(SERVER) {
        Ok(server) => create_on(server.parse().unwrap()).await,
        Err(_) => String::new(),
    }
}

async fn create_on(mut server: Url) -> String {
    let name = Ids::random().hex16("test");
    let connection = sea_orm::Database::connect(server.as_str()).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    connection.execute_unprepared(&create).await.unwrap();
    connection.close().await.unwrap();
    server.set_path(&name);
    server.into()
}
