//! Findings about metrics: what is at its limit, what rises or falls, what fails.

mod caches;
mod counters;
mod exhausted;
mod failures;
mod flat;
mod limits;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{finding, series, shorten};
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::series::{Anomaly, anomaly, group, growth};

/// Saturation of limited resources, and anomalies of series.
pub(super) fn metrics(samples: &[Sample]) -> Vec<Finding> {
    let index = Index::new(samples);
    let mut findings: Vec<Finding> = samples
        .iter()
        .filter_map(|sample| saturation(sample, &index))
        .collect();
    findings.extend(limits::reached(&index));
    findings.extend(counters::ratios(&index));
    findings.extend(failures::failed(&index));
    findings.extend(caches::misses(&index));
    let groups = group(samples);
    let mut unremarkable = Vec::new();
    for series in &groups {
        match series_finding(series) {
            Some(found) => findings.push(found),
            None => unremarkable.push(series.as_slice()),
        }
    }
    findings.extend(flat::lines(&groups, &unremarkable));
    findings.extend(series::replaced(&groups));
    findings.extend(series::holes(&groups));
    findings
}

type Labels = BTreeMap<String, String>;

/// Samples by the name of their metric, and by name, labels and time.
#[derive(Debug)]
struct Index<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Sample>>,
    by_moment: HashMap<(&'a str, &'a Labels, Option<DateTime<Utc>>), &'a Sample>,
}

impl<'a> Index<'a> {
    fn new(samples: &'a [Sample]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
        let mut by_moment = HashMap::new();
        for sample in samples {
            by_name.entry(&sample.name).or_default().push(sample);
            let moment = (sample.name.as_str(), &sample.labels, sample.observed_at);
            by_moment.entry(moment).or_insert(sample);
        }
        Self { by_name, by_moment }
    }

    fn of(&self, name: &str) -> &[&'a Sample] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the sample of another metric with the same labels and time.
    fn beside(&self, sample: &Sample, name: &str) -> Option<&'a Sample> {
        let moment = (name, &sample.labels, sample.observed_at);
        self.by_moment.get(&moment).copied()
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.by_name.keys().copied()
    }
}

/// Returns a number as a person reads it.
fn told(number: f64) -> String {
    let digits = match number.abs() {
        100.0.. => 0,
        1.0.. => 1,
        _ => 3,
    };
    let written = format!("{number:.digits$}");
    match written.contains('.') {
        true => written
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        false => written,
    }
}

/// A used amount that equals the limit of the same resource.
fn saturation(sample: &Sample, index: &Index<'_>) -> Option<Finding> {
    const USED: [&str; 5] = ["_active", "_in_use", "_used", "_busy", "_borrowed"];
    const LIMITS: [&str; 5] = ["_max", "_limit", "_capacity", "_max_size", "_size"];
    let stem = USED
        .iter()
        .find_map(|suffix| sample.name.strip_suffix(suffix))?;
    let other = |suffixes: &[&str]| {
        let mut names = suffixes.iter().map(|suffix| format!("{stem}{suffix}"));
        names.find_map(|name| index.beside(sample, &name))
    };
    let limit = other(&LIMITS)?;
    if limit.value <= 0.0 || sample.value < limit.value {
        return None;
    }
    let waiting = other(&["_pending", "_waiting", "_queued", "_pending_threads"]);
    let queue = waiting.filter(|waiting| waiting.value > 0.0);
    let tail = queue.map_or_else(String::new, |waiting| {
        format!(", {} waiting", waiting.value)
    });
    let statement = format!(
        "{} is at its limit: {} of {}{tail}",
        stem, sample.value, limit.value
    );
    let severity = if queue.is_some() {
        Severity::Error
    } else {
        Severity::Warn
    };
    let mut citations = vec![sample.citation.clone(), limit.citation.clone()];
    citations.extend(queue.map(|waiting| waiting.citation.clone()));
    let mut found = finding(FindingKind::Saturation, severity, &statement, citations);
    found.signature =
        fingerprint::metric(stem, sample.labels.keys().map(String::as_str), "saturation");
    (found.first_seen, found.last_seen) = (sample.observed_at, sample.observed_at);
    Some(found)
}

fn series_finding(series: &[&Sample]) -> Option<Finding> {
    if let Some(state) = exhausted::state(series) {
        return Some(state);
    }
    if counters::is_counter(series) {
        return counters::rate_finding(series);
    }
    let values: Vec<f64> = series.iter().map(|sample| sample.value).collect();
    if let Some(growth) = growth(&values).filter(|_| series::may_leak(&series[0].name)) {
        return Some(series::growth_finding(series, growth));
    }
    let anomaly = anomaly(&values)?;
    let (kind, (at, until), statement) = told_anomaly(series, &anomaly);
    let sample = series[at];
    let time = sample.observed_at.map_or_else(String::new, |time| {
        format!(" at {}", time.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let about = about(sample);
    let of = about.map_or_else(String::new, |about| format!(" of {about}"));
    let result = result(sample);
    let statement = format!("{}{of}{result} {statement}{time}", sample.name);
    let mut found = finding(
        kind,
        match gets_better(&sample.name, &anomaly) || scales_out(&sample.name, &anomaly) {
            true => Severity::Info,
            false => Severity::Warn,
        },
        &statement,
        vec![sample.citation.clone()],
    );
    found.signature = fingerprint::metric(
        &sample.name,
        sample.labels.keys().map(String::as_str),
        kind.as_str(),
    );
    found.count = series.len() as u64;
    (found.first_seen, found.last_seen) = (sample.observed_at, series[until].observed_at);
    found.component = about.map(ToOwned::to_owned);
    Some(found)
}

/// Returns the result of the requests that a series counts, where a label tells it.
fn result(sample: &Sample) -> String {
    const RESULTS: [&str; 6] = [
        "code",
        "status",
        "status_code",
        "http_status",
        "result",
        "outcome",
    ];
    let label = RESULTS
        .iter()
        .find_map(|name| sample.labels.get_key_value(*name));
    label.map_or_else(String::new, |(name, value)| {
        format!(" ({name} {})", shorten(value, 20))
    })
}

/// Returns whether what should be little becomes less for good, or what is left becomes more.
fn gets_better(name: &str, anomaly: &Anomaly) -> bool {
    const LEFT: [&str; 10] = [
        "avail",
        "available",
        "free",
        "remaining",
        "headroom",
        "ready",
        "healthy",
        "up",
        "slaves",
        "success",
    ];
    const UNWANTED: [&str; 10] = [
        "lag",
        "error",
        "errors",
        "failed",
        "failures",
        "unavailable",
        "underreplicated",
        "underreplicatedpartitions",
        "pending",
        "restarts",
    ];
    let Anomaly::Shift { before, after, .. } = *anomaly else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    let has = |known: &[&str]| {
        let mut words = name.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|word| known.contains(&word))
    };
    let is_unwanted = has(&UNWANTED) || name.ends_with("imbalance");
    match (is_unwanted, has(&LEFT)) {
        (true, false) => after < before,
        (false, true) => after > before,
        _ => false,
    }
}

/// Returns whether there are more replicas, which is what an autoscaler is for.
fn scales_out(name: &str, anomaly: &Anomaly) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|it: char| !it.is_ascii_alphanumeric());
    let counts = words.any(|word| word == "replicas") && !name.contains("unavailable");
    counts
        && match *anomaly {
            Anomaly::Stretch { level, typical, .. } => level > typical,
            Anomaly::Shift { before, after, .. } => after > before,
            Anomaly::Spike { .. } => true,
            Anomaly::Drop { .. } => false,
        }
}

/// Returns the kind of what stands out, the first and the last sample that show it, and what it does.
fn told_anomaly(series: &[&Sample], anomaly: &Anomaly) -> (FindingKind, (usize, usize), String) {
    match *anomaly {
        Anomaly::Spike { at, typical } => (
            FindingKind::Spike,
            (at, at),
            format!("spikes to {} (typically {typical})", series[at].value),
        ),
        Anomaly::Drop { at, typical } => (
            FindingKind::Drop,
            (at, at),
            format!("drops to {} (typically {typical})", series[at].value),
        ),
        Anomaly::Stretch {
            from,
            until,
            level,
            typical,
        } => {
            let (kind, verb) = if level > typical {
                (FindingKind::Spike, "rises")
            } else {
                (FindingKind::Drop, "falls")
            };
            let count = until - from + 1;
            let told = format!("{verb} to {level} for {count} values (typically {typical})");
            (kind, (from, until), told)
        }
        Anomaly::Shift { at, before, after } => (
            FindingKind::LevelShift,
            (at, at),
            format!("shifts from {before} to {after}"),
        ),
    }
}

/// What a sample is about, by the label that names it.
pub(crate) fn about(sample: &Sample) -> Option<&str> {
    const GENERIC: [&str; 7] = [
        "server",
        "main",
        "app",
        "application",
        "container",
        "POD",
        "service",
    ];
    const NAMES: [&str; 20] = [
        "horizontalpodautoscaler",
        "service",
        "service_name",
        "deployment",
        "statefulset",
        "workload",
        "container",
        "persistentvolumeclaim",
        "pod",
        "app",
        "consumergroup",
        "topic",
        "mountpoint",
        "queue",
        "database",
        "datname",
        "device",
        "node",
        "instance",
        "job",
    ];
    let mut named = NAMES.iter().filter_map(|name| sample.labels.get(*name));
    // Of a container that is called as all others are, its pod says more.
    let is_telling = |it: &&String| !GENERIC.contains(&it.as_str());
    let named = named.clone().find(is_telling).or_else(|| named.next())?;
    (!named.is_empty() && named.len() <= 80).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gets_better_is_told_from_what_only_sounds_so() {
        let shift = |before: f64, after: f64| Anomaly::Shift {
            at: 20,
            before,
            after,
        };
        for (name, before, after, expected) in [
            ("kafka_consumergroup_lag_sum", 900.0, 20.0, true),
            ("kafka_consumergroup_lag_sum", 20.0, 900.0, false),
            ("kafka_controller_preferredreplicaimbalance", 8.0, 0.0, true),
            ("node_filesystem_avail_bytes", 3e9, 9e9, true),
            ("node_filesystem_avail_bytes", 9e9, 3e9, false),
            ("slo_error_budget_remaining", 0.82, 0.05, false),
            ("feature_flag_enabled", 1.0, 0.0, false),
            ("failover_ready", 1.0, 0.0, false),
            ("http_requests_per_second", 400.0, 20.0, false),
        ] {
            assert_eq!(gets_better(name, &shift(before, after)), expected, "{name}");
        }
    }

    #[test]
    fn more_replicas_are_what_an_autoscaler_is_for() {
        let stretch = |typical: f64, level: f64| Anomaly::Stretch {
            from: 4,
            until: 9,
            level,
            typical,
        };
        for (name, typical, level, expected) in [
            ("kube_deployment_status_replicas", 3.0, 8.0, true),
            ("kube_deployment_status_replicas", 8.0, 3.0, false),
            (
                "kube_deployment_status_replicas_unavailable",
                0.0,
                2.0,
                false,
            ),
            ("replication_lag_seconds", 0.0, 9.0, false),
        ] {
            assert_eq!(
                scales_out(name, &stretch(typical, level)),
                expected,
                "{name}"
            );
        }
    }
}
