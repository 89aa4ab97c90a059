//! Common and combined access log lines.

use std::borrow::Cow;

use super::{Header, text};
use crate::format::Profile;
use crate::level::Level;
use crate::logs::is_address;
use crate::time::scan;

/// Returns whether a line has the columns of an access log.
pub(crate) fn looks_like_record(line: &str) -> bool {
    split(line).is_some()
}

/// Parses an access log line; the message is `METHOD path status=code`.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let Some((stamp_text, request, status)) = split(line) else {
        return text::parse(line, profile);
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
        host: client(line),
        message: Cow::Owned(format!("{path} status={status}")),
        ..Header::default()
    }
}

/// Returns who asked: the first column, or the one behind the name of the site that was asked.
fn client(line: &str) -> Option<&str> {
    let (columns, _) = line.split_once(" [")?;
    let mut columns = columns.split(' ');
    let (first, second) = (columns.next()?, columns.next()?);
    if is_address(first) {
        Some(first)
    } else if is_address(second) {
        Some(second)
    } else {
        (second == "-" && !first.is_empty()).then_some(first)
    }
}

/// Returns the level of a proxy's line: an error when the answer was one of the server.
pub(super) fn haproxy_level(message: &str) -> Option<Level> {
    let mut columns = message.split_ascii_whitespace().skip(4);
    let timers = columns.next()?;
    let status = columns.next()?;
    let is_answer = timers.contains('/') && status.len() == 3;
    is_answer.then(|| match status.as_bytes()[0] {
        b'5' => Level::Error,
        _ => Level::Info,
    })
}

fn split(line: &str) -> Option<(&str, &str, &str)> {
    let after = match line.strip_prefix('[') {
        Some(after) => after,
        None => line.split_once(" [")?.1,
    };
    let (stamp, after) = after.split_once("] ")?;
    let (_, after) = after.split_once('"')?;
    let (request, after) = after.split_once("\" ")?;
    let status = after.split([' ', ',']).next()?;
    let valid = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    (valid && stamp.len() <= 40 && scan(stamp.as_bytes()).is_some())
        .then_some((stamp, request, status))
}
