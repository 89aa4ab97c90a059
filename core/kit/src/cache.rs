//! Short-lived shared state: counters, sessions, locks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub mod contract;
mod fallback;
mod memory;
mod redis;

pub use fallback::FallbackCache;
pub use memory::MemoryCache;
pub use redis::RedisCache;

/// A store of values that may vanish after their time to live.
#[async_trait]
pub trait Cache: Send + Sync {
    /// Returns the value under `key`.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError>;
    /// Stores a value for `ttl`.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError>;
    /// Stores a value unless there is one; returns whether it was stored.
    async fn set_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError>;
    /// Removes the value under `key`, if any.
    async fn delete(&self, key: &str) -> Result<(), CacheError>;
    /// Adds to the counter under `key` and returns it; a new counter lives for `ttl_when_new`.
    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl_when_new: Duration,
    ) -> Result<i64, CacheError>;
    /// Removes the value under `key` and returns it, to one caller only.
    async fn get_and_delete(&self, key: &str) -> Result<Option<Bytes>, CacheError>;
    /// Fails unless the store answers.
    async fn ping(&self) -> Result<(), CacheError>;
}

/// A cache shared by everything in a process.
pub type SharedCache = Arc<dyn Cache>;

/// Why a cache did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The value under the key is not a number.
    #[error("the value is not a counter")]
    NotACounter,
    /// The store did not answer.
    #[error("cache unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
