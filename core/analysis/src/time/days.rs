//! Days of times that are written without a date.

use chrono::NaiveDate;

use super::days_from_civil;

const HOUR: i64 = 3_600_000_000;

/// The day that passes from line to line.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// Day since the epoch and microseconds since midnight of the last time that was read.
    pub(super) last: Option<(i64, i64)>,
    /// Whether no line told on which day the times begin.
    pub(super) guessed: bool,
}

impl Days {
    /// Returns the day of a time, by the one before it: the first is that of the reference.
    pub(super) fn of(&mut self, micros: i64, reference: Option<NaiveDate>) -> i64 {
        match self.last {
            // A line may be late, by less than an hour.
            Some((day, before)) if before - micros > HOUR => day + 1,
            Some((day, before)) if micros - before > 23 * HOUR => day - 1,
            Some((day, _)) => day,
            None => {
                self.guessed = true;
                let epoch = NaiveDate::default();
                let days = |date: NaiveDate| date.signed_duration_since(epoch).num_days();
                reference.map_or_else(|| days_from_civil(2000, 1, 1), days)
            }
        }
    }
}
