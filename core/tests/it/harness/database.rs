//! A database for one test.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// The name of a fresh database, or none when files in the test's directory do.
pub(crate) enum TestDatabase {
    /// SQLite files below the data directory.
    Files,
    /// A database on the PostgreSQL server of the run.
    Postgres { url: String },
}

impl TestDatabase {
    /// Creates the database that `FM_TEST_DATABASE_URL` asks for.
    pub(crate) async fn create() -> Self {
        let Ok(server) = env::var("FM_TEST_DATABASE_URL") else {
            return Self::Files;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fm_{}_{number}", std::process::id());
        let connection: DatabaseConnection = Database::connect(&server).await.unwrap();
        connection
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        connection.close().await.unwrap();
        Self::Postgres {
            url: with_name(&server, &name),
        }
    }

    /// Returns the value of `DATABASE_URL`; empty means the default file.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Files => "",
            Self::Postgres { url } => url,
        }
    }
}

fn with_name(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let authority = address
        .rsplit_once('/')
        .map_or(address, |(authority, _)| authority);
    match query {
        "" => format!("{authority}/{name}"),
        query => format!("{authority}/{name}?{query}"),
    }
}
