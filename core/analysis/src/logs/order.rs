//! Whether the times of lines only grow: lines that are late, and clocks that jump back.

use crate::analysis::ClockJump;
use crate::event::{LineEvent, LineSample};

/// Microseconds by which a clock jumps back at least.
const JUMP_MIN: i64 = 10_000_000;
/// Lines in a row that go on from the earlier time after a jump; late ones are overtaken before.
const JUMP_LINES: u64 = 10;

/// Order of the times of a log.
#[derive(Debug, Default)]
pub(crate) struct TimeOrder {
    pub(crate) jumps: u64,
    pub(crate) first_jump: Option<ClockJump>,
    /// Latest time since the clock jumped last.
    latest: Option<i64>,
    late: u64,
    /// Lines in a row that are far too early.
    early: u64,
    first_early: LineSample,
    latest_early: i64,
}

impl TimeOrder {
    /// Takes the time of the next line; returns the latest one before it when the line comes in order.
    pub(crate) fn take(&mut self, time: i64, event: &LineEvent<'_>) -> Option<i64> {
        let Some(latest) = self.latest.filter(|&latest| time < latest) else {
            self.late += std::mem::take(&mut self.early);
            return self.latest.replace(time);
        };
        if latest - time < JUMP_MIN {
            self.late += std::mem::take(&mut self.early) + 1;
            return None;
        }
        if self.early == 0 {
            self.first_early.set(event);
            self.latest_early = time;
        }
        self.early += 1;
        self.latest_early = self.latest_early.max(time);
        if self.early == JUMP_LINES {
            self.jump(latest);
        }
        None
    }

    /// Returns the number of lines that are late.
    pub(crate) fn late(&self) -> u64 {
        self.late + self.early
    }

    fn jump(&mut self, latest: i64) {
        let back = latest - self.first_early.time.unwrap_or(latest);
        self.first_jump.get_or_insert_with(|| ClockJump {
            back_ms: (back / 1_000).unsigned_abs(),
            citation: self.first_early.citation(),
        });
        self.jumps += 1;
        self.early = 0;
        self.latest = Some(self.latest_early);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event_at;

    fn order(seconds: impl Iterator<Item = i64>) -> TimeOrder {
        let mut order = TimeOrder::default();
        for micros in seconds.map(|second| second * 1_000_000) {
            order.take(micros, &event_at(micros));
        }
        order
    }

    #[test]
    fn a_clock_that_jumps_back_is_told_and_its_lines_are_not_late() {
        let found = order((10_000..10_100).chain(6_400..6_500).chain(3_000..3_100));
        assert_eq!((found.jumps, found.late()), (2, 0));
        let first = found.first_jump.unwrap();
        assert_eq!(
            (first.back_ms, first.citation.line_start),
            (3_699_000, 6_400_000_000)
        );
    }

    #[test]
    fn lines_that_are_overtaken_are_late_however_far() {
        let strays = (0..200).flat_map(|at| match at % 20 {
            7 => vec![9_000 + at - 3, 5_000, 5_001],
            _ => vec![9_000 + at],
        });
        let found = order(strays);
        assert_eq!((found.jumps, found.late()), (0, 30));
        let last = order((9_000..9_100).chain(100..105));
        assert_eq!((last.jumps, last.late()), (0, 5));
    }
}
