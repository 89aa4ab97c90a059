//! Findings about alerts that fire.

use super::{Evidence, finding, shorten};
use crate::finding::{Finding, FindingKind};
use crate::fingerprint;
use crate::structured::document::Alert;

/// One finding for all alerts of a name that are about the same thing.
pub(super) fn alerts(evidence: &Evidence) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for alert in &evidence.alerts {
        let found = alert_finding(alert);
        let same =
            |it: &&mut Finding| it.signature == found.signature && it.component == found.component;
        match findings.iter_mut().find(same) {
            Some(known) => join(known, found),
            None => findings.push(found),
        }
    }
    findings
}

fn join(known: &mut Finding, other: Finding) {
    known.count += 1;
    known.severity = known.severity.max(other.severity);
    let is_earlier = match (other.first_seen, known.first_seen) {
        (Some(other), Some(known)) => other < known,
        (other, known) => other.is_some() && known.is_none(),
    };
    if is_earlier {
        (known.first_seen, known.onset) = (other.first_seen, other.onset);
        known.statement = other.statement;
        known.citations = other.citations;
    }
    known.last_seen = known.last_seen.max(other.last_seen);
}

fn alert_finding(alert: &Alert) -> Finding {
    let on = alert.about.as_deref();
    let on = on.map_or_else(String::new, |about| format!(" on {}", shorten(about, 80)));
    let since = alert.since.map_or_else(String::new, |time| {
        format!(" since {}", time.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let text = alert.text.as_deref();
    let text = text.map_or_else(String::new, |text| format!(": {}", text.trim()));
    let name = shorten(&alert.name, 120);
    let statement = format!("alert {name} fires{on}{since}{text}");
    let cited = alert.citations.clone();
    let mut found = finding(FindingKind::Alert, alert.severity, &statement, cited);
    found.signature = fingerprint::command("alert", &alert.name, "fires");
    let until = alert.until.filter(|until| Some(*until) > alert.since);
    (found.first_seen, found.last_seen) = (alert.since, until.or(alert.since));
    found.onset = alert.since;
    found.component.clone_from(&alert.about);
    found
}
