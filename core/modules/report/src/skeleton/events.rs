//! What happened when, merged from evidence, changes, status changes and turns.

use chrono::DateTime;
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1::{self as case, ActionType, FactKind};

use super::problem::claim;
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, counted, moment, observed, words};

/// Facts whose value is a time.
const TIMES: [(FactKind, &str); 3] = [
    (FactKind::StartedAt, "The problem began"),
    (FactKind::NoticedAt, "The problem was noticed"),
    (FactKind::ResolvedNaturallyAt, "The problem ended by itself"),
];

/// Something that happened, at a time unless that is not known.
struct Event {
    time: Option<prost_types::Timestamp>,
    what: Line,
}

/// Adds what happened to the systems and to the case.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Timeline");
    let mut events = happenings(material, labels);
    events.extend(material.status_changes.iter().map(status_change));
    list(document, events, "No event has a known time.");
}

/// Adds that and what each turn of the investigation did.
pub(super) fn write_all(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Events");
    let mut events = happenings(material, labels);
    events.extend(material.status_changes.iter().map(status_change));
    events.extend(material.turns.iter().map(|entry| turn(entry, labels)));
    let actions = material.actions.iter();
    events.extend(actions.map(|action| proposal(action, &material.turns)));
    list(document, events, "No event has a known time.");
}

fn list(document: &mut Document, events: Vec<Event>, nothing: &str) {
    let (mut dated, undated): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|event| event.time.is_some());
    // The sort is stable: events of one moment stay in the order of their sources.
    dated.sort_by_key(|event| {
        let time = event.time.unwrap_or_default();
        (time.seconds, time.nanos)
    });
    let dated = dated.into_iter().map(|event| {
        let mut line = Line::named(&event.time.as_ref().map(moment).unwrap_or_default());
        line.0.extend(event.what.0);
        line
    });
    document.list_or(dated.collect(), nothing);
    if !undated.is_empty() {
        document.heading(3, "Without a known time");
        document.list_or(undated.into_iter().map(|event| event.what).collect(), "");
    }
}

fn happenings(material: &Material, labels: &Labels) -> Vec<Event> {
    let mut events = Vec::new();
    for (kind, what) in TIMES {
        let facts = material.facts_of(kind);
        events.extend(facts.map(|fact| moment_fact(fact, what, labels)));
    }
    let changes = material.facts_of(FactKind::Change);
    events.extend(changes.map(|fact| change(fact, labels)));
    let evidence = material.evidence.iter().filter(|entry| !entry.withdrawn);
    events.extend(evidence.map(|entry| evidence_event(entry, labels)));
    events
}

fn moment_fact(fact: &case::Fact, what: &str, labels: &Labels) -> Event {
    let cites = labels.of_fact(fact);
    match DateTime::parse_from_rfc3339(&fact.value) {
        Ok(time) => Event {
            time: Some(timestamp(time.to_utc())),
            what: Line::of(format!("{what}.")).cites(cites),
        },
        Err(_) => Event {
            time: None,
            what: Line::of(format!("{what}:")).text(&fact.value).cites(cites),
        },
    }
}

fn change(fact: &case::Fact, labels: &Labels) -> Event {
    let kind = match fact.change_type.as_str() {
        "" => "Change:".to_owned(),
        kind => format!("Change ({kind}):"),
    };
    Event {
        time: fact.change_time,
        what: Line::of(kind).text(&fact.value).cites(labels.of_fact(fact)),
    }
}

fn evidence_event(entry: &case::EvidenceDigest, labels: &Labels) -> Event {
    let time = entry.observed_from.or(entry.observed_to);
    if time.is_none() {
        return Event {
            time,
            what: claim(entry, labels),
        };
    }
    let until = match (&entry.observed_from, &entry.observed_to) {
        (Some(from), Some(to)) if from != to => format!("(until {})", observed(None, Some(to))),
        _ => String::new(),
    };
    Event {
        time,
        what: Line::of(&entry.claim)
            .text(until)
            .cites(labels.one(&entry.evidence_id)),
    }
}

fn status_change(change: &case::StatusChange) -> Event {
    let from = words(change.from().as_str_name(), "CASE_STATUS_");
    let to = words(change.to().as_str_name(), "CASE_STATUS_");
    let how = words(&change.how, "");
    Event {
        time: change.change_time,
        what: Line::of(format!("The case moved from {from} to {to} by {how} of"))
            .code(&change.by)
            .remark(&change.reason),
    }
}

fn turn(turn: &case::Turn, labels: &Labels) -> Event {
    let outcome = words(turn.outcome().as_str_name(), "TURN_OUTCOME_");
    let mut parts = vec![format!("Turn {}: {outcome}", turn.turn_number)];
    if !turn.file_ids.is_empty() {
        parts.push(counted(turn.file_ids.len(), "file"));
    }
    for (did, milestones) in [
        ("reached", turn.milestones_completed().collect::<Vec<_>>()),
        ("lost", turn.milestones_reverted().collect()),
    ] {
        let names = milestones
            .iter()
            .map(|milestone| words(milestone.as_str_name(), "MILESTONE_"));
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            parts.push(format!("{did} {}", names.join(", ")));
        }
    }
    Event {
        time: turn.commit_time,
        what: Line::of(parts.join("; ")).cites(labels.all(&turn.evidence_ids)),
    }
}

fn proposal(action: &case::Action, turns: &[case::Turn]) -> Event {
    let turn = turns
        .iter()
        .find(|turn| turn.turn_number == action.proposed_turn);
    let kind = words(action.r#type().as_str_name(), "ACTION_TYPE_");
    let kind = match action.r#type() {
        ActionType::Unspecified => "Action".to_owned(),
        _ => capitalized(&kind),
    };
    Event {
        time: turn.and_then(|turn| turn.commit_time),
        what: Line::of(format!("{kind} proposed:")).text(&action.title),
    }
}
