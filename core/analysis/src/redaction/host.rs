//! Names of hosts, which are looked for on request only.

use super::cursor::{before, is_word, run_end};
use super::found::Found;
use super::kind::SensitiveKind;
use super::value::is_empty_talk;

const TOP_LEVEL: &[&str] = &[
    "com",
    "net",
    "org",
    "io",
    "dev",
    "cloud",
    "internal",
    "local",
    "lan",
    "corp",
    "intra",
    "home",
    "localdomain",
    "de",
    "uk",
    "eu",
    "fr",
    "nl",
    "it",
    "es",
    "pl",
    "se",
    "ch",
    "at",
    "us",
    "ca",
    "au",
    "jp",
    "cn",
    "in",
    "br",
    "ru",
    "gov",
    "edu",
    "mil",
    "info",
    "biz",
    "co",
    "tech",
    "svc",
    "consul",
    "arpa",
];
/// Packages of Java and the like start with what ends a domain.
const PACKAGES: &[&str] = &["com", "org", "net", "io", "java", "javax", "de", "uk"];
const KEYS: &[&str] = &[
    "host",
    "hostname",
    "nodename",
    "fqdn",
    "server_name",
    "rhost",
    "vhost",
];

/// Returns whether a key names a host.
pub(super) fn is_key(key: &[u8]) -> bool {
    KEYS.iter()
        .any(|it| key.eq_ignore_ascii_case(it.as_bytes()))
}

/// Takes the value of a key that names a host.
pub(super) fn take_value(found: &mut Found<'_>, start: usize, end: usize) {
    let end = run_end(&found.bytes[..end], start, |byte| {
        is_word(byte) || b".-".contains(&byte)
    });
    let name = &found.bytes[start..end];
    let lettered = name.iter().any(u8::is_ascii_alphabetic);
    if lettered && !is_empty_talk(name) && !name.eq_ignore_ascii_case(b"localhost") {
        found.push(SensitiveKind::Hostname, start, end);
    }
}

/// Takes every dotted name that ends like a domain.
pub(super) fn take_all(found: &mut Found<'_>) {
    let bytes = found.bytes;
    let belongs = |byte: u8| is_word(byte) || byte == b'-' || byte == b'.';
    let mut at = 0;
    while at < bytes.len() {
        let end = run_end(bytes, at, belongs);
        let stripped = bytes[at..end]
            .strip_suffix(b".")
            .map_or(end, |name| at + name.len());
        if is_name(&bytes[at..stripped]) && before(bytes, at) != Some(b'@') {
            found.push(SensitiveKind::Hostname, at, stripped);
        }
        at = end + 1;
    }
}

fn is_name(name: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return false;
    };
    let first = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    let is_in = |list: &[&str], label: &[u8]| list.iter().any(|it| label == it.as_bytes());
    is_in(TOP_LEVEL, &name[dot + 1..])
        && !is_in(PACKAGES, first)
        && name[..dot].iter().any(u8::is_ascii_alphabetic)
        && name
            .split(|&byte| byte == b'.')
            .all(|label| !label.is_empty())
}
