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
    let lead = lead(token);
    let bracketed = lead > 0 && bytes[0] != b':';
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
    let padded = rest[at + token.len()..].starts_with("  ");
    let closing = closing_bracket(rest, at + token.len());
    let accepted = match follow {
        Some(b']' | b')' | b'>' | b'|') => bracketed,
        Some(b':') => upper || stamped || index == 0,
        None if lead == 1 => closing.is_some(),
        None => upper || stamped && (padded && index == 0 || tabbed && rest.contains('\t')),
        Some(b',' | b'-' | b'/') => upper && stamped,
        _ => false,
    };
    let sloppy = !stamped && (index > 0 || !(upper || bracketed));
    if !accepted || sloppy {
        return None;
    }
    let after = at + lead + end + usize::from(follow.is_some());
    Some(FoundLevel {
        level,
        start: at,
        end: closing
            .filter(|_| lead == 1 && follow.is_none())
            .unwrap_or(after),
    })
}

/// Bytes in front of the level: a bracket, `##[` of build logs, or the columns of a managed PostgreSQL.
fn lead(token: &str) -> usize {
    match token.as_bytes()[0] {
        b'[' => 1 + module_length(&token[1..]),
        b'(' | b'<' | b'|' => 1,
        b'#' if token.starts_with("##[") => 3,
        b':' => token.rfind("]:").map_or(0, |at| at + 2),
        _ => 0,
    }
}

/// Length of `module:` in `module:error]`, as a web server writes it.
fn module_length(inside: &str) -> usize {
    let name = inside
        .bytes()
        .take_while(|b| b.is_ascii_lowercase() || *b == b'_');
    let length = name.count();
    let named = length > 0 && inside.as_bytes().get(length) == Some(&b':');
    if named { length + 1 } else { 0 }
}

/// Returns the offset behind the bracket that closes a level padded with spaces.
fn closing_bracket(rest: &str, at: usize) -> Option<usize> {
    let after = rest[at..].trim_start_matches(' ');
    after.starts_with(']').then(|| rest.len() - after.len() + 1)
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
        b'#' if index == 0 => Some(marked_with_hash(&rest[at + 1..])),
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

/// Redis marks notices of its start like warnings; the words tell them apart.
fn marked_with_hash(message: &str) -> Level {
    const NOTICES: [&str; 7] = [
        "is starting oo0",
        "redis version=",
        "configuration loaded",
        "server initialized",
        "ready to accept connections",
        "cluster state changed: ok",
        "user requested shutdown",
    ];
    let lower = message.to_ascii_lowercase();
    if NOTICES.iter().any(|notice| lower.contains(notice)) {
        Level::Info
    } else {
        Level::Warn
    }
}

/// Returns whether a token before any level shows that the message has begun.
fn ends_header(token: &str) -> bool {
    let bytes = token.as_bytes();
    let last = bytes[bytes.len() - 1];
    (last == b':' && bytes.len() > 1)
        || matches!(last, b',' | b';' | b'!' | b'?')
        || (bytes[0] != b'[' && bytes.contains(&b'='))
}
