//! A bounded cache in the memory of this process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::{Cache, CacheError};
use crate::clock::SharedClock;

const CAPACITY: usize = 100_000;

/// Keeps values in memory; when full, those that expire first make room.
pub struct MemoryCache {
    clock: SharedClock,
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<String, Entry>,
    by_expiry: BTreeSet<(DateTime<Utc>, String)>,
}

struct Entry {
    value: Bytes,
    expiry: DateTime<Utc>,
}

impl MemoryCache {
    /// Returns an empty cache.
    pub fn new(clock: SharedClock) -> Self {
        Self::with_capacity(clock, CAPACITY)
    }

    /// Returns an empty cache that holds at most `capacity` values.
    pub fn with_capacity(clock: SharedClock, capacity: usize) -> Self {
        Self {
            clock,
            capacity: capacity.max(1),
            entries: Mutex::default(),
        }
    }

    /// Returns the values that are alive now.
    fn alive(&self) -> (MutexGuard<'_, Entries>, DateTime<Utc>) {
        let now = self.clock.now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.drop_expired(now);
        (entries, now)
    }
}

impl Entries {
    fn drop_expired(&mut self, now: DateTime<Utc>) {
        while self
            .by_expiry
            .first()
            .is_some_and(|(expiry, _)| *expiry <= now)
        {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some((_, key)) = self.by_expiry.pop_first() {
            self.by_key.remove(&key);
        }
    }

    fn insert(&mut self, key: &str, value: Bytes, expiry: DateTime<Utc>, capacity: usize) {
        self.remove(key);
        if self.by_key.len() >= capacity {
            self.drop_first();
        }
        self.by_expiry.insert((expiry, key.to_owned()));
        self.by_key.insert(key.to_owned(), Entry { value, expiry });
    }

    fn remove(&mut self, key: &str) -> Option<Bytes> {
        let (key, entry) = self.by_key.remove_entry(key)?;
        self.by_expiry.remove(&(entry.expiry, key));
        Some(entry.value)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (entries, _) = self.alive();
        Ok(entries.by_key.get(key).map(|entry| entry.value.clone()))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), CacheError> {
        let (mut entries, now) = self.alive();
        entries.insert(key, value, now + ttl, self.capacity);
        Ok(())
    }

    async fn set_if_absent(
        &self,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        let (mut entries, now) = self.alive();
        if entries.by_key.contains_key(key) {
            return Ok(false);
        }
        entries.insert(key, value, now + ttl, self.capacity);
        Ok(true)
    }

    async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.alive().0.remove(key);
        Ok(())
    }

    async fn increment(
        &self,
        key: &str,
        by: i64,
        ttl_when_new: Duration,
    ) -> Result<i64, CacheError> {
        let (mut entries, now) = self.alive();
        let (count, expiry) = match entries.by_key.get(key) {
            Some(entry) => (counter(&entry.value)?, entry.expiry),
            None => (0, now + ttl_when_new),
        };
        let sum = count.saturating_add(by);
        entries.insert(key, sum.to_string().into(), expiry, self.capacity);
        Ok(sum)
    }

    async fn get_and_delete(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(self.alive().0.remove(key))
    }

    async fn ping(&self) -> Result<(), CacheError> {
        Ok(())
    }
}

fn counter(value: &[u8]) -> Result<i64, CacheError> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(CacheError::NotACounter)
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, SystemClock};

    #[tokio::test]
    async fn the_memory_cache_keeps_the_contract() {
        super::super::contract::run(&MemoryCache::new(SystemClock::shared())).await;
    }

    #[tokio::test]
    async fn a_value_is_gone_when_its_time_is_over() {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        let cache = MemoryCache::new(clock.clone());
        let ttl = Duration::from_secs(10);
        cache.set("key", "value".into(), ttl).await.unwrap();
        cache.increment("count", 1, ttl).await.unwrap();
        clock.advance(Duration::from_secs(5));
        assert_eq!(cache.increment("count", 1, ttl).await.unwrap(), 2);
        clock.advance(Duration::from_secs(5));
        assert_eq!(cache.get("key").await.unwrap(), None);
        assert_eq!(cache.increment("count", 1, ttl).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_full_cache_drops_what_expires_first() {
        let cache = MemoryCache::with_capacity(SystemClock::shared(), 2);
        for (key, seconds) in [("a", 60), ("b", 30), ("c", 90)] {
            let ttl = Duration::from_secs(seconds);
            cache.set(key, key.into(), ttl).await.unwrap();
        }
        assert_eq!(cache.get("b").await.unwrap(), None);
        assert!(cache.get("a").await.unwrap().is_some());
        assert!(cache.get("c").await.unwrap().is_some());
    }
}
