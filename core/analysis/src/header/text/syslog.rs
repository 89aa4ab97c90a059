//! Syslog columns behind the time stamp.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::header::Header;
use crate::level::Level;

const HOST_MAX: usize = 64;

static LEVEL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("level="));

/// Recognises `host tag[pid]: message` and the RFC 5424 columns.
pub(super) fn syslog<'a>(rest: &'a str, header: &mut Header<'a>) -> bool {
    let Some(length) = rest
        .bytes()
        .take(HOST_MAX + 1)
        .position(|byte| byte == b' ')
    else {
        return false;
    };
    let (host, after) = (&rest[..length], &rest[length + 1..]);
    if !is_host(host) || Level::from_word(host).is_some() || rest.starts_with("Caused by: ") {
        return false;
    }
    if header.level.is_some() && rfc5424(host, after, header) {
        return true;
    }
    let end = after
        .bytes()
        .take(64)
        .position(|byte| byte == b' ' || byte == b':' || byte == b'[');
    let Some(end) = end.filter(|&end| end > 0) else {
        return false;
    };
    let tag = &after[..end];
    if Level::from_word(tag).is_some() || !tag.as_bytes()[0].is_ascii_alphabetic() {
        return false;
    }
    let Some(message) = after_tag(&after[end..], header) else {
        return false;
    };
    header.host = Some(host);
    header.component = Some(Cow::Borrowed(tag));
    carry(rest, message, header);
    true
}

/// Takes the message at the end of `rest`, before which stands who wrote it.
fn carry<'a>(rest: &'a str, message: &'a str, header: &mut Header<'a>) {
    header.source = &rest[..rest.len() - message.len()];
    let message = message.strip_prefix(' ').unwrap_or(message);
    header.message = Cow::Borrowed(message.trim_start());
    header.bare = Some(Cow::Borrowed(message));
}

fn after_tag<'a>(rest: &'a str, header: &mut Header<'a>) -> Option<&'a str> {
    if let Some(after) = rest.strip_prefix('[') {
        let end = after.bytes().position(|byte| byte == b']')?;
        let (pid, after) = (&after[..end], &after[end + 1..]);
        if pid.is_empty() || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        header.pid = Some(pid);
        return after.strip_prefix(':');
    }
    if let Some(after) = rest.strip_prefix(':') {
        return (after.is_empty() || after.starts_with(' ')).then_some(after);
    }
    let (version, after) = rest.trim_start().split_once(": ")?;
    let numeric = version
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (!version.is_empty() && numeric).then_some(after)
}

fn rfc5424<'a>(host: &'a str, after: &'a str, header: &mut Header<'a>) -> bool {
    let mut columns = after.splitn(4, ' ');
    let (Some(app), Some(process), Some(_), Some(tail)) = (
        columns.next(),
        columns.next(),
        columns.next(),
        columns.next(),
    ) else {
        return false;
    };
    if app.ends_with(':') || !(process == "-" || process.bytes().all(|b| b.is_ascii_digit())) {
        return false;
    }
    let message = if tail.starts_with('[') {
        tail.split_once("] ").map_or("", |(_, message)| message)
    } else {
        tail.strip_prefix("- ").unwrap_or(tail)
    };
    header.host = Some(host);
    header.component = Some(Cow::Borrowed(app));
    header.pid = (process != "-").then_some(process);
    let message = message.trim_start_matches('\u{feff}');
    header.message = Cow::Borrowed(message);
    (header.source, header.bare) = (&after[..after.len() - tail.len()], Some(message.into()));
    true
}

fn is_host(word: &str) -> bool {
    let bytes = word.as_bytes();
    (1..=HOST_MAX).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && bytes.iter().any(u8::is_ascii_alphabetic)
}

/// Returns the level that a message names where its header does not.
pub(in crate::header) fn inner_level(message: &str) -> Option<Level> {
    opening_level(message).or_else(|| {
        let equals = memchr::memchr(b'=', message.as_bytes())?;
        let from = (equals + 1).saturating_sub(LEVEL.needle().len());
        let at = from + LEVEL.find(&message.as_bytes()[from..])?;
        let value = message[at + LEVEL.needle().len()..].trim_start_matches('"');
        let word = value.split(|c: char| !c.is_ascii_alphabetic()).next()?;
        Level::from_word(word)
    })
}

fn opening_level(message: &str) -> Option<Level> {
    let open = message.trim_start_matches(['[', '<', '(']);
    let bracketed = open.len() < message.len();
    let mut start = open.bytes().take(12);
    let end = start.position(|byte| !byte.is_ascii_alphabetic())?;
    let word = &open[..end];
    let closed = matches!(open.as_bytes()[end], b':' | b']' | b'>' | b')');
    let upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    (closed || bracketed || upper)
        .then(|| Level::from_word(word))
        .flatten()
}
