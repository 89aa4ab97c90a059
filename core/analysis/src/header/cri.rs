//! Container runtime lines: `time stream tag message`.

use std::borrow::Cow;

use super::{Header, json, logfmt, text};
use crate::format::Profile;
use crate::time::scan;

/// Returns whether a line has the columns of a container runtime log.
pub(crate) fn looks_like_record(line: &str) -> bool {
    split(line).is_some()
}

/// Parses a container runtime line; level and component come from the message it carries.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let Some(columns) = split(line) else {
        return text::parse(line, profile);
    };
    let Columns {
        time,
        stream,
        message,
        ..
    } = columns;
    let mut header = if message.starts_with('{') && json::looks_like_record(message) {
        json::parse(message, profile)
    } else if logfmt::opens_with_pair(message) && logfmt::looks_like_record(message) {
        logfmt::parse(message, profile)
    } else {
        text::parse(message, profile)
    };
    header.bare = (!header.is_head()).then_some(Cow::Borrowed(message));
    header.source = stream;
    header.stamp = scan(time.as_bytes());
    header
}

/// The columns of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    time: &'a str,
    pub(crate) stream: &'a str,
    /// Whether the message goes on in the next line of the stream.
    pub(crate) is_partial: bool,
    pub(crate) message: &'a str,
}

/// Splits a line into its columns.
pub(crate) fn split(line: &str) -> Option<Columns<'_>> {
    let mut columns = line.splitn(4, ' ');
    let (time, stream, tag) = (columns.next()?, columns.next()?, columns.next()?);
    let message = columns.next().unwrap_or("");
    let valid = matches!(stream, "stdout" | "stderr") && matches!(tag, "F" | "P");
    valid.then_some(Columns {
        time,
        stream,
        is_partial: tag == "P",
        message,
    })
}
