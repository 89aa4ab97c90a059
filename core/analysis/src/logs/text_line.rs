//! A line as text.

use std::borrow::Cow;

use crate::constants::{LINE_QUOTE_MAX, MINE_MAX};
use crate::encoding::Encoding;
use crate::event::LineSample;
use crate::line::RawLine;

/// A decoded line and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextLine<'a> {
    pub(crate) text: &'a str,
    /// The part of the text a citation quotes.
    pub(crate) quote: &'a str,
    /// The bytes it was decoded from; those of the text where it was taken from another one.
    pub(crate) raw: &'a [u8],
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) number: u64,
    /// Whether this carries on a line too long to be read at once.
    pub(crate) carries_on: bool,
}

impl TextLine<'_> {
    /// Returns the line as something to cite.
    pub(crate) fn sample(&self, time: Option<i64>) -> LineSample {
        LineSample {
            text: self.quote.to_owned(),
            start: self.start,
            end: self.end,
            line: self.number,
            time,
        }
    }
}

/// Returns as much of a message as is mined.
pub(super) fn clip(message: &str) -> &str {
    &message[..message.floor_char_boundary(MINE_MAX)]
}

/// Decodes a raw line and hands it on together with the quotable part.
pub(crate) fn with_text(raw: &RawLine<'_>, encoding: Encoding, sink: impl FnOnce(TextLine<'_>)) {
    let text = encoding.decode(raw.bytes);
    let cut = encoding.floor_boundary(raw.bytes, LINE_QUOTE_MAX);
    let quote: Cow<'_, str> = if cut == raw.bytes.len() {
        Cow::Borrowed(text.as_ref())
    } else {
        encoding.decode(&raw.bytes[..cut])
    };
    sink(TextLine {
        text: &text,
        quote: &quote,
        raw: raw.bytes,
        start: raw.start,
        end: raw.start + cut as u64,
        number: raw.number,
        carries_on: raw.carries_on,
    });
}
