//! How sure a finding is, and why: what it rests on, and what speaks for and against it.

use chrono::{DateTime, TimeDelta, Utc};

use super::timing::first_onset;
use crate::analysis::Analysis;
use crate::catalogue::{Catalogue, CatalogueEntry};
use crate::finding::{Finding, FindingKind, Severity};

const LEAST: f64 = 0.05;
const MOST: f64 = 0.95;
/// Occurrences that are no accident.
const MANY: u64 = 10;
/// What lines of several files show together.
const TOGETHER: f64 = 0.85;

/// States the confidence of every finding of a file.
pub(super) fn judge(findings: &mut [Finding], analysis: &Analysis, catalogue: &Catalogue) {
    let onset = first_onset(analysis);
    for finding in findings {
        let entry = finding.signature_id.as_deref();
        let entry = entry.and_then(|id| catalogue.entry(id));
        let (basis, reason) = match entry {
            Some(entry) => of_entry(entry),
            None => {
                let (basis, reason) = of_kind(finding.kind, finding.severity);
                (basis, reason.to_owned())
            }
        };
        let further = [
            number(finding),
            timing(finding, onset),
            unread(analysis),
            entry.and_then(commonness),
        ];
        let (mut sum, mut reasons) = (basis, vec![reason]);
        for (weight, reason) in further.into_iter().flatten() {
            sum += weight;
            reasons.push(reason);
        }
        finding.confidence = bounded(sum);
        finding.reasons = reasons;
    }
}

/// States the confidence of a finding that rests on lines of this many files.
pub(crate) fn corroborate(finding: &mut Finding, files: usize) {
    if files < 2 {
        return;
    }
    let raised = finding.confidence.max(TOGETHER);
    finding.confidence = bounded(raised);
    let reason = format!("lines of {files} files fit together");
    finding.reasons.insert(0, reason);
}

/// Returns what a finding of a kind rests on before anything else is known of it.
pub(super) fn of_kind(kind: FindingKind, severity: Severity) -> (f64, &'static str) {
    match kind {
        FindingKind::TemplateNew
        | FindingKind::TemplateRare
        | FindingKind::TemplateBurst
        | FindingKind::TemplateStopped
        | FindingKind::RateChange
        | FindingKind::Gap => (0.40, "inferred from how often lines come"),
        FindingKind::Spike
        | FindingKind::Drop
        | FindingKind::LevelShift
        | FindingKind::Flatline
        | FindingKind::Growth => (0.50, "inferred from how values run"),
        FindingKind::ErrorSpan
        | FindingKind::SlowSpan
        | FindingKind::CriticalPath
        | FindingKind::Saturation => (0.60, "measured"),
        FindingKind::ErrorSignature | FindingKind::Onset if severity >= Severity::Error => {
            (0.60, "written as an error")
        }
        FindingKind::ErrorSignature | FindingKind::Onset => (0.45, "written as a warning"),
        FindingKind::StackGroup => (0.65, "a stack trace names the code that failed"),
        _ => (0.70, "stated by the data"),
    }
}

fn of_entry(entry: &CatalogueEntry) -> (f64, String) {
    let id = &entry.id;
    if entry.general {
        let reason = format!("matches the known failure {id}, which does not say what failed");
        (0.60, reason)
    } else {
        (0.75, format!("matches the known failure {id}"))
    }
}

fn number(finding: &Finding) -> Option<(f64, String)> {
    match finding.count {
        1 => Some((-0.05, "seen once".to_owned())),
        count if count >= MANY => Some((0.05, format!("seen {count} times"))),
        _ => None,
    }
}

fn timing(finding: &Finding, onset: Option<DateTime<Utc>>) -> Option<(f64, String)> {
    let (onset, seen) = (onset?, finding.onset.or(finding.first_seen)?);
    let distance = seen - onset;
    if distance.abs() <= TimeDelta::minutes(2) {
        Some((0.10, "sets in with the errors".to_owned()))
    } else if finding.onset.is_some() {
        Some((0.05, "sets in within the file".to_owned()))
    } else if distance < TimeDelta::zero() {
        Some((-0.10, "was there before the errors set in".to_owned()))
    } else {
        None
    }
}

fn unread(analysis: &Analysis) -> Option<(f64, String)> {
    let partial = analysis.coverage.is_partial();
    partial.then(|| (-0.05, "the file was read in part".to_owned()))
}

fn commonness(entry: &CatalogueEntry) -> Option<(f64, String)> {
    let reason = "comes now and then without a fault";
    entry.everyday.then(|| (-0.15, reason.to_owned()))
}

/// Rounded, so that the order of sums does not show.
fn bounded(sum: f64) -> f64 {
    (sum.clamp(LEAST, MOST) * 100.0).round() / 100.0
}

#[cfg(test)]
#[path = "confidence_tests.rs"]
mod tests;
