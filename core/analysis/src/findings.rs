//! Turns what was collected into ranked findings.

mod alerts;
mod cascade;
mod commands;
mod confidence;
mod events;
mod fold;
mod hazards;
mod logins;
mod manifests;
mod metrics;
mod rank;
mod rates;
mod requests;
mod series;
mod structured;
mod threads;
mod timing;
mod traces;
mod words;

pub use cascade::rank_across;
pub(crate) use cascade::service_at;
pub use commands::command_findings;
pub(crate) use confidence::corroborate;
pub(crate) use events::{observed, template_severity};
pub(crate) use metrics::about;
pub(crate) use rates::{Changed, stopped};

use crate::analysis::{Analysis, ConfigValue};
use crate::citation::Citation;
use crate::constants::{CITATIONS_MAX, STATEMENT_MAX};
use crate::finding::{Finding, FindingKind, Severity};
use crate::logs::{Contention, Gaps, GuessedSignIn};
use crate::options::Options;
use crate::structured::config::Broken;
use crate::structured::document::{Alert, Request};
use crate::structured::spans::Spans;
use crate::timeline::Series;

/// State that findings need and the analysis does not carry.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) gaps: Gaps,
    /// Sign-ins after many failures from the same place.
    pub(crate) guessed: Vec<GuessedSignIn>,
    /// What thread dumps show.
    pub(crate) contentions: Vec<Contention>,
    /// Width of the buckets of all series, in microseconds.
    pub(crate) step: i64,
    /// Series of each template, in the order of `Analysis::templates`.
    pub(crate) series: Vec<Series>,
    pub(crate) span: Option<(i64, i64)>,
    pub(crate) error_lines: u64,
    pub(crate) duplicate_keys: Vec<ConfigValue>,
    /// Alerts that fire.
    pub(crate) alerts: Vec<Alert>,
    pub(crate) spans: Spans,
    /// Requests of a capture.
    pub(crate) requests: Vec<Request>,
    /// Why a configuration does not parse.
    pub(crate) broken: Option<Broken>,
}

/// Returns findings up to the limit, likely origin first.
pub(crate) fn find(analysis: &Analysis, evidence: &Evidence, options: &Options) -> Vec<Finding> {
    let mut findings = events::signatures(analysis, options.signatures.catalogue());
    findings.extend(events::error_templates(analysis, evidence));
    findings.extend(events::stacks(analysis));
    findings.extend(timing::onsets(analysis));
    findings.extend(timing::bursts(analysis, evidence));
    findings.extend(timing::novelties(analysis));
    findings.extend(timing::rarities(analysis));
    findings.extend(timing::gaps(evidence));
    findings.extend(rates::stops(analysis, evidence));
    findings.extend(rates::changes(analysis, evidence));
    findings.extend(timing::restarts(analysis));
    findings.extend(threads::contention(evidence));
    findings.extend(metrics::metrics(&analysis.samples));
    findings.extend(structured::configuration(analysis, evidence));
    findings.extend(structured::changes(analysis));
    findings.extend(command_findings(&analysis.commands, options.reference_date));
    findings.extend(alerts::alerts(evidence));
    findings.extend(traces::traces(&evidence.spans));
    findings.extend(requests::requests(&evidence.requests));
    logins::gather(&mut findings, analysis);
    findings.extend(logins::guessed(evidence));
    rank::rank(&mut findings, analysis);
    let mut findings = fold::fold(findings, analysis, options.signatures.catalogue());
    findings.truncate(options.limits.findings);
    confidence::judge(&mut findings, analysis, options.signatures.catalogue());
    findings
}

/// A finding with the fields every rule fills in.
pub(crate) fn finding(
    kind: FindingKind,
    severity: Severity,
    statement: &str,
    citations: Vec<Citation>,
) -> Finding {
    let mut kept: Vec<Citation> = Vec::new();
    for citation in citations {
        if !citation.quote.trim().is_empty()
            && !kept.contains(&citation)
            && kept.len() < CITATIONS_MAX
        {
            kept.push(citation);
        }
    }
    let (confidence, basis) = confidence::of_kind(kind, severity);
    Finding {
        kind,
        severity,
        statement: shorten(statement, STATEMENT_MAX),
        signature: String::new(),
        count: 1,
        first_seen: None,
        last_seen: None,
        score: 0.0,
        confidence,
        reasons: vec![basis.to_owned()],
        component: None,
        citations: kept,
        elsewhere: Vec::new(),
        signature_id: None,
        template: None,
        onset: None,
        recovery: None,
    }
}

/// Cuts a text to `limit` characters.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit - 1).collect();
    short.push('…');
    short
}

/// `once` or `N times`.
fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}
