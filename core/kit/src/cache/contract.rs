//! What every [`Cache`] must do; the tests of each implementation run it.

use std::time::Duration;

use bytes::Bytes;

use super::{Cache, CacheError};

const TTL: Duration = Duration::from_secs(60);

/// Runs the contract on an empty cache and panics at the first breach.
pub async fn run(cache: &dyn Cache) {
    values(cache).await;
    absence(cache).await;
    counters(cache).await;
    single_use(cache).await;
    must(cache.ping().await);
}

async fn values(cache: &dyn Cache) {
    assert_eq!(must(cache.get("contract:value").await), None);
    must(cache.set("contract:value", bytes(b"one"), TTL).await);
    must(cache.set("contract:value", bytes(b"\x00\xff"), TTL).await);
    let value = must(cache.get("contract:value").await);
    assert_eq!(value, Some(bytes(b"\x00\xff")));
    must(cache.delete("contract:value").await);
    must(cache.delete("contract:value").await);
    assert_eq!(must(cache.get("contract:value").await), None);
}

async fn absence(cache: &dyn Cache) {
    let set = |value| cache.set_if_absent("contract:lock", value, TTL);
    assert!(must(set(bytes(b"first")).await));
    assert!(!must(set(bytes(b"second")).await));
    assert_eq!(
        must(cache.get("contract:lock").await),
        Some(bytes(b"first"))
    );
    must(cache.delete("contract:lock").await);
    assert!(must(set(bytes(b"third")).await));
}

async fn counters(cache: &dyn Cache) {
    assert_eq!(must(cache.increment("contract:count", 2, TTL).await), 2);
    assert_eq!(must(cache.increment("contract:count", -5, TTL).await), -3);
    assert_eq!(must(cache.get("contract:count").await), Some(bytes(b"-3")));
    must(cache.set("contract:text", bytes(b"text"), TTL).await);
    let refused = cache.increment("contract:text", 1, TTL).await;
    assert!(matches!(refused, Err(CacheError::NotACounter)));
}

async fn single_use(cache: &dyn Cache) {
    must(cache.set("contract:once", bytes(b"ticket"), TTL).await);
    let takes = (0..8).map(|_| cache.get_and_delete("contract:once"));
    let taken = futures::future::join_all(takes).await;
    let winners = taken.into_iter().filter_map(must).count();
    assert_eq!(winners, 1, "a value must be taken by one caller only");
}

fn bytes(value: &'static [u8]) -> Bytes {
    Bytes::from_static(value)
}

#[expect(
    clippy::panic,
    reason = "a breach of the contract fails the test that runs it"
)]
fn must<T>(result: Result<T, CacheError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the cache failed: {error:?}"),
    }
}
