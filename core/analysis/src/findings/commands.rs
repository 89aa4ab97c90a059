//! Findings about the output of commands.

mod exported;
mod measured;
mod reasons;
mod stores;
mod together;

use super::{finding, shorten};
use chrono::{NaiveDate, NaiveDateTime};

use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::constants::CITATIONS_MAX;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;

/// Returns what commands, or objects of an export, show; `today` tells what is expired where no run has a time.
pub fn command_findings(commands: &[CommandRun], today: Option<NaiveDate>) -> Vec<Finding> {
    let mut findings = together::across_runs(commands);
    for run in commands {
        findings.extend(outcome(run));
        findings.extend(measured::measured(run));
        findings.extend(together::of_run(run));
        let today = run.observed_at.map(|time| time.date_naive()).or(today);
        findings.extend(
            run.facts
                .iter()
                .filter_map(|fact| certificate(run, fact, today?)),
        );
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
    let (kind, severity, statement) = pressure(run, fact)
        .or_else(|| state(run, fact))
        .or_else(|| stores::verdict(fact))
        .or_else(|| exported::verdict(fact))?;
    let mut found = finding(kind, severity, &statement, vec![fact.citation.clone()]);
    describe(&mut found, run, fact);
    Some(found)
}

fn describe(found: &mut Finding, run: &CommandRun, fact: &CommandFact) {
    // Each operation of a log is one of its own.
    let operation = run.command.as_ref().filter(|_| run.tool == "log");
    let key = operation.unwrap_or(&fact.key);
    found.signature = fingerprint::command(&run.tool, key, found.kind.as_str());
    (found.first_seen, found.last_seen) = (run.observed_at, run.until.or(run.observed_at));
    found.component = Some(fact.object.clone()).filter(|it| !it.is_empty());
}

/// Judges how long a certificate is valid, on the day it was looked at.
fn certificate(run: &CommandRun, fact: &CommandFact, today: NaiveDate) -> Option<Finding> {
    const SOON_DAYS: i64 = 7;
    if fact.key != "not_after" && fact.key != "not_before" {
        return None;
    }
    let written = fact.value.trim_end_matches(" GMT");
    let time = NaiveDateTime::parse_from_str(written, "%b %e %H:%M:%S %Y").ok()?;
    let left = (time.date() - today).num_days();
    let (severity, verb) = match (fact.key.as_str(), left) {
        ("not_after", ..0) => (Severity::Error, "expired on"),
        ("not_after", ..SOON_DAYS) => (Severity::Warn, "expires on"),
        ("not_before", 1..) => (Severity::Error, "is not valid before"),
        _ => return None,
    };
    let statement = format!(
        "the certificate {verb} {} UTC",
        time.format("%Y-%m-%d %H:%M:%S")
    );
    let cited = vec![fact.citation.clone()];
    let mut found = finding(FindingKind::Certificate, severity, &statement, cited);
    describe(&mut found, run, fact);
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
    let failed = |statement| (FindingKind::PodState, Severity::Error, statement);
    let (kind, severity, statement) = match fact.key.as_str() {
        "active" if value == "auto-restart" => (
            FindingKind::UnitFailed,
            Severity::Error,
            format!("systemd unit {object} has ended and is started again and again"),
        ),
        "accept_queue" => (
            FindingKind::ResourcePressure,
            Severity::Warn,
            format!("{object} has {value} connections waiting to be accepted"),
        ),
        "ready" if is_partly_ready(run, fact) => (
            FindingKind::PodState,
            Severity::Warn,
            format!("{} has {} ready", named(object), value.replace('/', " of ")),
        ),
        "active" if value == "failed" => (
            FindingKind::UnitFailed,
            Severity::Error,
            format!("systemd unit {object} is failed"),
        ),
        "status" if run.tool == "kubectl" && !is_healthy_status(value) => (
            FindingKind::PodState,
            Severity::Error,
            format!(
                "{} is {value}{}",
                named(object),
                reasons::of_state(run, fact)
            ),
        ),
        "restarts" if number >= 5.0 => (
            FindingKind::PodState,
            Severity::Warn,
            format!("{} restarted {value} times", named(object)),
        ),
        "event" => (
            FindingKind::PodState,
            Severity::Warn,
            format!(
                "{} has warning {value}{}",
                named(object),
                reasons::of_event(run, object, value)
            ),
        ),
        "exit_code" if number > 0.0 => (
            FindingKind::PodState,
            Severity::Error,
            format!(
                "container {object} exited with code {value}{}",
                reasons::of_exit(run, fact)
            ),
        ),
        "health" => failed(format!("container {object} is {value}")),
        _ => return None,
    };
    Some((kind, severity, statement))
}

/// Whether some replicas or containers of what should be up are not ready.
fn is_partly_ready(run: &CommandRun, fact: &CommandFact) -> bool {
    let counts = fact.value.split_once('/');
    let counts = counts
        .and_then(|(ready, all)| Some((ready.parse::<u32>().ok()?, all.parse::<u32>().ok()?)));
    // What is not up says so by its state.
    let mut states = run.facts.iter().filter(|it| it.key == "status");
    let state = states.find(|it| it.citation.line_start == fact.citation.line_start);
    let is_up = state.is_none_or(|it| it.value == "Running");
    is_up && counts.is_some_and(|(ready, all)| ready < all)
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
