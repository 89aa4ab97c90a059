//! What to do when the same failure comes again.

use faultmaven_proto::case::v1::{self as case, EvidenceKind, FactKind, Stance};

use super::{cause, fix, problem};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{cut, words};

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
    let evidence = material.evidence_of(&[EvidenceKind::Symptom]);
    let lines: Vec<Line> = facts
        .chain(evidence.map(|entry| problem::claim(entry, labels)))
        .collect();
    let missing = "No symptom was recorded. Add by what the failure is recognized.";
    document.list_or(lines, missing);
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
    let predictions = chain.iter().flat_map(|hypothesis| &hypothesis.predictions);
    let mut steps: Vec<Line> = predictions
        .map(|prediction| cause::prediction(prediction, labels))
        .collect();
    for hypothesis in &chain {
        let seen = cause::supporting(hypothesis).filter_map(|id| material.evidence_by_id(id));
        steps.extend(seen.map(|entry| {
            let found = Line::of("Look for what was found here:");
            let source = Line::of("in").code(&entry.file_name);
            let source = if entry.file_name.is_empty() {
                Line::default()
            } else {
                source
            };
            let mut line = found;
            line.0.extend(problem::claim(entry, labels).0);
            line.0.extend(source.0);
            line
        }));
    }
    let missing = "No check was recorded. Add how this cause is told from others.";
    document.steps_or(steps, missing);
}

/// Returns the cause and what it explains on the way to the problem.
fn chain(material: &Material) -> Vec<&case::Hypothesis> {
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
    let fixes: Vec<_> = fix::fixes(material).collect();
    if fixes.is_empty() {
        document.heading(3, "Resolution");
        let missing = "No fix was recorded. Add what was done and what came of it.";
        document.paragraph(Line::of(missing));
    }
    for action in fixes {
        fix::action(document, action, labels);
    }
    fix::write_verification(document, material, labels);
}

fn indicators(material: &Material, labels: &Labels, lead: &case::Hypothesis) -> Vec<Line> {
    let links = lead.links.iter().filter_map(|link| {
        let name = match link.stance() {
            Stance::Supports => "Indicator",
            Stance::Refutes => "Counter-indicator",
            Stance::Neutral | Stance::Unspecified => return None,
        };
        let entry = material.evidence_by_id(&link.evidence_id)?;
        let mut line = Line::named(name);
        line.0.extend(problem::claim(entry, labels).0);
        Some(line)
    });
    links.collect()
}
