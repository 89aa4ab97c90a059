//! Counts over time at a resolution that adapts to the span, shared by all series.

use crate::event::{LineEvent, LineSample};

/// Finest bucket: one second.
const FINEST_US: i64 = 1_000_000;
/// Coarsest bucket: about twelve days.
const COARSEST_US: i64 = 1_048_576_000_000;

/// Width of the buckets all series share.
#[derive(Debug, Clone)]
pub(crate) struct TimeGrid {
    pub(crate) width: i64,
    used: usize,
    budget: usize,
}

/// One bucket of a series.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) index: i64,
    pub(crate) count: u32,
    /// Earliest time in the bucket, microseconds since the epoch.
    pub(crate) first: i64,
    /// The line that bears the earliest time.
    pub(crate) line: LineSample,
}

impl Bucket {
    /// Adds the lines of a bucket of the same time.
    fn absorb(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        if (other.first, other.line.line) < (self.first, self.line.line) {
            (self.first, self.line) = (other.first, other.line);
        }
    }
}

/// Sparse counts over time, ordered by bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    pub(crate) buckets: Vec<Bucket>,
}

impl TimeGrid {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            width: FINEST_US,
            used: 0,
            budget,
        }
    }

    /// Returns the bucket of a time.
    pub(crate) fn index(&self, micros: i64) -> i64 {
        micros.div_euclid(self.width)
    }

    /// Notes a new bucket; returns whether the series must be coarsened.
    pub(crate) fn note_bucket(&mut self) -> bool {
        self.used += 1;
        self.used > self.budget
    }

    /// Doubles the width, more than once if need be, and coarsens every series.
    pub(crate) fn coarsen(&mut self, series: &mut [&mut Series]) {
        loop {
            self.width *= 2;
            self.used = 0;
            for one in series.iter_mut() {
                one.halve();
                self.used += one.buckets.len();
            }
            if self.used * 4 < self.budget * 3 || self.width > COARSEST_US {
                break;
            }
        }
        self.budget = self.budget.max(self.used + self.used / 4);
    }
}

impl Series {
    /// Counts one line; returns whether a bucket was added.
    pub(crate) fn add(&mut self, index: i64, micros: i64, event: &LineEvent<'_>) -> bool {
        let in_order = self.buckets.last().is_some_and(|last| last.index == index);
        let at = if in_order {
            self.buckets.len() - 1
        } else {
            self.place(index)
        };
        let Some(known) = self.buckets.get_mut(at).filter(|it| it.index == index) else {
            let bucket = Bucket {
                index,
                count: 1,
                first: micros,
                line: LineSample::of(event),
            };
            self.buckets.insert(at, bucket);
            return true;
        };
        known.count = known.count.saturating_add(1);
        if micros < known.first {
            known.first = micros;
            known.line.set(event);
        }
        false
    }

    /// Adds all buckets of another series.
    pub(crate) fn merge(&mut self, other: Self) {
        for bucket in other.buckets {
            let at = self.place(bucket.index);
            match self.buckets.get_mut(at) {
                Some(known) if known.index == bucket.index => known.absorb(bucket),
                _ => self.buckets.insert(at, bucket),
            }
        }
    }

    /// Returns the sum of all counts.
    pub(crate) fn total(&self) -> u64 {
        self.buckets
            .iter()
            .map(|bucket| u64::from(bucket.count))
            .sum()
    }

    fn place(&self, index: i64) -> usize {
        // Most lines come in order.
        if self.buckets.last().is_none_or(|last| last.index < index) {
            return self.buckets.len();
        }
        self.buckets.partition_point(|known| known.index < index)
    }

    fn halve(&mut self) {
        let mut halved: Vec<Bucket> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        for bucket in self.buckets.drain(..) {
            let index = bucket.index.div_euclid(2);
            match halved.last_mut() {
                Some(last) if last.index == index => last.absorb(bucket),
                _ => halved.push(Bucket { index, ..bucket }),
            }
        }
        self.buckets = halved;
    }
}

/// Returns a line of a test that was written at `micros`.
#[cfg(test)]
pub(crate) fn event_at(micros: i64) -> LineEvent<'static> {
    LineEvent {
        message: "",
        quote: "",
        start: 0,
        end: 0,
        line: micros.unsigned_abs(),
        time: Some(micros),
        stamped: true,
        level: None,
        component: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_order_events_land_in_their_bucket() {
        let mut series = Series::default();
        for second in [5, 3, 5, 4, 3] {
            series.add(second, second * FINEST_US, &event_at(second * FINEST_US));
        }
        let counts: Vec<(i64, u32)> = series.buckets.iter().map(|b| (b.index, b.count)).collect();
        assert_eq!(counts, [(3, 2), (4, 1), (5, 2)]);
    }

    #[test]
    fn coarsening_keeps_counts_and_first_lines() {
        let mut grid = TimeGrid::new(8);
        let mut series = Series::default();
        for second in 0..20 {
            let micros = second * FINEST_US;
            if series.add(grid.index(micros), micros, &event_at(micros)) && grid.note_bucket() {
                grid.coarsen(&mut [&mut series]);
            }
        }
        assert_eq!(series.total(), 20);
        assert!(grid.width > FINEST_US);
        for bucket in &series.buckets {
            assert_eq!(bucket.first, bucket.index * grid.width);
            assert_eq!(bucket.line.time, Some(bucket.first));
        }
    }
}
