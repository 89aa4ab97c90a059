//! The longest silences between consecutive lines.

use crate::event::{LineEvent, LineSample};

const KEPT: usize = 5;
/// Factor by which a silence must exceed the intervals that make up a steady log.
const STEADY_FACTOR: i64 = 20;

/// A silence and the lines around it.
#[derive(Debug, Clone)]
pub(crate) struct Gap {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) before: LineSample,
    pub(crate) after: LineSample,
}

impl Gap {
    /// Returns how long no line came, in microseconds.
    pub(crate) fn length(&self) -> i64 {
        self.to - self.from
    }
}

/// Bounded list of the longest silences, and how long the intervals of each size last together.
#[derive(Debug)]
pub(crate) struct Gaps {
    pub(crate) longest: Vec<Gap>,
    pub(crate) intervals: u64,
    /// Time spent in intervals of 2ⁿ to 2ⁿ⁺¹ microseconds.
    spent: [i64; 64],
    floor: i64,
}

impl Default for Gaps {
    fn default() -> Self {
        Self {
            longest: Vec::new(),
            intervals: 0,
            spent: [0; 64],
            floor: 0,
        }
    }
}

impl Gaps {
    /// Returns the span of a log without a beginning after which it was silent most of the time.
    pub(crate) fn at_work(&self, (start, end): (i64, i64)) -> (i64, i64) {
        let longest = self.longest.first();
        let silent = longest.filter(|it| it.length() * 2 >= end - start);
        (silent.map_or(start, |it| it.to), end)
    }

    /// Notes the interval between two lines.
    pub(crate) fn note(
        &mut self,
        from: i64,
        to: i64,
        before: Option<&LineSample>,
        after: &LineEvent<'_>,
    ) {
        let length = to - from;
        self.intervals += 1;
        self.spent[size(length)] += length;
        if length <= self.floor {
            return;
        }
        let Some(before) = before else { return };
        self.longest.push(Gap {
            from,
            to,
            before: before.clone(),
            after: LineSample::of(after),
        });
        self.longest
            .sort_by_key(|gap| (std::cmp::Reverse(gap.length()), gap.from));
        self.longest.truncate(KEPT);
        if self.longest.len() == KEPT {
            self.floor = self.longest.last().map_or(0, Gap::length);
        }
    }

    /// Returns how long lines kept coming at far shorter intervals than `silence`.
    pub(crate) fn steady_time(&self, silence: i64) -> i64 {
        self.spent[..size(silence / STEADY_FACTOR)].iter().sum()
    }
}

fn size(interval: i64) -> usize {
    interval.max(1).ilog2() as usize
}
