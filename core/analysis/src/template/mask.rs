//! Replaces what varies within a message: numbers, ids, addresses, paths, quoted values.

use std::ops::Range;

mod classed;
mod shape;

use classed::Classed;
use shape::{
    TIME_UNITS, address, closing_quote, constant_prefix, size_again, value_prefix, written_date,
};

/// Text that stands for a parameter.
pub(crate) const MASK: &str = "<*>";

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SPACE: u8 = 4;
const SEPARATOR: u8 = 8;
const SPECIAL: u8 = 16;
const COLON: u8 = 32;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        table[index] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => LETTER,
            b' ' | b'\t' | b'\r' | b'\n' => SPACE,
            b'=' | b'"' | b'\'' => SEPARATOR | SPECIAL,
            b':' => SEPARATOR | COLON,
            b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'|' | b'!'
            | b'?' | b'&' => SEPARATOR,
            b'/' | b'@' | b'.' => SPECIAL,
            _ => 0,
        };
        index += 1;
    }
    table
}

/// Reusable buffers of the masker.
#[derive(Debug, Default)]
pub(crate) struct Masker {
    /// The masked message.
    pub(crate) text: String,
    /// Byte ranges of the parameters in the message.
    pub(crate) params: Vec<(u32, u32)>,
    /// Hash of the masked message.
    pub(crate) hash: u64,
    /// The class of each byte of the message, and behind them some that end every run.
    classes: Vec<u8>,
}

/// A masked message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Masked<'a> {
    pub(crate) text: &'a str,
    /// Byte ranges of the parameters in the message.
    pub(crate) params: &'a [(u32, u32)],
    /// Hash of the text.
    pub(crate) hash: u64,
}

impl Masker {
    /// Returns what was masked last.
    pub(crate) fn masked(&self) -> Masked<'_> {
        Masked {
            text: &self.text,
            params: &self.params,
            hash: self.hash,
        }
    }

    /// Masks `message` into `self.text`, white space collapsed to single blanks.
    pub(crate) fn mask(&mut self, message: &str) {
        self.text.clear();
        self.params.clear();
        let mut classes = std::mem::take(&mut self.classes);
        self.mask_classed(Classed::of(message, &mut classes));
        self.classes = classes;
        self.hash = hash(self.text.as_bytes());
    }

    fn mask_classed(&mut self, line: Classed<'_>) {
        let Classed { message, bytes, .. } = line;
        // Words in which nothing varies are copied together.
        let (mut at, mut plain) = (0, 0..0);
        loop {
            while at < bytes.len() && line.classes[at] == SPACE {
                at += 1;
            }
            if at >= bytes.len() {
                break;
            }
            let masked = plain.is_empty() && self.text.ends_with(MASK);
            if let Some(end) = quantity_tail(bytes, at, masked) {
                at = end;
                continue;
            }
            let (end, flags) = line.run_end(at, SPACE);
            if is_plain(&bytes[at..end], flags) {
                if plain.is_empty() || plain.end + 1 != at || bytes[plain.end] != b' ' {
                    self.copy(message, &mut plain);
                    plain.start = at;
                }
                plain.end = end;
                at = end;
                continue;
            }
            self.copy(message, &mut plain);
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            at = self.token(line, at, end, flags);
        }
        self.copy(message, &mut plain);
    }

    /// Appends words behind a blank; none are left in the range.
    fn copy(&mut self, message: &str, plain: &mut Range<usize>) {
        let mut words = std::mem::take(plain);
        if words.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            let before = words.start.wrapping_sub(1);
            if message.as_bytes().get(before) == Some(&b' ') {
                words.start = before;
            } else {
                self.text.push(' ');
            }
        }
        self.text.push_str(&message[words]);
    }

    fn token(&mut self, line: Classed<'_>, start: usize, end: usize, flags: u8) -> usize {
        let Classed { message, bytes, .. } = line;
        if &bytes[start..end] == b"()" {
            // An empty value in brackets is a value.
            self.text.push_str("(<*>)");
            self.params.push((start as u32 + 1, start as u32 + 1));
            return end;
        }
        if let Some(length) = written_date(bytes, start, end) {
            self.parameter(start, start + length);
            return start + length;
        }
        if flags & (DIGIT | SPECIAL) == 0 {
            self.text.push_str(&message[start..end]);
            return end;
        }
        if flags & COLON != 0
            && let Some(length) = address(&bytes[start..end])
        {
            self.parameter(start, start + length);
            self.text.push_str(&message[start + length..end]);
            return end;
        }
        // `<1 sec` is a quantity like `2 sec`.
        let below = bytes[start] == b'<' && bytes.get(start + 1).is_some_and(u8::is_ascii_digit);
        self.words(line, start + usize::from(below), end)
    }

    /// Masks the words of one token; a quoted value may reach beyond it.
    fn words(&mut self, line: Classed<'_>, start: usize, stop: usize) -> usize {
        let Classed {
            message,
            bytes,
            classes,
        } = line;
        let (mut at, mut end, mut previous) = (start, stop, 0u8);
        let mut key = (0, 0);
        while at < end {
            let byte = bytes[at];
            if matches!(byte, b'"' | b'\'')
                && let Some(close) = closing_quote(bytes, at, previous)
            {
                self.quoted(byte, at + 1, close);
                at = close + 1;
                end = end.max(line.run_end(at, SPACE).0);
                previous = byte;
                continue;
            }
            if classes[at] & SEPARATOR != 0 {
                self.text.push(char::from(byte));
                previous = byte;
                at += 1;
                continue;
            }
            let value = previous == b'=' && key.1 > key.0;
            if value {
                let stop = value_end(bytes, at, end);
                let keep = value_prefix(&message[key.0..key.1], &message[at..stop]);
                self.word(message, at..stop, keep);
                key = (at, stop);
            } else {
                let (stop, flags) = line.run_end(at, SEPARATOR | SPACE);
                let keep = constant_prefix(&bytes[at..stop], flags);
                self.word(message, at..stop, keep);
                key = (at, stop);
            }
            previous = 0;
            at = key.1;
        }
        end
    }

    fn quoted(&mut self, quote: u8, start: usize, close: usize) {
        self.text.push(char::from(quote));
        self.text.push_str(MASK);
        self.text.push(char::from(quote));
        self.params.push((start as u32, close as u32));
    }

    /// Masks a word but for its first `keep` bytes.
    fn word(&mut self, message: &str, place: Range<usize>, keep: usize) {
        let start = place.start;
        let word = &message[place];
        let (trimmed, tail) = split_tail(word, keep);
        self.text.push_str(&word[..keep.min(trimmed)]);
        if keep < trimmed {
            self.parameter(start + keep, start + trimmed);
        }
        self.text.push_str(tail);
    }

    fn parameter(&mut self, start: usize, end: usize) {
        let joined = self.text.ends_with("<*>:") || self.text.ends_with("<*>");
        if joined && let Some(last) = self.params.last_mut() {
            if self.text.ends_with(':') {
                self.text.pop();
            }
            last.1 = end as u32;
            return;
        }
        self.text.push_str(MASK);
        self.params.push((start as u32, end as u32));
    }
}

/// Skips a unit behind a number, as in `5 seconds`, and a size said twice, as in `9 bytes (1 KB)`.
fn quantity_tail(bytes: &[u8], at: usize, masked: bool) -> Option<usize> {
    let rest = &bytes[at..];
    if rest[0] == b'(' {
        return size_again(rest).map(|length| at + length);
    }
    if !masked || !rest[0].is_ascii_lowercase() {
        return None;
    }
    let length = rest
        .iter()
        .take(13)
        .take_while(|byte| byte.is_ascii_lowercase())
        .count();
    let ends = rest
        .get(length)
        .is_none_or(|byte| CLASS[*byte as usize] == SPACE);
    (ends && TIME_UNITS.contains(&&rest[..length])).then_some(at + length)
}

/// Returns whether a token stays as it is and needs no closer look.
fn is_plain(token: &[u8], flags: u8) -> bool {
    let date = matches!(token.len(), 3 | 4) && token[0].is_ascii_uppercase();
    flags & (DIGIT | SPECIAL) == 0 && !date && token != b"()" && !token.ends_with(b">")
}

/// Hashes bytes eight at a time; stable across platforms and versions.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = bytes.len() as u64 ^ FACTOR;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0u8; 8];
        word.copy_from_slice(chunk);
        state = (state.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    let mut word = [0u8; 8];
    word[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    state = (state.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    state ^ (state >> 29)
}

/// Splits sentence punctuation off the end of a masked word.
fn split_tail(word: &str, keep: usize) -> (usize, &str) {
    if keep >= word.len() {
        return (word.len(), "");
    }
    let trimmed = word.trim_end_matches(['.', '-']).len();
    if trimmed <= keep {
        (word.len(), "")
    } else {
        (trimmed, &word[trimmed..])
    }
}

fn value_end(bytes: &[u8], at: usize, end: usize) -> usize {
    (at..end)
        .find(|&index| CLASS[bytes[index] as usize] & SEPARATOR != 0 && bytes[index] != b':')
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(message: &str) -> String {
        let mut masker = Masker::default();
        masker.mask(message);
        masker.text
    }

    #[test]
    fn variable_parts_are_masked_and_words_stay() {
        for (message, expected) in [
            (
                "HikariPool-1 - Connection is not available, timed out after 30000ms (total=5, waiting=12)",
                "HikariPool-<*> - Connection is not available, timed out after <*> (total=<*>, waiting=<*>)",
            ),
            (
                "req=00061 POST /checkout status=500 ms=3",
                "req=<*> POST /checkout status=500 ms=<*>",
            ),
            (
                "Receiving block blk_-1608 src: /10.250.19.102:54106",
                "Receiving block blk_<*> src: <*>",
            ),
            ("open \"a b\" as 'x y' can't", "open \"<*>\" as '<*>' can't"),
            (
                "at 12:05:33, fe80::1 via api.example.com:443",
                "at <*>, <*> via <*>",
            ),
            ("read /var/log/syslog by bob@x.org", "read <*> by <*>"),
            (
                "result=failed user=bob logname= uid=0",
                "result=failed user=<*> logname= uid=<*>",
            ),
            ("id 9f4ef63a0c11 done.", "id <*> done."),
            ("took 5.", "took <*>."),
        ] {
            assert_eq!(masked(message), expected);
        }
    }

    #[test]
    fn parameters_keep_their_place() {
        let mut masker = Masker::default();
        let message = "worker-12 took 31ms";
        masker.mask(message);
        let values: Vec<&str> = masker
            .params
            .iter()
            .map(|&(a, b)| &message[a as usize..b as usize])
            .collect();
        assert_eq!(values, ["12", "31ms"]);
    }
}
