//! A value that was cut out of a document: its text, its tree, and where each part of it stands.

mod inner;

use std::borrow::Cow;

use super::node::Node;
use crate::citation::Citation;
use crate::constants::LINE_QUOTE_MAX;
use crate::encoding::Encoding;
use crate::line::RawLine;

/// Larger values are not kept.
const BYTES_MAX: usize = 1 << 20;
/// Bytes between two places in the text whose places in the bytes are known.
const ANCHOR_STEP: usize = 1_024;

/// Makes a tree of a text.
pub(super) type Parse = fn(&str) -> Option<Node>;

/// The bytes of a value, while they pass by.
#[derive(Debug)]
pub(super) struct Recording {
    /// Lists and objects around the value.
    pub(super) depth: usize,
    bytes: Vec<u8>,
    parts: Vec<Part>,
    /// Where in the current line the bytes begin that are not taken yet.
    from: usize,
    paused: bool,
    too_large: bool,
}

/// Bytes that stand together in the file.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Offset in the bytes of the value.
    at: usize,
    start: u64,
    line: u64,
}

impl Recording {
    pub(super) fn new(depth: usize, from: usize) -> Self {
        Self {
            depth,
            bytes: Vec::new(),
            parts: Vec::new(),
            from,
            paused: false,
            too_large: false,
        }
    }

    pub(super) fn next_line(&mut self) {
        self.from = 0;
    }

    /// Takes the bytes of a line up to `end`.
    pub(super) fn take_until(&mut self, raw: &RawLine<'_>, end: usize) {
        if !self.paused && self.from < end {
            self.take(
                &raw.bytes[self.from..end],
                raw.start + self.from as u64,
                raw,
            );
            self.from = end;
        }
    }

    /// Takes a whole line with the end of it.
    pub(super) fn take_line(&mut self, raw: &RawLine<'_>) {
        if !raw.carries_on && !self.bytes.is_empty() {
            self.bytes.push(b'\n');
        }
        self.take(raw.bytes, raw.start, raw);
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Passes over what follows.
    pub(super) fn pause(&mut self, raw: &RawLine<'_>, at: usize) {
        self.take_until(raw, at);
        self.paused = true;
    }

    /// Takes again what follows.
    pub(super) fn resume(&mut self, at: usize) {
        if self.paused {
            (self.paused, self.from) = (false, at);
        }
    }

    fn take(&mut self, bytes: &[u8], start: u64, raw: &RawLine<'_>) {
        self.too_large |= self.bytes.len() + bytes.len() > BYTES_MAX;
        if self.too_large {
            (self.bytes, self.parts) = (Vec::new(), Vec::new());
            return;
        }
        let at = self.bytes.len();
        let joins = self.parts.last().is_some_and(|last| {
            last.line == raw.number && last.start + (at - last.at) as u64 == start
        });
        if !joins {
            let line = raw.number;
            self.parts.push(Part { at, start, line });
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the value; nothing when it is too large or no JSON.
    pub(super) fn read(self, encoding: Encoding) -> Option<Record> {
        self.read_as(encoding, Node::parse)
    }

    /// Returns the value that `parse` makes of the text; nothing when it is too large.
    pub(super) fn read_as(self, encoding: Encoding, parse: Parse) -> Option<Record> {
        if self.too_large {
            return None;
        }
        let (text, anchors) = match encoding.decode(&self.bytes) {
            Cow::Borrowed(text) => (text.to_owned(), Vec::new()),
            Cow::Owned(_) => decode(&self.bytes, encoding),
        };
        Some(Record {
            root: parse(&text)?,
            parse,
            bytes: self.bytes,
            parts: self.parts,
            anchors,
            encoding,
            text,
        })
    }
}

/// Decodes piece by piece, and notes where pieces begin in the text and in the bytes.
fn decode(bytes: &[u8], encoding: Encoding) -> (String, Vec<(usize, usize)>) {
    let (mut text, mut anchors) = (String::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        anchors.push((text.len(), at));
        let length = encoding.floor_boundary(&bytes[at..], ANCHOR_STEP);
        text.push_str(&encoding.decode(&bytes[at..at + length]));
        at += length;
    }
    (text, anchors)
}

/// A value of a document.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) root: Node,
    pub(crate) text: String,
    parse: Parse,
    bytes: Vec<u8>,
    parts: Vec<Part>,
    /// Places in the text and in the bytes; none when they are the same.
    anchors: Vec<(usize, usize)>,
    encoding: Encoding,
}

impl Record {
    /// Reads a text whose escapes were undone; anchors are places behind them in the text and in
    /// the raw one, lines where each line of that begins, in it and in the file, and their numbers.
    pub(crate) fn escaped(
        text: String,
        raw: String,
        anchors: Vec<(usize, usize)>,
        lines: &[(usize, u64, u64)],
    ) -> Option<Self> {
        let parts = lines
            .iter()
            .map(|&(at, start, line)| Part { at, start, line });
        Some(Self {
            root: Node::parse(&text)?,
            parse: Node::parse,
            text,
            bytes: raw.into_bytes(),
            parts: parts.collect(),
            anchors,
            encoding: Encoding::Utf8,
        })
    }

    /// Gives the tree up, which is many times as large as the text.
    pub(crate) fn fold(self) -> Folded {
        Folded {
            text: self.text,
            parse: self.parse,
            bytes: self.bytes,
            parts: self.parts,
            anchors: self.anchors,
            encoding: self.encoding,
        }
    }

    /// Returns the place of a value and of the key before it, as far as one line and a quote hold it.
    pub(crate) fn cite(&self, node: &Node) -> Option<Citation> {
        self.cite_range(node.at, node.end)
    }

    /// Returns the place of a stretch of the text, as far as one line and a quote hold it.
    pub(crate) fn cite_range(&self, from: usize, to: usize) -> Option<Citation> {
        let (from, to) = (self.byte_at(from), self.byte_at(to));
        let (part, part_end) = self.part(from)?;
        let end = to.min(part_end);
        // The end of a line is no part of it.
        let ends_line = !self.encoding.is_wide() && self.bytes[from..end].ends_with(b"\n");
        let end = end - usize::from(ends_line);
        let cut = self
            .encoding
            .floor_boundary(&self.bytes[from..end], LINE_QUOTE_MAX);
        let quote = self.encoding.decode(&self.bytes[from..from + cut]);
        let start = part.start + (from - part.at) as u64;
        let citation = Citation {
            byte_start: start,
            byte_end: start + cut as u64,
            line_start: part.line,
            line_end: part.line,
            quote: quote.into_owned(),
        };
        (!citation.quote.trim().is_empty()).then_some(citation)
    }

    /// Returns the place of the next line of a text as it is written, and goes on behind it.
    pub(crate) fn cite_line(&self, from: &mut usize, end: usize, line: &str) -> Option<Citation> {
        let written = serde_json::to_string(line).ok()?;
        let written = written.strip_prefix('"')?.strip_suffix('"')?;
        let rest = self.text.get(*from..end)?;
        let mut forms = [written, line].into_iter();
        let (at, length) = forms.find_map(|it| Some((rest.find(it)?, it.len())))?;
        let begin = *from + at;
        *from = begin + length;
        self.cite_range(begin, *from)
    }

    /// Returns whether a value stands on one line as a whole.
    pub(crate) fn is_on_one_line(&self, node: &Node) -> bool {
        let (from, to) = (self.byte_at(node.at), self.byte_at(node.end));
        self.part(from).is_some_and(|(_, end)| to <= end)
    }

    /// The part that holds a byte, and where it ends.
    fn part(&self, at: usize) -> Option<(Part, usize)> {
        let number = self.parts.partition_point(|part| part.at <= at);
        let part = *self.parts.get(number.checked_sub(1)?)?;
        let end = self
            .parts
            .get(number)
            .map_or(self.bytes.len(), |next| next.at);
        Some((part, end))
    }

    /// Returns the place in the bytes of a place in the text.
    fn byte_at(&self, at: usize) -> usize {
        let number = self.anchors.partition_point(|(text, _)| *text <= at);
        let Some((text, byte)) = number.checked_sub(1).and_then(|it| self.anchors.get(it)) else {
            return at;
        };
        let left = at - text;
        let utf8 = matches!(self.encoding, Encoding::Utf8 | Encoding::Binary);
        byte + if utf8 {
            raw_length(&self.bytes[*byte..], left)
        } else {
            self.encoding.encoded_len(&self.text[*text..at])
        }
    }
}

/// A value without its tree.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) text: String,
    parse: Parse,
    bytes: Vec<u8>,
    parts: Vec<Part>,
    anchors: Vec<(usize, usize)>,
    encoding: Encoding,
}

impl Folded {
    /// Returns the bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// Returns the tree alone.
    pub(crate) fn tree(&self) -> Option<Node> {
        (self.parse)(&self.text)
    }

    /// Returns the value with its tree again.
    pub(crate) fn unfold(self) -> Option<Record> {
        Some(Record {
            root: self.tree()?,
            text: self.text,
            parse: self.parse,
            bytes: self.bytes,
            parts: self.parts,
            anchors: self.anchors,
            encoding: self.encoding,
        })
    }
}

/// Returns how many bytes became the first `length` bytes of a text in which invalid ones are replaced.
fn raw_length(bytes: &[u8], length: usize) -> usize {
    let (mut read, mut written) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        if written + chunk.valid().len() >= length {
            return read + (length - written);
        }
        read += chunk.valid().len() + chunk.invalid().len();
        written += chunk.valid().len() + char::REPLACEMENT_CHARACTER.len_utf8();
    }
    read
}
