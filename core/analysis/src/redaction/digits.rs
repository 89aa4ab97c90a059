//! Digits in groups, and the checksums that several numbers share.

use super::cursor::is_word;

const DIGITS_MAX: usize = 24;
const GROUPS_MAX: usize = 8;
/// Digits after which a space ends a number.
const SPACED_MAX: usize = 15;

/// A number written in groups that one separator joins.
#[derive(Debug)]
pub(super) struct Grouped {
    values: [u8; DIGITS_MAX],
    count: usize,
    sizes: [usize; GROUPS_MAX],
    groups: usize,
    pub(super) end: usize,
}

impl Grouped {
    pub(super) fn digits(&self) -> &[u8] {
        &self.values[..self.count]
    }

    /// Returns the sizes of the groups.
    pub(super) fn layout(&self) -> &[usize] {
        &self.sizes[..self.groups]
    }
}

/// Reads at most `most` digits in groups joined by the same space or dash; nothing may touch them.
pub(super) fn grouped(bytes: &[u8], start: usize, most: usize) -> Option<Grouped> {
    let mut number = Grouped {
        values: [0; DIGITS_MAX],
        count: 0,
        sizes: [0; GROUPS_MAX],
        groups: 1,
        end: start,
    };
    let mut joint = None;
    loop {
        match bytes.get(number.end..).unwrap_or_default() {
            [digit, ..] if digit.is_ascii_digit() => {
                *number.values[..most].get_mut(number.count)? = digit - b'0';
                number.count += 1;
                number.sizes[number.groups - 1] += 1;
            }
            [byte @ (b' ' | b'-'), digit, ..]
                if digit.is_ascii_digit()
                    && *joint.get_or_insert(*byte) == *byte
                    && (*byte == b'-' || number.count < SPACED_MAX)
                    && number.groups < GROUPS_MAX =>
            {
                number.groups += 1;
            }
            [byte, ..] if is_word(*byte) => return None,
            _ => break,
        }
        number.end += 1;
    }
    Some(number)
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            if place % 2 == 1 {
                doubled(digit.into())
            } else {
                digit.into()
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Returns the sum of products of digits and weights.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum()
}

/// Returns the digits as one number.
pub(super) fn value(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |sum, &digit| sum * 10 + u64::from(digit))
}

/// Returns whether all digits are the same.
pub(super) fn is_uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// Returns whether a month and a day may stand in a date.
pub(super) fn is_date(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// ISO 7064 mod 11,10, as the German tax number uses it.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((&check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10, |product, &digit| {
        let sum = (u32::from(digit) + product) % 10;
        (if sum == 0 { 10 } else { sum } * 2) % 11
    });
    (11 - product) % 10 == u32::from(check)
}

/// Verhoeff's checksum, as the Indian number uses it.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let check = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |check, (place, &digit)| {
            let permuted = (0..place % 8).fold(digit, |it, _| PERMUTED[it as usize]);
            dihedral(check, permuted)
        });
    check == 0
}

/// Product in the dihedral group of order ten.
fn dihedral(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right - 5) % 5 + 5,
        (false, true) => (left - 5 + 5 - right) % 5 + 5,
        (false, false) => (left - 5 + 5 - (right - 5)) % 5,
    }
}
