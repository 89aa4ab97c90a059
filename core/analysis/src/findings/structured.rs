//! Findings about metrics, configuration and changes.

use super::{Evidence, finding, hazards, manifests, series, shorten};
use crate::analysis::{Analysis, Change, ChangeDirection, ChangeKind, Sample};
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::config::Broken;
use crate::structured::series::{Anomaly, anomaly, group, growth};

/// Saturation of limited resources, and anomalies of series.
pub(super) fn metrics(analysis: &Analysis) -> Vec<Finding> {
    let mut findings: Vec<Finding> = analysis
        .samples
        .iter()
        .filter_map(|sample| saturation(sample, analysis))
        .collect();
    let groups = group(&analysis.samples);
    findings.extend(groups.iter().filter_map(|series| series_finding(series)));
    findings.extend(series::holes(&groups));
    findings
}

/// A used amount that equals the limit of the same resource.
fn saturation(sample: &Sample, analysis: &Analysis) -> Option<Finding> {
    const USED: [&str; 5] = ["_active", "_in_use", "_used", "_busy", "_borrowed"];
    const LIMITS: [&str; 5] = ["_max", "_limit", "_capacity", "_max_size", "_size"];
    let stem = USED
        .iter()
        .find_map(|suffix| sample.name.strip_suffix(suffix))?;
    let other = |suffixes: &[&str]| {
        analysis.samples.iter().find(|other| {
            let named = other
                .name
                .strip_prefix(stem)
                .is_some_and(|rest| suffixes.contains(&rest));
            named && other.labels == sample.labels && other.observed_at == sample.observed_at
        })
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
    let values: Vec<f64> = series.iter().map(|sample| sample.value).collect();
    if let Some(growth) = growth(&values).filter(|_| series::may_leak(&series[0].name)) {
        return Some(series::growth_finding(series, growth));
    }
    let (kind, at, statement) = match anomaly(&values)? {
        Anomaly::Spike { at, typical } => (
            FindingKind::Spike,
            at,
            format!("spikes to {} (typically {typical})", values[at]),
        ),
        Anomaly::Drop { at, typical } => (
            FindingKind::Drop,
            at,
            format!("drops to {} (typically {typical})", values[at]),
        ),
        Anomaly::Shift { at, before, after } => (
            FindingKind::LevelShift,
            at,
            format!("shifts from {before} to {after}"),
        ),
    };
    let sample = series[at];
    let time = sample.observed_at.map_or_else(String::new, |time| {
        format!(" at {}", time.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let about = named_by(sample);
    let of = about.map_or_else(String::new, |about| format!(" of {about}"));
    let statement = format!("{}{of} {statement}{time}", sample.name);
    let mut found = finding(
        kind,
        Severity::Warn,
        &statement,
        vec![sample.citation.clone()],
    );
    found.signature = fingerprint::metric(
        &sample.name,
        sample.labels.keys().map(String::as_str),
        kind.as_str(),
    );
    found.count = series.len() as u64;
    (found.first_seen, found.last_seen) = (sample.observed_at, sample.observed_at);
    found.component = about.map(ToOwned::to_owned);
    Some(found)
}

/// What a sample is about, by the label that names it.
pub(super) fn named_by(sample: &Sample) -> Option<&str> {
    const NAMES: [&str; 12] = [
        "service",
        "service_name",
        "deployment",
        "container",
        "pod",
        "app",
        "queue",
        "database",
        "device",
        "node",
        "instance",
        "job",
    ];
    let named = NAMES.iter().find_map(|name| sample.labels.get(*name))?;
    (!named.is_empty() && named.len() <= 80).then_some(named)
}

/// Secrets in plain text, keys given twice, hazardous values.
pub(super) fn configuration(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    let mut findings: Vec<Finding> = evidence.broken.iter().map(broken).collect();
    for value in analysis.values.iter().filter(|value| value.secret) {
        let statement = format!("{} holds a secret in plain text", value.path);
        let mut found = finding(
            FindingKind::ConfigSecret,
            Severity::Warn,
            &statement,
            vec![value.citation.clone()],
        );
        found.signature = fingerprint::config("secret", &value.path);
        findings.push(found);
    }
    for value in &evidence.duplicate_keys {
        let statement = format!(
            "{} is given more than once; the last value wins",
            value.path
        );
        let mut found = finding(
            FindingKind::ConfigLint,
            Severity::Info,
            &statement,
            vec![value.citation.clone()],
        );
        found.signature = fingerprint::config("duplicate", &value.path);
        findings.push(found);
    }
    findings.extend(hazards::hazards(&analysis.values));
    findings.extend(manifests::gaps(&analysis.values));
    findings
}

fn broken(broken: &Broken) -> Finding {
    let mut found = finding(
        FindingKind::ConfigLint,
        Severity::Error,
        &broken.statement,
        broken.citations.clone(),
    );
    found.signature = fingerprint::config("syntax", broken.format);
    found
}

/// One finding per change of a diff.
pub(super) fn changes(analysis: &Analysis) -> Vec<Finding> {
    analysis.changes.iter().map(change).collect()
}

fn change(change: &Change) -> Finding {
    if change.before.is_none() && change.after.is_none() && !change.path.is_empty() {
        return schema_change(change);
    }
    let from = change.before.as_deref().unwrap_or("(absent)");
    let to = change.after.as_deref().unwrap_or("(removed)");
    let when = change.changed_at.map_or_else(String::new, |time| {
        format!(" at {}", time.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let (kind, statement) = match change.kind {
        ChangeKind::Config => (
            FindingKind::ConfigChange,
            format!(
                "{} changed from {} to {} in {}{when}",
                change.path,
                shorten(from, 60),
                shorten(to, 60),
                change.file
            ),
        ),
        ChangeKind::Code => (
            FindingKind::CodeChange,
            format!("{} changed: {}", change.file, shorten(to, 160)),
        ),
    };
    let severity = if narrows(change) {
        Severity::Warn
    } else {
        Severity::Info
    };
    let mut found = finding(kind, severity, &statement, vec![change.citation.clone()]);
    found.signature = change.signature.clone();
    (found.first_seen, found.last_seen) = (change.changed_at, change.changed_at);
    found.component = change.component.clone();
    found
}

/// A statement that makes, drops or alters something.
fn schema_change(change: &Change) -> Finding {
    let statement = format!("{} in {}", change.done(), change.file);
    let severity = match change.direction {
        ChangeDirection::Removed => Severity::Warn,
        _ => Severity::Info,
    };
    let cited = vec![change.citation.clone()];
    let mut found = finding(FindingKind::ConfigChange, severity, &statement, cited);
    found.signature = change.signature.clone();
    found
}

/// Returns whether a change lowers a limit.
fn narrows(change: &Change) -> bool {
    const LIMITS: [&str; 14] = [
        "max",
        "limit",
        "size",
        "pool",
        "timeout",
        "replicas",
        "memory",
        "cpu",
        "connections",
        "threads",
        "workers",
        "heap",
        "quota",
        "capacity",
    ];
    let path = change.path.to_ascii_lowercase();
    change.direction == ChangeDirection::Decreased && LIMITS.iter().any(|word| path.contains(word))
}
