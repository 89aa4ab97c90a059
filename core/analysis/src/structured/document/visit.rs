//! What a reader of documents may do with the values it is given.

use crate::catalogue::matcher::PatternCounter;
use crate::citation::Citation;
use crate::logs::{LogReader, TextLine};

/// The parts of the engine that a document feeds.
#[derive(Debug)]
pub(crate) struct Feed<'a> {
    /// Takes log events, when the document holds such.
    pub(crate) logs: Option<&'a mut LogReader>,
    pub(crate) patterns: &'a mut PatternCounter,
}

/// Returns a text at a place as the line of a log.
pub(crate) fn line_of<'a>(text: &'a str, cited: &'a Citation) -> TextLine<'a> {
    TextLine {
        text,
        quote: &cited.quote,
        raw: text.as_bytes(),
        start: cited.byte_start,
        end: cited.byte_end,
        number: cited.line_start,
        carries_on: false,
    }
}
