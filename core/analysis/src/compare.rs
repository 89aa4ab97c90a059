//! What differs between good and bad times: templates, configuration, metrics.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Template};
use crate::citation::Citation;
use crate::template::MASK;

/// Significance below which a difference of counts is chance (χ², one degree, p < 0.001).
const SIGNIFICANT: f64 = 10.83;
/// Shift of a metric that is told, in units of its earlier spread.
const SHIFT: f64 = 3.0;

/// One difference, most significant first in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub kind: DifferenceKind,
    /// Template, key path or metric with its labels.
    pub subject: String,
    /// Lines, values or mean in good times.
    pub good: String,
    /// The same in bad times.
    pub bad: String,
    /// Lines a minute in good and in bad times, where the times of both are known.
    pub per_minute: Option<(f64, f64)>,
    /// Larger means less likely by chance.
    pub significance: f64,
    /// Whether the cited file is one of the good times.
    pub in_good: bool,
    /// Position of the cited file within its side.
    pub file: usize,
    pub citation: Citation,
}

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    TemplateNew,
    TemplateGone,
    TemplateMore,
    TemplateLess,
    ConfigChanged,
    MetricShifted,
}

/// Ranks what differs between the files of good and of bad times.
pub fn compare(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let mut differences = templates(good, bad);
    differences.extend(configuration(good, bad));
    differences.extend(metrics(good, bad));
    differences.sort_by(|a, b| {
        let by_weight = b.significance.total_cmp(&a.significance);
        by_weight.then_with(|| a.subject.cmp(&b.subject))
    });
    differences
}

/// Lines of one template on both sides.
struct Both<'a> {
    template: &'a Template,
    file: usize,
    in_bad: bool,
    good: u64,
    bad: u64,
}

fn templates(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let mut rows: Vec<Both<'_>> = Vec::new();
    let mut by_signature: BTreeMap<&str, usize> = BTreeMap::new();
    for (in_bad, files) in [(true, bad), (false, good)] {
        for (file, analysis) in files.iter().enumerate() {
            for template in &analysis.templates {
                let known = by_signature.get(template.signature.as_str()).copied();
                let at = known
                    .or_else(|| alike(&rows, template))
                    .unwrap_or(rows.len());
                by_signature.insert(&template.signature, at);
                if at == rows.len() {
                    rows.push(Both {
                        template,
                        file,
                        in_bad,
                        good: 0,
                        bad: 0,
                    });
                }
                let row = &mut rows[at];
                let side = if in_bad { &mut row.bad } else { &mut row.good };
                *side += template.count;
            }
        }
    }
    let total = |files: &[&Analysis]| {
        files
            .iter()
            .map(|analysis| lines(analysis))
            .sum::<u64>()
            .max(1) as f64
    };
    let totals = (total(good), total(bad));
    let minutes = minutes(good).zip(minutes(bad));
    rows.iter()
        .filter_map(|row| difference(row, totals, minutes))
        .collect()
}

/// Returns the minutes that the files of one side cover, those of several files once.
fn minutes(files: &[&Analysis]) -> Option<f64> {
    let spans = files.iter().map(|analysis| {
        let coverage = &analysis.coverage;
        coverage.first_time.zip(coverage.last_time)
    });
    let mut spans: Vec<_> = spans.flatten().collect();
    spans.sort();
    let (mut covered, mut until) = (TimeDelta::zero(), None);
    for (first, last) in spans {
        let from = until.map_or(first, |until| first.max(until));
        covered += (last - from).max(TimeDelta::zero());
        until = until.max(Some(last));
    }
    let minutes = covered.num_milliseconds() as f64 / 60_000.0;
    (minutes > 0.0).then_some(minutes)
}

/// Finds the template that covers another one with its wildcards, or is covered by it.
fn alike(rows: &[Both<'_>], template: &Template) -> Option<usize> {
    rows.iter().position(|row| {
        covers(&row.template.text, &template.text) || covers(&template.text, &row.template.text)
    })
}

fn covers(wide: &str, narrow: &str) -> bool {
    if wide.split(' ').count() != narrow.split(' ').count() || !wide.contains(MASK) {
        return false;
    }
    let mut fixed = 0;
    let fits = wide
        .split(' ')
        .zip(narrow.split(' '))
        .all(|(pattern, word)| {
            fixed += usize::from(pattern == word && pattern != MASK);
            pattern == word || pattern == MASK
        });
    fits && fixed > 0
}

fn lines(analysis: &Analysis) -> u64 {
    analysis
        .templates
        .iter()
        .map(|template| template.count)
        .sum()
}

fn difference(
    row: &Both<'_>,
    totals: (f64, f64),
    minutes: Option<(f64, f64)>,
) -> Option<Difference> {
    let (good, bad) = (row.good as f64, row.bad as f64);
    let significance = log_likelihood(good, bad, totals);
    let kind = match (row.good, row.bad) {
        (0, _) => DifferenceKind::TemplateNew,
        (_, 0) => DifferenceKind::TemplateGone,
        _ if bad / totals.1 > good / totals.0 => DifferenceKind::TemplateMore,
        _ => DifferenceKind::TemplateLess,
    };
    // A single new error counts although one line proves nothing by number.
    let telling = kind == DifferenceKind::TemplateNew && row.template.levels.errors() > 0;
    (significance >= SIGNIFICANT || telling).then(|| Difference {
        kind,
        subject: row.template.text.clone(),
        good: format!("{} lines", row.good),
        bad: format!("{} lines", row.bad),
        per_minute: minutes.map(|of| (rounded(good / of.0), rounded(bad / of.1))),
        significance: (significance * 100.0).round() / 100.0,
        in_good: !row.in_bad,
        file: row.file,
        citation: row.template.example.clone(),
    })
}

fn rounded(rate: f64) -> f64 {
    (rate * 1_000.0).round() / 1_000.0
}

/// Log-likelihood ratio of two counts (Dunning, Computational Linguistics 1993).
fn log_likelihood(good: f64, bad: f64, totals: (f64, f64)) -> f64 {
    let share = (good + bad) / (totals.0 + totals.1);
    let part = |count: f64, total: f64| {
        let expected = share * total;
        if count > 0.0 {
            count * (count / expected).ln()
        } else {
            0.0
        }
    };
    2.0 * (part(good, totals.0) + part(bad, totals.1)).max(0.0)
}

fn configuration(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    for value in good.iter().flat_map(|analysis| &analysis.values) {
        before.insert(&value.path, &value.value);
    }
    let mut differences = Vec::new();
    for (file, analysis) in bad.iter().enumerate() {
        for value in &analysis.values {
            let Some(known) = before.get(value.path.as_str()) else {
                continue;
            };
            if *known != value.value {
                differences.push(Difference {
                    kind: DifferenceKind::ConfigChanged,
                    subject: value.path.clone(),
                    good: (*known).to_owned(),
                    bad: value.value.clone(),
                    per_minute: None,
                    significance: SIGNIFICANT * 2.0,
                    in_good: false,
                    file,
                    citation: value.citation.clone(),
                });
            }
        }
    }
    differences
}

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

fn metrics(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let mut before: BTreeMap<String, Moments> = BTreeMap::new();
    for sample in good.iter().flat_map(|analysis| &analysis.samples) {
        let series = before
            .entry(series_name(&sample.name, &sample.labels))
            .or_default();
        series.add(sample.value);
    }
    let mut after: BTreeMap<String, (Moments, usize, &Citation)> = BTreeMap::new();
    for (file, analysis) in bad.iter().enumerate() {
        for sample in &analysis.samples {
            let name = series_name(&sample.name, &sample.labels);
            let series = after
                .entry(name)
                .or_insert_with(|| (Moments::default(), file, &sample.citation));
            series.0.add(sample.value);
        }
    }
    let shifted = after
        .into_iter()
        .filter_map(|(subject, (bad, file, citation))| {
            let good = before.get(&subject)?;
            let shift = (bad.mean() - good.mean()).abs() / good.spread();
            (shift >= SHIFT).then(|| Difference {
                kind: DifferenceKind::MetricShifted,
                subject,
                good: format!("{:.6}", good.mean()),
                bad: format!("{:.6}", bad.mean()),
                per_minute: None,
                significance: (shift.min(1e6) * 100.0).round() / 100.0,
                in_good: false,
                file,
                citation: citation.clone(),
            })
        });
    shifted.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::analyze;
    use crate::options::Options;

    fn log(errors: usize, served: usize) -> Analysis {
        let mut text = String::new();
        for at in 0..served {
            text.push_str(&format!(
                "2025-03-04T10:{:02}:00Z INFO api: served {at} in 5 ms\n",
                at % 60
            ));
        }
        for at in 0..errors {
            text.push_str(&format!(
                "2025-03-04T10:{:02}:30Z ERROR api: upstream {at} timed out\n",
                at % 60
            ));
        }
        analyze(text.as_bytes(), Options::default())
    }

    #[test]
    fn what_is_new_gone_or_more_frequent_is_ranked_and_the_rest_is_not_told() {
        let found = compare(&[&log(0, 100)], &[&log(30, 100)]);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].kind, DifferenceKind::TemplateNew);
        assert_eq!(
            (found[0].good.as_str(), found[0].bad.as_str()),
            ("0 lines", "30 lines")
        );
        // The good log covers an hour but for a minute, the bad one half a minute more.
        assert_eq!(found[0].per_minute, Some((0.0, 0.508)));
        let found = compare(&[&log(30, 100)], &[&log(0, 100)]);
        assert_eq!(found[0].kind, DifferenceKind::TemplateGone);
        let found = compare(&[&log(2, 100)], &[&log(90, 100)]);
        assert_eq!(found[0].kind, DifferenceKind::TemplateMore);
        assert!(compare(&[&log(3, 100)], &[&log(4, 110)]).is_empty());
        assert!(
            !compare(&[&log(0, 1000)], &[&log(1, 1000)]).is_empty(),
            "one new error"
        );
    }

    #[test]
    fn configuration_and_metrics_are_compared_by_key() {
        let read = |text: &str| analyze(text.as_bytes(), Options::default());
        let found = compare(
            &[
                &read("db:\n  pool: 50\n  host: a\n"),
                &read("up{job=\"a\"} 1\nqueue_length 3\nrate 5\n"),
            ],
            &[
                &read("db:\n  pool: 5\n  host: a\n"),
                &read("up{job=\"a\"} 1\nqueue_length 900\nrate 5\n"),
            ],
        );
        let told: Vec<(DifferenceKind, &str)> = found
            .iter()
            .map(|it| (it.kind, it.subject.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (DifferenceKind::MetricShifted, "queue_length"),
                (DifferenceKind::ConfigChanged, "db.pool")
            ]
        );
    }
}
