//! The report for whoever takes the case over.

use faultmaven_proto::case::v1::{ActionType, Milestone};

use super::{cause, fix, problem};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, words};

/// Adds everything between head and appendix.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    state(document, material, labels);
    problem::write(document, material, labels);
    problem::write_facts(document, material, labels);
    cause::write_by_status(document, material, labels);
    document.heading(2, "Needs");
    let needs = fix::open_needs(material, labels);
    document.list_or(needs, "Nothing is asked for.");
    next_steps(document, material, labels);
    journal(document, material, labels);
}

fn state(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "State");
    let mut lines = cause::conclusion(material, labels);
    lines.push(milestones(material));
    if let Some(pending) = &material.case.pending_transition {
        let to = words(pending.to().as_str_name(), "CASE_STATUS_");
        let line = Line::named("Awaits confirmation").text(format!("move to {to}:"));
        let line = line.prose(&pending.reason, labels);
        lines.push(line.cites(labels.all(&pending.evidence_ids)));
    }
    document.list_or(lines, "");
}

fn milestones(material: &Material) -> Line {
    let progress = material.header.progress.clone().unwrap_or_default();
    let reached = progress.milestones().map(name).collect::<Vec<_>>();
    let count = format!("{} of {}", reached.len(), progress.total_milestones);
    let line = Line::named("Milestones").text(count);
    if reached.is_empty() {
        return line;
    }
    line.text(format!("({})", reached.join(", ")))
}

fn name(milestone: Milestone) -> String {
    words(milestone.as_str_name(), "MILESTONE_")
}

fn next_steps(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Next steps");
    let steps = material.header.next_actions.iter();
    let steps: Vec<Line> = steps
        .map(|step| Line::default().prose(step, labels))
        .collect();
    let actions = material.actions.iter();
    let open: Vec<_> = actions
        .filter(|action| action.r#type() != ActionType::Unspecified && fix::is_open(action))
        .collect();
    if !steps.is_empty() || open.is_empty() {
        document.list_or(steps, "None is suggested.");
    }
    for action in open {
        fix::action(document, action, labels);
    }
}

fn journal(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Journal");
    let entries = material.journal.iter().map(|entry| {
        let kind = capitalized(&words(&entry.kind, ""));
        Line::named(&format!("Turn {}", entry.turn_number))
            .text(format!("{kind}:"))
            .prose(&entry.text, labels)
    });
    document.list_or(entries.collect(), "Nothing was noted.");
}
