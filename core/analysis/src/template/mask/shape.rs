//! Shapes of words and values that vary.

use super::{CLASS, DIGIT, LETTER, SPACE, SPECIAL};
use crate::time::scan;

/// Returns the length of a date that starts with the name of a day or month.
pub(super) fn written_date(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let named = matches!(end - start, 3 | 4) && bytes[start].is_ascii_uppercase();
    let stamp = if named {
        scan(&bytes[start..])?
    } else {
        return None;
    };
    let stop = start + stamp.length;
    bytes
        .get(stop)
        .is_none_or(|byte| CLASS[*byte as usize] & (LETTER | DIGIT) == 0)
        .then_some(stamp.length)
}

pub(super) const TIME_UNITS: [&[u8]; 18] = [
    b"s",
    b"sec",
    b"secs",
    b"second",
    b"seconds",
    b"ms",
    b"msec",
    b"msecs",
    b"millis",
    b"milliseconds",
    b"us",
    b"min",
    b"mins",
    b"minute",
    b"minutes",
    b"hour",
    b"hours",
    b"days",
];

/// Returns the length of a size in brackets, such as `(1.5 KB)`.
pub(super) fn size_again(rest: &[u8]) -> Option<usize> {
    let digits = rest[1..]
        .iter()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        .count();
    let after = rest.get(1 + digits..)?;
    if digits == 0 || after.first() != Some(&b' ') {
        return None;
    }
    let close = after.iter().take(6).position(|&byte| byte == b')')?;
    let unit = &after[1..close];
    let known = unit.ends_with(b"B") && unit.len() <= 3 && unit.iter().all(u8::is_ascii_alphabetic);
    known.then_some(1 + digits + close + 1)
}

/// Returns the length of an IPv6 address or of `host.name:port` at the start of a token.
pub(super) fn address(token: &[u8]) -> Option<usize> {
    let length = token.len() - usize::from(matches!(token[token.len() - 1], b',' | b';' | b')'));
    let body = &token[..length];
    let at = body.iter().position(|&byte| byte == b':')?;
    let (host, port) = (&body[..at], &body[at + 1..]);
    if port.contains(&b':') {
        return is_ipv6(body).then_some(length);
    }
    if !(2..=5).contains(&port.len()) || !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let named = host.len() > 3
        && host
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && memchr::memchr(b'.', host).is_some_and(|dot| dot > 0)
        && !is_source_file(host);
    named.then_some(length)
}

/// Returns whether a text with several colons is an IPv6 address.
fn is_ipv6(text: &[u8]) -> bool {
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'%');
    let colons = || text.iter().filter(|&&byte| byte == b':').count();
    let double = || text.windows(2).any(|pair| pair == b"::");
    text.len() > 2 && text.iter().all(hex) && (colons() >= 5 || double())
}

fn is_source_file(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 14] = [
        b"go", b"py", b"js", b"ts", b"rb", b"java", b"c", b"cc", b"cpp", b"h", b"rs", b"php",
        b"kt", b"cs",
    ];
    memchr::memrchr(b'.', name).is_some_and(|dot| ENDS.contains(&&name[dot + 1..]))
}

pub(super) fn closing_quote(bytes: &[u8], at: usize, previous: u8) -> Option<usize> {
    if !matches!(previous, 0 | b'=' | b'(' | b'[' | b'{' | b':' | b',') {
        return None;
    }
    let glued = previous == 0 && at > 0 && CLASS[bytes[at - 1] as usize] & (LETTER | DIGIT) != 0;
    if glued {
        return None;
    }
    let quote = bytes[at];
    let limit = if quote == b'"' { 400 } else { 120 };
    let window = &bytes[at + 1..bytes.len().min(at + 1 + limit)];
    for found in memchr::memchr_iter(quote, window) {
        let close = at + 1 + found;
        let follow = bytes
            .get(close + 1)
            .map_or(SPACE, |&byte| CLASS[byte as usize]);
        if found > 0 && follow & (LETTER | DIGIT) == 0 && bytes[close - 1] != b'\\' {
            return Some(close);
        }
    }
    None
}

/// Status codes stay literal: 200 and 500 are different events.
fn is_status(key: &str, value: &[u8]) -> bool {
    const KEYS: [&str; 7] = [
        "status",
        "status_code",
        "statusCode",
        "http_status",
        "code",
        "response_code",
        "exit_code",
    ];
    let digits = value.len() <= 3 && value.iter().all(u8::is_ascii_digit);
    digits && KEYS.contains(&key)
}

fn is_verdict(value: &str) -> bool {
    const WORDS: [&str; 14] = [
        "failed",
        "failure",
        "fail",
        "error",
        "ok",
        "success",
        "succeeded",
        "denied",
        "refused",
        "timeout",
        "rejected",
        "aborted",
        "killed",
        "down",
    ];
    value.len() <= 9 && WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Returns how many leading bytes of the value of a key are constant.
pub(super) fn value_prefix(key: &str, value: &str) -> usize {
    let constant = is_status(key, value.as_bytes()) || is_verdict(value);
    if constant { value.len() } else { 0 }
}

/// Returns how many leading bytes of a word are constant; all of them for a plain word.
pub(super) fn constant_prefix(word: &[u8], flags: u8) -> usize {
    if flags & DIGIT == 0 {
        return if flags & SPECIAL != 0 && is_address(word) {
            0
        } else {
            word.len()
        };
    }
    if is_hex(word) || (word[0] == b'/' && word[1..].contains(&b'/')) {
        return 0;
    }
    let mut prefix = word
        .iter()
        .position(u8::is_ascii_digit)
        .unwrap_or(word.len());
    // The dash of `blk_-1` is a sign, that of `pool-1` is not.
    if prefix >= 2 && word[prefix - 1] == b'-' && !word[prefix - 2].is_ascii_alphanumeric() {
        prefix -= 1;
    }
    let letters = word[..prefix]
        .iter()
        .filter(|b| CLASS[**b as usize] & LETTER != 0)
        .count();
    if letters < 2 {
        return 0;
    }
    let numeric = word[prefix..]
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    if numeric { prefix } else { 0 }
}

fn is_hex(word: &[u8]) -> bool {
    word.len() >= 8
        && word
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Recognises paths, e-mail addresses and domain names that hold no digit.
fn is_address(word: &[u8]) -> bool {
    let slashes = word.iter().filter(|&&byte| byte == b'/').count();
    if slashes >= 2 && (word[0] == b'/' || slashes >= 3) {
        return true;
    }
    if let Some(at) = memchr::memchr(b'@', word) {
        return at > 0 && word[at + 1..].contains(&b'.');
    }
    slashes == 0 && is_domain(word)
}

fn is_domain(word: &[u8]) -> bool {
    const ENDS: [&[u8]; 30] = [
        b"com",
        b"net",
        b"org",
        b"io",
        b"edu",
        b"gov",
        b"mil",
        b"int",
        b"info",
        b"dev",
        b"app",
        b"cloud",
        b"local",
        b"internal",
        b"lan",
        b"corp",
        b"home",
        b"cn",
        b"jp",
        b"de",
        b"uk",
        b"fr",
        b"ru",
        b"br",
        b"in",
        b"kr",
        b"tw",
        b"hk",
        b"eu",
        b"us",
    ];
    let name = word.strip_suffix(b".").unwrap_or(word);
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return false;
    };
    let valid = name
        .iter()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-' | b'_'));
    dot > 0 && valid && ENDS.contains(&&name[dot + 1..])
}
