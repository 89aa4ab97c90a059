//! The summaries that a case gets when it ends.

use faultmaven_proto::case::v1::{HypothesisStatus, NeedState};

use super::{cause, events, fix, problem};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::words;

/// Adds how the problem was solved.
pub(super) fn write_resolution(document: &mut Document, material: &Material, labels: &Labels) {
    problem::write(document, material, labels);
    write_path(document, material, labels);
    cause::write(document, material, labels);
    fix::write(document, material, labels);
    cause::write_by_status(document, material, labels);
    events::write(document, material, labels);
}

/// Adds what is known of a problem that was left unsolved.
pub(super) fn write_closure(document: &mut Document, material: &Material, labels: &Labels) {
    problem::write(document, material, labels);
    problem::write_facts(document, material, labels);
    write_candidates(document, material, labels);
    write_what_would_decide(document, material, labels);
    events::write(document, material, labels);
}

/// Adds which turns brought the investigation forward.
fn write_path(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Path");
    let steps = material.turns.iter().filter(|turn| turn.progress_made);
    let steps = steps.map(|turn| {
        let outcome = words(turn.outcome().as_str_name(), "TURN_OUTCOME_");
        let milestones = turn.milestones_completed();
        let names = milestones.map(|milestone| words(milestone.as_str_name(), "MILESTONE_"));
        let names: Vec<String> = names.collect();
        let reached = match names.as_slice() {
            [] => String::new(),
            names => format!("({})", names.join(", ")),
        };
        Line::named(&format!("Turn {}", turn.turn_number))
            .text(outcome)
            .text(reached)
            .cites(labels.all(&turn.evidence_ids))
    });
    document.list_or(steps.collect(), "No turn is recorded as progress.");
}

fn write_candidates(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Candidates");
    let mut lines: Vec<Line> = cause::undecided(material, labels)
        .map(|line| line.text("— undecided"))
        .collect();
    for status in [HypothesisStatus::Validated, HypothesisStatus::Refuted] {
        let hypotheses = material.hypotheses.iter();
        let decided = hypotheses.filter(|hypothesis| hypothesis.status() == status);
        lines.extend(decided.map(|hypothesis| cause::hypothesis(hypothesis, labels)));
    }
    document.list_or(lines, "No explanation was recorded.");
}

fn write_what_would_decide(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "What would decide");
    let undecided = material.hypotheses.iter().filter(|hypothesis| {
        matches!(
            hypothesis.status(),
            HypothesisStatus::Captured | HypothesisStatus::Active | HypothesisStatus::Inconclusive
        )
    });
    let predictions = undecided.flat_map(|hypothesis| &hypothesis.predictions);
    let mut lines: Vec<Line> = predictions
        .map(|prediction| cause::prediction(prediction, labels))
        .collect();
    let is_open = material
        .needs
        .iter()
        .any(|need| matches!(need.state(), NeedState::Pending | NeedState::PartiallyMet));
    if is_open {
        lines.extend(fix::open_needs(material, labels));
    }
    document.list_or(lines, "No check was recorded that would decide it.");
}
