//! Scores and orders findings: likely origin first, consequences later, noise last.

use chrono::{DateTime, TimeDelta, Utc};

use super::cascade;
use super::timing::first_onset;
use crate::analysis::Analysis;
use crate::finding::{Finding, FindingKind, Severity};

/// Sets scores and sorts by them; equal scores stay in order of their place in the file.
pub(super) fn rank(findings: &mut [Finding], analysis: &Analysis) {
    let onset = first_onset(analysis);
    for finding in findings.iter_mut() {
        finding.score = score(finding, onset, analysis);
    }
    let name = analysis.file_name.as_deref().unwrap_or("");
    cascade::lift(findings, name, analysis.log_format);
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| {
            finding
                .citations
                .first()
                .map(|citation| citation.byte_start)
        };
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| place(a).cmp(&place(b)))
    });
}

fn score(finding: &Finding, onset: Option<DateTime<Utc>>, analysis: &Analysis) -> f64 {
    let severity: f64 = match finding.severity {
        Severity::Critical => 0.80,
        Severity::Error => 0.68,
        Severity::Warn => 0.45,
        Severity::Info => 0.22,
    };
    let kind = match finding.kind {
        FindingKind::ErrorSignature if finding.signature_id.is_some() => 0.12,
        // What no single line tells, but a rule over many of them.
        FindingKind::ErrorSignature if finding.template.is_none() => 0.12,
        FindingKind::StackGroup => 0.06,
        FindingKind::Saturation | FindingKind::ConfigChange => 0.10,
        FindingKind::Onset => -0.04,
        FindingKind::TemplateRare => -0.08,
        _ => 0.0,
    };
    let total = severity
        + kind
        + timing(finding, onset)
        + weight(finding, analysis)
        + symptom(finding)
        + isolated(finding, analysis);
    (total.clamp(0.01, 0.99) * 10_000.0).round() / 10_000.0
}

/// What sets in with the incident counts more; what was there from the start counts less.
fn timing(finding: &Finding, onset: Option<DateTime<Utc>>) -> f64 {
    let (Some(onset), Some(seen)) = (onset, finding.onset.or(finding.first_seen)) else {
        return 0.0;
    };
    let distance = seen - onset;
    if distance.abs() <= TimeDelta::milliseconds(500) {
        // Among lines of the same moment the earlier one is the likelier origin.
        0.08 - distance.num_microseconds().unwrap_or(0).max(0) as f64 / 1e6 * 0.02
    } else if distance < TimeDelta::zero() && finding.onset.is_none() {
        -0.12
    } else if distance <= TimeDelta::minutes(2) {
        0.04
    } else {
        0.0
    }
}

/// Frequent findings count a little more.
fn weight(finding: &Finding, analysis: &Analysis) -> f64 {
    let share = finding.count as f64 / analysis.coverage.lines_read.max(1) as f64;
    let magnitude = (finding.count as f64).log10().clamp(0.0, 4.0) / 4.0;
    0.04 * magnitude + 0.02 * share.min(1.0)
}

/// A connection that broke once or twice in a long log is mostly noise.
fn isolated(finding: &Finding, analysis: &Analysis) -> f64 {
    let id = finding.signature_id.as_deref();
    let reset = matches!(id, Some("network.connection_reset" | "network.broken_pipe"));
    let rare = finding.count <= 2 && analysis.coverage.lines_read >= 1_000;
    if reset && rare { -0.12 } else { 0.0 }
}

/// A failed response tells that something is wrong, not what.
fn symptom(finding: &Finding) -> f64 {
    let text = finding.template.as_deref().unwrap_or(&finding.statement);
    let response = [
        "status=5", "status=4", " 500", " 502", " 503", " 504", "HTTP/",
    ];
    if response.iter().any(|mark| text.contains(mark)) {
        -0.06
    } else {
        0.0
    }
}
