//! What may keep the failure from coming back, as far as the case tells.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1::{ActionType, Assurance, EvidenceKind, FactKind};

use super::signs::signs;
use super::{cause, fix, post_mortem, runbook};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{counted, moment};

/// More signs than these are no alert but a log.
const SIGNS_MAX: usize = 3;

/// Adds what the records of the case say about the next time; measures are never made up.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Prevention");
    let is_graded = matches!(
        material.assurance(),
        Assurance::Likely | Assurance::Confirmed
    );
    let is_established = is_graded && material.lead().is_some();
    let mut lines = Vec::new();
    if is_established {
        lines.extend(changes(material, labels));
        lines.extend(solutions(material, labels));
        lines.extend(checks(material, labels));
    }
    lines.extend(alerts(material, labels));
    lines.extend(delay(material));
    document.list_or(lines, "The case holds no record of what would prevent it.");
    if !is_established {
        document.paragraph(Line::of(
            "The cause is not established, so the case does not tell what prevents it.",
        ));
    }
}

/// Returns the changes that are evidence for the cause or for what it explains.
fn changes(material: &Material, labels: &Labels) -> Vec<Line> {
    let chain = runbook::chain(material);
    let supporting: BTreeSet<&String> = chain.into_iter().flat_map(cause::supporting).collect();
    let changes = material.facts_of(FactKind::Change);
    let led = changes.filter(|fact| supporting.contains(&fact.source_evidence_id));
    led.map(|fact| {
        let time = fact.change_time.as_ref().map(moment);
        Line::named("To check before such a change")
            .prose(&fact.value, labels)
            .text(time.map(|time| format!("({time})")).unwrap_or_default())
            .cites(labels.of_fact(fact))
    })
    .collect()
}

/// Returns the solutions, which prevent nothing once they are undone.
fn solutions(material: &Material, labels: &Labels) -> Vec<Line> {
    let verified = match fix::is_verified(material) {
        true => "(verified)",
        false => "(not verified)",
    };
    let solutions = fix::fixes(material).filter(|it| it.r#type() == ActionType::Solution);
    let lines = solutions.map(|it| {
        Line::named("To keep")
            .prose(&it.title, labels)
            .text(verified)
    });
    lines.collect()
}

/// Returns the checks that tell the cause, and what it leads to, before it is a problem again.
fn checks(material: &Material, labels: &Labels) -> Vec<Line> {
    let chain = runbook::chain(material);
    let checks = chain.iter().flat_map(|hypothesis| &hypothesis.predictions);
    let lines = checks.map(|check| {
        let mut line = Line::named("To check from time to time");
        line.0.extend(cause::prediction(check, labels).0);
        line
    });
    lines.collect()
}

/// Returns the first signs of the problem as what an alert could wait for.
fn alerts(material: &Material, labels: &Labels) -> Vec<Line> {
    let symptoms = material.evidence_of(&[EvidenceKind::Symptom]);
    let mut symptoms: Vec<_> = symptoms.collect();
    symptoms.sort_by_key(|entry| {
        let time = entry.observed_from.as_ref();
        (time.is_none(), time.map(|time| (time.seconds, time.nanos)))
    });
    let signs = signs(symptoms.into_iter(), material, labels).into_iter();
    let signs = signs.take(SIGNS_MAX);
    let lines = signs.map(|sign| sign.after("An alert could wait for"));
    lines.collect()
}

/// Returns how much earlier an alert would have told, if the case knows when it was noticed.
fn delay(material: &Material) -> Option<Line> {
    let minutes = post_mortem::minutes_until_noticed(material).filter(|minutes| *minutes > 0)?;
    let late = format!(
        "the problem was noticed {} after it began",
        counted(minutes, "minute")
    );
    Some(Line::named("What an alert gains").text(late))
}
