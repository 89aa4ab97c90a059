//! Finds a quoted text in a file: exact first, then with white space folded.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use crate::citation::Citation;
use crate::constants::QUOTE_MAX_BYTES;
use crate::encoding::Encoding;

/// Longest run of white space that folding bridges, in characters.
const FOLD_MAX: usize = 64;
const STEP: usize = 256 * 1024;

/// Streaming search for a quote; holds a bounded window of the file.
#[derive(Debug)]
pub struct QuoteFinder {
    encoding: Encoding,
    hint: Option<u64>,
    exact: Pass<Finder<'static>>,
    folded: Pass<Option<Regex>>,
    overlap: usize,
    buffer: Vec<u8>,
    /// Offset of the buffer in the file.
    offset: u64,
    /// Lines that end before the buffer.
    lines: u64,
    usable: bool,
}

#[derive(Debug)]
struct Pass<T> {
    needle: T,
    /// Offset before which matches were taken.
    resume: u64,
    best: Option<Citation>,
}

/// Returns where `quote` stands in `bytes`, nearest to the 1-based line of the hint, else first.
pub fn locate_quote(
    bytes: &[u8],
    quote: &str,
    line_hint: Option<u64>,
    encoding: Encoding,
) -> Option<Citation> {
    let mut finder = QuoteFinder::new(quote, line_hint, encoding);
    finder.push(bytes);
    finder.finish()
}

impl QuoteFinder {
    /// Creates a search for `quote`; a blank or overlong quote is never found.
    pub fn new(quote: &str, line_hint: Option<u64>, encoding: Encoding) -> Self {
        let needle = encode(quote, encoding);
        let usable = !quote.trim().is_empty() && needle.len() <= QUOTE_MAX_BYTES;
        let gaps = quote.split_whitespace().count();
        let unit = if encoding.is_wide() { 2 } else { 1 };
        Self {
            encoding,
            hint: line_hint,
            overlap: needle.len() + gaps * FOLD_MAX * unit + 4,
            exact: Pass {
                needle: Finder::new(&needle).into_owned(),
                resume: 0,
                best: None,
            },
            folded: Pass {
                needle: if usable {
                    folding(quote, encoding)
                } else {
                    None
                },
                resume: 0,
                best: None,
            },
            buffer: Vec::new(),
            offset: 0,
            lines: 0,
            usable,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, chunk: &[u8]) {
        if !self.usable {
            return;
        }
        for part in chunk.chunks(STEP) {
            self.buffer.extend_from_slice(part);
            if self.buffer.len() > self.overlap + STEP {
                let limit = (self.buffer.len() - self.overlap) & !1;
                self.scan(limit);
                self.forget(limit);
            }
        }
    }

    /// Returns the place found, with the file's own bytes as quote.
    pub fn finish(mut self) -> Option<Citation> {
        let limit = self.buffer.len();
        self.scan(limit);
        self.exact.best.or(self.folded.best)
    }

    fn scan(&mut self, limit: usize) {
        if !self.usable {
            return;
        }
        let length = self.exact.needle.needle().len();
        let mut found = Vec::new();
        let mut at = self.start_of(self.exact.resume);
        while let Some(hit) = self
            .exact
            .needle
            .find(self.buffer.get(at..).unwrap_or_default())
        {
            let start = at + hit;
            if start >= limit {
                break;
            }
            at = start + if self.aligned(start) { length } else { 1 };
            if self.aligned(start) {
                found.push((start, start + length));
            }
        }
        self.exact.resume = self
            .exact
            .resume
            .max(self.offset + at.min(limit).max(found.last().map_or(0, |f| f.1)) as u64);
        let exact = std::mem::take(&mut found);
        if exact.is_empty() && self.exact.best.is_none() {
            found = self.scan_folded(limit);
        }
        self.settle(&exact, &found);
    }

    fn scan_folded(&mut self, limit: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut at = self.start_of(self.folded.resume);
        if let Some(regex) = &self.folded.needle {
            while let Some(hit) = regex.find_at(&self.buffer, at.min(self.buffer.len())) {
                if hit.start() >= limit {
                    break;
                }
                let aligned = !self.encoding.is_wide()
                    || (self.offset as usize + hit.start()).is_multiple_of(2);
                at = if aligned { hit.end() } else { hit.start() + 1 };
                if aligned {
                    found.push((hit.start(), hit.end()));
                }
            }
        }
        let end = found.last().map_or(0, |hit| hit.1).max(limit);
        self.folded.resume = self.folded.resume.max(self.offset + end as u64);
        found
    }

    fn settle(&mut self, exact: &[(usize, usize)], folded: &[(usize, usize)]) {
        for &(start, end) in exact {
            let citation = self.citation(start, end);
            keep_nearer(&mut self.exact.best, citation, self.hint);
        }
        for &(start, end) in folded {
            let citation = self.citation(start, end);
            keep_nearer(&mut self.folded.best, citation, self.hint);
        }
    }

    fn start_of(&self, resume: u64) -> usize {
        usize::try_from(resume.saturating_sub(self.offset)).unwrap_or(0)
    }

    fn aligned(&self, start: usize) -> bool {
        !self.encoding.is_wide() || (self.offset + start as u64).is_multiple_of(2)
    }

    fn citation(&self, start: usize, end: usize) -> Citation {
        let line = self.lines + 1 + newlines(&self.buffer[..start], self.encoding);
        let inside = newlines(&self.buffer[start..end], self.encoding);
        let quote = self.encoding.decode(&self.buffer[start..end]).into_owned();
        let closes = u64::from(quote.ends_with('\n'));
        Citation {
            byte_start: self.offset + start as u64,
            byte_end: self.offset + end as u64,
            line_start: line,
            line_end: line + inside - closes.min(inside),
            quote,
        }
    }

    fn forget(&mut self, length: usize) {
        self.lines += newlines(&self.buffer[..length], self.encoding);
        self.offset += length as u64;
        self.buffer.drain(..length);
    }
}

fn keep_nearer(best: &mut Option<Citation>, found: Citation, hint: Option<u64>) {
    let distance = |citation: &Citation| hint.map_or(0, |line| line.abs_diff(citation.line_start));
    if best
        .as_ref()
        .is_none_or(|known| distance(&found) < distance(known))
    {
        *best = Some(found);
    }
}

fn newlines(bytes: &[u8], encoding: Encoding) -> u64 {
    let count = match encoding {
        Encoding::Utf16Le => bytes
            .chunks_exact(2)
            .filter(|unit| *unit == b"\n\0")
            .count(),
        Encoding::Utf16Be => bytes
            .chunks_exact(2)
            .filter(|unit| *unit == b"\0\n")
            .count(),
        _ => memchr::memchr_iter(b'\n', bytes).count(),
    };
    count as u64
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 | Encoding::Binary => text.as_bytes().to_vec(),
        Encoding::Latin1 => text
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
            .collect(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

/// An expression for the words of a quote with any white space between them.
fn folding(quote: &str, encoding: Encoding) -> Option<Regex> {
    let blank: Vec<String> = [" ", "\t", "\n", "\r"]
        .into_iter()
        .map(|one| escaped(one, encoding))
        .collect();
    let gap = format!("(?:{}){{1,{FOLD_MAX}}}", blank.join("|"));
    let words: Vec<String> = quote
        .split_whitespace()
        .map(|word| escaped(word, encoding))
        .collect();
    RegexBuilder::new(&words.join(&gap))
        .unicode(false)
        .size_limit(64 << 20)
        .build()
        .ok()
}

fn escaped(text: &str, encoding: Encoding) -> String {
    encode(text, encoding)
        .iter()
        .map(|byte| format!("\\x{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::verify_citation;

    fn log(lines: usize) -> String {
        (1..=lines)
            .map(|at| format!("line {at} disk  full\n"))
            .collect()
    }

    #[test]
    fn the_occurrence_nearest_to_the_hint_wins_else_the_first() {
        let text = "a b\nx\na b\nx\na b\n";
        let at = |hint| {
            locate_quote(text.as_bytes(), "a b", hint, Encoding::Utf8)
                .unwrap()
                .line_start
        };
        assert_eq!(
            (at(None), at(Some(3)), at(Some(5)), at(Some(4))),
            (1, 3, 5, 3)
        );
    }

    #[test]
    fn white_space_is_folded_only_when_the_exact_text_is_absent() {
        let found = locate_quote(log(3).as_bytes(), "2 disk full", None, Encoding::Utf8).unwrap();
        assert_eq!(
            (found.quote.as_str(), found.line_start),
            ("2 disk  full", 2)
        );
        let across = locate_quote(b"one\r\ntwo", "one\ntwo", None, Encoding::Utf8).unwrap();
        assert_eq!((across.quote.as_str(), across.line_end), ("one\r\ntwo", 2));
    }

    #[test]
    fn chunks_do_not_change_the_place() {
        let text = log(200_000);
        let quote = "line 150000 disk  full";
        let whole = locate_quote(text.as_bytes(), quote, Some(10), Encoding::Utf8).unwrap();
        assert_eq!(whole.line_start, 150_000);
        let mut finder = QuoteFinder::new(quote, Some(10), Encoding::Utf8);
        text.as_bytes()
            .chunks(977)
            .for_each(|chunk| finder.push(chunk));
        assert_eq!(finder.finish(), Some(whole));
    }

    #[test]
    fn wide_and_single_byte_files_are_searched_in_their_bytes() {
        for encoding in [Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Latin1] {
            let bytes = encode("first\nplatte  völlig voll\n", encoding);
            let found = locate_quote(&bytes, "platte völlig voll", None, encoding).unwrap();
            assert_eq!(
                (found.line_start, found.quote.as_str()),
                (2, "platte  völlig voll")
            );
            let slice = &bytes[found.byte_start as usize..found.byte_end as usize];
            assert_eq!(verify_citation(slice, &found, encoding), Ok(()));
        }
    }

    #[test]
    fn blank_absent_and_overlong_quotes_are_not_found() {
        assert_eq!(locate_quote(b"a  b", "  ", None, Encoding::Utf8), None);
        assert_eq!(locate_quote(b"a  b", "a c", None, Encoding::Utf8), None);
        let long = "x".repeat(QUOTE_MAX_BYTES + 1);
        assert_eq!(
            locate_quote(long.as_bytes(), &long, None, Encoding::Utf8),
            None
        );
    }
}
