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

    fn named(name: &str, text: &str) -> Analysis {
        let options = Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        };
        analyze(text.as_bytes(), options)
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
        let ratio = found[0].rate_ratio.unwrap();
        assert!((40.0..50.0).contains(&ratio.value), "{ratio:?}");
        assert!(ratio.low > 10.0 && ratio.high < 200.0, "{ratio:?}");
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

    #[test]
    fn namesakes_are_paired_before_files_alike() {
        let text = "db:\n  pool: 50\n  host: a\n";
        let good = [named("good/web.yaml", text), named("good/cart.yaml", text)];
        let bad = [
            named("bad/cart.yaml", text),
            named("bad/web.yaml", &text.replace("50", "5")),
        ];
        let found = compare(&[&good[0], &good[1]], &[&bad[0], &bad[1]]);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].subject.as_str(), found[0].file), ("db.pool", 1));
    }

    #[test]
    fn keys_and_metrics_that_come_or_go_are_told_file_by_file() {
        let good = [
            named("cart.yaml", "db:\n  pool: 50\n  retries: 3\nport: 80\n"),
            named("web.yaml", "db:\n  pool: 7\nport: 80\n"),
            named("m.prom", "up{job=\"a\"} 1\nqueue_length 3\njobs_done 5\n"),
        ];
        let bad = [
            named("web.yaml", "db:\n  pool: 7\nport: 80\n"),
            named("cart.yaml", "db:\n  pool: 50\n  timeout: 1s\nport: 80\n"),
            named(
                "m.prom",
                "up{job=\"a\"} 1\nqueue_length 3\njobs_failed{pod=\"a\"} 9\n",
            ),
        ];
        let found = compare(
            &good.iter().collect::<Vec<_>>(),
            &bad.iter().collect::<Vec<_>>(),
        );
        let told: Vec<String> = found
            .iter()
            .map(|it| format!("{:?} {}: {} to {}", it.kind, it.subject, it.good, it.bad))
            .collect();
        assert_eq!(
            told,
            [
                "ConfigRemoved db.retries: 3 to not set",
                "ConfigAdded db.timeout: not set to 1s",
                "MetricGone jobs_done: 1 series, 5.000000 to no value",
                "MetricNew jobs_failed: no value to 1 series, 9.000000",
            ]
        );
        assert_eq!((found[0].in_good, found[0].file), (true, 0));
        assert_eq!((found[1].in_good, found[1].file), (false, 1));
    }
}
