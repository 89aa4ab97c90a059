//! What to do when the same failure comes again.

use faultmaven_proto::case::v1::{self as case, EvidenceKind, FactKind, Stance};

use super::signs::{Sign, signs};
use super::{cause, fix};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, cut, words};

const STATEMENT_MAX: usize = 300;
const MECHANISM_MAX: usize = 800;

/// Adds everything between head and appendix.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.list_or(front_matter(material), "");
    write_symptoms(document, material, labels);
    write_applicability(document, material, labels);
    write_diagnosis(document, material, labels);
    write_cause(document, material, labels);
}

fn front_matter(material: &Material) -> Vec<Line> {
    let service = material.facts_of(FactKind::AffectedService);
    let services: Vec<&str> = service.map(|fact| fact.value.as_str()).collect();
    let severity = material.facts_of(FactKind::Severity).last();
    let severity = severity.map_or("not recorded", |fact| fact.value.as_str());
    let tags = &material.case.tags;
    let mut lines = vec![
        Line::named("Service").text(services.join(", ")),
        Line::named("Severity").text(severity),
        Line::named("Grade of the cause").text(cause::grade(material.assurance())),
    ];
    if services.is_empty() {
        lines[0] = Line::named("Service").text("not recorded");
    }
    if !tags.is_empty() {
        lines.push(Line::named("Tags").text(tags.join(", ")));
    }
    lines
}

fn write_symptoms(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Symptoms");
    let facts = material.facts_of(FactKind::SymptomIndicator);
    let facts = facts.map(|fact| {
        Line::default()
            .prose(&fact.value, labels)
            .cites(labels.of_fact(fact))
    });
    let lines: Vec<Line> = facts
        .chain(symptoms(material, labels).iter().map(Sign::line))
        .collect();
    let missing = "No symptom was recorded. Add by what the failure is recognized.";
    document.list_or(lines, missing);
}

fn symptoms(material: &Material, labels: &Labels) -> Vec<Sign> {
    let evidence = material.evidence_of(&[EvidenceKind::Symptom]);
    signs(evidence, material, labels)
}

/// Adds where the runbook applies, if anything limits that.
fn write_applicability(document: &mut Document, material: &Material, labels: &Labels) {
    let mut lines = Vec::new();
    for (kind, name) in [
        (FactKind::Environment, "Environment"),
        (FactKind::AffectedRegion, "Region"),
        (FactKind::ProblemType, "Type of problem"),
        (FactKind::Change, "After a change such as"),
    ] {
        let facts = material.facts_of(kind);
        lines.extend(facts.map(|fact| {
            let line = Line::named(name).prose(&fact.value, labels);
            line.cites(labels.of_fact(fact))
        }));
    }
    if !lines.is_empty() {
        document.heading(2, "Applicability");
        document.list_or(lines, "");
    }
}

fn write_diagnosis(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Diagnosis");
    let chain = chain(material);
    let mut steps: Vec<Line> = checks(&chain)
        .map(|check| cause::prediction(check, labels))
        .collect();
    for hypothesis in &chain {
        let seen = cause::supporting(hypothesis).filter_map(|id| material.evidence_by_id(id));
        steps.extend(signs(seen, material, labels).iter().map(|sign| {
            let line = sign.after("Look for");
            line.text("— a sign of:")
                .prose(&hypothesis.statement, labels)
        }));
    }
    let missing = "No check was recorded. Add how this cause is told from others.";
    document.steps_or(steps, missing);
}

fn checks<'a>(chain: &'a [&case::Hypothesis]) -> impl Iterator<Item = &'a case::Prediction> {
    chain.iter().flat_map(|hypothesis| &hypothesis.predictions)
}

/// Returns the cause and what it explains on the way to the problem.
pub(super) fn chain(material: &Material) -> Vec<&case::Hypothesis> {
    let mut chain: Vec<&case::Hypothesis> = material.lead().into_iter().collect();
    while let Some(next) = chain
        .last()
        .and_then(|last| material.hypothesis(&last.explains))
        && chain.len() < material.hypotheses.len()
    {
        chain.push(next);
    }
    chain
}

fn write_cause(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Causes");
    let Some(lead) = material.lead() else {
        let missing = "No cause was recorded. Add what led to the failure, and its fix.";
        document.paragraph(Line::of(missing));
        return;
    };
    document.heading(3, cut(&lead.statement, STATEMENT_MAX).0);
    let mechanism = cut(&lead.mechanism, MECHANISM_MAX).0;
    let area = words(lead.category().as_str_name(), "HYPOTHESIS_CATEGORY_");
    let mut lines = vec![
        Line::named("Area").text(area),
        match mechanism {
            "" => Line::named("Mechanism").text("not established"),
            mechanism => Line::named("Mechanism").prose(mechanism, labels),
        },
    ];
    lines.extend(indicators(material, labels, lead));
    document.list_or(lines, "");
    write_resolution(document, material, labels);
    write_verification(document, material, labels);
}

fn write_resolution(document: &mut Document, material: &Material, labels: &Labels) {
    let fixes: Vec<_> = fix::fixes(material).collect();
    if fixes.is_empty() {
        document.heading(3, "Resolution");
        let missing = "No fix was recorded. Add what was done and what came of it.";
        document.paragraph(Line::of(missing));
    }
    for action in fixes {
        remedy(document, action, labels);
    }
}

/// Adds what to do, and how it is undone.
fn remedy(document: &mut Document, action: &case::Action, labels: &Labels) {
    let kind = words(action.r#type().as_str_name(), "ACTION_TYPE_");
    document.heading(3, format!("{}: {}", capitalized(&kind), action.title));
    let mut lines = Vec::new();
    for (name, text) in [
        ("What", &action.body),
        ("Rollback", &action.rollback),
        ("Risks", &action.risks),
    ] {
        let sentences: Vec<&str> = text.lines().map(str::trim).collect();
        if !sentences.is_empty() {
            lines.push(Line::named(name).prose(&sentences.join(" "), labels));
        }
    }
    if action.rollback.is_empty() {
        lines.push(Line::named("Rollback").text("none was recorded"));
    }
    lines.extend(action.attempts.iter().map(|attempt| {
        let outcome = words(attempt.outcome().as_str_name(), "ATTEMPT_OUTCOME_");
        Line::named("Tried in the case this comes from").text(outcome)
    }));
    document.list_or(lines, "");
    fix::commands(document, action);
}

/// Adds what shows that the failure is gone.
fn write_verification(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(3, "Verification");
    let chain = chain(material);
    let tells = checks(&chain).filter(|check| !check.if_false.trim().is_empty());
    let mut lines: Vec<Line> = tells
        .map(|check| {
            let command = check.how.strip_prefix("$ ");
            let line = command.map_or_else(
                || Line::default().prose(&check.how, labels),
                |command| Line::default().code(command),
            );
            line.text("— when it is gone:")
                .prose(&check.if_false, labels)
        })
        .collect();
    let symptoms = symptoms(material, labels);
    lines.extend(symptoms.iter().map(|sign| {
        let line = sign.after("While the service is in use, no more");
        line.text("are to come.")
    }));
    let missing = "Nothing was recorded by which a fix is verified. Add it.";
    document.list_or(lines, missing);
    document.paragraph(Line::of(if fix::is_verified(material) {
        "In the case this comes from, the solution was verified."
    } else {
        "In the case this comes from, the solution was not verified."
    }));
}

fn indicators(material: &Material, labels: &Labels, lead: &case::Hypothesis) -> Vec<Line> {
    let mut lines = Vec::new();
    for (stance, name) in [
        (Stance::Supports, "Indicator"),
        (Stance::Refutes, "Counter-indicator"),
    ] {
        let links = lead.links.iter().filter(|link| link.stance() == stance);
        let entries = links.filter_map(|link| material.evidence_by_id(&link.evidence_id));
        lines.extend(signs(entries, material, labels).iter().map(|sign| {
            let mut line = Line::named(name);
            line.0.extend(sign.line().0);
            line
        }));
    }
    lines
}
