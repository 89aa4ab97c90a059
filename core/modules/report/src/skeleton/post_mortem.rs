//! The report for those who want to do better the next time.

use faultmaven_proto::case::v1::{
    self as case, ActionType, AttemptOutcome, FactKind, HypothesisStatus, NeedState,
};

use super::{cause, events, fix, incident_report};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{counted, words};

/// Journal entries that say what to remember.
const LESSONS: [&str; 2] = ["decision", "blocker"];

/// Adds everything between head and appendix.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    incident_report::write_summary(document, material, labels);
    events::write(document, material, labels);
    cause::write(document, material, labels);
    document.heading(2, "What went well");
    let well = went_well(material, labels);
    document.list_or(well, "Nothing of that kind is recorded.");
    document.heading(2, "What went badly");
    let badly = went_badly(material, labels);
    document.list_or(badly, "Nothing of that kind is recorded.");
    write_actions(document, material, labels);
    write_lessons(document, material, labels);
}

fn went_well(material: &Material, labels: &Labels) -> Vec<Line> {
    let mut lines = Vec::new();
    if fix::is_verified(material) {
        lines.push(Line::of("The fix was verified with evidence."));
    }
    let worked = attempts(material, AttemptOutcome::Succeeded);
    lines.extend(worked.map(|(action, attempt)| tried("Worked", action, attempt, labels)));
    let refuted = material.hypotheses.iter();
    let refuted = refuted.filter(|other| other.status() == HypothesisStatus::Refuted);
    lines.extend(refuted.map(|hypothesis| {
        let links = hypothesis.links.iter().map(|link| &link.evidence_id);
        Line::named("Ruled out")
            .prose(&hypothesis.statement, labels)
            .cites(labels.all(links))
    }));
    lines
}

fn went_badly(material: &Material, labels: &Labels) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(minutes) = minutes_until_noticed(material)
        && minutes > 0
    {
        let delay = counted(minutes, "minute");
        lines.push(Line::of(format!(
            "The problem was noticed {delay} after it began."
        )));
    }
    let failed = attempts(material, AttemptOutcome::Failed);
    lines.extend(failed.map(|(action, attempt)| tried("Failed", action, attempt, labels)));
    let idle = material.turns.iter().filter(|turn| !turn.progress_made);
    let idle = idle.count();
    if idle > 0 {
        let turns = counted(idle, "turn");
        let all = material.turns.len();
        lines.push(Line::of(format!(
            "Of {all} turns, {turns} brought nothing new."
        )));
    }
    let missing = material.needs.iter();
    let missing = missing.filter(|need| need.state() == NeedState::Pending);
    lines.extend(missing.map(|need| Line::named("Never obtained").prose(&need.request, labels)));
    lines
}

fn attempts(
    material: &Material,
    outcome: AttemptOutcome,
) -> impl Iterator<Item = (&case::Action, &case::Attempt)> {
    let all = material.actions.iter();
    let all = all.flat_map(|action| action.attempts.iter().map(move |attempt| (action, attempt)));
    all.filter(move |(_, attempt)| attempt.outcome() == outcome)
}

fn tried(how: &str, action: &case::Action, attempt: &case::Attempt, labels: &Labels) -> Line {
    Line::named(how)
        .prose(&action.title, labels)
        .because(&attempt.note, labels)
        .cites(labels.all(&attempt.evidence_ids))
}

/// Returns how long nobody saw the problem, if the case knows.
pub(super) fn minutes_until_noticed(material: &Material) -> Option<usize> {
    let time = |kind| {
        let fact = material.facts_of(kind).last()?;
        chrono::DateTime::parse_from_rfc3339(&fact.value).ok()
    };
    let delay = time(FactKind::NoticedAt)? - time(FactKind::StartedAt)?;
    usize::try_from(delay.num_minutes()).ok()
}

fn write_actions(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Actions");
    let actions = material.actions.iter();
    let actions = actions.filter(|action| action.r#type() != ActionType::Unspecified);
    let lines = actions.map(|action| {
        let state = words(action.state().as_str_name(), "ACTION_STATE_");
        Line::default()
            .prose(&action.title, labels)
            .text(format!("({state})"))
    });
    document.list_or(lines.collect(), "No action was recorded.");
}

fn write_lessons(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Lessons");
    let entries = material.journal.iter();
    let entries = entries.filter(|entry| LESSONS.contains(&entry.kind.as_str()));
    let lines = entries.map(|entry| Line::default().prose(&entry.text, labels));
    document.list_or(
        lines.collect(),
        "The case holds no record of lessons; those who took part add them.",
    );
}
