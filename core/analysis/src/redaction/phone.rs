//! Telephone numbers as they are written within a country, with a leading zero.

use super::cursor::{before, is_word, line_start};

/// Groups of digits, and what may stand between them.
const LAYOUTS: [(&[usize], &[u8]); 6] = [
    (&[2, 2, 2, 2, 2], b" .-"),
    (&[3, 4, 4], b" -"),
    (&[2, 4, 4], b"-"),
    (&[4, 3, 4], b" "),
    (&[4, 3, 3], b" "),
    (&[5, 6], b" "),
];
/// What people write in front of a number.
const SPOKEN: [&str; 13] = [
    "phone",
    "tel",
    "telephone",
    "telefon",
    "mobile",
    "mobil",
    "fax",
    "whatsapp",
    "hotline",
    "caller",
    "sms",
    "anruf",
    "rueckruf",
];
const SPOKEN_REACH: usize = 32;

/// Returns whether the digits at `at..end` are a number with its area code.
///
/// `start` is `at`, or that of the bracket in front of it.
pub(super) fn is_national(bytes: &[u8], start: usize, (at, end): (usize, usize)) -> bool {
    let text = &bytes[at..end];
    if text.first() != Some(&b'0') || matches!(text.get(1), None | Some(b'0')) {
        return false;
    }
    let groups: Vec<usize> = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(<[u8]>::len)
        .collect();
    let digits: usize = groups.iter().sum();
    if !(9..=12).contains(&digits) || is_hex_row(bytes, start, end) {
        return false;
    }
    let area = groups[0];
    let rest = &groups[1..];
    let coded = (3..=5).contains(&area) && rest.iter().all(|&group| group >= 2) && !is_mode(text);
    let bracketed = start < at && coded && text.get(area) == Some(&b')');
    let slashed = coded && rest.len() == 1 && text.get(area) == Some(&b'/') && rest[0] >= 6;
    bracketed || slashed || is_laid_out(text, &groups) || is_spoken_of(bytes, start)
}

fn is_laid_out(text: &[u8], groups: &[usize]) -> bool {
    let mut joints = text.iter().filter(|byte| !byte.is_ascii_digit());
    let Some(joint) = joints.next() else {
        return false;
    };
    let even = joints.all(|byte| byte == joint);
    let fits = LAYOUTS
        .iter()
        .any(|(layout, between)| *layout == groups && between.contains(joint));
    // Columns of numbers look like five and six digits too.
    even && fits && !is_mode(text) && (groups != [5, 6] || text[1] == b'7')
}

/// Returns whether the first group is the mode of a file, such as `0644`.
fn is_mode(text: &[u8]) -> bool {
    let group = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    group == 4
        && matches!(text[1], b'4' | b'6' | b'7')
        && text[..group].iter().all(|byte| *byte < b'8')
}

/// Returns whether pairs of hexadecimal digits stand beside, as in a dump.
fn is_hex_row(bytes: &[u8], start: usize, end: usize) -> bool {
    let pair = |pair: &[u8]| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
    let blank = before(bytes, start).is_some_and(|byte| byte == b' ' || byte == b'-');
    let earlier = start >= 3
        && blank
        && pair(&bytes[start - 3..start - 1])
        && (start == 3 || !is_word(bytes[start - 4]));
    let later = matches!(bytes.get(end), Some(b' ' | b'-'))
        && bytes.get(end + 1..end + 3).is_some_and(pair)
        && bytes.get(end + 3).is_none_or(|byte| !is_word(*byte));
    earlier || later
}

fn is_spoken_of(bytes: &[u8], start: usize) -> bool {
    let from = line_start(bytes, start).max(start.saturating_sub(SPOKEN_REACH));
    let text = bytes[from..start].to_ascii_lowercase();
    text.split(|byte| !byte.is_ascii_alphabetic())
        .any(|word| SPOKEN.iter().any(|it| it.as_bytes() == word))
}
