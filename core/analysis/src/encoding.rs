//! Character encodings: detection from the head of a file, and decoding of slices.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::constants::HOLE_MIN;

/// How the bytes of a file become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8; invalid bytes decode to U+FFFD and stay addressable.
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
    /// Not text.
    Binary,
}

impl Encoding {
    const ALL: [Self; 5] = [
        Self::Utf8,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Latin1,
        Self::Binary,
    ];

    /// Returns the registered name, or `binary`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Latin1 => "iso-8859-1",
            Self::Binary => "binary",
        }
    }

    /// Returns the encoding of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Returns the encoding and the length of the byte-order mark at the start of `head`.
    pub fn detect(head: &[u8]) -> (Self, usize) {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => return (Self::Utf8, 3),
            [0xFF, 0xFE, ..] => return (Self::Utf16Le, 2),
            [0xFE, 0xFF, ..] => return (Self::Utf16Be, 2),
            _ => {}
        }
        (detect_without_mark(head), 0)
    }

    /// Returns the text of `bytes`; never fails.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 | Self::Binary => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(bytes),
            },
            Self::Latin1 => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Self::Utf16Le => Cow::Owned(decode_utf16(bytes, u16::from_le_bytes)),
            Self::Utf16Be => Cow::Owned(decode_utf16(bytes, u16::from_be_bytes)),
        }
    }

    /// Returns the largest length ≤ `limit` at which `bytes` can be cut between characters.
    pub fn floor_boundary(self, bytes: &[u8], limit: usize) -> usize {
        if bytes.len() <= limit {
            return bytes.len();
        }
        match self {
            Self::Latin1 => limit,
            Self::Utf8 | Self::Binary => floor_utf8(bytes, limit),
            Self::Utf16Le => floor_utf16(bytes, limit, 1),
            Self::Utf16Be => floor_utf16(bytes, limit, 0),
        }
    }

    /// Returns whether one character may take two bytes with a zero in it.
    pub(crate) fn is_wide(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// Returns the number of bytes `text` takes in this encoding.
    pub(crate) fn encoded_len(self, text: &str) -> usize {
        match self {
            Self::Utf8 | Self::Binary => text.len(),
            Self::Latin1 => text.chars().count(),
            Self::Utf16Le | Self::Utf16Be => text.encode_utf16().count() * 2,
        }
    }
}

/// How an export of the journal begins.
const JOURNAL_EXPORT: &[u8] = b"__CURSOR=";

fn detect_without_mark(head: &[u8]) -> Encoding {
    // It writes the length of what takes several lines in bytes, which are no text.
    if head.starts_with(JOURNAL_EXPORT) {
        return Encoding::Utf8;
    }
    if let Some(wide) = guess_utf16(head) {
        return wide;
    }
    let solid = without_holes(head);
    let nulls = memchr::memchr_iter(0, &solid).count();
    let holed = solid.len() < head.len();
    if nulls * 100 > solid.len() && nulls > 1 || holed && !reads_as_lines(&solid) {
        return Encoding::Binary;
    }
    match std::str::from_utf8(&solid) {
        Ok(_) => Encoding::Utf8,
        Err(error) if error.error_len().is_none() => Encoding::Utf8,
        Err(_) => detect_single_byte(&solid),
    }
}

/// Returns the bytes with each hole of zeros, as a crash leaves it in a log, as one line end.
pub(crate) fn without_holes(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(bytes, &[0; HOLE_MIN]).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut solid = Vec::with_capacity(bytes.len());
    for run in bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        let hole = run[0] == 0 && run.len() >= HOLE_MIN;
        solid.extend_from_slice(if hole { b"\n" } else { run });
    }
    Cow::Owned(solid)
}

/// Whether what is left beside holes is text: lines without control characters.
fn reads_as_lines(solid: &[u8]) -> bool {
    let odd = solid.iter().filter(|&&byte| is_odd_control(byte)).count();
    let blank = solid.iter().all(u8::is_ascii_whitespace);
    !blank && odd * 100 <= solid.len()
}

fn guess_utf16(head: &[u8]) -> Option<Encoding> {
    let pairs = head.len() / 2;
    if pairs < 8 {
        return None;
    }
    let (mut even, mut odd) = (0usize, 0usize);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    if odd * 10 > pairs * 7 && even * 20 < pairs {
        return Some(Encoding::Utf16Le);
    }
    (even * 10 > pairs * 7 && odd * 20 < pairs).then_some(Encoding::Utf16Be)
}

fn detect_single_byte(head: &[u8]) -> Encoding {
    let control = head.iter().filter(|&&byte| is_odd_control(byte)).count();
    if control * 20 > head.len() {
        return Encoding::Binary;
    }
    let (mut valid, mut invalid) = (0usize, 0usize);
    for chunk in head.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += chunk.invalid().len();
    }
    let c1 = head
        .iter()
        .filter(|&&byte| (0x80..0xA0).contains(&byte))
        .count();
    let high = head.iter().filter(|byte| !byte.is_ascii()).count();
    if high * 3 > head.len() {
        return Encoding::Binary;
    }
    if valid == 0 && invalid > 0 && c1 * 10 <= high {
        Encoding::Latin1
    } else {
        Encoding::Utf8
    }
}

fn is_odd_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | 0x0c | 0x08)
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text: String = char::decode_utf16(units)
        .map(|result| result.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if bytes.len() % 2 == 1 {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

fn floor_utf8(bytes: &[u8], limit: usize) -> usize {
    let lowest = limit.saturating_sub(3);
    (lowest..=limit)
        .rev()
        .find(|&at| bytes[at] & 0xC0 != 0x80)
        .unwrap_or(limit)
}

fn floor_utf16(bytes: &[u8], limit: usize, high_byte: usize) -> usize {
    let even = limit & !1;
    let splits_pair = even >= 2
        && bytes
            .get(even + high_byte)
            .is_some_and(|byte| (0xDC..0xE0).contains(byte));
    if splits_pair { even - 2 } else { even }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_found_by_its_name() {
        for encoding in Encoding::ALL {
            assert_eq!(Encoding::named(encoding.name()), Some(encoding));
        }
        assert_eq!(Encoding::named("ebcdic"), None);
    }

    #[test]
    fn marks_decide_and_are_measured() {
        assert_eq!(Encoding::detect(b"\xEF\xBB\xBFok"), (Encoding::Utf8, 3));
        assert_eq!(Encoding::detect(b"\xFF\xFEo\0"), (Encoding::Utf16Le, 2));
        assert_eq!(Encoding::detect(b"\xFE\xFF\0o"), (Encoding::Utf16Be, 2));
    }

    #[test]
    fn wide_text_without_a_mark_is_guessed() {
        let wide: Vec<u8> = "error: disk full\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(Encoding::detect(&wide).0, Encoding::Utf16Le);
    }

    #[test]
    fn a_hole_of_zeros_leaves_text_and_binaries_stay_binary() {
        let line = b"Jun 14 15:16:01 combo sshd[1]: check pass\n".as_slice();
        let hole = [0u8; 5000].as_slice();
        assert_eq!(
            Encoding::detect(&[line, hole, line].concat()).0,
            Encoding::Utf8
        );
        assert_eq!(Encoding::detect(hole).0, Encoding::Binary);
        let record = [b"\x07\0\0\0\x2a\x01\0\0pts/3\0\0\0".as_slice(), hole].concat();
        assert_eq!(Encoding::detect(&record.repeat(3)).0, Encoding::Binary);
        let names = [b"\x01\x02kernel\x03".as_slice(), hole].concat();
        assert_eq!(Encoding::detect(&names.repeat(9)).0, Encoding::Binary);
    }

    #[test]
    fn single_high_bytes_mean_latin1_and_mixtures_stay_utf8() {
        assert_eq!(
            Encoding::detect(b"caf\xe9 ferm\xe9 le dimanche").0,
            Encoding::Latin1
        );
        assert_eq!(Encoding::detect("ok é ü\n".as_bytes()).0, Encoding::Utf8);
        assert_eq!(Encoding::detect(b"\xc3\xa9 then \xff\n").0, Encoding::Utf8);
    }

    #[test]
    fn an_export_of_the_journal_is_utf8_whatever_the_lengths_in_it() {
        let head = b"__CURSOR=s=1\nMESSAGE\n\xe9\0\0\0\0\0\0\0cannot sync";
        assert_eq!(Encoding::detect(head).0, Encoding::Utf8);
    }

    #[test]
    fn cuts_never_split_a_character() {
        let text = "aé";
        assert_eq!(Encoding::Utf8.floor_boundary(text.as_bytes(), 2), 1);
        let wide: Vec<u8> = "a😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Encoding::Utf16Le.floor_boundary(&wide, 4), 2);
    }
}
