//! Credentials inside addresses: user information, database sources, webhooks.

use super::cursor::{is_word, run_end, run_start};
use super::found::Found;
use super::kind::SensitiveKind;
use super::value::{is_empty_talk, looks_drawn};
use super::vendor::is_random;

/// Addresses that are secret from here on.
pub(super) const WEBHOOKS: &[&str] = &[
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "api.telegram.org/bot",
];
const AUTHORITY_MAX: usize = 512;
const TOKEN_MIN: usize = 16;

fn ends_url(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'`<>\\".contains(&byte)
}

/// Takes the password of the URL whose authority starts at `at`.
pub(super) fn take_user_info(found: &mut Found<'_>, at: usize) {
    let bytes = found.bytes;
    let bytes = &bytes[..bytes.len().min(at + AUTHORITY_MAX)];
    let stop = run_end(bytes, at, |byte| !ends_url(byte));
    let rest = &bytes[at..stop];
    let authority = run_end(rest, 0, |byte| !b"/?#,".contains(&byte));
    let Some(length) = info_length(rest, authority) else {
        return;
    };
    let info = &rest[..length];
    match memchr::memchr(b':', info) {
        Some(colon) => take_password(found, at + colon + 1, at + length),
        None if info.len() >= TOKEN_MIN && is_drawn(info) => {
            found.push(SensitiveKind::Secret, at, at + length);
        }
        None => {}
    }
}

/// Takes `user:password` before `@tcp(`, which starts at `at`.
pub(super) fn take_source(found: &mut Found<'_>, at: usize) {
    let start = run_start(found.bytes, at, |byte| !ends_url(byte) && byte != b'=');
    if let Some(colon) = memchr::memchr(b':', &found.bytes[start..at]) {
        take_password(found, start + colon + 1, at);
    }
}

/// Takes `user/password@` behind `oracle:thin:`, which ends at `at`.
pub(super) fn take_oracle(found: &mut Found<'_>, at: usize) {
    let bytes = &found.bytes[..found.bytes.len().min(at + AUTHORITY_MAX)];
    let stop = run_end(bytes, at, |byte| !ends_url(byte));
    let rest = &bytes[at..stop];
    let (slash, sign) = (memchr::memchr(b'/', rest), memchr::memrchr(b'@', rest));
    if let (Some(slash), Some(sign)) = (slash, sign)
        && slash < sign
    {
        take_password(found, at + slash + 1, at + sign);
    }
}

/// Takes the secret end of a webhook's address.
pub(super) fn take_webhook(found: &mut Found<'_>, at: usize) {
    let end = run_end(found.bytes, at, |byte| {
        is_word(byte) || b"-/:@".contains(&byte)
    });
    if looks_drawn(&found.bytes[at..end]) {
        found.push(SensitiveKind::Token, at, end);
    }
}

fn take_password(found: &mut Found<'_>, start: usize, end: usize) {
    if !is_empty_talk(&found.bytes[start..end]) {
        found.push(SensitiveKind::Password, start, end);
    }
}

/// Returns the length of the user information, whose password may hold a slash.
fn info_length(rest: &[u8], authority: usize) -> Option<usize> {
    if let Some(sign) = memchr::memrchr(b'@', &rest[..authority]) {
        return Some(sign);
    }
    let colon = memchr::memchr(b':', &rest[..authority])?;
    let port = &rest[colon + 1..authority];
    let other = port.is_empty() || port.iter().all(u8::is_ascii_digit) || port.contains(&b'$');
    let sign = memchr::memchr(b'@', &rest[authority..]);
    sign.filter(|_| !other).map(|length| authority + length)
}

/// Names of actors and users have no digits.
fn is_drawn(info: &[u8]) -> bool {
    is_random(info) && info.iter().any(u8::is_ascii_digit)
}
