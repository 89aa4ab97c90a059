//! Values behind keys: where they end, and which of them tell nothing.

use super::cursor::{holds, is_blank, is_word, line_end, run_end};
use super::vendor::is_random;

/// A value with the way it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

const NOTHING: &[&str] = &[
    "",
    "-",
    "null",
    "nil",
    "none",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "n/a",
    "redacted",
    "filtered",
    "masked",
    "hidden",
    "removed",
    "string",
    "str",
    "bool",
    "boolean",
    "int",
    "text",
    "varchar",
    "bytes",
    "any",
    "object",
    "optional",
    "required",
    "missing",
    "empty",
    "invalid",
    "incorrect",
    "wrong",
    "expired",
    "changed",
    "unset",
    "set",
    "ok",
    "failed",
    "failure",
    "error",
    "denied",
    "unknown",
    "disabled",
    "enabled",
    "must",
    "is",
    "was",
    "has",
    "for",
    "not",
    "cannot",
    "please",
    "authentication",
    "unexpected",
    "valid",
    "accepted",
    "rejected",
    "revoked",
    "rotated",
    "updated",
    "created",
    "deleted",
    "refreshed",
    "bearer",
    "basic",
    "prompt",
    "ask",
    "file",
    "env",
    "vault",
    "&str",
    "self",
    "the",
    "a",
    "an",
    "in",
    "to",
    "from",
    "of",
    "authenticated",
    "md5",
    "scram-sha-256",
];

const REFERENCES: &[&str] = &[
    "xxx",
    "process.env",
    "os.",
    "env.",
    "env(",
    "getenv",
    "secrets.",
    "vault:",
    "vault.",
    "ref+",
    "arn:",
    "var.",
    "data.",
    "local.",
    "module.",
    "config.",
    "settings.",
    "self.",
    "this.",
    "args.",
    "request.",
    "req.",
    "params.",
    "..",
    "•",
    "your-",
    "your_",
    "config[",
    "settings[",
    "params[",
    "file:",
    "projects/",
    "op://",
    "…",
];

/// Returns the value at `at`; unquoted ones end at `stops`.
pub(super) fn read(bytes: &[u8], at: usize, stops: &[u8]) -> Value {
    let (opening, quote) = opening_quote(bytes, at);
    if let Some(quote) = quote {
        let start = at + opening;
        if let Some(end) = closing_quote(bytes, start, quote, opening > 1) {
            return Value {
                start,
                end,
                quoted: true,
            };
        }
    }
    let end = run_end(bytes, at, |byte| {
        !byte.is_ascii_whitespace() && !stops.contains(&byte)
    });
    Value {
        start: at,
        end: trimmed(bytes, at, end),
        quoted: false,
    }
}

/// Returns whether a value stands for another one or says that there is none.
pub(super) fn is_empty_talk(value: &[u8]) -> bool {
    let named = NOTHING.iter();
    let word = value.strip_suffix(b".").unwrap_or(value);
    named
        .into_iter()
        .any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
        || REFERENCES.iter().any(|start| holds(value, 0, start))
        || is_repeated(value)
        || is_symbolic(value)
        || is_placeholder(value)
}

/// Returns whether an unquoted value is an expression of a programming language or an object.
pub(super) fn is_code(value: &[u8]) -> bool {
    let name = run_end(value, 0, |byte| {
        is_word(byte) || matches!(byte, b'.' | b':' | b'$')
    });
    let rest = &value[name..];
    let address = |hash: &[u8]| hash.len() <= 8 && hash.iter().all(u8::is_ascii_hexdigit);
    name > 0
        && match rest {
            [b'(' | b'[' | b'{', ..] => true,
            [b'@', hash @ ..] => value[..name].contains(&b'.') && address(hash),
            _ => false,
        }
}

/// Returns whether a value is the place of something rather than the thing.
pub(super) fn is_place(value: &[u8]) -> bool {
    let path = matches!(value, [b'/', next, ..] if next.is_ascii_alphabetic())
        && value[1..].contains(&b'/');
    path || value.starts_with(b"./")
        || value.starts_with(b"~/")
        || holds(value, 0, "http://")
        || holds(value, 0, "https://")
}

/// Returns whether a value looks drawn, not written.
pub(super) fn looks_drawn(value: &[u8]) -> bool {
    let spaced = value.iter().any(|byte| byte.is_ascii_whitespace());
    let long_hex = value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit);
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let written = value.len() < 24 && digits == 0 && is_written(value);
    value.len() >= 8 && !spaced && !written && (is_random(value) || long_hex)
}

/// Returns whether words follow a value on its line, so that it starts a sentence.
pub(super) fn starts_sentence(bytes: &[u8], value: Value) -> bool {
    let plain = &bytes[value.start..value.end];
    if value.quoted
        || !plain
            .iter()
            .all(|b| b.is_ascii_alphabetic() || b"'-".contains(b))
    {
        return false;
    }
    let next = run_end(bytes, value.end, is_blank);
    let line = &bytes[next..line_end(bytes, next)];
    next > value.end && line.first().is_some_and(u8::is_ascii_alphabetic) && !names_a_value(line)
}

/// Returns whether a line goes on with `key=` or `key:`.
fn names_a_value(line: &[u8]) -> bool {
    let word = run_end(line, 0, |byte| {
        is_word(byte) || byte == b'-' || byte == b'.'
    });
    matches!(line.get(word), Some(b'=' | b':'))
}

/// Camel-case names such as `getToken` are mixed case, yet written.
fn is_written(value: &[u8]) -> bool {
    let parts = value
        .iter()
        .filter(|byte| byte.is_ascii_uppercase())
        .count();
    value
        .iter()
        .all(|byte| is_word(*byte) || b".-".contains(byte))
        && parts * 4 <= value.len()
}

fn is_repeated(value: &[u8]) -> bool {
    let masks = b"*xX.-_#?";
    value.len() > 1 && masks.contains(&value[0]) && value.iter().all(|byte| *byte == value[0])
}

/// Variables, tags, anchors, comments and lists start with a sign.
fn is_symbolic(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    match value {
        [b'$', rest @ ..] => rest.iter().all(|byte| is_word(*byte)),
        [b'%', rest @ ..] => rest.len() <= 2 || rest.ends_with(b"%"),
        [b'<', rest @ ..] => rest.contains(&b'>') || !digits,
        [b'[', rest @ ..] => rest.ends_with(b"]") || !digits,
        [b'{', rest @ ..] => rest.first() == Some(&b'{') || rest.ends_with(b"}") || !digits,
        [b'*' | b'#' | b'!' | b'&' | b'|' | b'>' | b'(' | b'@', ..] => !digits,
        _ => false,
    }
}

fn is_placeholder(value: &[u8]) -> bool {
    matches!(value, [b'_', b'_', .., b'_', b'_'])
        || value
            .windows(2)
            .any(|pair| pair == b"${" || pair == b"{{" || pair == b"$(")
}

/// Returns the length of an opening quote with what may stand before it, and its character.
fn opening_quote(bytes: &[u8], at: usize) -> (usize, Option<u8>) {
    let prefixed = matches!(bytes.get(at), Some(b'b' | b'r' | b'f' | b'u' | b'N' | b'@'));
    let mut quote = at + usize::from(prefixed);
    if prefixed && !matches!(bytes.get(quote), Some(b'"' | b'\'')) {
        return (0, None);
    }
    quote = run_end(bytes, quote, |byte| byte == b'\\').min(quote + 3);
    match bytes.get(quote) {
        Some(&mark @ (b'"' | b'\'' | b'`')) => (quote + 1 - at, Some(mark)),
        _ => (0, None),
    }
}

/// Returns where a quoted value ends; `escaped` quotes close with a backslash before them.
fn closing_quote(bytes: &[u8], start: usize, quote: u8, escaped: bool) -> Option<usize> {
    let escaped = escaped && bytes.get(start.checked_sub(2)?) == Some(&b'\\');
    let line = &bytes[start..line_end(bytes, start)];
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'\\' if escaped && line[at..].iter().find(|&&byte| byte != b'\\') == Some(&quote) => {
                return Some(start + at);
            }
            b'\\' => at += 2,
            byte if byte == quote => return Some(start + at),
            _ => at += 1,
        }
    }
    None
}

/// Gives back a full stop or colon at the end of a sentence.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let ends = end > start && matches!(bytes[end - 1], b'.' | b':');
    end - usize::from(ends)
}
