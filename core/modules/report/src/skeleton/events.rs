//! What happened when, merged from evidence, changes, status changes and turns.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1::{self as case, ActionType, EvidenceKind, FactKind};

use super::problem::{claim, tells_when};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, counted, moment, observed, second, words};

/// Facts whose value is a time.
const TIMES: [(FactKind, &str); 3] = [
    (FactKind::StartedAt, "The problem began"),
    (FactKind::NoticedAt, "The problem was noticed"),
    (FactKind::ResolvedNaturallyAt, "The problem ended by itself"),
];

/// Something that happened, at a time unless that is not known.
struct Event {
    time: Option<prost_types::Timestamp>,
    /// Writes the time; the case's own clock is finer than anybody wants to read.
    written: fn(&prost_types::Timestamp) -> String,
    what: Line,
}

/// Adds what happened to the systems and to the case.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Timeline");
    let mut events = happenings(material, labels);
    events.extend(status_changes(material, labels));
    list(document, events, "No event has a known time.");
}

/// Adds that and what each turn of the investigation did.
pub(super) fn write_all(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Events");
    let mut events = happenings(material, labels);
    events.extend(status_changes(material, labels));
    events.extend(material.turns.iter().map(|entry| turn(entry, labels)));
    let actions = material.actions.iter();
    events.extend(actions.map(|action| proposal(action, material, labels)));
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
        let time = event.time.as_ref().map(event.written);
        let mut line = Line::named(&time.unwrap_or_default());
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
    events.extend(seen(material, labels));
    events
}

/// Evidence of which no change tells, one event for each place.
fn seen(material: &Material, labels: &Labels) -> Vec<Event> {
    let changes = material.facts_of(FactKind::Change);
    let told: BTreeSet<&String> = changes
        .flat_map(|fact| [&fact.source_evidence_id, &fact.source_message_id])
        .collect();
    let is_told = |entry: &case::EvidenceDigest| {
        let is_word = entry.category() == EvidenceKind::Causal && !entry.message_id.is_empty();
        told.contains(&entry.evidence_id) || is_word && told.contains(&entry.message_id)
    };
    let mut events = Vec::new();
    let mut places = BTreeMap::new();
    for entry in material.evidence.iter().filter(|entry| !entry.withdrawn) {
        let place = (&entry.file_id, entry.byte_start, entry.byte_end);
        if is_told(entry) {
            continue;
        }
        let known = places.get(&place).filter(|_| !entry.file_id.is_empty());
        if let Some(at) = known {
            let event: &mut Event = &mut events[*at];
            event.what.cite_also(labels.one(&entry.evidence_id));
            continue;
        }
        places.insert(place, events.len());
        events.push(evidence_event(entry, labels));
    }
    events
}

fn moment_fact(fact: &case::Fact, what: &str, labels: &Labels) -> Event {
    let cites = labels.of_fact(fact);
    match DateTime::parse_from_rfc3339(&fact.value) {
        Ok(time) => Event {
            time: Some(timestamp(time.to_utc())),
            written: moment,
            what: Line::of(format!("{what}.")).cites(cites),
        },
        Err(_) => Event {
            time: None,
            written: moment,
            what: Line::of(format!("{what}:"))
                .prose(&fact.value, labels)
                .cites(cites),
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
        written: moment,
        what: Line::of(kind)
            .prose(&fact.value, labels)
            .cites(labels.of_fact(fact)),
    }
}

fn evidence_event(entry: &case::EvidenceDigest, labels: &Labels) -> Event {
    let time = entry.observed_from.or(entry.observed_to);
    if time.is_none() {
        return Event {
            time,
            written: moment,
            what: claim(entry, labels),
        };
    }
    let until = match (&entry.observed_from, &entry.observed_to) {
        (Some(from), Some(to)) if from != to && !tells_when(entry) => {
            format!("(until {})", observed(None, Some(to)))
        }
        _ => String::new(),
    };
    Event {
        time,
        written: moment,
        what: Line::default()
            .prose(&entry.claim, labels)
            .text(until)
            .cites(labels.one(&entry.evidence_id)),
    }
}

fn status_changes<'a>(
    material: &'a Material,
    labels: &'a Labels,
) -> impl Iterator<Item = Event> + 'a {
    let changes = material.status_changes.iter();
    changes.map(|change| status_change(change, material, labels))
}

fn status_change(change: &case::StatusChange, material: &Material, labels: &Labels) -> Event {
    let from = words(change.from().as_str_name(), "CASE_STATUS_");
    let to = words(change.to().as_str_name(), "CASE_STATUS_");
    let how = match change.how.as_str() {
        "handshake" => "confirmed by",
        _ => "decided by",
    };
    let by = material.person(&change.by);
    Event {
        time: change.change_time,
        written: second,
        what: Line::of(format!("The case moved from {from} to {to}, {how} {by}"))
            .because(&change.reason, labels),
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
        written: second,
        what: Line::of(parts.join("; ")).cites(labels.all(&turn.evidence_ids)),
    }
}

fn proposal(action: &case::Action, material: &Material, labels: &Labels) -> Event {
    let mut turns = material.turns.iter();
    let turn = turns.find(|turn| turn.turn_number == action.proposed_turn);
    let kind = words(action.r#type().as_str_name(), "ACTION_TYPE_");
    let kind = match action.r#type() {
        ActionType::Unspecified => "Action".to_owned(),
        _ => capitalized(&kind),
    };
    Event {
        time: turn.and_then(|turn| turn.commit_time),
        written: second,
        what: Line::of(format!("{kind} proposed:")).prose(&action.title, labels),
    }
}
