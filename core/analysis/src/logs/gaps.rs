//! The longest silences between consecutive lines.

use crate::template::{LineEvent, LineSample};

const KEPT: usize = 5;

/// A silence and the lines around it.
#[derive(Debug, Clone)]
pub(crate) struct Gap {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) before: LineSample,
    pub(crate) after: LineSample,
}

/// Bounded list of the longest silences, and the number of intervals seen.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    pub(crate) longest: Vec<Gap>,
    pub(crate) intervals: u64,
    floor: i64,
}

impl Gaps {
    /// Notes the interval between two lines.
    pub(crate) fn note(
        &mut self,
        from: i64,
        to: i64,
        before: Option<&LineSample>,
        after: &LineEvent<'_>,
    ) {
        self.intervals += 1;
        if to - from <= self.floor {
            return;
        }
        let Some(before) = before else { return };
        let mut sample = LineSample::default();
        sample.set(after);
        self.longest.push(Gap {
            from,
            to,
            before: before.clone(),
            after: sample,
        });
        self.longest
            .sort_by_key(|gap| (std::cmp::Reverse(gap.to - gap.from), gap.from));
        self.longest.truncate(KEPT);
        if self.longest.len() == KEPT {
            self.floor = self.longest.last().map_or(0, |gap| gap.to - gap.from);
        }
    }
}
