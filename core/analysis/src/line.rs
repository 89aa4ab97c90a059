//! Splits pushed chunks into lines with their place in the original bytes.

use crate::constants::{HOLE_MIN, LINE_KEEP};
use crate::encoding::Encoding;

/// One line as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawLine<'a> {
    /// The kept bytes, without line ending.
    pub(crate) bytes: &'a [u8],
    /// Offset of the first byte.
    pub(crate) start: u64,
    /// 1-based.
    pub(crate) number: u64,
}

/// Streaming line splitter; holds at most `LINE_KEEP` bytes.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    encoding: Encoding,
    carry: Vec<u8>,
    carry_total: u64,
    carry_last: u8,
    line_start: u64,
    position: u64,
    /// Zeros in a row that end the bytes seen so far.
    zeros: u64,
    /// Whether a hole has cut the current line, whose rest keeps its number.
    torn: bool,
    /// Bytes in holes, which belong to no line.
    pub(crate) skipped: u64,
    pub(crate) lines: u64,
    pub(crate) crlf: u64,
    pub(crate) lf: u64,
    pub(crate) truncated: u64,
}

impl LineSplitter {
    /// Creates a splitter whose first byte stands at `start`.
    pub(crate) fn new(encoding: Encoding, start: u64) -> Self {
        Self {
            encoding,
            carry: Vec::new(),
            carry_total: 0,
            carry_last: 0,
            line_start: start,
            position: start,
            zeros: 0,
            torn: false,
            skipped: 0,
            lines: 0,
            crlf: 0,
            lf: 0,
            truncated: 0,
        }
    }

    /// Calls `sink` for every line that ends within `chunk`.
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

    /// Passes over zeros that hold the place of lost bytes.
    pub(crate) fn skip_hole(&mut self, zeros: u64, sink: &mut dyn FnMut(RawLine<'_>)) {
        if self.carry_total > 0 {
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
            if self.carry_total == 0 {
                self.emit_slice(&rest[..at], sink);
            } else {
                self.keep(&rest[..at]);
                self.emit_carry(true, sink);
            }
            self.line_start = self.position;
            rest = &rest[at + 1..];
        }
        self.position += rest.len() as u64;
        self.keep(rest);
    }

    /// Calls `sink` for a last line without line ending.
    pub(crate) fn finish(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        self.settle_zeros(sink);
        if self.carry_total > 0 {
            self.emit_carry(false, sink);
        }
    }

    fn push_wide(&mut self, chunk: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        for &byte in chunk {
            self.position += 1;
            let before = self.carry_last;
            self.keep(&[byte]);
            let newline = match self.encoding {
                Encoding::Utf16Le => before == b'\n' && byte == 0,
                _ => before == 0 && byte == b'\n',
            };
            if newline && self.carry_total.is_multiple_of(2) {
                self.carry_total -= 2;
                let kept = self
                    .carry
                    .len()
                    .min(usize::try_from(self.carry_total).unwrap_or(0));
                self.carry.truncate(kept);
                self.emit_carry(true, sink);
                self.line_start = self.position;
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(&last) = bytes.last() {
            self.carry_last = last;
        }
        self.carry_total += bytes.len() as u64;
        let room = LINE_KEEP.saturating_sub(self.carry.len());
        self.carry
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn emit_slice(&mut self, line: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        let ends_with_cr = line.last() == Some(&b'\r');
        let content = if ends_with_cr {
            &line[..line.len() - 1]
        } else {
            line
        };
        self.count_ending(ends_with_cr);
        self.emit(content, content.len() as u64, sink);
    }

    fn emit_carry(&mut self, terminated: bool, sink: &mut dyn FnMut(RawLine<'_>)) {
        let mut carry = std::mem::take(&mut self.carry);
        let width = if self.encoding.is_wide() { 2 } else { 1 };
        let ends_with_cr = match self.encoding {
            Encoding::Utf16Le => carry.ends_with(b"\r\0"),
            Encoding::Utf16Be => carry.ends_with(b"\0\r"),
            _ => self.carry_last == b'\r',
        };
        let mut total = self.carry_total;
        if terminated {
            self.count_ending(ends_with_cr);
            if ends_with_cr && total >= width {
                total -= width;
            }
        }
        carry.truncate(usize::try_from(total).unwrap_or(usize::MAX).min(LINE_KEEP));
        self.emit(&carry, total, sink);
        carry.clear();
        self.carry = carry;
        self.carry_total = 0;
        self.carry_last = 0;
    }

    fn count_ending(&mut self, crlf: bool) {
        if crlf {
            self.crlf += 1;
        } else {
            self.lf += 1;
        }
    }

    fn emit(&mut self, content: &[u8], total: u64, sink: &mut dyn FnMut(RawLine<'_>)) {
        self.lines += u64::from(!std::mem::take(&mut self.torn));
        let cut = self.encoding.floor_boundary(content, LINE_KEEP);
        let truncated = total > cut as u64;
        self.truncated += u64::from(truncated);
        sink(RawLine {
            bytes: &content[..cut],
            start: self.line_start,
            number: self.lines,
        });
    }
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
    fn a_long_line_is_cut_and_marked() {
        let mut splitter = LineSplitter::new(Encoding::Utf8, 0);
        let mut seen = Vec::new();
        for _ in 0..100 {
            splitter.push(&[b'x'; 1000], &mut |line| seen.push(line.bytes.len()));
        }
        splitter.push(b"\nshort\n", &mut |line| seen.push(line.bytes.len()));
        assert_eq!(seen, [LINE_KEEP, 5]);
        assert_eq!(splitter.truncated, 1);
    }
}
