//! When a series set in.

use crate::analysis::OnsetKind;
use crate::constants::{ONSET_BUCKETS, ONSET_FACTOR, ONSET_GRID, ONSET_QUIET};
use crate::timeline::{Bucket, Series};

/// Lines that make a steady series.
const STEADY_MIN: i64 = 10;

/// The bucket whose first line is the onset, and whether what came before is covered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundOnset<'a> {
    pub(crate) bucket: &'a Bucket,
    pub(crate) kind: OnsetKind,
}

/// Finds the first slot that exceeds the earlier ones and stays so, and goes back to where its lines began.
///
/// Slots are max(1 s, span ÷ `ONSET_GRID`) wide, or as wide as the buckets, and start with the file.
pub(crate) fn onset(series: &Series, span: (i64, i64), step: i64) -> Option<FoundOnset<'_>> {
    let (start, end) = span;
    let width = ((end - start) / ONSET_GRID).max(step).max(1_000_000);
    let slots = usize::try_from((end - start) / width + 1).ok()?;
    let slot_of = |bucket: &Bucket| {
        let slot = usize::try_from(((bucket.first - start) / width).max(0)).unwrap_or(0);
        slot.min(slots - 1)
    };
    let mut counts = vec![0u64; slots];
    for bucket in &series.buckets {
        counts[slot_of(bucket)] += u64::from(bucket.count);
    }
    let Some(sustained) = first_sustained(&counts) else {
        return steady_start(series, span);
    };
    let at = beginning(&counts, sustained);
    let in_slot = series.buckets.iter().filter(|bucket| slot_of(bucket) == at);
    let bucket = in_slot.min_by_key(|bucket| bucket.first)?;
    let later: u64 = counts[at..].iter().sum();
    let last = series.buckets.iter().map(|bucket| bucket.first).max();
    let length = last.unwrap_or(bucket.first) - bucket.first;
    let interval = length as f64 / later.saturating_sub(1).max(1) as f64;
    let covered = (bucket.first - start) as f64;
    let quiet = covered > 0.0 && covered >= ONSET_QUIET * interval;
    let kind = if quiet {
        OnsetKind::Observed
    } else {
        OnsetKind::AtFileStart
    };
    Some(FoundOnset { bucket, kind })
}

/// Finds the start of lines too few for a rate: absent at first, then steady to the end.
fn steady_start(series: &Series, (start, end): (i64, i64)) -> Option<FoundOnset<'_>> {
    let count = i64::try_from(series.total()).ok()?;
    let bucket = series.buckets.iter().min_by_key(|bucket| bucket.first)?;
    let last = series.buckets.iter().map(|bucket| bucket.first).max()?;
    let interval = (last - bucket.first) / (count - 1).max(1);
    let quiet = (interval as f64 * ONSET_QUIET) as i64;
    let steady = count >= STEADY_MIN && interval > 0 && end - last <= 2 * interval;
    (steady && bucket.first - start >= quiet).then_some(FoundOnset {
        bucket,
        kind: OnsetKind::Observed,
    })
}

/// Returns the first bucket above the threshold whose successors stay above it.
fn first_sustained(counts: &[u64]) -> Option<usize> {
    let mut earlier: Vec<u64> = Vec::with_capacity(counts.len());
    for at in 0..counts.len() {
        let threshold = ONSET_FACTOR * (median(&earlier) + 1.0);
        let run = &counts[at..counts.len().min(at + ONSET_BUCKETS)];
        if run.len() == ONSET_BUCKETS && run.iter().all(|&count| count as f64 > threshold) {
            return Some(at);
        }
        let place = earlier.partition_point(|&known| known < counts[at]);
        earlier.insert(place, counts[at]);
    }
    None
}

/// Returns the slot in which the lines of a sustained slot began.
///
/// Slots before it count that lift the rate above all earlier ones, on average to at least half of
/// the later one; so does the slot in which the lines began late.
fn beginning(counts: &[u64], sustained: usize) -> usize {
    let run = &counts[sustained..counts.len().min(sustained + ONSET_BUCKETS)];
    let rate = run.iter().sum::<u64>() / run.len().max(1) as u64;
    let peak = |slot: usize| counts[..slot].iter().copied().max().unwrap_or(0);
    let (mut from, mut sum, mut silent) = (sustained, 0, 0);
    for slot in (0..sustained).rev() {
        silent = if counts[slot] == 0 { silent + 1 } else { 0 };
        if silent == ONSET_BUCKETS {
            break;
        }
        sum += counts[slot].min(rate);
        let dense = sum * 2 >= rate * (sustained - slot) as u64;
        if dense && counts[slot] > peak(slot) {
            from = slot;
        }
    }
    match from.checked_sub(1) {
        Some(before) if counts[before] > 2 * peak(before) => before,
        _ => from,
    }
}

fn median(sorted: &[u64]) -> f64 {
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[length / 2] as f64,
        length => (sorted[length / 2 - 1] + sorted[length / 2]) as f64 / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event_at;

    const SECOND: i64 = 1_000_000;

    fn series(seconds: impl Iterator<Item = i64>) -> Series {
        let mut series = Series::default();
        seconds.for_each(|second| {
            series.add(second, second * SECOND, &event_at(second * SECOND));
        });
        series
    }

    #[test]
    fn a_series_that_sets_in_after_a_quiet_time_is_observed() {
        let series = series(1800..2400);
        let found = onset(&series, (0, 2400 * SECOND), SECOND).unwrap();
        assert_eq!(found.kind, OnsetKind::Observed);
        assert_eq!(found.bucket.line.time, Some(1800 * SECOND));
    }

    #[test]
    fn a_series_present_from_the_first_line_starts_with_the_file() {
        let series = series(0..600);
        let found = onset(&series, (0, 600 * SECOND), SECOND).unwrap();
        assert_eq!(found.kind, OnsetKind::AtFileStart);
    }

    #[test]
    fn a_rate_that_rises_fourfold_sets_in_at_the_rise() {
        let slow = (0..1200).step_by(10);
        let fast = (1200..2400).flat_map(|second| [second; 4]);
        let series = series(slow.chain(fast));
        let found = onset(&series, (0, 2400 * SECOND), SECOND).unwrap();
        assert_eq!(found.bucket.first, 1200 * SECOND);
    }

    #[test]
    fn one_line_a_second_after_a_clean_start_sets_in_with_the_first() {
        let found = series(80..120);
        let found = onset(&found, (0, 120 * SECOND), SECOND).unwrap();
        assert_eq!(found.kind, OnsetKind::Observed);
        assert_eq!(found.bucket.first, 80 * SECOND);
        let passing = series(80..120);
        assert!(onset(&passing, (0, 300 * SECOND), SECOND).is_none());
    }

    #[test]
    fn an_onset_goes_back_to_the_first_line_of_an_uneven_rate() {
        // Slots of eight seconds: the lines begin late in one, and the third holds few.
        let uneven = (327..335).chain([337, 339, 341, 343]);
        let steady = 344..900;
        let series = series(uneven.chain(steady));
        let found = onset(&series, (0, 960 * SECOND), SECOND).unwrap();
        assert_eq!(found.kind, OnsetKind::Observed);
        assert_eq!(found.bucket.first, 327 * SECOND);
    }

    #[test]
    fn the_beginning_is_the_first_slot_of_the_rise() {
        for (counts, sustained, expected) in [
            (vec![0, 0, 1, 9, 9, 9], 3, 2),
            (vec![0, 0, 1, 6, 4, 9, 9, 9], 5, 2),
            (vec![2, 1, 2, 2, 30, 30, 30], 4, 4),
            (vec![2, 1, 2, 9, 30, 30, 30], 4, 3),
            (vec![90, 0, 0, 0, 9, 9, 9], 4, 4),
            (vec![0, 3, 0, 0, 9, 9, 9], 4, 4),
        ] {
            assert_eq!(beginning(&counts, sustained), expected, "{counts:?}");
        }
    }

    #[test]
    fn rare_lines_have_no_onset() {
        let series = series([5, 900, 1700].into_iter());
        assert!(onset(&series, (0, 2400 * SECOND), SECOND).is_none());
    }
}
