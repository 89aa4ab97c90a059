//! Cuts the bytes of an answer into payloads.

use std::io;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _, unfold};
use futures::{Stream, TryStreamExt as _};
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::io::StreamReader;

use super::vendor::Framing;
use crate::failure::Failure;

/// No vendor sends longer ones; a longer one would eat memory.
const LINE_MAX: usize = 4 << 20;

type Lines = BoxStream<'static, Result<String, Failure>>;

/// Returns the payloads in `bytes`.
pub(crate) fn payloads<S, E>(bytes: S, framing: Framing) -> Lines
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let reader = StreamReader::new(bytes.map_err(io::Error::other).boxed());
    let codec = LinesCodec::new_with_max_length(LINE_MAX);
    let lines = FramedRead::new(reader, codec).map_err(|_| Failure::Garbled);
    match framing {
        Framing::Lines => lines.try_filter(|line| is_there(line)).boxed(),
        Framing::Events => unfold(Some(lines.boxed()), event).boxed(),
    }
}

fn is_there(line: &str) -> std::future::Ready<bool> {
    std::future::ready(!line.trim().is_empty())
}

/// Returns the data of the next event; fields other than the data say nothing that the data does not.
async fn event(lines: Option<Lines>) -> Option<(Result<String, Failure>, Option<Lines>)> {
    let mut lines = lines?;
    let mut data: Option<String> = None;
    while let Some(line) = lines.next().await {
        let line = match line {
            Ok(line) => line,
            Err(failure) => return Some((Err(failure), None)),
        };
        if let Some(value) = line.strip_prefix("data:") {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            }
        } else if line.is_empty()
            && let Some(data) = data.take()
        {
            return Some((Ok(data), Some(lines)));
        }
    }
    data.map(|data| (Ok(data), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(framing: Framing, pieces: &[&'static str]) -> Vec<Result<String, Failure>> {
        let pieces: Vec<Result<Bytes, io::Error>> = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())))
            .collect();
        payloads(futures::stream::iter(pieces), framing)
            .collect()
            .await
    }

    #[tokio::test]
    async fn events_are_joined_from_pieces_and_comments_are_skipped() {
        let pieces = [
            ": hello\r\nevent: x\r\nda",
            "ta: {\"a\":",
            "1}\r\n\r\ndata:one\ndata: two\n\n\n",
            "data: [DONE]",
        ];
        let events = read(Framing::Events, &pieces).await;
        let texts: Vec<String> = events.into_iter().map(Result::unwrap).collect();
        assert_eq!(texts, ["{\"a\":1}", "one\ntwo", "[DONE]"]);
    }

    #[tokio::test]
    async fn lines_are_payloads_unless_they_are_empty() {
        let lines = read(Framing::Lines, &["{}\n\n{\"done\"", ":true}\n"]).await;
        assert_eq!(
            lines,
            [Ok("{}".to_owned()), Ok("{\"done\":true}".to_owned())]
        );
    }

    #[tokio::test]
    async fn what_is_no_text_is_garbled() {
        let bytes: [Result<Bytes, io::Error>; 1] = [Ok(Bytes::from_static(b"data: \xff\n\n"))];
        let bytes = futures::stream::iter(bytes);
        let events: Vec<_> = payloads(bytes, Framing::Events).collect().await;
        assert_eq!(events, [Err(Failure::Garbled)]);
    }
}
