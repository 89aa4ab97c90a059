//! What was proposed against the problem, and what shows that it helped.

use faultmaven_proto::case::v1::{
    self as case, ActionState, ActionType, CommandSafety, EvidenceKind, Milestone, NeedState,
    Obtainability,
};

use super::problem::claim;
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, second, words};

const GONE: [EvidenceKind; 3] = [
    EvidenceKind::SymptomAbsence,
    EvidenceKind::CausalAbsence,
    EvidenceKind::Resolution,
];

/// Adds mitigations, solutions and their verification.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Fix");
    let fixes: Vec<_> = fixes(material).collect();
    if fixes.is_empty() {
        document.paragraph(Line::of("No fix was recorded."));
    }
    for fix in fixes {
        action(document, fix, labels);
    }
    write_verification(document, material, labels);
}

/// Adds what shows that the problem is gone.
pub(super) fn write_verification(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(3, "Verification");
    let evidence = material.evidence_of(&GONE);
    let lines = evidence.map(|entry| claim(entry, labels)).collect();
    document.list_or(lines, "No evidence shows that the problem is gone.");
    document.paragraph(Line::of(if is_verified(material) {
        "The solution is verified."
    } else {
        "The solution is not verified."
    }));
}

/// Returns the mitigations and solutions that still count.
pub(super) fn fixes(material: &Material) -> impl Iterator<Item = &case::Action> {
    material.actions.iter().filter(|action| {
        let fixes = matches!(
            action.r#type(),
            ActionType::Mitigation | ActionType::Solution
        );
        fixes && is_open(action)
    })
}

/// Returns whether an action was neither rejected nor replaced.
pub(super) fn is_open(action: &case::Action) -> bool {
    matches!(
        action.state(),
        ActionState::Proposed | ActionState::Accepted
    )
}

/// Returns whether the fix is known to have worked.
pub(super) fn is_verified(material: &Material) -> bool {
    let progress = material.header.progress.as_ref();
    progress.is_some_and(|progress| {
        let mut reached = progress.milestones();
        reached.any(|milestone| milestone == Milestone::SolutionVerified)
    })
}

/// Adds one action with its commands exactly as they are.
pub(super) fn action(document: &mut Document, action: &case::Action, labels: &Labels) {
    let kind = words(action.r#type().as_str_name(), "ACTION_TYPE_");
    document.heading(3, format!("{}: {}", capitalized(&kind), action.title));
    let state = words(action.state().as_str_name(), "ACTION_STATE_");
    let mut lines = vec![
        Line::named("State").text(state),
        Line::named("Proposed").text(format!("in turn {}", action.proposed_turn)),
    ];
    for (name, text) in [
        ("What", &action.body),
        ("Rollback", &action.rollback),
        ("Risks", &action.risks),
    ] {
        if !text.is_empty() {
            let sentences: Vec<&str> = text.lines().map(str::trim).collect();
            lines.push(Line::named(name).prose(&sentences.join(" "), labels));
        }
    }
    for attempt in &action.attempts {
        lines.push(attempt_line(attempt, labels));
    }
    document.list_or(lines, "");
    commands(document, action);
}

fn attempt_line(attempt: &case::Attempt, labels: &Labels) -> Line {
    let outcome = words(attempt.outcome().as_str_name(), "ATTEMPT_OUTCOME_");
    let time = attempt.perform_time.as_ref().map(second);
    let time = time.map(|time| format!("at {time}"));
    Line::named("Tried")
        .text(time.unwrap_or_default())
        .text(format!("with the outcome: {outcome}"))
        .because(&attempt.note, labels)
        .cites(labels.all(&attempt.evidence_ids))
}

/// Adds the commands of an action exactly as they are.
pub(super) fn commands(document: &mut Document, action: &case::Action) {
    for command in &action.commands {
        let safety = match command.safety() {
            CommandSafety::ReadOnly => "Command (reads only)",
            CommandSafety::Caution | CommandSafety::Unspecified => "Command (changes something)",
        };
        let purpose = match command.description.as_str() {
            same if same == action.title => String::new(),
            "" => String::new(),
            purpose => format!("— {purpose}"),
        };
        document.paragraph(Line::of(safety).text(purpose));
        document.quote(&command.command);
    }
}

/// Returns what the investigation still lacks.
pub(super) fn open_needs(material: &Material, labels: &Labels) -> Vec<Line> {
    let is_open =
        |need: &&case::Need| matches!(need.state(), NeedState::Pending | NeedState::PartiallyMet);
    let needs = material.needs.iter().filter(is_open);
    needs.map(|need| need_line(need, labels)).collect()
}

fn need_line(need: &case::Need, labels: &Labels) -> Line {
    let obtainable = match need.obtainability() {
        Obtainability::Unobtainable => "(cannot be obtained)",
        _ => "",
    };
    let purpose = words(need.purpose().as_str_name(), "NEED_PURPOSE_");
    let line = Line::named(&capitalized(&purpose))
        .prose(&need.request, labels)
        .text(obtainable);
    match need.how.strip_prefix("$ ") {
        Some(command) => line.text("—").code(command),
        None => line.because(&need.how, labels),
    }
}
