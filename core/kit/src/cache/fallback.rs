//! A cache that goes on in the memory of this process while the shared one does not answer.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Cache, CacheError, SharedCache};

/// Asks the shared cache, and the standby while that does not answer.
///
/// Values of the one are absent from the other, as if their time were over.
pub struct FallbackCache {
    shared: SharedCache,
    standby: SharedCache,
}

impl FallbackCache {
    /// Returns a cache over two others.
    pub fn new(shared: SharedCache, standby: SharedCache) -> Self {
        Self { shared, standby }
    }
}

macro_rules! either {
    ($self:ident.$call:ident($($argument:expr),*)) => {
        match $self.shared.$call($($argument),*).await {
            Err(CacheError::Unavailable(_)) => $self.standby.$call($($argument),*).await,
            answer => answer,
        }
    };
}

#[async_trait]
impl Cache for FallbackCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        either!(self.get(key))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        either!(self.set(key, value.clone(), ttl))
    }

    async fn set_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        either!(self.set_if_absent(key, value.clone(), ttl))
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        either!(self.delete(key))
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl_when_new: Duration,
    ) -> Result<i64, CacheError> {
        either!(self.increment(key, by, ttl_when_new))
    }

    async fn get_and_delete(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        either!(self.get_and_delete(key))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        either!(self.ping())
    }
}
