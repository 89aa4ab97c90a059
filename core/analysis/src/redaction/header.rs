//! Headers that carry credentials: `Authorization`, `Cookie` and their relatives.

use super::cursor::{is_blank, is_word, line_end, run_end, run_start};
use super::found::Found;
use super::kind::SensitiveKind;
use super::value::{is_empty_talk, looks_drawn, read};

const SCHEMES: [&str; 11] = [
    "bearer",
    "basic",
    "digest",
    "token",
    "apikey",
    "negotiate",
    "ntlm",
    "hawk",
    "aws4-hmac-sha256",
    "sharedkey",
    "key",
];
const BEARER_MIN: usize = 16;

/// Takes the credentials of the `Authorization` header whose name ends at `name_end`.
pub(super) fn take_authorization(found: &mut Found<'_>, name_end: usize) {
    let Some((start, end)) = header_value(found.bytes, name_end) else {
        return;
    };
    let bytes = &found.bytes[..end];
    let word = run_end(bytes, start, |byte| is_word(byte) || byte == b'-');
    let scheme = &bytes[start..word];
    let known = SCHEMES
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it.as_bytes()));
    let credentials = match bytes.get(word) {
        Some(b' ') if known => run_end(bytes, word, is_blank),
        _ => start,
    };
    let text = bytes[credentials..end].trim_ascii_end();
    let text = if credentials > start && is_one_word(scheme) {
        first_word(text)
    } else {
        text
    };
    let spoken = credentials == start && (text.contains(&b' ') || !looks_drawn(text));
    if text.len() >= 6 && !is_empty_talk(text) && !spoken {
        found.push(
            SensitiveKind::Authorization,
            credentials,
            credentials + text.len(),
        );
    }
}

/// Returns whether the credentials of a scheme hold no blank.
fn is_one_word(scheme: &[u8]) -> bool {
    let listed = ["digest", "hawk", "aws4-hmac-sha256"];
    !listed
        .iter()
        .any(|it| scheme.eq_ignore_ascii_case(it.as_bytes()))
}

/// Returns the first word without what only ends a sentence; all of it when it lists parameters.
fn first_word(text: &[u8]) -> &[u8] {
    let end = run_end(text, 0, |byte| !byte.is_ascii_whitespace());
    let word = &text[..end];
    let padding = word.iter().rev().take_while(|&&byte| byte == b'=').count();
    if word[..end - padding].contains(&b'=') {
        return text;
    }
    let ending = |byte: &&u8| matches!(byte, b',' | b';' | b'.' | b')');
    &word[..end - word.iter().rev().take_while(ending).count()]
}

/// Takes the token behind `Bearer `, which ends at `at`.
pub(super) fn take_bearer(found: &mut Found<'_>, at: usize) {
    let end = run_end(found.bytes, at, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
    });
    let end = at + found.bytes[at..end].trim_ascii_end().len();
    let token = &found.bytes[at..end];
    let token = token.strip_suffix(b".").unwrap_or(token);
    if token.len() >= BEARER_MIN && looks_drawn(token) {
        found.push(SensitiveKind::Authorization, at, at + token.len());
    }
}

/// Takes the values of the cookie header whose name ends at `name_end`.
pub(super) fn take_cookie(found: &mut Found<'_>, name_end: usize) {
    let bytes = found.bytes;
    let Some((start, end)) = header_value(bytes, name_end) else {
        return;
    };
    let name = run_start(bytes, name_end, |byte| is_word(byte) || byte == b'-');
    let sets = bytes[name..name_end].eq_ignore_ascii_case(b"set-cookie");
    let text = &bytes[start..end];
    let key = run_end(text, 0, |byte| is_word(byte) || b"-.[]%$@".contains(&byte));
    if key == 0 || text.get(key) != Some(&b'=') {
        return;
    }
    let from = if sets { start + key + 1 } else { start };
    let stop = text[key..].iter().position(|&byte| byte == b';');
    let until = match stop {
        Some(length) if sets => start + key + length,
        _ => start + text.trim_ascii_end().len(),
    };
    if until > from && !is_empty_talk(&bytes[from..until]) {
        found.push(SensitiveKind::Cookie, from, until);
    }
}

/// Returns the value of a header written as such, in JSON, or as an argument of a command.
fn header_value(bytes: &[u8], name_end: usize) -> Option<(usize, usize)> {
    let quoted = run_end(bytes, name_end, |byte| {
        matches!(byte, b'"' | b'\'' | b'\\' | b']')
    });
    let spaced = run_end(bytes, quoted, is_blank);
    let width = match bytes.get(spaced..)? {
        [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        _ => return None,
    };
    let at = run_end(bytes, spaced + width, is_blank);
    let listed = usize::from(bytes.get(at) == Some(&b'['));
    let value = read(bytes, at + listed, b"");
    if value.quoted {
        return Some((value.start, value.end));
    }
    let line = &bytes[at..line_end(bytes, at)];
    let parameters = memchr::memmem::find(line, b"=\"").is_some();
    let end = line
        .iter()
        .position(|byte| !parameters && b"\"'`]}".contains(byte));
    let length = end.unwrap_or(line.len());
    let escaped = line[..length]
        .strip_suffix(b"\\")
        .map_or(length, <[u8]>::len);
    (escaped > 0).then_some((at, at + escaped))
}
