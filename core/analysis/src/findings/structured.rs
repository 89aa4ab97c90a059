//! Findings about metrics, configuration, changes and command output.

use super::{Evidence, finding, shorten};
use crate::analysis::{
    Analysis, Change, ChangeDirection, ChangeKind, CommandFact, CommandOutcome, CommandRun, Sample,
};
use crate::constants::CITATIONS_MAX;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::series::{Anomaly, anomaly, group};

/// Saturation of limited resources, and anomalies of series.
pub(super) fn metrics(analysis: &Analysis) -> Vec<Finding> {
    let mut findings: Vec<Finding> = analysis
        .samples
        .iter()
        .filter_map(|sample| saturation(sample, analysis))
        .collect();
    findings.extend(
        group(&analysis.samples)
            .iter()
            .filter_map(|series| series_finding(series)),
    );
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
    let statement = format!("{} {statement}{time}", sample.name);
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
    Some(found)
}

/// Secrets in plain text, keys given twice, hazardous values.
pub(super) fn configuration(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
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
    findings.extend(analysis.values.iter().filter_map(|value| {
        let hazard = hazard(&value.path, &value.value)?;
        let statement = format!("{} is {}: {hazard}", value.path, value.value);
        let mut found = finding(
            FindingKind::ConfigLint,
            Severity::Info,
            &statement,
            vec![value.citation.clone()],
        );
        found.signature = fingerprint::config("lint", &value.path);
        Some(found)
    }));
    findings
}

/// Known hazards: end of the key, test on the value, what may happen.
fn hazard(path: &str, value: &str) -> Option<&'static str> {
    let key = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    let key = key.replace('_', "-");
    let number: Option<f64> = value.parse().ok();
    let at_most = |limit: f64| number.is_some_and(|number| number <= limit);
    match key.as_str() {
        "maximum-pool-size" | "maximumpoolsize" | "pool-size" | "max-pool-size" if at_most(2.0) => {
            Some("requests queue for connections under concurrent load")
        }
        "privileged" if value == "true" => Some("the container has full access to its host"),
        "image" if value.ends_with(":latest") => Some("restarts may run another version"),
        "connection-timeout" | "connect-timeout" | "socket-timeout" | "read-timeout"
            if number == Some(0.0) =>
        {
            Some("a hanging peer blocks the caller forever")
        }
        "fsync" if matches!(value, "off" | "false" | "no") => {
            Some("a crash can lose or corrupt data")
        }
        "sslmode" if value == "disable" => Some("traffic is not encrypted"),
        _ => None,
    }
}

/// One finding per change of a diff.
pub(super) fn changes(analysis: &Analysis) -> Vec<Finding> {
    analysis.changes.iter().map(change).collect()
}

fn change(change: &Change) -> Finding {
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

/// What the commands show.
pub(super) fn commands(analysis: &Analysis) -> Vec<Finding> {
    let mut findings = Vec::new();
    for run in &analysis.commands {
        findings.extend(outcome(run));
        for fact in &run.facts {
            if let Some(found) = fact_finding(run, fact) {
                add(&mut findings, found);
            }
        }
    }
    findings
}

/// Adds a finding, or counts it when the same was said of the same object before.
fn add(findings: &mut Vec<Finding>, found: Finding) {
    match findings
        .iter_mut()
        .find(|it| it.statement == found.statement)
    {
        Some(known) => {
            known.count += 1;
            if known.citations.len() < CITATIONS_MAX {
                known.citations.extend(found.citations);
            }
        }
        None => findings.push(found),
    }
}

fn outcome(run: &CommandRun) -> Option<Finding> {
    let line = shorten(run.command.as_deref().unwrap_or(&run.tool), 120);
    let object = run.facts.first().map_or_else(String::new, |fact| {
        format!(" {} to {}", fact.object, fact.value)
    });
    let (kind, severity, statement) = match run.outcome {
        CommandOutcome::Resolved => (
            FindingKind::NameResolution,
            Severity::Info,
            format!("`{line}` resolves{object}"),
        ),
        CommandOutcome::NotResolved => (
            FindingKind::NameResolution,
            Severity::Error,
            format!("`{line}` does not resolve the name"),
        ),
        CommandOutcome::Refused => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("`{line}`: connection refused"),
        ),
        CommandOutcome::TimedOut => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("`{line}`: no answer in time"),
        ),
        CommandOutcome::Failed if matches!(run.tool.as_str(), "curl" | "wget") => (
            FindingKind::HttpResult,
            Severity::Error,
            format!("`{line}`: the request failed"),
        ),
        CommandOutcome::Failed => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("`{line}` failed"),
        ),
        _ => return None,
    };
    let mut found = finding(kind, severity, &statement, vec![run.citation.clone()]);
    found.signature = fingerprint::command(&run.tool, kind.as_str(), severity.as_str());
    (found.first_seen, found.last_seen) = (run.observed_at, run.observed_at);
    Some(found)
}

fn fact_finding(run: &CommandRun, fact: &CommandFact) -> Option<Finding> {
    let (kind, severity, statement) = pressure(run, fact).or_else(|| state(run, fact))?;
    let mut found = finding(kind, severity, &statement, vec![fact.citation.clone()]);
    found.signature = fingerprint::command(&run.tool, &fact.key, kind.as_str());
    (found.first_seen, found.last_seen) = (run.observed_at, run.observed_at);
    found.component = Some(fact.object.clone());
    Some(found)
}

type Verdict = (FindingKind, Severity, String);

/// Judges how much of a resource is in use.
fn pressure(run: &CommandRun, fact: &CommandFact) -> Option<Verdict> {
    let number = fact.number.unwrap_or(0.0);
    let object = &fact.object;
    let severity = if number >= 97.0 {
        Severity::Error
    } else {
        Severity::Warn
    };
    let (severity, statement) = match (run.tool.as_str(), fact.key.as_str()) {
        ("df", key @ ("use_percent" | "inode_percent")) if number >= 90.0 => {
            let what = if key == "use_percent" {
                "space"
            } else {
                "inodes"
            };
            let statement = format!("{object} has {} of its {what} in use", fact.value);
            (severity, statement)
        }
        ("free", "use_percent") if number >= 92.0 => {
            (Severity::Warn, format!("{object}: {} in use", fact.value))
        }
        _ => return None,
    };
    Some((FindingKind::ResourcePressure, severity, statement))
}

/// Judges the state of a unit, pod or container.
fn state(run: &CommandRun, fact: &CommandFact) -> Option<Verdict> {
    let number = fact.number.unwrap_or(0.0);
    let (object, value) = (&fact.object, &fact.value);
    let (kind, severity, statement) = match fact.key.as_str() {
        "active" if value == "failed" => (
            FindingKind::UnitFailed,
            Severity::Error,
            format!("systemd unit {object} is failed"),
        ),
        "status" if run.tool == "kubectl" && !is_healthy_status(value) => (
            FindingKind::PodState,
            Severity::Error,
            format!("{} is {value}", named(object)),
        ),
        "restarts" if number >= 5.0 => (
            FindingKind::PodState,
            Severity::Warn,
            format!("{} restarted {value} times", named(object)),
        ),
        "event" => (
            FindingKind::PodState,
            Severity::Warn,
            format!("{} has warning {value}", named(object)),
        ),
        "exit_code" if number > 0.0 => (
            FindingKind::PodState,
            Severity::Error,
            format!("container {object} exited with code {value}"),
        ),
        "health" => (
            FindingKind::PodState,
            Severity::Error,
            format!("container {object} is {value}"),
        ),
        _ => return None,
    };
    Some((kind, severity, statement))
}

/// An object with its kind; a bare name is that of a pod.
fn named(object: &str) -> String {
    if object.contains('/') {
        object.to_owned()
    } else {
        format!("pod {object}")
    }
}

fn is_healthy_status(status: &str) -> bool {
    const HEALTHY: [&str; 9] = [
        "Running",
        "Completed",
        "Succeeded",
        "Ready",
        "Active",
        "Bound",
        "ContainerCreating",
        "PodInitializing",
        "Terminating",
    ];
    HEALTHY.contains(&status)
}
