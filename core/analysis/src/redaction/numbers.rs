//! One pass over runs of letters and digits; each run is handed to the few rules its shape allows.

use super::cursor::{before, is_word};
use super::found::Found;
use super::{address, contact, money, national};

const UUID: usize = 36;

/// A run of letters and digits.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
    digits: usize,
}

/// Takes addresses, telephone numbers, cards, accounts and national numbers.
pub(super) fn take_all(found: &mut Found<'_>) {
    let bytes = found.bytes;
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let mut run = Run {
            start: at,
            end: at,
            digits: 0,
        };
        while let Some(byte) = bytes
            .get(run.end)
            .filter(|byte| byte.is_ascii_alphanumeric())
        {
            run.digits += usize::from(byte.is_ascii_digit());
            run.end += 1;
        }
        at = take(found, run).unwrap_or(run.end);
    }
}

fn take(found: &mut Found<'_>, run: Run) -> Option<usize> {
    let length = run.end - run.start;
    let next = found.bytes.get(run.end).copied().unwrap_or(b' ');
    if length <= 4 && matches!(next, b':' | b'-' | b'.') {
        if let Some(end) = short(found, run, next) {
            return Some(end);
        }
    } else if run.digits == 0 {
        return None;
    }
    if length == 8 && next == b'-' && is_uuid(found.bytes, run.start) {
        return Some(run.start + UUID);
    }
    if before(found.bytes, run.start) == Some(b'_') || (next == b'_' && length != 3) {
        return None;
    }
    if run.digits == length {
        return all_digits(found, run, next);
    }
    if run.digits >= 2 && length >= 4 {
        return mixed(found, run);
    }
    None
}

/// Groups of addresses are short.
fn short(found: &mut Found<'_>, run: Run, next: u8) -> Option<usize> {
    let length = run.end - run.start;
    let hex = found.bytes[run.start..run.end]
        .iter()
        .all(u8::is_ascii_hexdigit);
    match next {
        b'.' if run.digits == length && length <= 3 => address::take_v4(found, run.start),
        b'.' if length == 4 && hex => address::take_mac(found, run.start, b'.'),
        b':' if hex && found.bytes[..run.start].ends_with(b"::") => {
            address::take_colons(found, run.start - 2)
        }
        b':' if hex => address::take_colons(found, run.start),
        b'-' if length == 2 && hex => address::take_mac(found, run.start, b'-'),
        _ => None,
    }
}

fn all_digits(found: &mut Found<'_>, run: Run, next: u8) -> Option<usize> {
    let bytes = found.bytes;
    let length = run.end - run.start;
    match before(bytes, run.start) {
        Some(b'+') => return contact::take_international(found, run.start),
        Some(b':') if length <= 4 && bytes[..run.start].ends_with(b"::") => {
            return address::take_colons(found, run.start - 2);
        }
        _ => {}
    }
    let joined = matches!(next, b' ' | b'-' | b'.' | b'/' | b')');
    if length < 6 && !joined {
        return None;
    }
    if matches!(length, 3 | 4 | 13..=19)
        && let Some(end) = money::take_card(found, run.start)
    {
        return Some(end);
    }
    if length == 6
        && matches!(next, b'-' | b'+')
        && let Some(end) = national::take_finnish(found, run.start)
    {
        return Some(end);
    }
    national::take_digits(found, run.start).or_else(|| contact::take_national(found, run.start))
}

fn mixed(found: &mut Found<'_>, run: Run) -> Option<usize> {
    let text = &found.bytes[run.start..run.end];
    let account = matches!(text, [a, b, c, d, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    if account && let Some(end) = money::take_iban(found, run.start) {
        return Some(end);
    }
    let v6 = found.bytes[..run.start].ends_with(b"::") && text.len() <= 4;
    if v6 && text.iter().all(u8::is_ascii_hexdigit) {
        return address::take_colons(found, run.start - 2);
    }
    if matches!(text.len(), 9 | 11 | 16 | 18) {
        return national::take_mixed(found, run.start, run.end);
    }
    None
}

fn is_uuid(bytes: &[u8], start: usize) -> bool {
    let Some(text) = bytes.get(start..start + UUID) else {
        return false;
    };
    let dashes = [8, 13, 18, 23];
    let shaped = text.iter().enumerate().all(|(place, byte)| {
        if dashes.contains(&place) {
            *byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    });
    shaped && bytes.get(start + UUID).is_none_or(|&byte| !is_word(byte))
}
