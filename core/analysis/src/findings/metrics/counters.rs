//! Metrics that count: how fast they rise, and how they stand to one another.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Index, about, told};
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;
use crate::fingerprint;
use crate::structured::series::{Anomaly, anomaly};

/// Steps back that a counter takes when its process starts again.
const RESETS_MAX: usize = 3;
/// Counted things from which a change of their rate is worth a word.
const COUNT_MIN: f64 = 10.0;
/// Share of processor periods from which throttling slows a container down.
const THROTTLED_MIN: f64 = 0.25;

/// Returns whether a series counts.
pub(super) fn is_counter(series: &[&Sample]) -> bool {
    const ENDINGS: [&str; 3] = ["_total", "_count", "_sum"];
    let name = &series[0].name;
    if ENDINGS.iter().any(|end| name.ends_with(end)) {
        let falls = series
            .windows(2)
            .filter(|pair| pair[1].value < pair[0].value);
        let falls = falls.count();
        // What goes up and down is an amount, whatever its name.
        return falls <= RESETS_MAX || falls * 20 <= series.len();
    }
    let back = |pair: &&[&Sample]| pair[1].value <= pair[0].value;
    let steps = series.windows(2);
    let falls: Vec<&[&Sample]> = steps.filter(back).collect();
    let from_zero = falls.iter().all(|pair| pair[1].value < pair[0].value * 0.1);
    !falls.is_empty() && falls.len() <= RESETS_MAX && from_zero && series.len() >= 12
}

/// Returns the change of the rate of a counter.
pub(super) fn rate_finding(series: &[&Sample]) -> Option<Finding> {
    let steps = series.windows(2);
    let rates: Vec<f64> = steps
        .map(|pair| increase(pair[0], pair[1]) / seconds(pair[0], pair[1]))
        .collect();
    let Anomaly::Shift { at, before, after } = anomaly(&rates)? else {
        return None;
    };
    let (first, last) = (series[at], series[series.len() - 1]);
    let lasting = seconds(first, last);
    if (after - before).abs() * lasting < COUNT_MIN {
        return None;
    }
    let severity = severity(&first.name, before, after);
    let of = about(first).map_or_else(String::new, |about| format!(" of {about}"));
    let time = first.observed_at.map_or_else(String::new, |time| {
        format!(" from {} on", time.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let statement = format!(
        "{}{of} rises by {} a second instead of {}{time}",
        first.name,
        told(after),
        told(before)
    );
    let cited = vec![series[at + 1].citation.clone(), first.citation.clone()];
    let mut found = finding(FindingKind::LevelShift, severity, &statement, cited);
    let keys = first.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&first.name, keys, "rate");
    found.count = series.len() as u64;
    (found.first_seen, found.last_seen) = (series[at + 1].observed_at, series[at + 1].observed_at);
    found.component = about(first).map(ToOwned::to_owned);
    Some(found)
}

/// More failures, or work that stops, are worth more than work that grows.
fn severity(name: &str, before: f64, after: f64) -> Severity {
    const BAD: [&str; 16] = [
        "error",
        "fail",
        "timeout",
        "timed_out",
        "reject",
        "drop",
        "retr",
        "restart",
        "evict",
        "oom",
        "throttl",
        "abort",
        "deadlock",
        "exception",
        "refused",
        "discard",
    ];
    let name = name.to_ascii_lowercase();
    let is_bad = BAD.iter().any(|word| name.contains(word));
    if (is_bad && after > before) || (!is_bad && after < before * 0.2) {
        Severity::Warn
    } else {
        Severity::Info
    }
}

/// What a counter gained between two samples, from zero after its process started again.
fn increase(before: &Sample, after: &Sample) -> f64 {
    if after.value < before.value {
        after.value
    } else {
        after.value - before.value
    }
}

fn seconds(before: &Sample, after: &Sample) -> f64 {
    let times = before.observed_at.zip(after.observed_at);
    let elapsed = times.map(|(before, after)| (after - before).num_milliseconds() as f64 / 1e3);
    elapsed.filter(|it| *it > 0.0).unwrap_or(1.0)
}

/// What a counter gained in all, or what it shows when it was read once.
pub(super) struct Gain<'a> {
    pub(super) total: f64,
    pub(super) last: &'a Sample,
    pub(super) first_rise: Option<DateTime<Utc>>,
    /// What it gained until each time.
    pub(super) steps: Vec<(Option<DateTime<Utc>>, f64)>,
}

pub(super) fn gains<'a>(samples: &[&'a Sample]) -> Vec<Gain<'a>> {
    let mut series: BTreeMap<&BTreeMap<String, String>, Vec<&'a Sample>> = BTreeMap::new();
    for &sample in samples {
        series.entry(&sample.labels).or_default().push(sample);
    }
    let mut gains = Vec::new();
    for mut samples in series.into_values() {
        samples.sort_by_key(|sample| sample.observed_at);
        let last = samples[samples.len() - 1];
        let rises = samples.windows(2);
        let first_rise = rises.clone().find(|pair| pair[1].value > pair[0].value);
        let steps = rises.map(|pair| (pair[1].observed_at, increase(pair[0], pair[1])));
        let steps: Vec<(Option<DateTime<Utc>>, f64)> = steps.collect();
        let total = match samples.len() {
            1 => last.value,
            _ => steps.iter().map(|(_, gain)| gain).sum(),
        };
        gains.push(Gain {
            total,
            last,
            first_rise: first_rise.and_then(|pair| pair[1].observed_at),
            steps,
        });
    }
    gains
}

/// Returns what counters show together.
pub(super) fn ratios(index: &Index<'_>) -> Vec<Finding> {
    let mut findings = throttled(index);
    findings.extend(restarts(index));
    findings
}

/// Containers that wait for processor time their limit denies them.
fn throttled(index: &Index<'_>) -> Vec<Finding> {
    let denied = gains(index.of("container_cpu_cfs_throttled_periods_total"));
    let periods = gains(index.of("container_cpu_cfs_periods_total"));
    let found = denied.iter().filter_map(|denied| {
        let all = periods.iter().find(|it| it.last.labels == denied.last.labels)?;
        let share = denied.total / all.total;
        if all.total <= COUNT_MIN || share < THROTTLED_MIN {
            return None;
        }
        let whose = about(denied.last).unwrap_or("a container");
        let statement = format!(
            "{whose} is throttled in {:.0} % of its processor periods: its CPU limit is too low for its work",
            share * 100.0
        );
        let severity = if share >= 0.5 { Severity::Error } else { Severity::Warn };
        let cited = [denied.last, all.last];
        Some(of_counters(FindingKind::Saturation, severity, &statement, &cited, denied.first_rise))
    });
    found.collect()
}

/// Containers that started again while they were watched.
fn restarts(index: &Index<'_>) -> Vec<Finding> {
    let samples = index.of("kube_pod_container_status_restarts_total");
    let watched = gains(samples)
        .into_iter()
        .filter(|gain| gain.first_rise.is_some());
    let found = watched.filter(|gain| gain.total >= 1.0).map(|gain| {
        let whose = about(gain.last).unwrap_or("a container");
        let severity = if gain.total >= 3.0 {
            Severity::Error
        } else {
            Severity::Warn
        };
        let statement = format!("{whose} was started again, {} more times", gain.total);
        of_counters(
            FindingKind::RestartLoop,
            severity,
            &statement,
            &[gain.last],
            gain.first_rise,
        )
    });
    found.collect()
}

pub(super) fn of_counters(
    kind: FindingKind,
    severity: Severity,
    statement: &str,
    cited: &[&Sample],
    since: Option<DateTime<Utc>>,
) -> Finding {
    let last = cited[0];
    let citations = cited.iter().map(|it| it.citation.clone()).collect();
    let mut found = finding(kind, severity, statement, citations);
    let keys = last.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&last.name, keys, "counted");
    (found.first_seen, found.last_seen) = (since.or(last.observed_at), last.observed_at);
    found.component = about(last).map(ToOwned::to_owned);
    found
}
