//! SQLite: a file with one writer and several readers.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::{DatabaseConnection, SqlxSqliteConnector};

use super::DbError;
use super::error::cannot_open;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
const STATEMENT_CACHE: usize = 256;
/// Rows that may wait between the connection's thread and the task that reads them.
const ROW_BUFFER: usize = 256;
const MAX_READERS: u32 = 8;
/// From this size on, 64 MiB, the writer makes checkpoints itself, after which the log begins anew.
const WAL_PAGES: &str = "16384";

/// Opens the one connection that writes, and creates the file.
pub(super) async fn open_writer(path: &Path) -> Result<DatabaseConnection, DbError> {
    if let Some(directory) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(directory).map_err(|source| DbError::CreateDirectory {
            path: directory.to_owned(),
            source,
        })?;
    }
    let options = options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-8192");
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(|error| cannot_open(path.display(), error))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Opens the connection that makes checkpoints beside the writer; it is made when needed.
pub(super) fn open_checkpoints(path: &Path) -> DatabaseConnection {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options(path).pragma("cache_size", "-256"));
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

/// Opens the pool that reads; its connections are made when needed.
pub(super) fn open_readers(path: &Path, max: u32) -> DatabaseConnection {
    let options = options(path).read_only(true).pragma("cache_size", "-2048");
    let pool = SqlitePoolOptions::new()
        .min_connections(0)
        .max_connections(max.clamp(1, MAX_READERS))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

fn options(path: &Path) -> SqliteConnectOptions {
    use sea_orm::sqlx::ConnectOptions as _;

    SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENT_CACHE)
        .row_buffer_size(ROW_BUFFER)
        .pragma("mmap_size", "67108864")
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}
