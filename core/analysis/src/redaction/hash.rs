//! Hashes of passwords, which can be tried against lists of passwords.

use super::cursor::{before, is_word, run_end};
use super::found::Found;
use super::kind::SensitiveKind;

/// How hashes of passwords start.
pub(super) const PREFIXES: &[&str] = &[
    "$2a$",
    "$2b$",
    "$2y$",
    "$argon2",
    "$1$",
    "$5$",
    "$6$",
    "$y$",
    "$apr1$",
    "$scrypt$",
    "{SSHA}",
    "pbkdf2_sha256$",
    "pbkdf2:sha256:",
    "scrypt:32768:",
    "SCRAM-SHA-256$",
];
const HASH_MIN: usize = 28;

/// Takes the hash that starts at `start`.
pub(super) fn take(found: &mut Found<'_>, start: usize) {
    let end = run_end(found.bytes, start, |byte| {
        is_word(byte) || b"$./+=,-:{}".contains(&byte)
    });
    let text = &found.bytes[start..end];
    let field = if text.starts_with(b"$") {
        memchr::memchr(b':', text)
    } else {
        None
    };
    let end = start + field.unwrap_or(text.len());
    let text = &found.bytes[start..end];
    let kept = text
        .iter()
        .rposition(|byte| !b".,:}".contains(byte) || text.len() == 60);
    let end = start + kept.map_or(0, |last| last + 1);
    if end - start >= HASH_MIN && before(found.bytes, start).is_none_or(|byte| !is_word(byte)) {
        found.push(SensitiveKind::PasswordHash, start, end);
    }
}
