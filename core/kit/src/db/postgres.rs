//! PostgreSQL: one pool, and writes that try again when the server asks for it.

use std::error::Error;
use std::time::Duration;

use futures::future::BoxFuture;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqlxError, SqlxPostgresConnector,
    TransactionTrait as _,
};

use super::DbError;
use super::error::cannot_open;

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const PROBE: Duration = Duration::from_secs(2);
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);
const MAX_LIFETIME: Duration = Duration::from_secs(1_800);
const STATEMENT_TIMEOUT: &str = "30s";
const STATEMENT_CACHE: usize = 256;
const ATTEMPTS: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_millis(20);
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";

/// Opens a pool on the server at `url`.
pub(super) async fn open(url: &str, max: u32) -> Result<DatabaseConnection, DbError> {
    use sea_orm::sqlx::ConnectOptions as _;

    let options = url
        .parse::<PgConnectOptions>()
        .map_err(|error| cannot_open("the address that was given", error))?
        .application_name("faultmaven")
        .statement_cache_capacity(STATEMENT_CACHE)
        .options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", STATEMENT_TIMEOUT),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .min_connections(0)
        .max_connections(max.max(1))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .connect_with(options.clone())
        .await;
    match pool {
        Ok(pool) => Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool)),
        Err(error) => {
            let place = format!("{}:{}", options.get_host(), options.get_port());
            Err(cannot_open(place, reason(error, &options).await))
        }
    }
}

/// Returns the host that an address names, also one that the environment adds to it; none for a socket.
pub(super) fn host(url: &str) -> Option<String> {
    // An address that cannot be read is told when it is opened.
    let options = url.parse::<PgConnectOptions>().ok()?;
    let host = options.get_host();
    let is_socket = options.get_socket().is_some() || host.starts_with('/');
    (!is_socket).then(|| host.to_owned())
}

/// A pool that waits in vain says no more than that; one connection tells why.
async fn reason(error: SqlxError, options: &PgConnectOptions) -> SqlxError {
    use sea_orm::sqlx::ConnectOptions as _;

    match error {
        SqlxError::PoolTimedOut => match tokio::time::timeout(PROBE, options.connect()).await {
            Ok(Err(reason)) => reason,
            _ => error,
        },
        _ => error,
    }
}

/// Runs `f` in a transaction of its own, again when it lost to a concurrent one.
pub(super) async fn write<F, T, E>(connection: &DatabaseConnection, f: &F) -> Result<T, E>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
    T: Send,
    E: Error + From<DbErr> + Send + 'static,
{
    let mut attempt = 1;
    loop {
        match attempt_write(connection, f).await {
            Outcome::Done(result) => return result,
            Outcome::Lost(error) if attempt >= ATTEMPTS => return Err(error),
            Outcome::Lost(_) => {
                tokio::time::sleep(RETRY_DELAY * attempt).await;
                attempt += 1;
            }
        }
    }
}

enum Outcome<T, E> {
    Done(Result<T, E>),
    Lost(E),
}

async fn attempt_write<F, T, E>(connection: &DatabaseConnection, f: &F) -> Outcome<T, E>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, E>> + Send + Sync,
    T: Send,
    E: Error + From<DbErr> + Send + 'static,
{
    let transaction = match connection.begin().await {
        Ok(transaction) => transaction,
        Err(error) => return Outcome::Done(Err(E::from(error))),
    };
    match f(&transaction).await {
        Ok(value) => match transaction.commit().await {
            Ok(()) => Outcome::Done(Ok(value)),
            Err(error) if lost_to_another(&error) => Outcome::Lost(E::from(error)),
            Err(error) => Outcome::Done(Err(E::from(error))),
        },
        Err(error) => {
            if let Err(rollback) = transaction.rollback().await {
                tracing::warn!(error = %rollback, "rollback failed");
            }
            if lost_to_another(&error) {
                Outcome::Lost(error)
            } else {
                Outcome::Done(Err(error))
            }
        }
    }
}

/// Returns whether the server gave up this transaction in favour of another one.
fn lost_to_another(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(code) = sqlstate(error) {
            return matches!(code.as_str(), SERIALIZATION_FAILURE | DEADLOCK_DETECTED);
        }
        cause = error.source();
    }
    false
}

fn sqlstate(error: &(dyn Error + 'static)) -> Option<String> {
    let RuntimeErr::SqlxError(error) = error.downcast_ref::<RuntimeErr>()? else {
        return None;
    };
    match &**error {
        SqlxError::Database(error) => error.code().map(|code| code.into_owned()),
        _ => None,
    }
}
