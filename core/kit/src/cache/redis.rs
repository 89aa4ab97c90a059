//! A cache in Redis, shared by all processes that name the same server.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_redis::redis::{Cmd, cmd};

use super::{Cache, CacheError};
use crate::redis::Redis;

const PREFIX: &str = "faultmaven:cache:";

/// Counts and sets the time to live of a new counter in one step; nothing when it is no counter.
const INCREMENT: &str = "
local count = redis.call('GET', KEYS[1])
if count and not string.match(count, '^-?%d+$') then return false end
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if not count then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum";

/// Keeps values in Redis.
#[derive(Debug, Clone)]
pub struct RedisCache(Redis);

impl RedisCache {
    /// Returns a cache on a server.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let value: Option<Vec<u8>> = self.0.query(&on("GET", key)).await?;
        Ok(value.map(Bytes::from))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        self.0.query(on("SET", key).arg(&*value).px(ttl)).await
    }

    async fn set_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let mut set = on("SET", key);
        let stored: Option<String> = self.0.query(set.arg(&*value).px(ttl).arg("NX")).await?;
        Ok(stored.is_some())
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.0.query(&on("DEL", key)).await
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl_when_new: Duration,
    ) -> Result<i64, CacheError> {
        let mut eval = cmd("EVAL");
        eval.arg(INCREMENT).arg(1).arg(prefixed(key));
        eval.arg(by).arg(millis(ttl_when_new));
        let sum: Option<i64> = self.0.query(&eval).await?;
        sum.ok_or(CacheError::NotACounter)
    }

    async fn get_and_delete(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let value: Option<Vec<u8>> = self.0.query(&on("GETDEL", key)).await?;
        Ok(value.map(Bytes::from))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        self.0.ping().await
    }
}

trait TimeToLive {
    fn px(&mut self, ttl: Duration) -> &mut Self;
}

impl TimeToLive for Cmd {
    fn px(&mut self, ttl: Duration) -> &mut Self {
        self.arg("PX").arg(millis(ttl))
    }
}

fn on(command: &str, key: &str) -> Cmd {
    let mut command = cmd(command);
    command.arg(prefixed(key));
    command
}

fn prefixed(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// Returns at least one millisecond, because Redis refuses less.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
