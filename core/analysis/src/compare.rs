//! What differs between good and bad times: templates, configuration, metrics.

mod configuration;
mod metrics;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Template};
use crate::citation::Citation;
use crate::template::MASK;
use configuration::configuration;
use metrics::metrics;

/// Significance below which a difference of counts is chance (χ², one degree, p < 0.001).
const SIGNIFICANT: f64 = 10.83;
/// Standard errors within which a ratio lies, 95 times of 100.
const NORMAL: f64 = 1.96;

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
    /// How many times as frequent the lines are in bad times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_ratio: Option<RateRatio>,
    /// Larger means less likely by chance; of templates it is χ² with one degree of freedom.
    pub significance: f64,
    /// Whether the cited file is one of the good times.
    pub in_good: bool,
    /// Position of the cited file within its side.
    pub file: usize,
    pub citation: Citation,
}

/// The rate of bad times by that of good times: of lines a minute, of all lines where a time is not known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateRatio {
    pub value: f64,
    /// Within which it lies, 95 times of 100.
    pub low: f64,
    pub high: f64,
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
    ConfigAdded,
    ConfigRemoved,
    MetricShifted,
    MetricNew,
    MetricGone,
}

/// A file with its path.
type Named<'a> = (&'a str, &'a Analysis);

/// Ranks what differs between the files of good and of bad times, each given with its path.
///
/// Two versions of a configuration file are told by the end of their paths, else by what they hold.
pub fn compare(good: &[(&str, &Analysis)], bad: &[(&str, &Analysis)]) -> Vec<Difference> {
    let mut differences = configuration(good, bad);
    let (good, bad) = (nameless(good), nameless(bad));
    differences.extend(templates(&good, &bad));
    differences.extend(metrics(&good, &bad));
    differences.sort_by(|a, b| {
        let by_weight = b.significance.total_cmp(&a.significance);
        by_weight.then_with(|| a.subject.cmp(&b.subject))
    });
    differences
}

fn nameless<'a>(side: &[Named<'a>]) -> Vec<&'a Analysis> {
    side.iter().map(|&(_, analysis)| analysis).collect()
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

/// Returns the minutes that the logs of one side cover, those of several once; none if one tells no time.
fn minutes(files: &[&Analysis]) -> Option<f64> {
    let logs = files.iter().filter(|it| !it.templates.is_empty());
    let spans = logs.map(|analysis| {
        let coverage = &analysis.coverage;
        coverage.first_time.zip(coverage.last_time)
    });
    let mut spans = spans.collect::<Option<Vec<_>>>()?;
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
        rate_ratio: RateRatio::of((good, bad), minutes.unwrap_or(totals)),
        significance: (significance * 100.0).round() / 100.0,
        in_good: !row.in_bad,
        file: row.file,
        citation: row.template.example.clone(),
    })
}

impl RateRatio {
    /// The interval is that of the logarithm of two Poisson rates (Rothman, Greenland and Lash, Modern
    /// Epidemiology, 2008).
    fn of((good, bad): (f64, f64), exposed: (f64, f64)) -> Option<Self> {
        if good == 0.0 || bad == 0.0 {
            return None;
        }
        let value = (bad / exposed.1) / (good / exposed.0);
        let factor = (NORMAL * (1.0 / good + 1.0 / bad).sqrt()).exp();
        Some(Self {
            value: rounded(value),
            low: rounded(value / factor),
            high: rounded(value * factor),
        })
    }
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

#[cfg(test)]
mod tests;
