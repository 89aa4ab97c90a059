//! Findings about configuration and changes.

use super::{Evidence, finding, hazards, manifests, shorten};
use crate::analysis::{Analysis, Change, ChangeDirection, ChangeKind};
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::config::Broken;

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
    let is_set = change.before.is_none() && change.direction == ChangeDirection::Replaced;
    let from = change.before.as_deref().unwrap_or("(absent)");
    let to = change.after.as_deref().unwrap_or("(removed)");
    let when = when(change);
    let (kind, statement) = match change.kind {
        ChangeKind::Config if is_set => (
            FindingKind::ConfigChange,
            format!(
                "{} set to {} in {}{when}",
                change.path,
                shorten(to, 60),
                change.file
            ),
        ),
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
    let has_run = is_set && change.changed_at.is_some();
    let severity = if narrows(change) || has_run {
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
    let statement = format!("{} in {}{}", change.done(), change.file, when(change));
    let has_run = change.changed_at.is_some() && change.direction != ChangeDirection::Added;
    let severity = match change.direction {
        ChangeDirection::Removed => Severity::Warn,
        _ if has_run => Severity::Warn,
        _ => Severity::Info,
    };
    let cited = vec![change.citation.clone()];
    let mut found = finding(FindingKind::ConfigChange, severity, &statement, cited);
    found.signature = change.signature.clone();
    (found.first_seen, found.last_seen) = (change.changed_at, change.changed_at);
    found.component = change.component.clone();
    found
}

fn when(change: &Change) -> String {
    change.changed_at.map_or_else(String::new, |time| {
        format!(" at {}", time.format("%Y-%m-%d %H:%M:%S UTC"))
    })
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
