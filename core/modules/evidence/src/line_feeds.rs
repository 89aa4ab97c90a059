//! Pasted text has the line ends of the machine it came from; stored text has line feeds.

use bytes::Bytes;

/// Turns CR LF into LF across chunk borders; a lone CR stays.
#[derive(Debug, Default)]
pub(crate) struct LineFeeds {
    held_back: bool,
}

impl LineFeeds {
    /// Returns what can be stored of `chunk` now.
    pub(crate) fn push(&mut self, chunk: &Bytes) -> Bytes {
        if !self.held_back && memchr::memchr(b'\r', chunk).is_none() {
            return chunk.clone();
        }
        let mut out = Vec::with_capacity(chunk.len() + 1);
        for &byte in chunk {
            if self.held_back && byte != b'\n' {
                out.push(b'\r');
            }
            self.held_back = byte == b'\r';
            if !self.held_back {
                out.push(byte);
            }
        }
        Bytes::from(out)
    }

    /// Returns the CR that the text ended with, if it did.
    pub(crate) fn finish(&mut self) -> Bytes {
        if std::mem::take(&mut self.held_back) {
            Bytes::from_static(b"\r")
        } else {
            Bytes::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &[u8], size: usize) -> Vec<u8> {
        let mut feeds = LineFeeds::default();
        let mut out = Vec::new();
        for chunk in text.chunks(size) {
            out.extend_from_slice(&feeds.push(&Bytes::copy_from_slice(chunk)));
        }
        out.extend_from_slice(&feeds.finish());
        out
    }

    #[test]
    fn line_ends_become_line_feeds_whatever_the_chunks_are() {
        let text = b"one\r\ntwo\r\r\nthree\rfour\n\r";
        for size in 1..=text.len() {
            assert_eq!(normalised(text, size), b"one\ntwo\r\nthree\rfour\n\r");
        }
    }

    #[test]
    fn text_without_carriage_returns_is_not_copied() {
        let chunk = Bytes::from_static(b"one\ntwo\n");
        let pushed = LineFeeds::default().push(&chunk);
        assert_eq!(pushed.as_ptr(), chunk.as_ptr());
    }
}
