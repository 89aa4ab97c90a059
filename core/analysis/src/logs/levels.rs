//! Lines per level over time.

use chrono::TimeDelta;

use crate::analysis::{Histogram, HistogramBucket, LevelCounts};
use crate::level::Level;
use crate::time::to_utc;

const BUCKETS_MAX: usize = 4_096;
const SHOWN_MAX: i64 = 120;

/// Counts per level at a resolution that adapts to the span.
#[derive(Debug)]
pub(crate) struct LevelTimeline {
    width: i64,
    buckets: Vec<(i64, LevelCounts)>,
    pub(crate) total: LevelCounts,
}

impl Default for LevelTimeline {
    fn default() -> Self {
        Self {
            width: 1_000_000,
            buckets: Vec::new(),
            total: LevelCounts::default(),
        }
    }
}

impl LevelTimeline {
    /// Counts a line.
    pub(crate) fn add(&mut self, time: Option<i64>, level: Option<Level>) {
        self.total.add(level, 1);
        let Some(time) = time else { return };
        let index = time.div_euclid(self.width);
        match self.buckets.last_mut() {
            Some((last, counts)) if *last == index => counts.add(level, 1),
            _ => self.insert(index, level),
        }
        while self.buckets.len() > BUCKETS_MAX {
            self.halve();
        }
    }

    /// Returns the histogram at a step of whole seconds that gives at most 120 buckets.
    pub(crate) fn histogram(&self) -> Option<Histogram> {
        let (first, _) = self.buckets.first()?;
        let (last, _) = self.buckets.last()?;
        let (from, to) = (
            first * self.width / 1_000_000,
            last * self.width / 1_000_000,
        );
        let step = shown_step(from, to, self.width / 1_000_000);
        let origin = from.div_euclid(step);
        let length = usize::try_from(to.div_euclid(step) - origin + 1).ok()?;
        let mut buckets = vec![HistogramBucket::default(); length];
        for (index, counts) in &self.buckets {
            let second = index * self.width / 1_000_000;
            let slot = usize::try_from(second.div_euclid(step) - origin).ok()?;
            let bucket = buckets.get_mut(slot)?;
            bucket.levels.merge(counts);
            bucket.total += sum(counts);
        }
        let start = to_utc(0)?.checked_add_signed(TimeDelta::seconds(origin * step))?;
        Some(Histogram {
            start,
            step_s: step.unsigned_abs(),
            buckets,
        })
    }

    fn insert(&mut self, index: i64, level: Option<Level>) {
        let at = self.buckets.partition_point(|(known, _)| *known < index);
        if self
            .buckets
            .get(at)
            .is_none_or(|(known, _)| *known != index)
        {
            self.buckets.insert(at, (index, LevelCounts::default()));
        }
        self.buckets[at].1.add(level, 1);
    }

    fn halve(&mut self) {
        self.width *= 2;
        let mut halved: Vec<(i64, LevelCounts)> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        for (index, counts) in &self.buckets {
            let index = index.div_euclid(2);
            match halved.last_mut() {
                Some((last, sum)) if *last == index => sum.merge(counts),
                _ => halved.push((index, *counts)),
            }
        }
        self.buckets = halved;
    }
}

/// Returns the shortest step of whole seconds, not below `finest`, that divides a time into at most 120.
pub(crate) fn shown_step(from: i64, to: i64, finest: i64) -> i64 {
    const STEPS: [i64; 17] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
    ];
    let fits = |step: i64| to.div_euclid(step) - from.div_euclid(step) < SHOWN_MAX;
    STEPS
        .into_iter()
        .find(|&step| step >= finest && fits(step))
        .unwrap_or_else(|| ((to - from) / (SHOWN_MAX - 1) + 1).max(86_400).max(finest))
}

fn sum(counts: &LevelCounts) -> u64 {
    counts.fatal + counts.error + counts.warn + counts.info + counts.debug + counts.none
}
