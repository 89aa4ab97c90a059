//! Common and combined access log lines.

use std::borrow::Cow;

use super::Header;
use crate::level::Level;
use crate::time::scan;

/// Returns whether a line has the columns of an access log.
pub(crate) fn looks_like_record(line: &str) -> bool {
    split(line).is_some()
}

/// Parses an access log line; the message is `METHOD path status=code`.
pub(crate) fn parse(line: &str) -> Header<'_> {
    let Some((stamp_text, request, status)) = split(line) else {
        return Header {
            message: Cow::Borrowed(line),
            ..Header::default()
        };
    };
    let level = match status.as_bytes().first() {
        Some(b'5') => Level::Error,
        _ => Level::Info,
    };
    let target = request
        .rsplit_once(" HTTP/")
        .map_or(request, |(target, _)| target);
    let path = target.split(['?', '#']).next().unwrap_or(target);
    Header {
        stamp: scan(stamp_text.as_bytes()),
        level: Some(level),
        message: Cow::Owned(format!("{path} status={status}")),
        ..Header::default()
    }
}

fn split(line: &str) -> Option<(&str, &str, &str)> {
    let (_, after) = line.split_once(" [")?;
    let (stamp, after) = after.split_once("] ")?;
    let (_, after) = after.split_once('"')?;
    let (request, after) = after.split_once("\" ")?;
    let status = after.split([' ', ',']).next()?;
    let valid = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    (valid && stamp.len() <= 40 && scan(stamp.as_bytes()).is_some())
        .then_some((stamp, request, status))
}
