//! Splits pushed chunks into lines with their place in the original bytes.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::constants::{HOLE_MIN, LINE_KEEP, LINE_PIECE};
use crate::encoding::Encoding;

/// Bytes a line end takes at most.
const LINE_END_MAX: usize = 4;

/// One line, or a piece of an overlong one, as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawLine<'a> {
    /// The bytes, without line ending.
    pub(crate) bytes: &'a [u8],
    /// Offset of the first byte.
    pub(crate) start: u64,
    /// 1-based.
    pub(crate) number: u64,
    /// Whether this carries on a line too long to be read at once.
    pub(crate) carries_on: bool,
}

/// Streaming line splitter; holds little more than `LINE_KEEP` bytes.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    encoding: Encoding,
    carry: Vec<u8>,
    carry_last: u8,
    line_start: u64,
    position: u64,
    /// Zeros in a row that end the bytes seen so far.
    zeros: u64,
    /// Whether a hole has cut the current line, whose rest keeps its number.
    torn: bool,
    /// Whether the head of an overlong line was handed on already.
    inside: bool,
    /// Bytes in holes, which belong to no line.
    pub(crate) skipped: u64,
    pub(crate) lines: u64,
    pub(crate) crlf: u64,
    pub(crate) lf: u64,
    /// Lines that were handed on in pieces, and the bytes behind their first piece.
    pub(crate) cut_lines: u64,
    pub(crate) cut_bytes: u64,
}

impl LineSplitter {
    /// Creates a splitter whose first byte stands at `start`.
    pub(crate) fn new(encoding: Encoding, start: u64) -> Self {
        Self {
            encoding,
            carry: Vec::new(),
            carry_last: 0,
            line_start: start,
            position: start,
            zeros: 0,
            torn: false,
            inside: false,
            skipped: 0,
            lines: 0,
            crlf: 0,
            lf: 0,
            cut_lines: 0,
            cut_bytes: 0,
        }
    }

    /// Calls `sink` for every line that ends within `chunk`, and for pieces of overlong ones.
    pub(crate) fn push(&mut self, chunk: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        if self.encoding.is_wide() {
            return self.push_wide(chunk, sink);
        }
        if self.zeros == 0 && memchr::memchr(0, chunk).is_none() {
            return self.push_solid(chunk, sink);
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
            self.zeros += zeros as u64;
            rest = &rest[zeros..];
            if rest.is_empty() {
                return;
            }
            self.settle_zeros(sink);
            let solid = memchr::memchr(0, rest).unwrap_or(rest.len());
            self.push_solid(&rest[..solid], sink);
            rest = &rest[solid..];
        }
    }

    /// Returns the offset of the byte that is pushed next.
    pub(crate) fn offset(&self) -> u64 {
        self.position + self.zeros
    }

    /// Passes over zeros that hold the place of lost bytes.
    pub(crate) fn skip_hole(&mut self, zeros: u64, sink: &mut dyn FnMut(RawLine<'_>)) {
        if !self.carry.is_empty() {
            self.emit_carry(false, sink);
            self.torn = true;
        }
        self.position += zeros;
        self.line_start = self.position;
        self.skipped += zeros;
    }

    /// Takes a few zeros as text; many are a hole.
    fn settle_zeros(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        let zeros = std::mem::take(&mut self.zeros);
        match [0; HOLE_MIN - 1].get(..usize::try_from(zeros).unwrap_or(usize::MAX)) {
            Some(few) => self.push_solid(few, sink),
            None => self.skip_hole(zeros, sink),
        }
    }

    fn push_solid(&mut self, chunk: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            self.position += at as u64 + 1;
            if self.carry.is_empty() {
                self.emit_slice(&rest[..at], sink);
            } else {
                self.keep(&rest[..at], sink);
                self.emit_carry(true, sink);
            }
            self.line_start = self.position;
            rest = &rest[at + 1..];
        }
        self.position += rest.len() as u64;
        self.keep(rest, sink);
    }

    /// Calls `sink` for a last line without line ending.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        self.settle_zeros(sink);
        if !self.carry.is_empty() {
            self.emit_carry(false, sink);
        }
    }

    fn push_wide(&mut self, chunk: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        for &byte in chunk {
            self.position += 1;
            let before = self.carry_last;
            self.keep(&[byte], sink);
            let newline = match self.encoding {
                Encoding::Utf16Le => before == b'\n' && byte == 0,
                _ => before == 0 && byte == b'\n',
            };
            if newline && self.carry.len().is_multiple_of(2) {
                self.carry.truncate(self.carry.len() - 2);
                self.emit_carry(true, sink);
                self.line_start = self.position;
            }
        }
    }

    fn keep(&mut self, bytes: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut rest = bytes;
        while let Some(&last) = rest.last() {
            let full = self.piece_length() + LINE_END_MAX;
            let (taken, left) = rest.split_at(rest.len().min(full - self.carry.len()));
            self.carry.extend_from_slice(taken);
            self.carry_last = last;
            rest = left;
            while self.carry.len() >= self.piece_length() + LINE_END_MAX {
                self.spill(sink);
            }
        }
    }

    /// Hands on as much of the carry as one piece holds.
    fn spill(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut carry = std::mem::take(&mut self.carry);
        if let Some(cut) = self.cut(&carry) {
            self.emit_piece(&carry[..cut], sink);
            carry.drain(..cut);
        }
        self.carry = carry;
    }

    fn emit_slice(&mut self, line: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        let content = line.strip_suffix(b"\r").unwrap_or(line);
        self.count_ending(content.len() < line.len());
        self.emit(content, sink);
    }

    fn emit_carry(&mut self, terminated: bool, sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut carry = std::mem::take(&mut self.carry);
        let ending: &[u8] = match self.encoding {
            Encoding::Utf16Le => b"\r\0",
            Encoding::Utf16Be => b"\0\r",
            _ => b"\r",
        };
        if terminated {
            let ends_with_cr = carry.ends_with(ending);
            self.count_ending(ends_with_cr);
            if ends_with_cr {
                carry.truncate(carry.len() - ending.len());
            }
        }
        self.emit(&carry, sink);
        carry.clear();
        self.carry = carry;
        self.carry_last = 0;
    }

    fn count_ending(&mut self, crlf: bool) {
        if crlf {
            self.crlf += 1;
        } else {
            self.lf += 1;
        }
    }

    /// Hands on what is left of a line, and ends it.
    fn emit(&mut self, content: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut rest = content;
        while let Some(cut) = self.cut(rest) {
            self.emit_piece(&rest[..cut], sink);
            rest = &rest[cut..];
        }
        self.hand_on(rest, sink);
        self.inside = false;
    }

    fn emit_piece(&mut self, piece: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        self.cut_lines += u64::from(!self.inside);
        self.hand_on(piece, sink);
        self.line_start += piece.len() as u64;
        self.inside = true;
    }

    fn hand_on(&mut self, bytes: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        if self.inside {
            self.cut_bytes += bytes.len() as u64;
        } else {
            self.lines += u64::from(!std::mem::take(&mut self.torn));
        }
        sink(RawLine {
            bytes,
            start: self.line_start,
            number: self.lines,
            carries_on: self.inside,
        });
    }

    fn piece_length(&self) -> usize {
        if self.inside { LINE_PIECE } else { LINE_KEEP }
    }

    /// Returns where the first piece of an overlong line ends; none for a last piece.
    fn cut(&self, content: &[u8]) -> Option<usize> {
        let most = self.encoding.floor_boundary(content, self.piece_length());
        let wide = self.encoding.is_wide();
        let mut cut = most;
        if most < content.len() && !wide {
            cut = after_word(&content[..most]);
        }
        if self.inside && !wide {
            cut = before_mark(&content[..cut]).unwrap_or(cut);
        }
        (cut < content.len()).then_some(cut)
    }
}

/// Returns the end of the last whole word in the second half, or of everything.
fn after_word(bytes: &[u8]) -> usize {
    let from = bytes.len() / 2;
    let space = bytes[from..].iter().rposition(u8::is_ascii_whitespace);
    space.map_or(bytes.len(), |at| from + at + 1)
}

/// Returns where a level of failure begins inside, so that the next piece tells and shows it.
fn before_mark(bytes: &[u8]) -> Option<usize> {
    static MARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b").ok());
    let mark = MARK.as_ref()?.find_at(bytes, bytes.len().min(1))?;
    Some(mark.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(encoding: Encoding, bytes: &[u8], size: usize) -> Vec<(u64, String, u64)> {
        let mut splitter = LineSplitter::new(encoding, 0);
        let mut lines = Vec::new();
        let mut sink = |line: RawLine<'_>| {
            lines.push((
                line.start,
                encoding.decode(line.bytes).into_owned(),
                line.number,
            ));
        };
        for chunk in bytes.chunks(size) {
            splitter.push(chunk, &mut sink);
        }
        splitter.finish(&mut sink);
        lines
    }

    #[test]
    fn every_chunk_size_gives_the_same_lines() {
        let bytes = b"one\r\ntwo\n\nlast";
        let whole = split(Encoding::Utf8, bytes, 100);
        assert_eq!(whole[0], (0, "one".into(), 1));
        assert_eq!(whole[1], (5, "two".into(), 2));
        assert_eq!(whole[3], (10, "last".into(), 4));
        for size in 1..8 {
            assert_eq!(split(Encoding::Utf8, bytes, size), whole);
        }
    }

    #[test]
    fn a_hole_of_zeros_is_skipped_and_ends_a_torn_line() {
        let hole = [0u8; 40].as_slice();
        let bytes = [hole, b"one\nto\0rn", hole, b"new\nlast\n", hole].concat();
        let expected = [
            (40, "one".into(), 1),
            (44, "to\0rn".into(), 2),
            (89, "new".into(), 2),
            (93, "last".into(), 3),
        ];
        for size in [1, 7, 16, 41, 1000] {
            assert_eq!(split(Encoding::Utf8, &bytes, size), expected, "{size}");
        }
    }

    #[test]
    fn wide_lines_keep_their_offsets() {
        for (encoding, unit) in [
            (Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (Encoding::Utf16Be, u16::to_be_bytes),
        ] {
            let bytes: Vec<u8> = "ab\r\nĊc\nd".encode_utf16().flat_map(unit).collect();
            for size in 1..6 {
                let lines = split(encoding, &bytes, size);
                let expected = [
                    (0, "ab".into(), 1),
                    (8, "Ċc".into(), 2),
                    (14, "d".into(), 3),
                ];
                assert_eq!(lines, expected);
            }
        }
    }

    #[test]
    fn an_overlong_line_is_read_in_pieces_that_lose_nothing() {
        let words = "é word ".repeat(10_000) + "ERROR: full " + &"é word ".repeat(9_000);
        let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (encoding, line) in [
            (Encoding::Utf8, words.clone().into_bytes()),
            (Encoding::Utf16Le, wide),
        ] {
            let whole = split(encoding, &line, line.len());
            let text: String = whole.iter().map(|(_, text, _)| text.as_str()).collect();
            assert!(text == words && whole.iter().all(|&(_, _, number)| number == 1));
            for size in [1, 1000, LINE_KEEP + 1] {
                assert_eq!(split(encoding, &line, size), whole, "{size}");
            }
        }
    }

    #[test]
    fn pieces_are_marked_and_counted() {
        let mut splitter = LineSplitter::new(Encoding::Utf8, 0);
        let mut seen = Vec::new();
        let mut sink = |line: RawLine<'_>| seen.push((line.bytes.len(), line.carries_on));
        for _ in 0..18 {
            splitter.push(&[b'x'; 1000], &mut sink);
        }
        splitter.push(b"\r\nshort\n", &mut sink);
        let rest = 18_000 - LINE_KEEP;
        let expected = [
            (LINE_KEEP, false),
            (LINE_PIECE, true),
            (rest - LINE_PIECE, true),
            (5, false),
        ];
        assert_eq!(seen, expected);
        assert_eq!((splitter.cut_lines, splitter.cut_bytes), (1, rest as u64));
        assert_eq!((splitter.lines, splitter.crlf), (2, 1));
    }
}
