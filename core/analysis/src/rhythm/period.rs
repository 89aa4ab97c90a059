//! Lines that come back at a fixed interval.

use crate::analysis::Period;
use crate::timeline::Series;

const INTERVALS_MIN: usize = 6;
/// Widths of a bucket from which intervals are long enough to be compared.
const FINENESS: i64 = 5;
/// How far an interval may lie from the period, as a part of it, and in microseconds, for times may be
/// written in whole seconds.
const TOLERANCE: i64 = 10;
const TOLERANCE_MIN: i64 = 1_000_000;
/// Part of the time in which lines of a periodic series come at most.
const BUSY_PART: i64 = 4;
/// χ² of one degree of freedom that one random series in a thousand exceeds.
const SIGNIFICANT: f64 = 10.83;

/// Finds the period of a series: four of five intervals between adjacent arrivals are near the middle one,
/// which is far more than arrivals at random times would have there (Ma and Hellerstein, "Mining partially
/// periodic event patterns with unknown periods", ICDE 2001).
pub(super) fn period(series: &Series, width: i64) -> Option<Period> {
    let arrivals = arrivals(series, width);
    let mut intervals: Vec<i64> = arrivals.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if intervals.len() < INTERVALS_MIN {
        return None;
    }
    intervals.sort_unstable();
    let middle = intervals[intervals.len() / 2];
    let tolerance = (middle / TOLERANCE).max(TOLERANCE_MIN);
    let is_near = |it: &&i64| (**it - middle).abs() <= tolerance;
    let near: Vec<i64> = intervals.iter().filter(is_near).copied().collect();
    let is_regular = middle >= FINENESS * width && near.len() * 5 >= intervals.len() * 4;
    if !is_regular || chi_squared(&intervals, near.len(), middle, tolerance) < SIGNIFICANT {
        return None;
    }
    let count = near.len() as f64;
    let mean = near.iter().sum::<i64>() as f64 / count;
    let distance = |it: &i64| (*it as f64 - mean).abs();
    let jitter = near.iter().map(distance).sum::<f64>() / count;
    let seconds = |micros: f64| (micros / 1_000.0).round() / 1_000.0;
    Some(Period {
        seconds: seconds(mean),
        jitter_s: seconds(jitter),
    })
}

/// Returns when lines come, those together that come at about the same time; none when lines come most of
/// the time.
fn arrivals(series: &Series, width: i64) -> Vec<i64> {
    let mut arrivals = Vec::new();
    let (mut last, mut busy) = (i64::MIN, 0);
    for bucket in &series.buckets {
        let pause = bucket.first.saturating_sub(last);
        if pause > 2 * width {
            arrivals.push(bucket.first);
        } else {
            busy += pause;
        }
        last = bucket.first;
    }
    let length = last - arrivals.first().copied().unwrap_or(last);
    if busy * BUSY_PART > length {
        arrivals.clear();
    }
    arrivals
}

/// Returns how far the number of intervals near the period is from that of arrivals at random times.
fn chi_squared(intervals: &[i64], near: usize, middle: i64, tolerance: i64) -> f64 {
    let count = intervals.len() as f64;
    let mean = intervals.iter().sum::<i64>() as f64 / count;
    let longer = |than: i64| (-(than as f64) / mean).exp();
    let share = longer(middle - tolerance) - longer(middle + tolerance);
    let expected = count * share;
    (near as f64 - expected).powi(2) / (expected * (1.0 - share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event_at;

    const SECOND: i64 = 1_000_000;

    fn series(milliseconds: impl Iterator<Item = i64>) -> Series {
        let mut series = Series::default();
        for at in milliseconds {
            series.add(at.div_euclid(1_000), at * 1_000, &event_at(at * 1_000));
        }
        series
    }

    #[test]
    fn a_line_every_five_minutes_has_a_period_and_its_jitter() {
        let jittered = series((0..12).map(|at| at * 300_000 + if at % 2 == 0 { 0 } else { 4_000 }));
        let found = period(&jittered, SECOND).unwrap();
        assert!((found.seconds - 300.0).abs() < 1.0, "{found:?}");
        assert!((found.jitter_s - 4.0).abs() < 0.5, "{found:?}");
    }

    #[test]
    fn lines_of_one_run_are_one_arrival_and_a_run_may_be_missed() {
        let runs = (0..20).filter(|&at| at != 7);
        let found = series(runs.flat_map(|at| (0..8).map(move |line| at * 60_000 + line * 900)));
        assert_eq!(
            period(&found, SECOND),
            Some(Period {
                seconds: 60.0,
                jitter_s: 0.0
            })
        );
    }

    #[test]
    fn lines_at_random_times_too_few_or_too_dense_have_none() {
        let mut state = 7u64;
        let mut random = |upto: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % upto
        };
        let mut times: Vec<i64> = (0..200).map(|_| random(4_000_000).cast_signed()).collect();
        times.sort_unstable();
        assert_eq!(period(&series(times.into_iter()), SECOND), None);
        assert_eq!(period(&series((0..6).map(|at| at * 300_000)), SECOND), None);
        assert_eq!(period(&series((0..900).map(|at| at * 500)), SECOND), None);
        let dense_at_first = (0..300).chain((300..3_000).step_by(60));
        assert!(period(&series(dense_at_first.map(|at| at * 1_000)), SECOND).is_some());
        let dense = (0..1_200).chain((1_200..3_000).step_by(60));
        assert_eq!(period(&series(dense.map(|at| at * 1_000)), SECOND), None);
        assert_eq!(period(&Series::default(), SECOND), None);
    }
}
