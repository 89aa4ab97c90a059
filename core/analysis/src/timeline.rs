//! Counts over time at a resolution that adapts to the span, shared by all series.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) index: i64,
    pub(crate) count: u32,
    /// Earliest time in the bucket, microseconds since the epoch.
    pub(crate) first: i64,
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
    /// Counts one event; returns whether a bucket was added.
    pub(crate) fn add(&mut self, index: i64, micros: i64) -> bool {
        if let Some(last) = self.buckets.last_mut()
            && last.index == index
        {
            last.count = last.count.saturating_add(1);
            last.first = last.first.min(micros);
            return false;
        }
        self.insert(Bucket {
            index,
            count: 1,
            first: micros,
        })
    }

    /// Adds all buckets of another series.
    pub(crate) fn merge(&mut self, other: &Self) {
        for &bucket in &other.buckets {
            self.insert(bucket);
        }
    }

    /// Returns the sum of all counts.
    pub(crate) fn total(&self) -> u64 {
        self.buckets
            .iter()
            .map(|bucket| u64::from(bucket.count))
            .sum()
    }

    fn insert(&mut self, bucket: Bucket) -> bool {
        let at = self
            .buckets
            .partition_point(|known| known.index < bucket.index);
        match self.buckets.get_mut(at) {
            Some(known) if known.index == bucket.index => {
                known.count = known.count.saturating_add(bucket.count);
                known.first = known.first.min(bucket.first);
                false
            }
            _ => {
                self.buckets.insert(at, bucket);
                true
            }
        }
    }

    fn halve(&mut self) {
        let mut halved: Vec<Bucket> = Vec::with_capacity(self.buckets.len() / 2 + 1);
        for bucket in &self.buckets {
            let index = bucket.index.div_euclid(2);
            match halved.last_mut() {
                Some(last) if last.index == index => {
                    last.count = last.count.saturating_add(bucket.count);
                    last.first = last.first.min(bucket.first);
                }
                _ => halved.push(Bucket { index, ..*bucket }),
            }
        }
        self.buckets = halved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_of_order_events_land_in_their_bucket() {
        let mut series = Series::default();
        for second in [5, 3, 5, 4, 3] {
            series.add(second, second * FINEST_US);
        }
        let counts: Vec<(i64, u32)> = series.buckets.iter().map(|b| (b.index, b.count)).collect();
        assert_eq!(counts, [(3, 2), (4, 1), (5, 2)]);
    }

    #[test]
    fn coarsening_keeps_counts_and_first_times() {
        let mut grid = TimeGrid::new(8);
        let mut series = Series::default();
        for second in 0..20 {
            if series.add(grid.index(second * FINEST_US), second * FINEST_US) && grid.note_bucket()
            {
                grid.coarsen(&mut [&mut series]);
            }
        }
        assert_eq!(series.total(), 20);
        assert!(grid.width > FINEST_US);
        assert_eq!(series.buckets[0].first, 0);
    }
}
