//! Numeric series: spikes, level shifts and flat lines by robust statistics.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::analysis::Sample;

const POINTS_MIN: usize = 12;
const SPIKE_SPREADS: f64 = 8.0;
const SHIFT_SPREADS: f64 = 6.0;
/// Spreads, and values in a row, from which values have left their usual level.
const STRETCH_SPREADS: f64 = 4.0;
const STRETCH_MIN: usize = 4;
/// A stretch has passed when what is as before is as long as this part of it.
const PASSED_SHARE: usize = 5;
/// Share by which a series that grows steadily grows at least.
const GROWTH_MIN: f64 = 0.25;
/// Values that are missing in a row from which it is worth a word.
const HOLE_STEPS: i32 = 5;

/// What stands out in one series, with the sample that shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Anomaly {
    Spike {
        at: usize,
        typical: f64,
    },
    Drop {
        at: usize,
        typical: f64,
    },
    Shift {
        at: usize,
        before: f64,
        after: f64,
    },
    /// Values far from the usual ones for a while, which then come back.
    Stretch {
        from: usize,
        until: usize,
        level: f64,
        typical: f64,
    },
}

/// Returns where values begin that differ from the one before, the first value among them.
pub(crate) fn runs(values: &[f64]) -> Vec<usize> {
    let begins = |at: &usize| *at == 0 || values[*at] != values[*at - 1];
    (0..values.len()).filter(begins).collect()
}

/// Returns the usual values of two series of one thing, where they differ by far.
pub(crate) fn other_level(before: &[f64], after: &[f64]) -> Option<(f64, f64)> {
    if before.len() < POINTS_MIN || after.len() < POINTS_MIN {
        return None;
    }
    let (old, new) = (median(before), median(after));
    let noise = spread(before, old).max(spread(after, new));
    let is_far = (new - old).abs() > SHIFT_SPREADS * noise;
    let relative = (new - old).abs() >= 0.5 * old.abs().max(new.abs());
    (is_far && relative).then_some((old, new))
}

/// Samples of one name and label set, in order of time.
pub(crate) fn group(samples: &[Sample]) -> Vec<Vec<&Sample>> {
    let mut groups: BTreeMap<(&str, &BTreeMap<String, String>), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        groups
            .entry((&sample.name, &sample.labels))
            .or_default()
            .push(sample);
    }
    let mut groups: Vec<Vec<&Sample>> = groups
        .into_values()
        .filter(|group| group.len() >= POINTS_MIN)
        .collect();
    // Some answers tell the newest value first, or none in order.
    for group in &mut groups {
        if group.iter().all(|sample| sample.observed_at.is_some()) {
            group.sort_by_key(|sample| sample.observed_at);
        }
    }
    groups
}

/// Returns the first and the last level of a series that grows steadily, as a leak does.
pub(crate) fn growth(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < POINTS_MIN {
        return None;
    }
    let part = (values.len() / 6).max(2);
    let before = median(&values[..part]);
    let after = median(&values[values.len() - part..]);
    let gain = after - before;
    let rises = gain >= GROWTH_MIN * before.abs() && gain > 0.0;
    let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let largest = steps().fold(0.0, f64::max);
    // Level by level: each sixth of the series lies above the one before.
    let levels: Vec<f64> = values.chunks(part).map(median).collect();
    let climbs = levels.windows(2).all(|pair| pair[1] > pair[0]);
    let falls = steps().fold(0.0, |most: f64, step| most.max(-step));
    (rises && climbs && largest <= gain * 0.4 && falls <= gain * 0.4).then_some((before, after))
}

/// A stretch in which a regular series has no value: the samples around it, and the usual step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hole<'a> {
    pub(crate) before: &'a Sample,
    pub(crate) after: &'a Sample,
    pub(crate) step: TimeDelta,
}

/// Returns the longest hole in a series whose values come at regular times.
pub(crate) fn hole<'a>(series: &[&'a Sample]) -> Option<Hole<'a>> {
    let times: Option<Vec<DateTime<Utc>>> = series.iter().map(|it| it.observed_at).collect();
    let steps: Vec<TimeDelta> = times?.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut sorted = steps.clone();
    sorted.sort();
    let step = *sorted.get(sorted.len() / 2)?;
    let is_regular = |it: &&TimeDelta| **it * 2 >= step && **it <= step * 3 / 2;
    let regular = steps.iter().filter(is_regular).count();
    let (at, longest) = steps.iter().enumerate().max_by_key(|(_, step)| **step)?;
    let is_hole = step > TimeDelta::zero() && *longest >= step * HOLE_STEPS;
    (is_hole && regular * 10 >= steps.len() * 8).then(|| Hole {
        before: series[at],
        after: series[at + 1],
        step,
    })
}

/// Returns what stands out in a series of values.
pub(crate) fn anomaly(values: &[f64]) -> Option<Anomaly> {
    if values.len() < POINTS_MIN || is_counter(values) {
        return None;
    }
    if let Some(shift) = shift(values) {
        return Some(shift);
    }
    let typical = median(values);
    let spread = spread(values, typical);
    let (at, value) = values
        .iter()
        .enumerate()
        .max_by(|a, b| (a.1 - typical).abs().total_cmp(&(b.1 - typical).abs()))?;
    if (value - typical).abs() <= SPIKE_SPREADS * spread {
        return None;
    }
    let (from, until) = stretch(values, at, |it| {
        (it - typical) * (value - typical).signum() > STRETCH_SPREADS * spread
    });
    if until - from + 1 >= STRETCH_MIN {
        let level = median(&values[from..=until]);
        return Some(Anomaly::Stretch {
            from,
            until,
            level,
            typical,
        });
    }
    if *value > typical {
        Some(Anomaly::Spike { at, typical })
    } else {
        Some(Anomaly::Drop { at, typical })
    }
}

/// Returns the first and the last of the values around one that are as far away.
fn stretch(values: &[f64], at: usize, is_far: impl Fn(f64) -> bool) -> (usize, usize) {
    let before = values[..at].iter().rev().take_while(|it| is_far(**it));
    let after = values[at + 1..].iter().take_while(|it| is_far(**it));
    (at - before.count(), at + after.count())
}

/// A value that only grows counts something; its level says nothing.
fn is_counter(values: &[f64]) -> bool {
    let rising = values.windows(2).all(|pair| pair[0] <= pair[1]);
    rising
        && values.first() != values.last()
        && values.windows(2).filter(|p| p[0] < p[1]).count() * 3 > values.len()
}

fn shift(values: &[f64]) -> Option<Anomaly> {
    let margin = (values.len() / 6).max(4);
    let at = (margin..=values.len() - margin)
        .map(|at| (contrast(values, at), at))
        .max_by(|a, b| a.0.total_cmp(&b.0))?
        .1;
    let (before, after) = (median(&values[..at]), median(&values[at..]));
    let noise = spread(&values[..at], before).max(spread(&values[at..], after));
    let score = (after - before).abs() / noise;
    let relative = (after - before).abs() > 0.25 * before.abs().max(after.abs());
    (score > SHIFT_SPREADS && relative)
        .then(|| passed(values, at, before, after).unwrap_or(Anomaly::Shift { at, before, after }))
}

/// Returns the stretch between a shift and its undoing, at the beginning or the end of the values.
fn passed(values: &[f64], at: usize, before: f64, after: f64) -> Option<Anomaly> {
    let is_after = |it: &f64| (it - after).abs() < (it - before).abs();
    let leading = values[..at].iter().take_while(|it| is_after(it)).count();
    let trailing = values[at..].iter().rev();
    let trailing = trailing.take_while(|it| !is_after(it)).count();
    // A short beginning or end may be a start, or what is still going on.
    let is_run = |run: usize, rest: usize| run >= STRETCH_MIN && run * PASSED_SHARE >= rest;
    if is_run(leading, at - leading) {
        return Some(Anomaly::Stretch {
            from: leading,
            until: at - 1,
            level: before,
            typical: after,
        });
    }
    is_run(trailing, values.len() - at - trailing).then(|| Anomaly::Stretch {
        from: at,
        until: values.len() - 1 - trailing,
        level: after,
        typical: before,
    })
}

/// Sum of squares that a split into two means explains.
fn contrast(values: &[f64], at: usize) -> f64 {
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let difference = mean(&values[at..]) - mean(&values[..at]);
    difference * difference * at as f64 * (values.len() - at) as f64
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// Median absolute deviation, never zero.
fn spread(values: &[f64], center: f64) -> f64 {
    let deviations: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    (median(&deviations) * 1.4826)
        .max(center.abs() * 0.02)
        .max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_growth_is_told_from_steps_waves_and_noise() {
        let wave = |at: u32| f64::from(at * 7 % 5);
        let of = |value: &dyn Fn(u32) -> f64| (0..60).map(value).collect::<Vec<f64>>();
        let leak = of(&|at| 200.0 + f64::from(at) * 8.0 + wave(at));
        let (before, after) = growth(&leak).unwrap();
        assert!(before < 250.0 && after > 600.0, "{before} {after}");
        assert_eq!(growth(&of(&|at| 200.0 + wave(at))), None);
        assert_eq!(growth(&of(&|at| if at < 30 { 200.0 } else { 700.0 })), None);
        assert_eq!(growth(&of(&|at| 200.0 + f64::from(at % 10) * 30.0)), None);
        assert_eq!(growth(&of(&|at| 900.0 - f64::from(at))), None);
    }

    #[test]
    fn a_shift_a_spike_and_noise_are_told_apart() {
        let noise: Vec<f64> = (0..60).map(|at| 100.0 + f64::from(at * 7 % 11)).collect();
        assert_eq!(anomaly(&noise), None);
        let mut spiked = noise.clone();
        spiked[30] = 900.0;
        assert!(matches!(
            anomaly(&spiked),
            Some(Anomaly::Spike { at: 30, .. })
        ));
        let mut raised = noise.clone();
        raised[20..30].fill(400.0);
        assert!(matches!(
            anomaly(&raised),
            Some(Anomaly::Stretch {
                from: 20,
                until: 29,
                ..
            })
        ));
        let mut passed = noise.clone();
        passed[6..34].fill(400.0);
        let stretch = |values: &[f64]| match anomaly(values) {
            Some(Anomaly::Stretch { from, until, .. }) => (from, until),
            other => panic!("{other:?}"),
        };
        assert_eq!(stretch(&passed), (6, 33));
        passed.reverse();
        assert_eq!(stretch(&passed), (26, 53));
        let shifted: Vec<f64> = noise
            .iter()
            .enumerate()
            .map(|(at, v)| if at < 40 { *v } else { v * 4.0 })
            .collect();
        assert!(matches!(
            anomaly(&shifted),
            Some(Anomaly::Shift { at: 40, .. })
        ));
        let counter: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(anomaly(&counter), None);
    }
}
