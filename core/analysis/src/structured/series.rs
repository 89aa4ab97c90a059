//! Numeric series: spikes, level shifts and flat lines by robust statistics.

use std::collections::BTreeMap;

use crate::analysis::Sample;

const POINTS_MIN: usize = 12;
const SPIKE_SPREADS: f64 = 8.0;
const SHIFT_SPREADS: f64 = 6.0;

/// What stands out in one series, with the sample that shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Anomaly {
    Spike { at: usize, typical: f64 },
    Drop { at: usize, typical: f64 },
    Shift { at: usize, before: f64, after: f64 },
}

/// Samples of one name and label set, in file order.
pub(crate) fn group(samples: &[Sample]) -> Vec<Vec<&Sample>> {
    let mut groups: BTreeMap<(&str, &BTreeMap<String, String>), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        groups
            .entry((&sample.name, &sample.labels))
            .or_default()
            .push(sample);
    }
    groups
        .into_values()
        .filter(|group| group.len() >= POINTS_MIN)
        .collect()
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
    if *value > typical {
        Some(Anomaly::Spike { at, typical })
    } else {
        Some(Anomaly::Drop { at, typical })
    }
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
    (score > SHIFT_SPREADS && relative).then_some(Anomaly::Shift { at, before, after })
}

/// Sum of squares that a split into two means explains.
fn contrast(values: &[f64], at: usize) -> f64 {
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let difference = mean(&values[at..]) - mean(&values[..at]);
    difference * difference * at as f64 * (values.len() - at) as f64
}

fn median(values: &[f64]) -> f64 {
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
    fn a_shift_a_spike_and_noise_are_told_apart() {
        let noise: Vec<f64> = (0..60).map(|at| 100.0 + f64::from(at * 7 % 11)).collect();
        assert_eq!(anomaly(&noise), None);
        let mut spiked = noise.clone();
        spiked[30] = 900.0;
        assert!(matches!(
            anomaly(&spiked),
            Some(Anomaly::Spike { at: 30, .. })
        ));
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
