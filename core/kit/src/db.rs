//! One database per module, on SQLite or PostgreSQL, with the same behaviour on both.

use std::path::Path;

use futures::future::BoxFuture;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, SqlErr, Statement,
};

mod checkpoint;
mod config;
mod error;
mod group_commit;
mod migrate;
mod postgres;
mod receipt;
mod sqlite;
mod time;

pub use crate::clock::to_micros;
pub use config::{DbConfig, MigrationPolicy};
pub use error::DbError;
pub use migrate::{Migration, Migrations, index};
pub use receipt::{Once, Receipt, Receipts, check_idempotency_key, receipt_index, receipt_table};
pub use time::{seconds_between, utc_day};

use config::Location;
use group_commit::{Commits, Writer};

/// The kind of database behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database: read anywhere, written through [`Db::write`] alone.
#[derive(Debug, Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writes: Writes,
    migration: MigrationPolicy,
}

#[derive(Debug, Clone)]
enum Writes {
    Grouped {
        connection: DatabaseConnection,
        writer: Writer,
        commits: Commits,
    },
    Own,
}

impl Db {
    /// Opens the database; a SQLite file and its directory are created when absent.
    pub async fn connect(config: &DbConfig) -> Result<Self, DbError> {
        match config.location()? {
            Location::Sqlite(path) => {
                let connection = sqlite::open_writer(&path).await?;
                let reader = sqlite::open_readers(&path, config.max_connections);
                let checkpoints = sqlite::open_checkpoints(&path);
                let writer = Writer::start(connection.clone(), checkpoints);
                Ok(Self {
                    reader,
                    writes: Writes::Grouped {
                        connection,
                        writer,
                        commits: Commits::default(),
                    },
                    migration: config.migration,
                })
            }
            Location::Postgres(url) => Ok(Self {
                reader: postgres::open(&url, config.max_connections).await?,
                writes: Writes::Own,
                migration: config.migration,
            }),
        }
    }

    /// Returns the same database with a [`Db::revision`] of its own, for a module whose tables
    /// nobody else writes.
    #[must_use]
    pub fn of_its_own(&self) -> Self {
        let mut db = self.clone();
        if let Writes::Grouped { commits, .. } = &mut db.writes {
            *commits = Commits::default();
        }
        db
    }

    /// Returns how many writes through this handle and its clones are committed; whoever hears of
    /// a write finds it counted. What is read after asking holds at least until the number changes.
    ///
    /// `None` on PostgreSQL, where other processes may write, too.
    pub fn revision(&self) -> Option<u64> {
        match &self.writes {
            Writes::Grouped { commits, .. } => Some(commits.count()),
            Writes::Own => None,
        }
    }

    /// Returns the connection for queries; on SQLite it refuses to write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Runs `f` in a transaction and commits it when `f` returns `Ok`.
    ///
    /// `f` may run more than once, each time after all it did was rolled back, so it must have no
    /// effect but on the transaction. On SQLite concurrent writes share one commit.
    pub async fn write<F, T, E>(&self, f: F) -> Result<T, E>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>>
            + Send
            + Sync
            + 'static,
        T: Send + 'static,
        E: std::error::Error + From<DbErr> + Send + 'static,
    {
        match &self.writes {
            Writes::Grouped {
                writer, commits, ..
            } => writer.write(commits, f).await,
            Writes::Own => postgres::write(&self.reader, &f).await,
        }
    }

    /// Applies the migrations of a module, or only checks them, as the policy says.
    pub async fn migrate(&self, migrations: Migrations) -> Result<(), DbError> {
        let connection = match &self.writes {
            Writes::Grouped { connection, .. } => connection,
            Writes::Own => &self.reader,
        };
        migrate::run(connection, self.migration, migrations).await
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        Ok(self.reader.ping().await?)
    }

    /// Returns the kind of database.
    pub fn backend(&self) -> Backend {
        match self.writes {
            Writes::Grouped { .. } => Backend::Sqlite,
            Writes::Own => Backend::Postgres,
        }
    }

    /// Writes a consistent copy of a SQLite database to `path`, which must not exist.
    pub async fn backup_to(&self, path: &Path) -> Result<(), DbError> {
        if self.backend() != Backend::Sqlite {
            return Err(DbError::BackupUnsupported);
        }
        let target = path.to_str().ok_or_else(|| DbError::InvalidPath {
            path: path.to_owned(),
        })?;
        let statement = Statement::from_sql_and_values(
            sea_orm::DbBackend::Sqlite,
            "VACUUM INTO ?",
            [target.into()],
        );
        self.reader.execute_raw(statement).await?;
        Ok(())
    }

    /// Records how many connections are open and how many of them are idle.
    pub fn record_pool_metrics(&self) {
        let (database, open, idle) = match self.backend() {
            Backend::Sqlite => {
                let pool = self.reader.get_sqlite_connection_pool();
                ("sqlite", pool.size(), pool.num_idle())
            }
            Backend::Postgres => {
                let pool = self.reader.get_postgres_connection_pool();
                ("postgres", pool.size(), pool.num_idle())
            }
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        metrics::gauge!("faultmaven_db_connections", "database" => database, "state" => "open")
            .set(f64::from(open));
        metrics::gauge!("faultmaven_db_connections", "database" => database, "state" => "idle")
            .set(f64::from(idle));
    }

    /// Finishes the writes that are queued and closes all connections.
    pub async fn close(&self) -> Result<(), DbError> {
        if let Writes::Grouped {
            connection, writer, ..
        } = &self.writes
        {
            writer.stop().await;
            self.reader.close_by_ref().await?;
            connection.close_by_ref().await?;
            return Ok(());
        }
        Ok(self.reader.close_by_ref().await?)
    }
}

/// Returns whether `error` says that a unique value is taken.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
