//! What every [`BlobStore`] must do; the tests of each implementation run it.

use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{BlobError, BlobStore, ByteStream};

const PREFIX: &str = "contract/one";
const LIMIT: u64 = 1024 * 1024;
/// SHA-256 of `hello world`.
const HELLO: &str = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

/// Runs the contract on an empty store and panics at the first breach.
pub async fn run(store: &dyn BlobStore) {
    round_trip(store).await;
    ranges(store).await;
    refusals(store).await;
    deletion(store).await;
    must(store.ping().await);
}

async fn round_trip(store: &dyn BlobStore) {
    let stored = must(
        store
            .put(PREFIX, chunks(&[b"hello ", b"world"]), LIMIT)
            .await,
    );
    assert_eq!(stored.key, format!("{PREFIX}/{HELLO}"));
    assert_eq!((stored.sha256.as_str(), stored.size), (HELLO, 11));
    assert_eq!(must(store.size(&stored.key).await), 11);
    assert_eq!(must(read(store, &stored.key, None).await), b"hello world");

    let again = must(store.put(PREFIX, chunks(&[b"hello world"]), LIMIT).await);
    assert_eq!(again, stored, "equal content must be stored once");
    let empty = must(store.put(PREFIX, chunks(&[]), LIMIT).await);
    assert_eq!(must(read(store, &empty.key, None).await), b"");
}

async fn ranges(store: &dyn BlobStore) {
    let key = format!("{PREFIX}/{HELLO}");
    for (range, expected) in [
        (0..5, &b"hello"[..]),
        (6..11, b"world"),
        (6..1_000, b"world"),
        (11..20, b""),
        (500..600, b""),
        (3..3, b""),
    ] {
        let label = format!("{range:?}");
        assert_eq!(
            must(read(store, &key, Some(range)).await),
            expected,
            "{label}"
        );
    }
}

async fn refusals(store: &dyn BlobStore) {
    let too_large = store
        .put("contract/large", chunks(&[b"12345", b"6"]), 5)
        .await;
    assert!(matches!(too_large, Err(BlobError::TooLarge { limit: 5 })));
    let fits = must(store.put("contract/large", chunks(&[b"12345"]), 5).await);
    assert_eq!(fits.size, 5);

    let broken = stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(BlobError::source("gone")),
    ]);
    let failed = store.put("contract/broken", broken.boxed(), LIMIT).await;
    assert!(matches!(failed, Err(BlobError::Source(_))));

    let unknown = format!("{PREFIX}/{}", "0".repeat(64));
    assert!(matches!(
        store.get(&unknown, None).await,
        Err(BlobError::NotFound)
    ));
    assert!(matches!(
        store.size(&unknown).await,
        Err(BlobError::NotFound)
    ));
    for key in ["../secret", "/etc/passwd", "contract/one/..", HELLO] {
        assert!(
            matches!(store.get(key, None).await, Err(BlobError::InvalidKey(_))),
            "{key}"
        );
        assert!(
            matches!(store.delete(key).await, Err(BlobError::InvalidKey(_))),
            "{key}"
        );
    }
    for prefix in ["", "..", "a/../b", "/a", ".tmp"] {
        let refused = store.put(prefix, chunks(&[b"x"]), LIMIT).await;
        assert!(matches!(refused, Err(BlobError::InvalidKey(_))), "{prefix}");
        let refused = store.delete_prefix(prefix).await;
        assert!(matches!(refused, Err(BlobError::InvalidKey(_))), "{prefix}");
    }
}

async fn deletion(store: &dyn BlobStore) {
    let key = format!("{PREFIX}/{HELLO}");
    must(store.delete(&key).await);
    must(store.delete(&key).await);
    assert!(matches!(store.size(&key).await, Err(BlobError::NotFound)));

    let near = must(
        store
            .put("contract/onetwo", chunks(&[b"near"]), LIMIT)
            .await,
    );
    let below = must(
        store
            .put("contract/one/deep", chunks(&[b"below"]), LIMIT)
            .await,
    );
    must(store.delete_prefix(PREFIX).await);
    must(store.delete_prefix(PREFIX).await);
    assert!(matches!(
        store.size(&below.key).await,
        Err(BlobError::NotFound)
    ));
    assert_eq!(must(store.size(&near.key).await), 4);
}

async fn read(
    store: &dyn BlobStore,
    key: &str,
    range: Option<Range<u64>>,
) -> Result<Vec<u8>, BlobError> {
    let chunks: Vec<Bytes> = store.get(key, range).await?.try_collect().await?;
    Ok(chunks.concat())
}

fn chunks(parts: &[&'static [u8]]) -> ByteStream<'static> {
    let parts: Vec<_> = parts
        .iter()
        .map(|part| Ok(Bytes::from_static(part)))
        .collect();
    stream::iter(parts).boxed()
}

#[expect(
    clippy::panic,
    reason = "a breach of the contract fails the test that runs it"
)]
fn must<T>(result: Result<T, BlobError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store failed: {error:?}"),
    }
}
