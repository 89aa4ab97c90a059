//! What the tests of all crates share: databases, servers and ports that nobody else uses, people, a log,
//! and makers of models.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "only tests use it, and a test that cannot start fails"
)]

mod log;
mod port;
mod redis;
mod stand_in;
mod transcript;

pub use log::Log;
pub use port::Port;
pub use redis::RedisServer;
pub use stand_in::{Reply, Seen, StandIn};
pub use transcript::Dialect;

use std::path::Path;

use faultmaven_kit::{Actor, Db, DbConfig, Ids, MigrationPolicy, Role};
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

/// Returns somebody whose names are all made of the id, and who may do whatever the role allows.
pub fn actor(user_id: &str, role: Role) -> Actor {
    Actor {
        user_id: user_id.to_owned(),
        username: user_id.to_owned(),
        email: format!("{user_id}@example.org"),
        email_verified: true,
        display_name: user_id.to_owned(),
        role,
        scopes: None,
        token_id: "token_1".to_owned(),
        team_ids: Vec::new(),
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
