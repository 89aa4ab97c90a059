//! Bytes from the blob store to code that may block, in bounded memory.

use std::ops::{ControlFlow, Range};

use bytes::Bytes;
use faultmaven_kit::SharedBlobStore;
use faultmaven_kit::blob::ByteStream;
use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::convert::unsigned;
use crate::entity::file;
use crate::error::EvidenceError;

/// Chunks on their way between the two sides.
const IN_FLIGHT: usize = 4;

/// Feeds a stream to `state` on a thread that may block, until `step` breaks or the end.
///
/// When the caller goes away the thread stops at the next chunk and `state` is dropped unused.
pub(crate) async fn feed<S, F>(
    mut bytes: ByteStream<'static>,
    state: S,
    step: F,
) -> Result<S, EvidenceError>
where
    S: Send + 'static,
    F: FnMut(&mut S, &[u8]) -> ControlFlow<()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let worker = spawn_blocking(move || take_in(receiver, state, step));
    while let Some(chunk) = bytes.next().await {
        if sender.send(chunk?).await.is_err() {
            break;
        }
    }
    drop(sender);
    Ok(worker.await?)
}

fn take_in<S, F>(mut chunks: mpsc::Receiver<Bytes>, mut state: S, mut step: F) -> S
where
    F: FnMut(&mut S, &[u8]) -> ControlFlow<()>,
{
    while let Some(chunk) = chunks.blocking_recv() {
        if step(&mut state, &chunk).is_break() {
            break;
        }
    }
    state
}

/// Feeds a whole file to `state`.
pub(crate) async fn feed_file<S, F>(
    blobs: &SharedBlobStore,
    file: &file::Model,
    state: S,
    step: F,
) -> Result<S, EvidenceError>
where
    S: Send + 'static,
    F: FnMut(&mut S, &[u8]) -> ControlFlow<()> + Send + 'static,
{
    let bytes = blobs.get(&file.blob_key, None).await?;
    feed(bytes, state, step).await
}

/// Returns a part of a file that is known to be small.
pub(crate) async fn slice(
    blobs: &SharedBlobStore,
    file: &file::Model,
    range: Range<u64>,
) -> Result<Vec<u8>, EvidenceError> {
    let mut bytes = blobs.get(&file.blob_key, Some(range)).await?;
    let mut slice = Vec::new();
    while let Some(chunk) = bytes.next().await {
        slice.extend_from_slice(&chunk?);
    }
    Ok(slice)
}

/// Returns the part of a file that a download asks for.
pub(crate) fn requested_range(
    size: i64,
    start: i64,
    end: i64,
) -> Result<Range<u64>, EvidenceError> {
    let end = if end == 0 { size } else { end.min(size) };
    if start < 0 || start > size {
        return Err(EvidenceError::invalid(
            "byte_start",
            format!("must be between 0 and {size}"),
        ));
    }
    if end < start {
        return Err(EvidenceError::invalid(
            "byte_end",
            "must not lie before byte_start",
        ));
    }
    Ok(unsigned(start)..unsigned(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(chunks: &'static [&'static [u8]]) -> ByteStream<'static> {
        let chunks = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk)));
        futures::stream::iter(chunks).boxed()
    }

    #[tokio::test]
    async fn every_chunk_arrives_in_order() {
        let bytes = stream(&[b"one ", b"two ", b"three"]);
        let step = |all: &mut Vec<u8>, chunk: &[u8]| {
            all.extend_from_slice(chunk);
            ControlFlow::Continue(())
        };
        assert_eq!(
            feed(bytes, Vec::new(), step).await.unwrap(),
            b"one two three"
        );
    }

    #[tokio::test]
    async fn a_reader_that_has_enough_ends_the_stream() {
        let endless = futures::stream::repeat_with(|| Ok(Bytes::from_static(b"x"))).boxed();
        let step = |count: &mut u32, _: &[u8]| {
            *count += 1;
            if *count == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        assert_eq!(feed(endless, 0, step).await.unwrap(), 3);
    }

    #[test]
    fn ranges_outside_the_file_are_refused() {
        assert_eq!(requested_range(10, 0, 0).unwrap(), 0..10);
        assert_eq!(requested_range(10, 2, 99).unwrap(), 2..10);
        assert_eq!(requested_range(10, 10, 0).unwrap(), 10..10);
        for (start, end) in [(-1, 0), (11, 0), (5, 4), (0, -1)] {
            assert!(requested_range(10, start, end).is_err(), "{start}..{end}");
        }
    }
}
