//! Finds many literals in a line at once, without regard to the case of ASCII letters.
//!
//! A literal is recognised by a window of its bytes. As it holds as many windows in a row as there
//! are bytes from one place that is looked at to the next, one of them stands at such a place.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::rarity::frequencies;

/// Length of the shortest literal.
pub(super) const LITERAL_MIN: usize = 4;
const LONG_WINDOW: usize = 8;
const LONG_STEP: usize = 4;
const SHORT_WINDOW: usize = 4;
const SHORT_STEP: usize = 2;
/// Bytes that are looked at together; windows begin at some of them.
const CHUNK: usize = 8;
/// The bytes of a short window.
const SHORT: u64 = 0xFFFF_FFFF;
/// Bits of a hash: many more than there are windows, and few enough for a near cache.
const HASH_BITS: u32 = 18;
/// Makes capitals small letters; other bytes become one another, which is found out later.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// A set of literals behind filters that pass few places of a line.
#[derive(Debug)]
pub(super) struct Literals {
    /// All literals, one behind another.
    bytes: Box<[u8]>,
    long: Windows,
    short: Windows,
}

/// Windows with the literals around them.
#[derive(Debug)]
pub(super) struct Windows {
    filter: Box<[u8; 1 << (HASH_BITS - 3)]>,
    /// Where in `owners` those of a window begin and end.
    places: HashMap<u64, (u32, u32), FixedState>,
    owners: Box<[Owner]>,
}

/// A literal around a window.
#[derive(Debug, Clone, Copy)]
struct Owner {
    number: u32,
    /// How many bytes behind the start of the literal the window does.
    offset: i32,
    /// Where the literal begins and ends in the bytes of all.
    start: u32,
    end: u32,
}

impl Literals {
    /// Takes literals of at least `LITERAL_MIN` bytes.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        let (mut long, mut short) = (Entries::default(), Entries::default());
        for (number, literal) in literals.map(str::as_bytes).enumerate() {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(literal);
            let owner = Owner {
                number: number as u32,
                offset: 0,
                start,
                end: bytes.len() as u32,
            };
            if literal.len() >= LONG_WINDOW + LONG_STEP - 1 {
                long.insert(owner, literal, LONG_WINDOW, LONG_STEP);
            } else if literal.len() > SHORT_WINDOW {
                short.insert(owner, literal, SHORT_WINDOW, SHORT_STEP);
            } else {
                short.insert_shortest(owner, literal);
            }
        }
        Self {
            bytes: bytes.into(),
            long: long.into(),
            short: short.into(),
        }
    }

    /// Calls `found` with the number of a literal for every place where it stands in `bytes`.
    pub(super) fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize)) {
        let (chunks, rest) = bytes.as_chunks::<CHUNK>();
        // What stands behind the end is no part of a literal, which is found out later.
        let mut last = [0; CHUNK];
        last[..rest.len()].copy_from_slice(rest);
        let last = u64::from_le_bytes(last) | FOLD;
        for (number, chunk) in chunks.iter().enumerate() {
            let next = chunks.get(number + 1);
            let next = next.map_or(last, |next| u64::from_le_bytes(*next) | FOLD);
            let chunk = u64::from_le_bytes(*chunk) | FOLD;
            self.look(bytes, number * CHUNK, [chunk, next], found);
        }
        self.look(bytes, chunks.len() * CHUNK, [last, 0], found);
    }

    /// Looks at the windows that begin in a chunk.
    #[inline(always)]
    fn look(
        &self,
        bytes: &[u8],
        at: usize,
        [chunk, next]: [u64; 2],
        found: &mut impl FnMut(usize),
    ) {
        let long = [chunk, chunk >> 32 | next << 32];
        let short =
            [chunk, chunk >> 16, chunk >> 32, chunk >> 48 | next << 16].map(|it| it & SHORT);
        let seen_long = long.map(|key| self.long.filter(key));
        let seen_short = short.map(|key| self.short.filter(key));
        let seen = seen_short
            .iter()
            .chain(&seen_long)
            .fold(0, |sum, it| sum | it);
        if seen == 0 {
            return;
        }
        for (number, (&key, seen)) in long.iter().zip(seen_long).enumerate() {
            if seen != 0 {
                self.verify(&self.long, bytes, at + number * LONG_STEP, key, found);
            }
        }
        for (number, (&key, seen)) in short.iter().zip(seen_short).enumerate() {
            if seen != 0 {
                self.verify(&self.short, bytes, at + number * SHORT_STEP, key, found);
            }
        }
    }

    /// Tells which literals stand around the window at `at`.
    #[inline(never)]
    fn verify(
        &self,
        windows: &Windows,
        bytes: &[u8],
        at: usize,
        folded: u64,
        found: &mut impl FnMut(usize),
    ) {
        let Some(&(start, end)) = windows.places.get(&folded) else {
            return;
        };
        for owner in &windows.owners[start as usize..end as usize] {
            let literal = &self.bytes[owner.start as usize..owner.end as usize];
            let place = at
                .checked_add_signed(-(owner.offset as isize))
                .and_then(|start| bytes.get(start..start + literal.len()));
            if place.is_some_and(|place| place.eq_ignore_ascii_case(literal)) {
                found(owner.number as usize);
            }
        }
    }
}

impl Windows {
    /// Returns 0 for a window that no literal holds, and for few that one does not.
    fn filter(&self, folded: u64) -> u8 {
        let hash = hash(folded);
        self.filter[hash >> 3] >> (hash & 7) & 1
    }
}

/// The owners of each window while they are entered.
#[derive(Default)]
struct Entries(BTreeMap<u64, Vec<Owner>>);

impl Entries {
    /// Enters the rarest `step` windows in a row.
    fn insert(&mut self, owner: Owner, literal: &[u8], width: usize, step: usize) {
        let length = width + step - 1;
        let frequencies = frequencies(literal);
        let spans = frequencies.windows(length).enumerate();
        let rarest = spans.min_by_key(|(_, span)| span.iter().sum::<u32>());
        let Some((start, _)) = rarest else { return };
        let span = &literal[start..start + length];
        for (at, window) in span.windows(width).enumerate() {
            self.enter(fold(window), owner, (start + at) as i32);
        }
    }

    /// Enters a literal that is a window itself, and what is seen of it one byte earlier.
    fn insert_shortest(&mut self, owner: Owner, literal: &[u8]) {
        self.enter(fold(literal), owner, 0);
        let mut before: Vec<u64> = (0..=u8::MAX)
            .map(|byte| fold(&[&[byte], &literal[..SHORT_WINDOW - 1]].concat()))
            .collect();
        before.sort_unstable();
        before.dedup();
        for folded in before {
            self.enter(folded, owner, -1);
        }
    }

    fn enter(&mut self, folded: u64, owner: Owner, offset: i32) {
        let owners = self.0.entry(folded).or_default();
        owners.push(Owner { offset, ..owner });
    }
}

impl From<Entries> for Windows {
    fn from(entries: Entries) -> Self {
        let mut filter = Box::new([0; 1 << (HASH_BITS - 3)]);
        let mut places = HashMap::default();
        let mut all = Vec::new();
        for (folded, owners) in entries.0 {
            let hash = hash(folded);
            filter[hash >> 3] |= 1 << (hash & 7);
            let start = all.len() as u32;
            all.extend(owners);
            places.insert(folded, (start, all.len() as u32));
        }
        Self {
            filter,
            places,
            owners: all.into(),
        }
    }
}

/// Returns four or eight bytes as a number, small letters and capitals alike.
fn fold(window: &[u8]) -> u64 {
    let folded = window.iter().rev();
    folded.fold(0, |sum, &byte| sum << 8 | u64::from(byte | FOLD as u8))
}

fn hash(folded: u64) -> usize {
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - HASH_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITERALS: [&str; 6] = [
        "fail",
        "\" 50",
        "refused",
        "no route to host",
        "connection refused",
        "é full",
    ];

    fn all(text: &str) -> Vec<&str> {
        let set = Literals::new(LITERALS.into_iter());
        let mut found = Vec::new();
        set.find(text.as_bytes(), &mut |number| found.push(LITERALS[number]));
        found.sort_unstable();
        found
    }

    #[test]
    fn literals_are_found_in_any_case_as_often_as_they_stand() {
        assert_eq!(all("FAIL, then failed"), ["fail", "fail"]);
        assert_eq!(all("Connection REFUSED"), ["connection refused", "refused"]);
        assert_eq!(all("é FULL"), ["é full"]);
        for nothing in ["É full", "f@il \u{2} 50", "refuse", "fai", ""] {
            assert_eq!(all(nothing), [""; 0], "{nothing}");
        }
    }

    #[test]
    fn the_place_in_the_line_does_not_matter() {
        for literal in LITERALS {
            for (before, after) in (0..9).zip([0, 1, 2, 3, 0, 1, 2, 3, 0]) {
                let text = "~".repeat(before) + literal + &"~".repeat(after);
                assert!(all(&text).contains(&literal), "{text}");
            }
        }
    }
}
