//! Lines of a template per step.

use chrono::TimeDelta;

use crate::analysis::LineCounts;
use crate::logs::shown_step;
use crate::time::to_utc;
use crate::timeline::Series;

const SECOND: i64 = 1_000_000;

/// Returns the lines per step of the histogram, or of a longer one when the series is not as fine.
pub(super) fn counts(series: &Series, step_s: u64, width: i64) -> Option<LineCounts> {
    let second = |micros: i64| micros.div_euclid(SECOND);
    let (first, last) = (series.buckets.first()?, series.buckets.last()?);
    let (from, to) = (second(first.first), second(last.first));
    let step = shown_step(from, to, step_s.cast_signed().max(width / SECOND));
    let origin = from.div_euclid(step);
    let length = usize::try_from(to.div_euclid(step) - origin + 1).ok()?;
    let mut counts = vec![0; length];
    for bucket in &series.buckets {
        let slot = usize::try_from(second(bucket.first).div_euclid(step) - origin).ok()?;
        *counts.get_mut(slot)? += u64::from(bucket.count);
    }
    Some(LineCounts {
        start: to_utc(0)?.checked_add_signed(TimeDelta::seconds(origin * step))?,
        step_s: step.unsigned_abs(),
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event_at;

    #[test]
    fn all_lines_are_counted_in_few_steps_that_begin_with_the_first() {
        let mut series = Series::default();
        for second in (7_205..90_000).step_by(60) {
            series.add(second, second * SECOND, &event_at(second * SECOND));
        }
        for (asked, width, step) in [
            (900, SECOND, 900),
            (1, SECOND, 900),
            (1_800, 1 << 32, 7_200),
        ] {
            let found = counts(&series, asked, width).unwrap();
            assert_eq!(found.step_s, step);
            assert_eq!(found.counts.iter().sum::<u64>(), series.total());
            assert!(found.counts.len() <= 120);
            assert_eq!(found.start, to_utc(7_200 * SECOND).unwrap());
        }
        assert_eq!(counts(&Series::default(), 1, SECOND), None);
    }
}
