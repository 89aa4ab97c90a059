//! JSON web tokens, signed (three parts) or encrypted (five).

use super::cursor::{before, is_word, run_end};
use super::found::Found;
use super::kind::SensitiveKind;

const PART_MIN: usize = 10;

/// Takes the token that starts at `start`.
pub(super) fn take(found: &mut Found<'_>, start: usize) {
    let bytes = found.bytes;
    let belongs = |byte: u8| is_word(byte) || byte == b'-';
    if !bytes[start..].starts_with(b"eyJ") || before(bytes, start).is_some_and(belongs) {
        return;
    }
    let (mut parts, mut end) = (0, start);
    loop {
        let stop = run_end(bytes, end, belongs);
        let enough = stop - end >= PART_MIN || parts >= 2;
        if !enough || parts == 5 {
            break;
        }
        parts += 1;
        end = stop;
        if bytes.get(end) != Some(&b'.') {
            break;
        }
        end += 1;
    }
    if parts >= 2 {
        let dotted =
            parts > 2 && bytes[end - 1] == b'.' && bytes.get(end).is_some_and(|b| is_word(*b));
        let sentence = bytes[end - 1] == b'.' && !dotted;
        found.push(SensitiveKind::Jwt, start, end - usize::from(sentence));
    }
}
