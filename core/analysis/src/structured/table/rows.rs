//! Rows of a table, each of which may take several lines.

use super::cells::Quotes;
use crate::citation::Citation;
use crate::constants::LINE_QUOTE_MAX;
use crate::line::RawLine;
use crate::logs::TextLine;

/// Larger rows are read in part.
const BYTES_MAX: usize = 1 << 20;
/// Lines from which an open quote is taken for a stray one.
const LINES_MAX: usize = 500;

/// A row and where it stands.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) text: String,
    /// Where each line begins in the text and in the file, and its number.
    parts: Vec<(usize, u64, u64)>,
    /// Place of the first line as far as a quote holds it.
    head: Option<Citation>,
    /// Whether offsets in the text are those in the file.
    exact: bool,
    quotes: Quotes,
}

impl Row {
    /// Returns the place of a stretch of the row, as far as one line and a quote hold it.
    pub(crate) fn cite(&self, from: usize, to: usize) -> Option<Citation> {
        if !self.exact {
            return self.head.clone();
        }
        let number = self.parts.partition_point(|(at, ..)| *at <= from);
        let (at, start, line) = *self.parts.get(number.checked_sub(1)?)?;
        let line_end = self
            .parts
            .get(number)
            .map_or(self.text.len(), |next| next.0 - 1);
        let to = to.min(line_end).max(from);
        let to = floor(&self.text, from, to);
        let quote = &self.text[from..to];
        if quote.trim().is_empty() {
            return self.head.clone();
        }
        let byte_start = start + (from - at) as u64;
        Some(Citation {
            byte_start,
            byte_end: byte_start + quote.len() as u64,
            line_start: line,
            line_end: line,
            quote: quote.to_owned(),
        })
    }

    /// Returns the place of the row, or of a stretch of it when the row is long.
    pub(crate) fn cite_around(&self, from: usize, to: usize) -> Option<Citation> {
        if self.text.len() <= LINE_QUOTE_MAX && self.parts.len() == 1 {
            self.head.clone()
        } else {
            self.cite(from, to)
        }
    }

    /// Returns where each line of a stretch begins, in the stretch without line breaks and in the
    /// file, and its number; nothing when that is not known.
    pub(super) fn lines(&self, from: usize, to: usize) -> Option<Vec<(usize, u64, u64)>> {
        let number = self.parts.partition_point(|(at, ..)| *at <= from);
        let (at, start, line) = *self.parts.get(number.checked_sub(1)?)?;
        let first = (0, start + (from - at) as u64, line);
        let more = self.parts[number..].iter().take_while(|part| part.0 < to);
        let more = more
            .enumerate()
            .map(|(breaks, &(at, start, line))| (at - from - breaks - 1, start, line));
        self.exact
            .then(|| std::iter::once(first).chain(more).collect())
    }

    fn start(&mut self, raw: &RawLine<'_>, line: &TextLine<'_>) {
        self.exact = true;
        self.head = Some(line.citation()).filter(|it| !it.quote.trim().is_empty());
        self.parts.push((0, raw.start, raw.number));
    }

    fn append(&mut self, raw: &RawLine<'_>, text: &str, delimiter: char) {
        self.exact &= raw.bytes.len() == text.len();
        if self.text.len() + text.len() <= BYTES_MAX {
            self.text.push_str(text);
        } else {
            self.exact = false;
        }
        self.quotes.feed(text, delimiter);
    }
}

/// The last boundary of a character a quote holds.
fn floor(text: &str, from: usize, to: usize) -> usize {
    let most = to.min(from + LINE_QUOTE_MAX);
    (from..=most)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(from)
}

/// Puts lines, and pieces of long ones, together to rows.
#[derive(Debug)]
pub(super) struct RowReader {
    delimiter: char,
    open: Option<Row>,
}

impl RowReader {
    pub(super) fn new(delimiter: char) -> Self {
        Self {
            delimiter,
            open: None,
        }
    }

    /// Takes the next line or piece; returns the row that it shows to be whole.
    pub(super) fn take(&mut self, raw: &RawLine<'_>, line: &TextLine<'_>) -> Option<Row> {
        if let Some(row) = &mut self.open {
            if line.carries_on {
                row.append(raw, line.text, self.delimiter);
                return None;
            }
            let goes_on =
                !row.quotes.is_whole() && row.parts.len() < LINES_MAX && row.text.len() < BYTES_MAX;
            if goes_on {
                row.text.push('\n');
                row.parts.push((row.text.len(), raw.start, raw.number));
                row.append(raw, line.text, self.delimiter);
                return None;
            }
        }
        let mut row = Row::default();
        row.start(raw, line);
        row.append(raw, line.text, self.delimiter);
        self.open.replace(row)
    }

    /// Returns the last row.
    pub(super) fn finish(&mut self) -> Option<Row> {
        self.open.take()
    }
}
