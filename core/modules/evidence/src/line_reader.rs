//! Picks some lines out of a stream of bytes, without keeping the others.

use std::ops::ControlFlow;

use faultmaven_analysis::Encoding;

/// Characters of a line that are returned.
pub(crate) const LINE_CHARS: usize = 4_096;
/// Enough bytes for that many characters of any encoding, and one more to see that there are more.
const LINE_BYTES: usize = (LINE_CHARS + 1) * 4;

/// One line of a file, without its line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickedLine {
    /// 1-based.
    pub(crate) number: u64,
    pub(crate) byte_start: u64,
    pub(crate) text: String,
    /// Whether the line goes on behind the text.
    pub(crate) is_cut: bool,
}

/// Reads lines `first..first + count`.
#[derive(Debug)]
pub(crate) struct LineReader {
    encoding: Encoding,
    first: u64,
    behind: u64,
    number: u64,
    position: u64,
    line_start: u64,
    kept: Vec<u8>,
    length: u64,
    /// The first byte of a two-byte unit that the last chunk ended with.
    half: Option<u8>,
    lines: Vec<PickedLine>,
}

impl LineReader {
    /// Returns a reader of `count` lines from line `first` on.
    pub(crate) fn new(encoding: Encoding, first: u64, count: u64) -> Self {
        Self {
            encoding,
            first,
            behind: first.saturating_add(count),
            number: 1,
            position: 0,
            line_start: 0,
            kept: Vec::new(),
            length: 0,
            half: None,
            lines: Vec::new(),
        }
    }

    /// Lets the bytes begin with a line of a file rather than with its first.
    pub(crate) fn starting_at(mut self, line: u64, byte_start: u64) -> Self {
        self.number = line;
        (self.position, self.line_start) = (byte_start, byte_start);
        self
    }

    /// Takes the next bytes; breaks once it has its lines.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> ControlFlow<()> {
        match self.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => self.push_wide(chunk),
            _ => self.push_narrow(chunk),
        }
        if self.number >= self.behind {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Returns the lines, and whether the end of the file was reached.
    pub(crate) fn finish(mut self) -> (Vec<PickedLine>, bool) {
        let reached_end = self.number < self.behind;
        if reached_end && self.length > 0 {
            self.end_line();
        }
        (self.lines, reached_end)
    }

    fn push_narrow(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while self.number < self.behind {
            let Some(at) = memchr::memchr(b'\n', rest) else {
                self.keep(rest);
                self.position += rest.len() as u64;
                return;
            };
            self.keep(&rest[..at]);
            self.position += at as u64 + 1;
            self.end_line();
            rest = &rest[at + 1..];
        }
    }

    fn push_wide(&mut self, chunk: &[u8]) {
        for &byte in chunk {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            if self.number >= self.behind {
                return;
            }
            self.position += 2;
            let unit = match self.encoding {
                Encoding::Utf16Le => u16::from_le_bytes([first, byte]),
                _ => u16::from_be_bytes([first, byte]),
            };
            if unit == u16::from(b'\n') {
                self.end_line();
            } else {
                self.keep(&[first, byte]);
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.number >= self.first {
            let room = LINE_BYTES.saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn end_line(&mut self) {
        if self.number >= self.first {
            let line = self.picked();
            self.lines.push(line);
        }
        self.kept.clear();
        self.length = 0;
        self.number += 1;
        self.line_start = self.position;
    }

    fn picked(&self) -> PickedLine {
        let is_first = self.line_start == 0;
        let mark = if is_first {
            mark_length(self.encoding, &self.kept)
        } else {
            0
        };
        let whole = self.encoding.decode(&self.kept[mark..]).into_owned();
        let all_kept = self.length == self.kept.len() as u64;
        let text = match whole.strip_suffix('\r') {
            Some(text) if all_kept => text,
            _ => &whole,
        };
        let end = text
            .char_indices()
            .nth(LINE_CHARS)
            .map_or(text.len(), |(at, _)| at);
        PickedLine {
            number: self.number,
            byte_start: self.line_start + mark as u64,
            text: text[..end].to_owned(),
            is_cut: end < text.len() || !all_kept,
        }
    }
}

fn mark_length(encoding: Encoding, bytes: &[u8]) -> usize {
    let mark: &[u8] = match encoding {
        Encoding::Utf8 => b"\xef\xbb\xbf",
        Encoding::Utf16Le => b"\xff\xfe",
        Encoding::Utf16Be => b"\xfe\xff",
        Encoding::Latin1 | Encoding::Binary => b"",
    };
    if bytes.starts_with(mark) {
        mark.len()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(
        encoding: Encoding,
        bytes: &[u8],
        size: usize,
        first: u64,
        count: u64,
    ) -> (Vec<PickedLine>, bool) {
        let mut reader = LineReader::new(encoding, first, count);
        for chunk in bytes.chunks(size) {
            if reader.push(chunk).is_break() {
                break;
            }
        }
        reader.finish()
    }

    #[test]
    fn lines_are_the_same_whatever_the_chunks_are() {
        let text = b"one\r\ntwo\n\nfour";
        for size in 1..=text.len() {
            let (lines, end) = pick(Encoding::Utf8, text, size, 1, 10);
            let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(texts, ["one", "two", "", "four"]);
            let starts: Vec<_> = lines.iter().map(|line| line.byte_start).collect();
            assert_eq!(starts, [0, 5, 9, 10]);
            assert!(end);
        }
    }

    #[test]
    fn only_the_lines_asked_for_are_returned() {
        let (lines, end) = pick(Encoding::Utf8, b"one\ntwo\nthree\nfour\n", 3, 2, 2);
        assert_eq!((lines[0].number, lines[0].text.as_str()), (2, "two"));
        assert_eq!((lines[1].number, lines[1].text.as_str()), (3, "three"));
        assert_eq!(lines.len(), 2);
        assert!(!end);
    }

    #[test]
    fn nothing_lies_behind_the_end() {
        assert_eq!(pick(Encoding::Utf8, b"one\n", 4, 7, 2), (Vec::new(), true));
    }

    #[test]
    fn wide_text_is_decoded_without_its_mark() {
        let bytes: Vec<u8> = "\u{feff}é\nb\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for size in 1..=bytes.len() {
            let (lines, _) = pick(Encoding::Utf16Le, &bytes, size, 1, 5);
            assert_eq!((lines[0].text.as_str(), lines[0].byte_start), ("é", 2));
            assert_eq!((lines[1].text.as_str(), lines[1].byte_start), ("b", 6));
        }
    }

    #[test]
    fn a_line_of_any_length_is_cut() {
        let mut text = vec![b'x'; 1 << 20];
        text.extend_from_slice(b"\nshort\n");
        let (lines, _) = pick(Encoding::Utf8, &text, 65_536, 1, 2);
        assert_eq!(lines[0].text.len(), LINE_CHARS);
        assert!(lines[0].is_cut && !lines[1].is_cut);
    }
}
