//! A Redis server that processes share; while it does not answer, it is left alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_redis::redis::{Cmd, FromRedisValue, RedisError, cmd};
use deadpool_redis::{Manager, Pool, PoolError, Runtime};

use crate::breaker::{Breaker, BreakerConfig, BreakerState, Outcome};
use crate::cache::CacheError;

const NAME: &str = "redis";
const CONNECTIONS: usize = 16;
/// Somebody waits for each call, and nobody needs its answer to be right.
const CALL_TIMEOUT: Duration = Duration::from_millis(500);
/// Whoever calls has something to fall back on, so one failure is enough.
const BREAKER: BreakerConfig = BreakerConfig {
    fail_threshold: 1,
    reset_timeout: Duration::from_secs(2),
};

/// Takes a token from a bucket, all in one step; the time is that of the server.
const TAKE_TOKEN: &str = include_str!("redis/take_token.lua");

/// Connections to one Redis server.
#[derive(Clone)]
pub struct Redis(Arc<Server>);

struct Server {
    pool: Pool,
    breaker: Breaker,
}

/// What became of the wish for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// It was taken, and so many are left.
    Taken {
        /// How many more may be taken at once.
        left: u32,
    },
    /// There is none before this time has passed.
    In(Duration),
}

impl Redis {
    /// Returns the server at an address such as `redis://:password@host:6379/0`, without calling it.
    pub fn new(url: &str) -> Result<Self, CacheError> {
        let manager = Manager::new(url).map_err(unavailable)?;
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(unavailable)?;
        let breaker = Breaker::new("server", NAME, BREAKER);
        Ok(Self(Arc::new(Server { pool, breaker })))
    }

    /// Returns whether the server is called.
    pub fn state(&self) -> BreakerState {
        self.0.breaker.state()
    }

    /// Fails unless the server answers.
    pub async fn ping(&self) -> Result<(), CacheError> {
        self.query(&cmd("PING")).await
    }

    /// Takes a token from the bucket under `key`, which holds `capacity` and gains one each `interval`.
    pub async fn take_token(
        &self,
        key: &str,
        capacity: u32,
        interval: Duration,
    ) -> Result<Token, CacheError> {
        let micros = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX);
        let mut eval = cmd("EVAL");
        eval.arg(TAKE_TOKEN).arg(1).arg(key);
        eval.arg(micros).arg(capacity);
        let (left, wait): (i64, u64) = self.query(&eval).await?;
        Ok(match u32::try_from(left) {
            Ok(left) => Token::Taken { left },
            Err(_) => Token::In(Duration::from_micros(wait)),
        })
    }

    /// Sends a command and returns the answer.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, CacheError> {
        let breaker = &self.0.breaker;
        breaker.admit().map_err(|_| unavailable(LeftAlone))?;
        let answer = tokio::time::timeout(CALL_TIMEOUT, self.send(command)).await;
        let answer = match answer {
            Ok(answer) => answer.map_err(unavailable),
            Err(elapsed) => Err(unavailable(elapsed)),
        };
        breaker.record(match &answer {
            Ok(_) => Outcome::Answered,
            Err(_) => Outcome::Failed,
        });
        answer
    }

    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, SendError> {
        let mut connection = self.0.pool.get().await?;
        Ok(command.query_async(&mut connection).await?)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("no connection")]
    Connection(#[from] PoolError),
    #[error("the command failed")]
    Command(#[from] RedisError),
}

#[derive(Debug, thiserror::Error)]
#[error("it did not answer a moment ago")]
struct LeftAlone;

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> CacheError {
    CacheError::Unavailable(Box::new(error))
}
