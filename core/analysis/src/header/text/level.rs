//! The level among the columns of a text line.

use crate::level::Level;

const HEADER_TOKENS: usize = 10;

const HEADER_BYTES: usize = 160;

/// A level word and where it stands in the rest of the line.
pub(super) struct FoundLevel {
    pub(super) level: Level,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) fn find_level(rest: &str, stamped: bool) -> Option<FoundLevel> {
    let bytes = rest.as_bytes();
    let mut at = 0;
    for index in 0..HEADER_TOKENS {
        while at < bytes.len() && matches!(bytes[at], b' ' | b'\t') {
            at += 1;
        }
        if at >= bytes.len() || at > HEADER_BYTES {
            return None;
        }
        let length = memchr::memchr2(b' ', b'\t', &bytes[at..]).unwrap_or(bytes.len() - at);
        let token = &rest[at..at + length];
        if let Some(found) = level_token(token, at, index, rest, stamped) {
            return Some(found);
        }
        if !stamped || ends_header(token) {
            return None;
        }
        at += length;
    }
    None
}

fn level_token(
    token: &str,
    at: usize,
    index: usize,
    rest: &str,
    stamped: bool,
) -> Option<FoundLevel> {
    let bytes = token.as_bytes();
    if bytes.len() == 1 {
        return single_character(bytes[0], at, index, rest);
    }
    let lead = usize::from(matches!(bytes[0], b'[' | b'(' | b'<' | b'|'));
    let core = &token[lead..];
    let end = core
        .bytes()
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or(core.len());
    let level = Level::from_word(&core[..end])?;
    let word = &core[..end];
    let follow = core.as_bytes().get(end).copied();
    let upper = word.bytes().all(|byte| !byte.is_ascii_lowercase());
    let tabbed = index > 0 || rest.as_bytes().get(at + token.len()) == Some(&b'\t');
    let accepted = match follow {
        Some(b']' | b')' | b'>' | b'|') => lead == 1,
        Some(b':') => upper || stamped || index == 0,
        Some(b' ' | b'\t') | None => {
            lead == 0 && (upper || (tabbed && rest.contains('\t') && stamped))
        }
        Some(b',' | b'-' | b'/') => upper && stamped,
        _ => false,
    };
    let sloppy = !stamped && (index > 0 || !(upper || lead == 1));
    if !accepted || sloppy {
        return None;
    }
    let after = lead + end + usize::from(follow.is_some());
    Some(FoundLevel {
        level,
        start: at,
        end: at + after,
    })
}

/// Levels of one character: logcat letters between numbers, Redis marks.
fn single_character(byte: u8, at: usize, index: usize, rest: &str) -> Option<FoundLevel> {
    let before = rest[..at].trim_end();
    let numbers = !before.is_empty()
        && before
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_whitespace());
    let level = match byte {
        b'V' | b'D' | b'I' | b'W' | b'E' | b'F' if numbers || index == 0 => {
            Level::from_letter(byte)
        }
        b'#' if index == 0 => Some(Level::Warn),
        b'*' if index == 0 => Some(Level::Info),
        b'.' if index == 0 => Some(Level::Debug),
        _ => None,
    };
    level.map(|level| FoundLevel {
        level,
        start: at,
        end: at + 1,
    })
}

/// Returns whether a token before any level shows that the message has begun.
fn ends_header(token: &str) -> bool {
    let bytes = token.as_bytes();
    let last = bytes[bytes.len() - 1];
    (last == b':' && bytes.len() > 1)
        || matches!(last, b',' | b';' | b'!' | b'?')
        || token.contains('=')
}
