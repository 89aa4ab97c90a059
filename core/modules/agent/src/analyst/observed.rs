//! Conditions that no entry of the catalogue knows, made from what the data show.

use faultmaven_proto::evidence::v1::{
    Candidate, Check, Finding, Indication, IndicationStrength, Severity,
};

use super::failed_call;
use super::message::message;
use super::relevance::{MEASURED, text_of};
use super::situation::Situation;
use super::statement::clipped;
use super::subject::service;
use crate::reply::text::plain;

const OBSERVED_MAX: usize = 2;
const STATEMENT_MAX: usize = 300;
/// How the catalogue id of such a condition begins.
const PREFIX: &str = "observed.";

/// Kinds of findings that say what is wrong, with the area they belong to.
const KINDS: [(&str, &str); 19] = [
    ("stack_group", "code"),
    ("error_signature", "other"),
    ("restart_loop", "environment"),
    ("pod_state", "environment"),
    ("unit_failed", "environment"),
    ("resource_pressure", "environment"),
    ("connection_result", "network"),
    ("name_resolution", "network"),
    ("certificate", "security"),
    ("config_lint", "config"),
    ("error_span", "code"),
    ("http_result", "other"),
    ("slow_span", "other"),
    ("saturation", "environment"),
    ("growth", "environment"),
    ("level_shift", "other"),
    ("spike", "other"),
    ("template_burst", "other"),
    ("alert", "other"),
];
/// Kinds of findings whose lines are fields of a document, which say less than the finding.
const WORDED: [&str; 5] = [
    "alert",
    "certificate",
    "error_span",
    "http_result",
    "slow_span",
];

/// What a reason of its own does not prove.
pub(crate) const OWN_REASON: &str = "It set in with the problem; that it led to it is not shown.";
/// What a call that failed does not prove.
pub(crate) const CALL_FAILED: &str = "The line says what failed, not why.";
/// What does not follow from that something takes long.
const TAKES_LONG: &str = "It tells what takes long, not why.";
/// Words of metrics that measure what runs out, or what carries.
const RESOURCES: [&str; 21] = [
    " is down",
    "cpu",
    "memory",
    "heap",
    "gc_",
    "garbage",
    "disk",
    "throttl",
    "connection",
    "thread",
    "queue",
    "lag",
    "inode",
    "filesystem",
    "volume",
    "swap",
    "descriptor",
    "evict",
    "_rtt",
    "retransmi",
    "packet",
];

/// Returns whether a candidate was made from a finding alone.
pub(crate) fn is_observed(candidate: &Candidate) -> bool {
    candidate.catalogue_id.starts_with(PREFIX)
}

/// Returns what the gravest findings say by themselves, best first.
pub(crate) fn candidates(situation: &Situation) -> Vec<Candidate> {
    let relevance = situation.relevance();
    let mut telling: Vec<(&Finding, &str)> = situation
        .assessment
        .findings
        .iter()
        .filter(|finding| finding.catalogue_id.is_empty())
        .filter(|finding| relevance.is_trouble(finding))
        .filter(|finding| !relevance.restates(&text_of(finding)))
        .filter_map(|finding| {
            let (_, area) = KINDS.iter().find(|(kind, _)| *kind == finding.kind)?;
            Some((finding, *area))
        })
        .collect();
    let rank = |finding: &Finding| KINDS.iter().position(|(kind, _)| *kind == finding.kind);
    telling.sort_by_cached_key(|(finding, _)| {
        let begins = relevance.begins_with_it(finding);
        let is_reason = is_own_reason(finding);
        (
            !begins,
            !relevance.sets_in_with_it(finding),
            !is_reason,
            !is_measured_to_fail(finding),
            rank(finding),
            !relevance.concerns(finding),
        )
    });
    let mut made: Vec<Candidate> = Vec::new();
    for (finding, area) in telling {
        let id = format!("{PREFIX}{}", finding.signature);
        let is_double = made.iter().any(|known| known.catalogue_id == id);
        if !is_double && made.len() < OBSERVED_MAX {
            made.extend(candidate(id, finding, area));
        }
    }
    made
}

/// Returns whether a finding is a reason rather than a call that failed for it, or its latency.
fn is_own_reason(finding: &Finding) -> bool {
    // An alert repeats what it was told to watch for, unless that is what carries.
    if MEASURED.contains(&finding.kind.as_str()) || finding.kind == "alert" {
        let said = finding.statement.to_lowercase();
        return RESOURCES.iter().any(|word| said.contains(word));
    }
    !failed_call::is_told_by(&text_of(finding)) && finding.kind != "slow_span"
}

/// Returns whether something is measured to have run out or to be down, rather than to have changed.
fn is_measured_to_fail(finding: &Finding) -> bool {
    MEASURED.contains(&finding.kind.as_str()) && finding.severity() >= Severity::Error
}

fn candidate(id: String, finding: &Finding, area: &str) -> Option<Candidate> {
    let citation = finding.citations.first()?.clone();
    let kind = finding.kind.as_str();
    let said = if MEASURED.contains(&kind) || WORDED.contains(&kind) {
        finding.statement.as_str()
    } else {
        message(&citation.quote)
    };
    let statement = plain(said, STATEMENT_MAX);
    let component = service(&finding.component, &citation.filename);
    let is_named = component.is_empty() || statement.contains(&component);
    let statement = if is_named {
        statement
    } else {
        format!("{}: {statement}", plain(&component, 80))
    };
    let check = Check {
        title: "Shows the lines around it.".to_owned(),
        ..Default::default()
    };
    Some(Candidate {
        catalogue_id: id,
        kind: "condition".to_owned(),
        title: clipped(&statement, 120),
        statement,
        category: area.to_owned(),
        does_not_prove: match kind {
            "slow_span" => TAKES_LONG,
            _ if is_own_reason(finding) => OWN_REASON,
            _ => CALL_FAILED,
        }
        .to_owned(),
        indications: vec![Indication {
            strength: IndicationStrength::Indirect.into(),
            statement: finding.statement.clone(),
            signature: finding.signature.clone(),
            observed_from: finding.first_seen,
            observed_to: finding.last_seen,
            count: finding.count,
            citation: Some(citation),
        }],
        checks: vec![check],
        ..Default::default()
    })
}
