//! Container runtime lines: `time stream tag message`.

use super::{Header, json, logfmt, text};
use crate::format::Profile;
use crate::time::scan;

/// Returns whether a line has the columns of a container runtime log.
pub(crate) fn looks_like_record(line: &str) -> bool {
    split(line).is_some()
}

/// Parses a container runtime line; level and component come from the message it carries.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let Some((time, message)) = split(line) else {
        return text::parse(line, profile);
    };
    let mut header = if message.starts_with('{') && json::looks_like_record(message) {
        json::parse(message, profile)
    } else if logfmt::opens_with_pair(message) && logfmt::looks_like_record(message) {
        logfmt::parse(message, profile)
    } else {
        text::parse(message, profile)
    };
    header.stamp = scan(time.as_bytes());
    header
}

fn split(line: &str) -> Option<(&str, &str)> {
    let mut columns = line.splitn(4, ' ');
    let (time, stream, tag) = (columns.next()?, columns.next()?, columns.next()?);
    let message = columns.next().unwrap_or("");
    let valid = matches!(stream, "stdout" | "stderr") && matches!(tag, "F" | "P");
    valid.then_some((time, message))
}
