//! Metrics of good and of bad times.

use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, DifferenceKind, SIGNIFICANT};
use crate::analysis::Analysis;
use crate::citation::Citation;

/// Shift of a metric that is told, in units of its earlier spread.
const SHIFT: f64 = 3.0;

/// Count, sum and sum of squares of a series.
#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    /// Spread around the mean, at least a tenth of it where a series hardly varies.
    fn spread(&self) -> f64 {
        let variance = self.squares / self.count.max(1.0) - self.mean() * self.mean();
        variance
            .max(0.0)
            .sqrt()
            .max(self.mean().abs() / 10.0)
            .max(1e-9)
    }
}

/// Returns the metrics whose average shifts, and those that only one side has.
pub(super) fn metrics(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let (before, after) = (series(good), series(bad));
    let mut differences: Vec<Difference> = after
        .iter()
        .filter_map(|(subject, is)| shifted(subject, before.get(subject)?, is))
        .collect();
    // Who sends no metrics at all has not lost them.
    if !before.is_empty() && !after.is_empty() {
        differences.extend(lone(&after, &before, DifferenceKind::MetricNew));
        differences.extend(lone(&before, &after, DifferenceKind::MetricGone));
    }
    differences
}

/// A series with the place of its first value.
struct Series<'a> {
    name: &'a str,
    moments: Moments,
    file: usize,
    citation: &'a Citation,
}

fn series<'a>(files: &[&'a Analysis]) -> BTreeMap<String, Series<'a>> {
    let mut known: BTreeMap<String, Series<'a>> = BTreeMap::new();
    for (file, analysis) in files.iter().enumerate() {
        for sample in &analysis.samples {
            let name = series_name(&sample.name, &sample.labels);
            let series = known.entry(name).or_insert_with(|| Series {
                name: &sample.name,
                moments: Moments::default(),
                file,
                citation: &sample.citation,
            });
            series.moments.add(sample.value);
        }
    }
    known
}

fn shifted(subject: &str, was: &Series<'_>, is: &Series<'_>) -> Option<Difference> {
    let (good, bad) = (&was.moments, &is.moments);
    let shift = (bad.mean() - good.mean()).abs() / good.spread();
    (shift >= SHIFT).then(|| Difference {
        kind: DifferenceKind::MetricShifted,
        subject: subject.to_owned(),
        good: format!("{:.6}", good.mean()),
        bad: format!("{:.6}", bad.mean()),
        per_minute: None,
        rate_ratio: None,
        significance: (shift.min(1e6) * 100.0).round() / 100.0,
        in_good: false,
        file: is.file,
        citation: is.citation.clone(),
    })
}

/// Metrics of one side that the other has under no labels at all: labels name pods that come and go.
fn lone(
    own: &BTreeMap<String, Series<'_>>,
    others: &BTreeMap<String, Series<'_>>,
    kind: DifferenceKind,
) -> Vec<Difference> {
    let known: BTreeSet<&str> = others.values().map(|it| it.name).collect();
    let mut lone: BTreeMap<&str, (&Series<'_>, usize)> = BTreeMap::new();
    for series in own.values().filter(|it| !known.contains(it.name)) {
        lone.entry(series.name).or_insert((series, 0)).1 += 1;
    }
    let in_good = kind == DifferenceKind::MetricGone;
    let told = |(name, (series, count)): (&str, (&Series<'_>, usize))| {
        let has = format!("{count} series, {:.6}", series.moments.mean());
        let (good, bad) = match in_good {
            true => (has, "no value".to_owned()),
            false => ("no value".to_owned(), has),
        };
        Difference {
            kind,
            subject: name.to_owned(),
            good,
            bad,
            per_minute: None,
            rate_ratio: None,
            significance: SIGNIFICANT,
            in_good,
            file: series.file,
            citation: series.citation.clone(),
        }
    };
    lone.into_iter().map(told).collect()
}

fn series_name(name: &str, labels: &BTreeMap<String, String>) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if labels.is_empty() {
        name.to_owned()
    } else {
        format!("{name}{{{}}}", labels.join(","))
    }
}
