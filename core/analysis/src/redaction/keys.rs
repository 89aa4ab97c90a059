//! Which keys name a secret.

use super::cursor::contains;

/// How much a key says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Any value is a password.
    Password,
    /// A value that is no word is a secret.
    Secret,
    /// A value that looks drawn is a secret.
    Drawn,
}

const WORD_MAX: usize = 32;
/// Parts of keys that every rule looks at; a key without one of them names no secret.
pub(super) const PARTS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "jwt",
    "signature",
    "sig=",
    "kennwort",
];
/// Words after the one that counts.
const TRAILING: &[&str] = &[
    "value",
    "plain",
    "plaintext",
    "base64",
    "b64",
    "hex",
    "raw",
    "base",
    "string",
    "new",
    "old",
    "current",
    "prod",
    "dev",
    "test",
    "staging",
    "primary",
    "secondary",
    "data",
    "confirm",
    "confirmation",
    "again",
    "1",
    "2",
    "live",
];
const KEY_OF: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "account",
    "encryption",
    "signing",
    "master",
    "shared",
    "storage",
    "auth",
    "app",
    "application",
    "service",
    "client",
    "license",
    "encrypt",
    "crypto",
    "session",
    "hmac",
    "jwt",
    "subscription",
    "webhook",
    "apikey",
    "instrumentation",
    "ingest",
];

/// Returns what a key says about its value, if it may name a secret.
pub(super) fn judge(key: &[u8]) -> Option<Strength> {
    if contains(key, "public") {
        return None;
    }
    let (rest, word) = split_last(key);
    let mut buffer = [0; WORD_MAX];
    let word = lowered(word, &mut buffer)?;
    if TRAILING.contains(&word) && !rest.is_empty() {
        return judge(rest);
    }
    if is_password(word) {
        return Some(Strength::Password);
    }
    let mut before = [0; WORD_MAX];
    let qualifier = lowered(split_last(rest).1, &mut before).unwrap_or_default();
    by_word(word, qualifier)
}

fn by_word(word: &str, qualifier: &str) -> Option<Strength> {
    match word {
        "key" if KEY_OF.contains(&qualifier) => Some(Strength::Secret),
        "id" if qualifier == "secret" => Some(Strength::Drawn),
        "signature" if matches!(qualifier, "amz" | "goog" | "x") => Some(Strength::Drawn),
        "sig" | "auth" | "credential" | "credentials" | "creds" | "jwt" | "pat" => {
            Some(Strength::Drawn)
        }
        _ if word.ends_with("secret") || is_compound_key(word) => Some(Strength::Secret),
        _ if word.ends_with("token") => Some(Strength::Drawn),
        _ => None,
    }
}

fn is_compound_key(word: &str) -> bool {
    let qualifier = word.strip_suffix("key").unwrap_or_default();
    !qualifier.is_empty() && KEY_OF.iter().any(|of| qualifier.ends_with(of))
}

fn is_password(word: &str) -> bool {
    const EXACT: &[&str] = &[
        "pass",
        "pwd",
        "passcode",
        "requirepass",
        "masterauth",
        "dbpass",
        "userpass",
        "sshpass",
        "mysqlpass",
        "mypass",
        "smtppass",
        "rootpass",
        "adminpass",
        "dbpwd",
        "userpwd",
        "kennwort",
    ];
    const ENDS: &[&str] = &["password", "passwd", "passphrase", "passwort"];
    EXACT.contains(&word) || ENDS.iter().any(|end| word.ends_with(end))
}

/// Splits the last word off a key in snake, kebab, dotted or camel case.
fn split_last(key: &[u8]) -> (&[u8], &[u8]) {
    let separator = |byte: &u8| !byte.is_ascii_alphanumeric();
    let end = key
        .iter()
        .rposition(|byte| !separator(byte))
        .map_or(0, |at| at + 1);
    let key = &key[..end];
    let start = key.iter().rposition(separator).map_or(0, |at| at + 1);
    let hump = (start + 1..key.len())
        .rev()
        .find(|&at| key[at].is_ascii_uppercase() && key[at - 1].is_ascii_lowercase())
        .unwrap_or(start);
    (&key[..hump], &key[hump..])
}

fn lowered<'b>(word: &[u8], buffer: &'b mut [u8; WORD_MAX]) -> Option<&'b str> {
    let target = buffer.get_mut(..word.len())?;
    target.copy_from_slice(word);
    target.make_ascii_lowercase();
    std::str::from_utf8(target).ok()
}
