//! Payment cards (Luhn) and bank accounts (IBAN, ISO 13616 with mod 97).

use super::cursor::{before, contains, is_word, key_before};
use super::digits::{grouped, luhn};
use super::found::Found;
use super::kind::SensitiveKind;

const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MT", 31),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"XK", 20),
];

/// Takes the card number that starts at `start`; returns where it ends.
pub(super) fn take_card(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let bytes = found.bytes;
    let number = grouped(bytes, start, 19)?;
    let digits = number.digits();
    let usual = brand_length(digits)?;
    let touched = before(bytes, start).is_some_and(|byte| b".-_/+".contains(&byte));
    let joined = matches!(bytes.get(number.end), Some(b'-' | b'/'))
        || (bytes.get(number.end) == Some(&b'.')
            && bytes.get(number.end + 1).is_some_and(u8::is_ascii_digit));
    if touched || joined || digits.len() < 13 || !luhn(digits) {
        return None;
    }
    let key = key_before(bytes, start);
    let named = names_card(key);
    let sized = match number.layout() {
        [_] => digits.len() == usual || named,
        [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] => true,
        _ => false,
    };
    if !sized || (!named && is_other_number(key)) {
        return None;
    }
    found.push(SensitiveKind::CardNumber, start, number.end);
    Some(number.end)
}

/// Takes the IBAN that starts at `start`; returns where it ends.
pub(super) fn take_iban(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let bytes = found.bytes;
    let country = bytes.get(start..start + 2)?;
    let (_, length) = IBAN_LENGTHS
        .iter()
        .find(|(code, _)| code.as_slice() == country)?;
    let (mut text, mut count, mut at) = ([0u8; 34], 0, start);
    while count < *length {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte.is_ascii_digit() || byte.is_ascii_uppercase() {
            *text.get_mut(count)? = byte;
            count += 1;
        } else if !(matches!(byte, b' ' | b'-') && count > 0 && count.is_multiple_of(4)) {
            return None;
        }
    }
    let alone = bytes.get(at).is_none_or(|&byte| !is_word(byte));
    if !alone || iban_remainder(&text[..count]) != 1 {
        return None;
    }
    found.push(SensitiveKind::Iban, start, at);
    Some(at)
}

fn iban_remainder(text: &[u8]) -> u32 {
    let moved = text[4..].iter().chain(&text[..4]);
    moved.fold(0, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

/// Returns the usual length of a card whose number starts like this.
fn brand_length(digits: &[u8]) -> Option<usize> {
    let lead = digits
        .get(..4)?
        .iter()
        .fold(0u32, |sum, digit| sum * 10 + u32::from(*digit));
    match lead {
        3400..=3499 | 3700..=3799 => Some(15),
        3000..=3059 | 3600..=3699 | 3800..=3999 => Some(14),
        4000..=4999
        | 5100..=5599
        | 2221..=2720
        | 6011
        | 6440..=6599
        | 3528..=3589
        | 6200..=6299 => Some(16),
        5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799 => Some(16),
        _ => None,
    }
}

fn names_card(key: &[u8]) -> bool {
    let short = ["pan", "ccn", "cc"];
    let mut short = short.iter();
    contains(key, "card") || short.any(|it| key.eq_ignore_ascii_case(it.as_bytes()))
}

fn is_other_number(key: &[u8]) -> bool {
    let ends = [
        "id", "ns", "us", "offset", "seq", "bytes", "block", "size", "trace", "span",
    ];
    let ended = ends
        .iter()
        .any(|end| key.len() >= end.len() && contains(&key[key.len() - end.len()..], end));
    ended || contains(key, "time") || contains(key, "serial")
}
