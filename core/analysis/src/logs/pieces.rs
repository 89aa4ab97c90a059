//! Messages that a container runtime wrote as several lines, joined to the one they are.

use super::{LogReader, TextLine};
use crate::catalogue::matcher::PatternCounter;
use crate::constants::LINE_KEEP;
use crate::format::Family;
use crate::header::{self, cri};

/// Bytes of a joined message; what follows carries it on.
const JOINED_MAX: usize = 4 * LINE_KEEP;

/// The messages that are open, at most one of each stream.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: Vec<Joined>,
    /// Whether the last line was a piece of the last of them.
    inside: bool,
}

#[derive(Debug)]
struct Joined {
    stream: String,
    /// The first line, and behind it the messages of the others.
    text: String,
    quoted: usize,
    place: (u64, u64),
    first: u64,
    last: u64,
    lines: u64,
    full: bool,
}

impl Joined {
    fn new(line: &TextLine<'_>, stream: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            text: line.text.to_owned(),
            quoted: line.quote.len(),
            place: (line.start, line.end),
            first: line.number,
            last: line.number,
            lines: 1,
            full: false,
        }
    }

    fn line(&self) -> TextLine<'_> {
        TextLine {
            text: &self.text,
            quote: self.text.get(..self.quoted).unwrap_or(&self.text),
            raw: self.text.as_bytes(),
            start: self.place.0,
            end: self.place.1,
            number: self.first,
            carries_on: false,
        }
    }
}

impl LogReader {
    /// Returns whether a line may be a piece of a message.
    pub(super) fn is_piece(&self, line: &TextLine<'_>) -> bool {
        self.profile.family == Family::Cri
            && match line.carries_on {
                true => self.pieces.inside,
                false => {
                    !self.pieces.open.is_empty()
                        || cri::split(line.text).is_some_and(|it| it.is_partial)
                }
            }
    }

    /// Takes a line while messages are open, or one that opens another.
    pub(super) fn piece(&mut self, line: &TextLine<'_>, patterns: &mut PatternCounter) {
        if line.carries_on {
            return self.add_piece(line, line.text, patterns);
        }
        self.pieces.inside = false;
        let open = &mut self.pieces.open;
        let columns = cri::split(line.text);
        let known = columns.and_then(|told| open.iter().position(|it| it.stream == told.stream));
        match (columns, known) {
            (Some(told), Some(at)) => {
                let mut joined = open.remove(at);
                (joined.last, joined.lines) = (line.number, joined.lines + 1);
                open.push(joined);
                self.pieces.inside = told.is_partial;
                self.add_piece(line, told.message, patterns);
                if !told.is_partial
                    && let Some(joined) = self.pieces.open.pop()
                {
                    self.close_piece(&joined, patterns);
                }
            }
            (Some(told), None) if told.is_partial => {
                open.push(Joined::new(line, told.stream));
                self.pieces.inside = true;
            }
            _ => {
                let header = header::parse(line.text, &self.profile);
                self.parsed(line, &header, None, patterns);
            }
        }
    }

    /// Takes the messages whose ends the file does not hold.
    pub(super) fn finish_pieces(&mut self, patterns: &mut PatternCounter) {
        for joined in std::mem::take(&mut self.pieces.open) {
            self.close_piece(&joined, patterns);
        }
    }

    /// Adds to the message that was opened or carried on last.
    fn add_piece(&mut self, line: &TextLine<'_>, message: &str, patterns: &mut PatternCounter) {
        let Some(mut joined) = self.pieces.open.pop() else {
            return;
        };
        if !joined.full && joined.text.len() + message.len() > JOINED_MAX {
            self.joined(&joined, patterns);
            joined.full = true;
        }
        if !joined.full {
            joined.text.push_str(message);
        } else if !self.skipping {
            // The event before may be that of another stream by now.
            patterns.count(line, "", self.previous_time, None);
        }
        self.pieces.open.push(joined);
    }

    fn joined(&mut self, joined: &Joined, patterns: &mut PatternCounter) {
        let line = joined.line();
        let header = header::parse(line.text, &self.profile);
        self.message(&line, &header, None, patterns);
    }

    fn close_piece(&mut self, joined: &Joined, patterns: &mut PatternCounter) {
        if !joined.full {
            self.joined(joined, patterns);
        }
        self.left_out += joined.lines * u64::from(self.skipping);
        self.note_forms(joined.first, joined.last);
    }
}
