//! A line on its way through the engine, and the copy that is kept of it.

use crate::citation::Citation;
use crate::level::Level;

/// One line, split into what the engine needs of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineEvent<'a> {
    pub(crate) message: &'a str,
    /// Text of the bytes `start..end`.
    pub(crate) quote: &'a str,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) line: u64,
    /// Own time, else that of the line before.
    pub(crate) time: Option<i64>,
    /// Whether the line carries its time itself.
    pub(crate) stamped: bool,
    pub(crate) level: Option<Level>,
    pub(crate) component: Option<&'a str>,
}

/// A line kept as an example.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineSample {
    pub(crate) text: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) line: u64,
    pub(crate) time: Option<i64>,
}

impl LineSample {
    /// Returns a copy of a line.
    pub(crate) fn of(event: &LineEvent<'_>) -> Self {
        let mut sample = Self::default();
        sample.set(event);
        sample
    }

    /// Copies a line, reusing the buffer.
    pub(crate) fn set(&mut self, event: &LineEvent<'_>) {
        self.text.clear();
        self.text.push_str(event.quote);
        self.start = event.start;
        self.end = event.end;
        self.line = event.line;
        self.time = event.time;
    }

    /// Returns the place of the line.
    pub(crate) fn citation(&self) -> Citation {
        Citation {
            byte_start: self.start,
            byte_end: self.end,
            line_start: self.line,
            line_end: self.line,
            quote: self.text.clone(),
        }
    }
}
