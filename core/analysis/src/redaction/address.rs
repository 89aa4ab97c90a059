//! Network addresses. Loopback, unspecified, broadcast and documentation addresses are kept.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::cursor::{before, contains, is_word, key_before, run_end, run_start};
use super::found::Found;
use super::kind::SensitiveKind;

const VERSION_WORDS: [&str; 8] = [
    "version", "ver", "v", "release", "build", "oid", "revision", "firmware",
];

/// Takes the IPv4 address that starts at `start`; returns where it ends.
pub(super) fn take_v4(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let bytes = found.bytes;
    if before(bytes, start).is_some_and(|byte| is_word(byte) || byte == b'.') {
        return None;
    }
    let (address, end) = parse_v4(bytes, start)?;
    let joined = match bytes.get(end..).unwrap_or_default() {
        [next, ..] if is_word(*next) => true,
        [b'.' | b'-' | b'+', next, ..] => is_word(*next) && !is_range(bytes, end),
        _ => false,
    };
    if joined || is_version(bytes, start, end) {
        return None;
    }
    if !is_known_v4(address) {
        found.push(SensitiveKind::IpAddress, start, end);
    }
    Some(end)
}

/// Takes the IPv6 or MAC address that starts at `start`; returns where it ends.
pub(super) fn take_colons(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let bytes = found.bytes;
    if before(bytes, start).is_some_and(|byte| is_word(byte) || matches!(byte, b':' | b'.')) {
        return None;
    }
    let end = run_end(bytes, start, |byte| {
        byte.is_ascii_hexdigit() || byte == b':' || byte == b'.'
    });
    let body = &bytes[start..end];
    let kept = body.iter().rposition(|byte| !b".:".contains(byte))?;
    let trailing = usize::from(body[..=kept].ends_with(b":"));
    let end = start + kept + 1 + trailing;
    if bytes.get(end).is_some_and(|&byte| is_word(byte)) {
        return None;
    }
    let body = &bytes[start..end];
    if body.len() > 45 || body.iter().filter(|&&byte| byte == b':').count() < 2 {
        return None;
    }
    if is_mac(body, b':') {
        found.take_mac(start, end);
        return Some(end);
    }
    let address: Ipv6Addr = std::str::from_utf8(body).ok()?.parse().ok()?;
    let groups = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    if groups == 0 || body.len() < 5 {
        return None;
    }
    if !is_known_v6(address) {
        found.push(SensitiveKind::IpAddress, start, end);
    }
    Some(end)
}

/// Takes the MAC address with dashes or dots that starts at `start`; returns where it ends.
pub(super) fn take_mac(found: &mut Found<'_>, start: usize, joint: u8) -> Option<usize> {
    let bytes = found.bytes;
    let end = run_end(bytes, start, |byte| {
        byte.is_ascii_hexdigit() || byte == joint
    });
    let apart = |byte: u8| !is_word(byte) && byte != b'-' && byte != b'.';
    let alone = before(bytes, start).is_none_or(apart)
        && bytes
            .get(end)
            .is_none_or(|&byte| !is_word(byte) && byte != b'-');
    let body = &bytes[start..end];
    if !alone || !is_mac(body, joint) || !body.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    found.take_mac(start, end);
    Some(end)
}

impl Found<'_> {
    fn take_mac(&mut self, start: usize, end: usize) {
        let digits = || {
            self.bytes[start..end]
                .iter()
                .filter(|b| b.is_ascii_hexdigit())
        };
        let known =
            digits().all(|byte| *byte == b'0') || digits().all(|b| b.eq_ignore_ascii_case(&b'f'));
        if !known {
            self.push(SensitiveKind::MacAddress, start, end);
        }
    }
}

/// Returns whether `body` is a MAC-48 or EUI-64: six or eight pairs, or three groups of four.
fn is_mac(body: &[u8], joint: u8) -> bool {
    let size = if joint == b'.' { 4 } else { 2 };
    let mut groups = 0;
    for group in body.split(|&byte| byte == joint) {
        if group.len() != size || !group.iter().all(u8::is_ascii_hexdigit) {
            return false;
        }
        groups += 1;
    }
    matches!((size, groups), (2, 6 | 8) | (4, 3))
}

fn parse_v4(bytes: &[u8], start: usize) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0u8; 4];
    let mut at = start;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            at += usize::from(bytes.get(at) == Some(&b'.'));
            if bytes.get(at - 1) != Some(&b'.') {
                return None;
            }
        }
        let end = run_end(bytes, at, |byte| byte.is_ascii_digit());
        let digits = &bytes[at..end];
        if digits.is_empty() || digits.len() > 3 || (digits.len() > 1 && digits[0] == b'0') {
            return None;
        }
        *octet = std::str::from_utf8(digits).ok()?.parse().ok()?;
        at = end;
    }
    Some((Ipv4Addr::from(octets), at))
}

/// Returns whether another address follows the dash at `at`.
fn is_range(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'-' && parse_v4(bytes, at + 1).is_some()
}

/// Returns whether four numbers are a version: by the word before them, or as `Product/1.2.3.4`.
fn is_version(bytes: &[u8], start: usize, end: usize) -> bool {
    let key = key_before(bytes, start);
    let named = VERSION_WORDS
        .iter()
        .any(|word| key.eq_ignore_ascii_case(word.as_bytes()))
        || (key.len() > 7 && contains(&key[key.len() - 7..], "version"));
    let product = before(bytes, start) == Some(b'/') && {
        let name = &bytes[run_start(bytes, start - 1, |byte| is_word(byte) || byte == b'-')..start];
        name.first().is_some_and(u8::is_ascii_uppercase) && bytes.get(end) != Some(&b':')
    };
    let package = matches!(before(bytes, start), Some(b'-' | b'@' | b'~'))
        && start.checked_sub(2).is_some_and(|at| is_word(bytes[at]))
        && !is_range_end(bytes, start);
    let sign = before(bytes, start) == Some(b'=')
        && start >= 2
        && matches!(bytes[start - 2], b'=' | b'>' | b'<' | b'~');
    named || product || package || sign
}

/// Returns whether `start` follows the dash of a range, or of a name such as `ip-…`.
fn is_range_end(bytes: &[u8], start: usize) -> bool {
    let from = run_start(bytes, start - 1, |byte| {
        byte.is_ascii_digit() || byte == b'.'
    });
    bytes[start - 1] != b'~' && (parse_v4(bytes, from).is_some() || is_account(bytes, start))
}

/// Returns whether `start` follows `user@`, as SSH and databases write it.
fn is_account(bytes: &[u8], start: usize) -> bool {
    bytes[start - 1] == b'@' && {
        let name = run_start(bytes, start - 1, |byte| is_word(byte) || byte == b'-');
        before(bytes, name).is_none_or(|byte| byte != b'/' && byte != b'@')
    }
}

fn is_known_v4(address: Ipv4Addr) -> bool {
    let netmask = u32::from(address).leading_ones() >= 8
        && u32::from(address).count_zeros() == u32::from(address).trailing_zeros();
    address.is_loopback()
        || address.octets()[0] == 0
        || netmask
        || address.is_documentation()
        || address == Ipv4Addr::new(169, 254, 169, 254)
}

fn is_known_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    address.is_loopback()
        || address.is_unspecified()
        || (first == 0x2001 && second == 0x0db8)
        || (first == 0x3fff && second < 0x1000)
        || address.to_ipv4_mapped().is_some_and(is_known_v4)
}
