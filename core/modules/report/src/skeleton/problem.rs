//! What is wrong and whom it affects.

use faultmaven_proto::case::v1::{
    self as case, ConfirmedHow, EvidenceKind, FactKind, StatementState,
};

use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, moment, observed, second, words};

/// What is worth knowing about the impact, with the name of each.
const IMPACT: [(FactKind, &str); 7] = [
    (FactKind::AffectedService, "Affected services"),
    (FactKind::AffectedRegion, "Affected regions"),
    (FactKind::AffectedUsers, "Affected users"),
    (FactKind::Environment, "Environment"),
    (FactKind::UserImpact, "Impact on users"),
    (FactKind::Severity, "Severity"),
    (FactKind::Urgency, "Urgency"),
];

/// Adds statement and symptoms.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Problem");
    document.paragraph(statement(&material.case, labels));
    let evidence = material.evidence_of(&[EvidenceKind::Symptom]);
    let mut symptoms: Vec<Line> = evidence.map(|entry| claim(entry, labels)).collect();
    for fact in material.facts_of(FactKind::SymptomIndicator) {
        symptoms.push(
            Line::default()
                .prose(&fact.value, labels)
                .cites(labels.of_fact(fact)),
        );
    }
    document.list_or(symptoms, "No evidence of the symptom was collected.");
}

/// Returns the statement and what it is worth.
pub(super) fn statement(case: &case::Case, labels: &Labels) -> Line {
    let statement = case.statement.clone().unwrap_or_default();
    match statement.state() {
        StatementState::Confirmed => confirmed(&statement, labels),
        StatementState::RevisionPending => {
            let pending = "A revision is proposed and not confirmed:";
            confirmed(&statement, labels)
                .text(pending)
                .prose(&statement.pending_text, labels)
        }
        StatementState::Proposed => Line::default()
            .prose(&statement.text, labels)
            .text("(proposed, not confirmed)"),
        StatementState::None | StatementState::Unspecified => {
            Line::of("No problem statement was proposed.")
        }
    }
}

fn confirmed(statement: &case::ProblemStatement, labels: &Labels) -> Line {
    let time = statement.confirm_time.as_ref().map(second);
    let time = time.unwrap_or_else(|| "at an unknown time".to_owned());
    let how = match statement.confirmed_how() {
        ConfirmedHow::Derived => "taken as confirmed",
        ConfirmedHow::Reply | ConfirmedHow::Command | ConfirmedHow::Unspecified => "confirmed",
    };
    let revision = match statement.revision {
        0 | 1 => String::new(),
        revision => format!("revision {revision}, "),
    };
    Line::default()
        .prose(&statement.text, labels)
        .text(format!("({revision}{how} {time})"))
}

/// Returns what a piece of evidence shows, and when it was seen unless that is part of it.
pub(super) fn claim(entry: &case::EvidenceDigest, labels: &Labels) -> Line {
    let seen = observed(entry.observed_from.as_ref(), entry.observed_to.as_ref());
    let line = Line::default().prose(&entry.claim, labels);
    let line = if seen.is_empty() || tells_when(entry) {
        line
    } else {
        line.text(format!("({seen})"))
    };
    line.cites(labels.one(&entry.evidence_id))
}

/// Returns whether the claim itself names the time it was seen from.
pub(super) fn tells_when(entry: &case::EvidenceDigest) -> bool {
    let from = entry.observed_from.as_ref().map(moment);
    from.is_some_and(|from| entry.claim.contains(&from))
}

/// Adds the impact; what is not known is said.
pub(super) fn write_impact(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Impact");
    let mut lines = Vec::new();
    let mut unknown = Vec::new();
    for (kind, name) in IMPACT {
        let known = lines.len();
        for fact in material.facts_of(kind) {
            let line = Line::named(name).prose(&fact.value, labels);
            lines.push(line.cites(labels.of_fact(fact)));
        }
        if lines.len() == known {
            unknown.push(name.to_lowercase());
        }
    }
    if !unknown.is_empty() {
        lines.push(Line::named("Not known").text(unknown.join(", ")));
    }
    document.list_or(lines, "");
}

/// Adds every fact that still counts.
pub(super) fn write_facts(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Facts");
    let facts = material.facts().map(|fact| {
        let kind = words(fact.kind().as_str_name(), "FACT_KIND_");
        let time = fact.change_time.as_ref().map(moment);
        Line::named(&capitalized(&kind))
            .prose(&fact.value, labels)
            .text(time.map(|time| format!("({time})")).unwrap_or_default())
            .cites(labels.of_fact(fact))
    });
    document.list_or(facts.collect(), "No fact was recorded.");
}
