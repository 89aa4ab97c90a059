//! Walks over JSON as it passes by, in lines or in pieces of long ones, and cuts values out of it.

use super::record::{Record, Recording};
use crate::encoding::Encoding;
use crate::line::RawLine;

/// Values that are nested deeper have no path of their own.
const DEPTH_MAX: usize = 48;
/// Bytes of a key that take part in a path.
const KEY_MAX: usize = 128;
/// Bytes of a text that are kept; the rest of it is passed over.
const TEXT_KEEP: usize = 16 * 1024;
/// Stands for a character that is no mark of JSON.
const OTHER: u8 = 0xff;

/// Chooses the values that are cut out, and takes them.
pub(crate) trait Visitor {
    /// Returns whether the value at a path, such as `data.result[].values[]`, is wanted as a whole.
    fn wants(&mut self, path: &str) -> bool;

    /// Takes a value that was wanted.
    fn take(&mut self, path: &str, record: Record);
}

/// Cuts the wanted values out; holds one of them at a time.
#[derive(Debug)]
pub(crate) struct Walker {
    encoding: Encoding,
    open: Vec<Open>,
    /// Lists and objects that are open beyond the deepest that have a path.
    deeper: usize,
    path: String,
    scalar: Scalar,
    /// Bytes read of the text that is open.
    length: usize,
    /// The key that waits for its value.
    key: Vec<u8>,
    keyed: bool,
    record: Option<Recording>,
    /// Values that were wanted and are too large or too deep to be kept.
    pub(crate) dropped: u64,
    /// Whether the document ends before it is closed.
    pub(crate) unfinished: bool,
}

/// A list or object that is open, and the length of its path.
#[derive(Debug, Clone, Copy)]
struct Open {
    list: bool,
    path: usize,
}

/// The scalar that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scalar {
    None,
    Bare,
    Quoted,
    Escaped,
}

impl Walker {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            open: Vec::new(),
            deeper: 0,
            path: String::new(),
            scalar: Scalar::None,
            length: 0,
            key: Vec::new(),
            keyed: false,
            record: None,
            dropped: 0,
            unfinished: false,
        }
    }

    /// Takes the next line, or the next piece of one.
    pub(crate) fn line(&mut self, raw: &RawLine<'_>, visitor: &mut dyn Visitor) {
        if !raw.carries_on {
            self.end_bare(visitor);
        }
        if let Some(record) = &mut self.record {
            record.next_line();
        }
        let unit = self.unit();
        let mut at = 0;
        while at + unit <= raw.bytes.len() {
            let mark = self.mark(&raw.bytes[at..at + unit]);
            self.step(mark, raw, at, visitor);
            at += unit;
            if unit == 1 && self.scalar == Scalar::Quoted {
                at = self.pass_text(raw, at);
            }
        }
        if let Some(record) = &mut self.record {
            record.take_until(raw, raw.bytes.len());
        }
    }

    /// Closes what is open.
    pub(crate) fn finish(&mut self, visitor: &mut dyn Visitor) {
        self.end_bare(visitor);
        self.unfinished = !self.open.is_empty() || self.scalar != Scalar::None;
        self.record = None;
    }

    /// Bytes of a mark of JSON.
    fn unit(&self) -> usize {
        if self.encoding.is_wide() { 2 } else { 1 }
    }

    fn mark(&self, unit: &[u8]) -> u8 {
        match (self.encoding, unit) {
            (Encoding::Utf16Le, &[low, 0]) | (Encoding::Utf16Be, &[0, low]) => low,
            (_, &[byte]) => byte,
            _ => OTHER,
        }
    }

    /// Passes over the inside of a text up to what may end it.
    fn pass_text(&mut self, raw: &RawLine<'_>, at: usize) -> usize {
        let rest = &raw.bytes[at..];
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        self.inside(raw, at, length);
        at + length
    }

    fn step(&mut self, mark: u8, raw: &RawLine<'_>, at: usize, visitor: &mut dyn Visitor) {
        match (self.scalar, mark) {
            (Scalar::Escaped, _) => {
                self.inside(raw, at, self.unit());
                self.scalar = Scalar::Quoted;
            }
            (Scalar::Quoted, b'"') => self.end_text(raw, at, visitor),
            (Scalar::Quoted, _) => {
                self.inside(raw, at, self.unit());
                if mark == b'\\' {
                    self.scalar = Scalar::Escaped;
                }
            }
            (Scalar::Bare, b'{' | b'[' | b'}' | b']' | b'"' | b':' | b',' | b' ' | b'\t') => {
                if let Some(record) = &mut self.record {
                    record.take_until(raw, at);
                }
                self.end_bare(visitor);
                self.between(mark, raw, at, visitor);
            }
            (Scalar::Bare, _) => {}
            (Scalar::None, _) => self.between(mark, raw, at, visitor),
        }
    }

    /// Takes a mark outside of any scalar.
    fn between(&mut self, mark: u8, raw: &RawLine<'_>, at: usize, visitor: &mut dyn Visitor) {
        match mark {
            b'{' | b'[' => self.start(mark == b'[', at, visitor),
            b'}' | b']' => self.end(raw, at, visitor),
            b'"' => self.start_text(at, visitor),
            b':' => self.keyed = true,
            b',' => self.keyed = false,
            b' ' | b'\t' | b'\r' => {}
            _ => {
                self.scalar = Scalar::Bare;
                self.begin(at, visitor);
            }
        }
    }

    /// Takes bytes of a text; what comes late in a long one is passed over.
    fn inside(&mut self, raw: &RawLine<'_>, at: usize, length: usize) {
        if self.is_key() {
            let room = KEY_MAX.saturating_sub(self.key.len());
            let taken = &raw.bytes[at..at + length.min(room)];
            self.key.extend_from_slice(taken);
        }
        // What follows a backslash stays with it.
        if self.length >= TEXT_KEEP
            && self.scalar == Scalar::Quoted
            && let Some(record) = &mut self.record
        {
            record.pause(raw, at);
        }
        self.length += length;
    }

    /// Whether a text here is the key of an object.
    fn is_key(&self) -> bool {
        let in_object = self.open.last().is_some_and(|open| !open.list);
        in_object && !self.keyed && self.deeper == 0
    }

    fn start_text(&mut self, at: usize, visitor: &mut dyn Visitor) {
        self.scalar = Scalar::Quoted;
        self.length = 0;
        if self.is_key() {
            self.key.clear();
        } else {
            self.begin(at, visitor);
        }
    }

    fn end_text(&mut self, raw: &RawLine<'_>, at: usize, visitor: &mut dyn Visitor) {
        self.scalar = Scalar::None;
        let is_key = self.is_key();
        let end = at + self.unit();
        if let Some(record) = &mut self.record {
            record.resume(at);
            record.take_until(raw, end);
        }
        if !is_key {
            self.complete(visitor);
        }
    }

    fn end_bare(&mut self, visitor: &mut dyn Visitor) {
        if self.scalar == Scalar::Bare {
            self.scalar = Scalar::None;
            self.complete(visitor);
        }
    }

    fn start(&mut self, list: bool, at: usize, visitor: &mut dyn Visitor) {
        if self.open.len() >= DEPTH_MAX {
            self.deeper += 1;
            return;
        }
        self.begin(at, visitor);
        let path = self.path.len();
        self.open.push(Open { list, path });
        self.keyed = false;
    }

    fn end(&mut self, raw: &RawLine<'_>, at: usize, visitor: &mut dyn Visitor) {
        if self.deeper > 0 {
            self.deeper -= 1;
            self.keyed = false;
        } else if self.open.pop().is_some() {
            let end = at + self.unit();
            if let Some(record) = &mut self.record {
                record.take_until(raw, end);
            }
            self.complete(visitor);
        }
    }

    /// Begins a value: extends the path to it, and keeps it from here on when it is wanted.
    fn begin(&mut self, at: usize, visitor: &mut dyn Visitor) {
        if self.deeper > 0 {
            return;
        }
        match self.open.last() {
            None => {}
            Some(open) if open.list => self.path.push_str("[]"),
            Some(_) => {
                if !self.path.is_empty() {
                    self.path.push('.');
                }
                self.path.push_str(&self.encoding.decode(&self.key));
            }
        }
        if self.record.is_none() && visitor.wants(&self.path) {
            self.record = Some(Recording::new(self.open.len(), at));
        }
    }

    /// Ends a value, and hands it on when it is the one that is kept.
    fn complete(&mut self, visitor: &mut dyn Visitor) {
        if self.deeper > 0 {
            return;
        }
        let depth = self.open.len();
        if let Some(recording) = self.record.take_if(|record| record.depth == depth) {
            match recording.read(self.encoding) {
                Some(record) => visitor.take(&self.path, record),
                None => self.dropped += 1,
            }
        }
        let inside = self.open.last().map_or(0, |open| open.path);
        self.path.truncate(inside);
        self.keyed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::LineSplitter;
    use crate::{Citation, verify_citation};

    /// Takes whole values at fixed paths.
    struct Taken<'a> {
        paths: &'a [&'a str],
        found: Vec<(String, Citation, usize)>,
    }

    impl Visitor for Taken<'_> {
        fn wants(&mut self, path: &str) -> bool {
            self.paths.contains(&path)
        }

        fn take(&mut self, path: &str, record: Record) {
            let longest = record.root.text("a").map_or(0, str::len);
            let cited = record.cite(&record.root).unwrap();
            self.found.push((path.to_owned(), cited, longest));
        }
    }

    fn cut<'a>(bytes: &[u8], encoding: Encoding, paths: &'a [&str]) -> (Taken<'a>, Walker) {
        let mut walker = Walker::new(encoding);
        let mut splitter = LineSplitter::new(encoding, 0);
        let found = Vec::new();
        let mut taken = Taken { paths, found };
        for chunk in bytes.chunks(7) {
            splitter.push(chunk, &mut |raw| walker.line(&raw, &mut taken));
        }
        splitter.finish(&mut |raw| walker.line(&raw, &mut taken));
        walker.finish(&mut taken);
        for (_, cited, _) in &taken.found {
            let range = cited.byte_start as usize..cited.byte_end as usize;
            verify_citation(&bytes[range], cited, encoding).unwrap();
        }
        (taken, walker)
    }

    fn told(taken: &Taken<'_>) -> Vec<String> {
        let found = taken.found.iter();
        found
            .map(|(path, cited, _)| format!("{path}@{}: {}", cited.line_start, cited.quote))
            .collect()
    }

    const DOCUMENT: &str = "{\"a\": {\"b\": [1, {\"c\": \"x\\\"}]é\"}], \"d\": 2.5},\n \"b\": null, \"e\": [true\n]}\n{\"a\": {\"d\": 7}}";
    const WANTED: [&str; 4] = ["a.b[]", "a.d", "b", "e[]"];
    const FOUND: [&str; 6] = [
        "a.b[]@1: 1",
        "a.b[]@1: {\"c\": \"x\\\"}]é\"}",
        "a.d@1: 2.5",
        "b@2: null",
        "e[]@2: true",
        "a.d@4: 7",
    ];

    #[test]
    fn wanted_values_are_cut_out_with_their_places_in_every_encoding() {
        let units = || DOCUMENT.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let latin: Vec<u8> = DOCUMENT.chars().map(|letter| letter as u8).collect();
        for (bytes, encoding) in [
            (DOCUMENT.as_bytes().to_vec(), Encoding::Utf8),
            (little, Encoding::Utf16Le),
            (big, Encoding::Utf16Be),
            (latin, Encoding::Latin1),
        ] {
            let (taken, walker) = cut(&bytes, encoding, &WANTED);
            assert_eq!(told(&taken), FOUND, "{encoding:?}");
            assert!(!walker.unfinished);
        }
    }

    #[test]
    fn invalid_bytes_move_no_place() {
        let text = b"{\"k\xff\": \"\xe2\x82\xff\", \"b\": {\"x\": \"\xf0\x9f\", \"d\": 2}}";
        let (taken, _) = cut(text, Encoding::Utf8, &["b"]);
        assert_eq!(told(&taken), ["b@1: {\"x\": \"\u{fffd}\", \"d\": 2}"]);
    }

    #[test]
    fn the_rest_of_a_very_long_text_is_passed_over() {
        let long = format!("[{{\"a\": \"{}\\n\"}}, 2]", "x\\\"".repeat(100_000));
        let (taken, _) = cut(long.as_bytes(), Encoding::Utf8, &["[]"]);
        let (_, first, length) = &taken.found[0];
        assert!((8_000..40_000).contains(length), "{length}");
        assert!(first.quote.starts_with("{\"a\": \"x"));
        assert_eq!(taken.found[1].1.byte_end as usize, long.len() - 1);
    }

    #[test]
    fn what_is_too_large_too_deep_or_unfinished_is_told() {
        let large = format!("{{\"a\": [[{}1], 2", "1,".repeat(600_000));
        let (taken, walker) = cut(large.as_bytes(), Encoding::Utf8, &["a[]"]);
        assert_eq!(told(&taken), ["a[]@1: 2"]);
        assert_eq!((walker.dropped, walker.unfinished), (1, true));
        let deep = format!("{{\"a\": [{}{}, 3]}}", "[".repeat(500), "]".repeat(500));
        let (taken, walker) = cut(deep.as_bytes(), Encoding::Utf8, &["a[]"]);
        assert_eq!(told(&taken), ["a[]@1: 3"]);
        assert_eq!((walker.dropped, walker.unfinished), (1, false));
    }
}
