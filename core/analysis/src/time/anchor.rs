//! A full date within a message, which tells the year of stamps that name none.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::scan::month_name;

static CENTURY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("20"));

/// Bytes in front of a year in which its day and month are looked for.
const REACH: usize = 24;

/// Returns the year that `text` writes next to this month and day.
pub(super) fn year_in(text: &str, month: u32, day: u32) -> Option<i32> {
    let bytes = text.as_bytes();
    CENTURY.find_iter(bytes).find_map(|at| {
        let year = bytes.get(at..at + 4)?;
        let alone = !at
            .checked_sub(1)
            .is_some_and(|before| bytes[before].is_ascii_digit())
            && !bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        let year = number(year).filter(|_| alone)?;
        let written = year_first(bytes, at, month, day) || year_last(bytes, at, month, day);
        written.then_some(year as i32)
    })
}

/// `2005-06-18`, `2005/06/18`.
fn year_first(bytes: &[u8], at: usize, month: u32, day: u32) -> bool {
    let part = |from: usize| bytes.get(at + from..at + from + 2).and_then(number);
    let joint = bytes
        .get(at + 4)
        .filter(|joint| matches!(joint, b'-' | b'/' | b'.'));
    joint.is_some() && bytes.get(at + 7) == joint && part(5) == Some(month) && part(8) == Some(day)
}

/// `Sat Jun 18 02:23:10 2005`, `18 Jun 2005`, `18/Jun/2005`.
fn year_last(bytes: &[u8], at: usize, month: u32, day: u32) -> bool {
    let before = &bytes[at.saturating_sub(REACH)..at];
    let words = || {
        let words = before.split(|byte| !byte.is_ascii_alphanumeric());
        words.filter(|word| !word.is_empty())
    };
    let mut pairs = words().zip(words().skip(1));
    pairs.any(|(first, second)| {
        let named =
            |name: &[u8], date: &[u8]| month_name(name) == Some(month) && number(date) == Some(day);
        named(first, second) || named(second, first)
    })
}

fn number(digits: &[u8]) -> Option<u32> {
    let digit = |sum: u32, &byte: &u8| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    };
    digits.iter().take(4).try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_the_same_day_tells_the_year_and_others_do_not() {
        for text in [
            "User unknown timed out after 900 seconds at Sat Jun 18 02:23:10 2005",
            "[18/Jun/2005:02:23:10] request",
            "rotated at 2005-06-18",
        ] {
            assert_eq!(year_in(text, 6, 18), Some(2005), "{text}");
        }
        for text in [
            "Linux version 2.6.5-1.358 (gcc) #1 Sat May 8 09:04:50 EDT 2004",
            "Sat Jun 18 after 20050 requests",
            "copyright 2005",
        ] {
            assert_eq!(year_in(text, 6, 18), None, "{text}");
        }
    }
}
