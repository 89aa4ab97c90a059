//! National identity and tax numbers, by their checksums; weak ones only behind a key that names them.

use super::cursor::{before, contains, is_word, key_before, run_end};
use super::digits::{grouped, is_date, is_uniform, luhn, mod_11_10, value, verhoeff, weighted};
use super::found::Found;
use super::kind::SensitiveKind;

const CPF_WEIGHTS: [u32; 10] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
const PESEL_WEIGHTS: [u32; 11] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
const BSN_WEIGHTS: [u32; 8] = [9, 8, 7, 6, 5, 4, 3, 2];
const NHS_WEIGHTS: [u32; 9] = [10, 9, 8, 7, 6, 5, 4, 3, 2];
const CHINA_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Takes the number in groups of digits that starts at `start`; returns where it ends.
pub(super) fn take_digits(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let bytes = found.bytes;
    if before(bytes, start).is_some_and(|byte| is_word(byte) || b".-/+".contains(&byte)) {
        return None;
    }
    if let Some(end) = dotted(bytes, start) {
        found.push(SensitiveKind::NationalId, start, end);
        return Some(end);
    }
    let number = grouped(bytes, start, 18)?;
    let joined = match bytes.get(number.end..).unwrap_or_default() {
        [b'-' | b'/', ..] => true,
        [b'.', next, ..] => next.is_ascii_digit(),
        _ => false,
    };
    let digits = number.digits();
    let key = key_before(bytes, start);
    let dashed = bytes.get(start + number.layout()[0]) == Some(&b'-');
    let known = match number.layout() {
        [3, 2, 4] => dashed && is_american(digits),
        [6 | 8, 4] => dashed && is_swedish(digits),
        [4, 4, 4] => digits[0] > 1 && !is_uniform(digits) && verhoeff(digits),
        [1, 2, 2, 2, 3, 3, 2] | [15] => is_french(digits),
        [18] => is_chinese(digits, u32::from(digits[17])),
        [3, 3, 4] => is_named(key, &["nhs"]) && is_british_health(digits),
        [_] => is_keyed(digits, key),
        _ => false,
    };
    if joined || !known {
        return None;
    }
    found.push(SensitiveKind::NationalId, start, number.end);
    Some(number.end)
}

/// Takes the number of letters and digits `start..end`; returns where it ends.
pub(super) fn take_mixed(found: &mut Found<'_>, start: usize, end: usize) -> Option<usize> {
    let bytes = found.bytes;
    let apart = |byte: u8| !is_word(byte) && !b"-.+/".contains(&byte);
    let alone = before(bytes, start).is_none_or(apart)
        && bytes
            .get(end)
            .is_none_or(|&byte| !is_word(byte) && byte != b'-');
    let text = &bytes[start..end];
    let known = match text.len() {
        9 => is_spanish(text) || is_british(text),
        11 => is_finnish(text),
        16 => is_italian(text),
        18 => text[17] == b'X' && digits_of(&text[..17]).is_some_and(|it| is_chinese(&it, 10)),
        _ => false,
    };
    if !alone || !known {
        return None;
    }
    found.push(SensitiveKind::NationalId, start, end);
    Some(end)
}

/// Takes the Finnish number with a dash that starts at `start`.
pub(super) fn take_finnish(found: &mut Found<'_>, start: usize) -> Option<usize> {
    let text = found.bytes.get(start..start + 11)?;
    let end = start + 11;
    let alone = before(found.bytes, start).is_none_or(|byte| !is_word(byte) && byte != b'-')
        && found
            .bytes
            .get(end)
            .is_none_or(|&byte| !is_word(byte) && byte != b'-');
    if !alone || !is_finnish(text) {
        return None;
    }
    found.push(SensitiveKind::NationalId, start, end);
    Some(end)
}

/// Brazil (`ddd.ddd.ddd-dd`) and Belgium (`dd.dd.dd-ddd.dd`).
fn dotted(bytes: &[u8], start: usize) -> Option<usize> {
    let end = run_end(bytes, start, |byte| {
        byte.is_ascii_digit() || byte == b'.' || byte == b'-'
    });
    let text = &bytes[start..end];
    let text = text.strip_suffix(b".").unwrap_or(text);
    let layout = |wanted: &[u8]| {
        text.len() == wanted.len()
            && text
                .iter()
                .zip(wanted)
                .all(|(have, want)| have == want || (*want == b'd' && have.is_ascii_digit()))
    };
    let (brazil, belgium) = (layout(b"ddd.ddd.ddd-dd"), layout(b"dd.dd.dd-ddd.dd"));
    if !brazil && !belgium {
        return None;
    }
    let digits: Vec<u8> = text
        .iter()
        .filter(|b| b.is_ascii_digit())
        .map(|b| b - b'0')
        .collect();
    let valid = if brazil {
        is_brazilian(&digits)
    } else {
        is_belgian(&digits)
    };
    (valid
        && bytes
            .get(start + text.len())
            .is_none_or(|&byte| !is_word(byte)))
    .then_some(start + text.len())
}

/// Numbers that only their key tells from others.
fn is_keyed(digits: &[u8], key: &[u8]) -> bool {
    match digits.len() {
        9 if is_named(key, &["bsn", "burgerservicenummer"]) => {
            let sum = weighted(digits, &BSN_WEIGHTS);
            sum >= u32::from(digits[8]) && (sum - u32::from(digits[8])).is_multiple_of(11)
        }
        9 => is_named(key, &["ssn", "social_security"]) && is_american(digits),
        10 => {
            (is_named(key, &["nhs"]) && is_british_health(digits))
                || (is_named(key, &["personnummer"]) && is_swedish(digits))
        }
        11 if is_named(key, &["pesel"]) => weighted(digits, &PESEL_WEIGHTS).is_multiple_of(10),
        11 if is_named(key, &["steuer", "tax", "tin", "idnr"]) => {
            digits[0] > 0 && mod_11_10(digits)
        }
        11 if is_named(key, &["cpf"]) => is_brazilian(digits),
        11 => is_named(key, &["rijksregister", "national", "niss", "insz"]) && is_belgian(digits),
        12 if is_named(key, &["aadhaar", "aadhar"]) => verhoeff(digits),
        12 => is_named(key, &["personnummer"]) && is_swedish(digits),
        _ => false,
    }
}

fn is_named(key: &[u8], names: &[&str]) -> bool {
    names.iter().any(|name| contains(key, name))
}

fn is_american(digits: &[u8]) -> bool {
    let (area, group, serial) = (
        value(&digits[..3]),
        value(&digits[3..5]),
        value(&digits[5..]),
    );
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

fn is_swedish(digits: &[u8]) -> bool {
    let digits = &digits[digits.len() - 10..];
    let day = value(&digits[4..6]);
    is_date(value(&digits[2..4]), day.checked_sub(60).unwrap_or(day)) && luhn(digits)
}

fn is_french(digits: &[u8]) -> bool {
    let [sex, ..] = digits else { return false };
    let key = value(&digits[13..]);
    let month = value(&digits[3..5]);
    matches!(sex, 1 | 2)
        && ((1..=12).contains(&month) || (20..=42).contains(&month))
        && key != 0
        && 97 - value(&digits[..13]) % 97 == key
}

fn is_chinese(digits: &[u8], check: u32) -> bool {
    let year = value(&digits[6..10]);
    (1900..2100).contains(&year)
        && is_date(value(&digits[10..12]), value(&digits[12..14]))
        && (weighted(digits, &CHINA_WEIGHTS) + check) % 11 == 1
}

fn is_british_health(digits: &[u8]) -> bool {
    let check = 11 - weighted(digits, &NHS_WEIGHTS) % 11;
    check % 11 == u32::from(digits[9]) && check != 10
}

fn is_brazilian(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let rest = weighted(&digits[..count], &CPF_WEIGHTS[10 - count..]) * 10 % 11;
        rest % 10 == u32::from(digits[count])
    };
    !is_uniform(digits) && check(9) && check(10)
}

fn is_belgian(digits: &[u8]) -> bool {
    let (body, check) = (value(&digits[..9]), value(&digits[9..]));
    is_date(value(&digits[2..4]), value(&digits[4..6]))
        && (97 - body % 97 == check || 97 - (body + 2_000_000_000) % 97 == check)
}

/// DNI, or NIE with a letter in front.
fn is_spanish(text: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let first = match text[0] {
        lead @ b'X'..=b'Z' => lead - b'X',
        digit @ b'0'..=b'9' => digit - b'0',
        _ => return false,
    };
    let rest = digits_of(&text[1..8]);
    rest.is_some_and(|rest| {
        let number = u64::from(first) * 10_000_000 + value(&rest);
        LETTERS[(number % 23) as usize] == text[8]
    })
}

/// National Insurance number.
fn is_british(text: &[u8]) -> bool {
    let lead = text[..2]
        .iter()
        .all(|byte| byte.is_ascii_uppercase() && !b"DFIQUV".contains(byte));
    let never = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    lead && text[1] != b'O'
        && !never.iter().any(|it| text.starts_with(*it))
        && text[2..8].iter().all(u8::is_ascii_digit)
        && matches!(text[8], b'A'..=b'D')
}

fn is_finnish(text: &[u8]) -> bool {
    const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let (Some(date), Some(serial)) = (digits_of(&text[..6]), digits_of(&text[7..10])) else {
        return false;
    };
    let number = value(&date) * 1000 + value(&serial);
    b"+-ABCDEFYXWVU".contains(&text[6])
        && is_date(value(&date[2..4]), value(&date[..2]))
        && CHECKS[(number % 31) as usize] == text[10]
}

/// Codice fiscale.
fn is_italian(text: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let layout = b"LLLLLLddLddLdddL";
    let fits = text.iter().zip(layout).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        _ => byte.is_ascii_uppercase(),
    });
    let sum: u32 = text[..15]
        .iter()
        .enumerate()
        .map(|(place, &byte)| {
            let number = if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                byte.wrapping_sub(b'A')
            } as usize;
            if place % 2 == 0 {
                ODD.get(number).copied().unwrap_or(0)
            } else {
                number as u32
            }
        })
        .sum();
    fits && u32::from(text[15] - b'A') == sum % 26
}

fn digits_of(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text
        .iter()
        .map(|byte| byte.is_ascii_digit().then(|| byte - b'0'));
    digits.collect()
}
