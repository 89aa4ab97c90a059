//! Exported objects of Kubernetes: what their states say, also one beside the other.

mod changes;
mod chaos;
mod deletion;
mod described;
mod flags;
mod inventory;
mod placement;
mod pods;
mod policies;
mod related;
mod secrets;
mod settings;
mod versions;
mod workloads;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use changes::{Changes, LATELY, newest};
pub(crate) use inventory::{node, pod, service};
pub(crate) use settings::add as add_setting;
pub(crate) use versions::{changes_between, edits, removal, rewritten};

use crate::clues::{Clues, Complaint, Setting};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Something an export shows, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) object: String,
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) number: Option<f64>,
    /// Offset in the text.
    pub(crate) at: usize,
    pub(crate) time: Option<DateTime<Utc>>,
}

/// When and how often an event of Kubernetes came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Occurrence {
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) count: u64,
}

impl Occurrence {
    /// Returns whether it is a probe that failed while its container came up.
    pub(crate) fn is_of_start(&self, told: &str) -> bool {
        const STARTS_MAX: u64 = 3;
        const BRIEF_MAX: u64 = 10;
        let waits = ["Readiness probe failed", "Startup probe failed"];
        let seen = self.first.zip(self.last);
        let is_brief = seen.is_some_and(|(first, last)| {
            let lasted = last - first;
            lasted > TimeDelta::zero() && lasted <= TimeDelta::seconds(30)
        });
        let is_few = self.count <= STARTS_MAX || is_brief && self.count <= BRIEF_MAX;
        is_few && waits.iter().any(|it| told.contains(it))
    }
}

impl Shown {
    fn new(object: &str, key: &'static str, value: &str, at: usize) -> Self {
        Self {
            object: object.to_owned(),
            key,
            value: value.to_owned(),
            number: value.parse().ok(),
            at,
            time: None,
        }
    }

    fn since(self, time: Option<&str>) -> Self {
        Self {
            time: time.and_then(parse_utc),
            ..self
        }
    }
}

/// Returns what an object shows to be wrong by itself.
pub(crate) fn read(object: &Node) -> Vec<Shown> {
    let mut shown = Vec::new();
    if let Some(kind) = object.text("kind") {
        deletion::read(kind, object, &mut shown);
    }
    match object.text("kind") {
        Some("Pod") => pods::read(object, &mut shown),
        Some("ConfigMap") => flags::read(object, &mut shown),
        Some("Secret") => secrets::read(object, &mut shown),
        Some(kind) => workloads::read(kind, object, &mut shown),
        None => {}
    }
    shown
}

/// Returns when and how often an event came; nothing for other objects.
pub(crate) fn occurrence(event: &Node) -> Option<Occurrence> {
    if event.text("kind") != Some("Event") {
        return None;
    }
    let time = |paths: [&str; 4]| {
        let mut told = paths.iter().filter_map(|path| event.text(path));
        told.find_map(parse_utc)
    };
    let count = event
        .number("count")
        .or_else(|| event.number("series.count"));
    Some(Occurrence {
        first: time([
            "firstTimestamp",
            "eventTime",
            "lastTimestamp",
            "metadata.creationTimestamp",
        ]),
        last: time([
            "lastTimestamp",
            "series.lastObservedTime",
            "eventTime",
            "firstTimestamp",
        ]),
        count: count.map_or(1, |count| count as u64),
    })
}

/// Takes what an object offers to be laid beside other files.
pub(crate) fn clues(record: &Record, clues: &mut Clues) {
    settings::read(record, clues);
    described::read(record, clues);
    policies::read(record, clues);
    placement::read(record, clues);
    chaos::read(record, clues);
    related::read(record, clues);
    clues.templates.extend(inventory::template(&record.root));
    if record.root.text("kind") == Some("ConfigMap") {
        let mut shown = Vec::new();
        flags::read(&record.root, &mut shown);
        for flag in shown {
            let place = record.root.starting_at(flag.at).unwrap_or(&record.root);
            if let Some(citation) = record.cite(place) {
                let setting = Setting {
                    object: format!("flag/{}", flag.object),
                    namespace: String::new(),
                    key: flag.object,
                    value: flag.value,
                    citation,
                };
                add_setting(setting, clues);
            }
        }
    }
}

/// Returns what a warning complains of.
pub(crate) fn complaint(record: &Record) -> Option<Complaint> {
    let event = &record.root;
    let occurrence = occurrence(event)?;
    let message = event.get("message").or_else(|| event.get("note"))?;
    let text = message.as_text()?;
    (event.text("type") == Some("Warning")).then_some(())?;
    let citation = record.cite(message)?;
    Some(Complaint {
        text: text.chars().take(600).collect(),
        event_line: citation.line_start,
        component: subject(event).map(ToOwned::to_owned),
        count: occurrence.count,
        first_seen: occurrence.first,
        last_seen: occurrence.last,
        citation,
    })
}

/// Returns the pod that got a node, and when, if an object tells so.
pub(crate) fn scheduled(object: &Node) -> Option<(String, Option<DateTime<Utc>>)> {
    match object.text("kind") {
        Some("Event") if object.text("reason") == Some("Scheduled") => {
            let time = occurrence(object).and_then(|it| it.last);
            Some((of_pod(object)?, time))
        }
        Some("Pod") => {
            object.text("spec.nodeName")?;
            let placed = condition(object, "PodScheduled");
            let time = placed.and_then(|it| it.text("lastTransitionTime"));
            Some((full_name(object, "metadata")?, time.and_then(parse_utc)))
        }
        _ => None,
    }
}

/// Returns the pod that waits for a node, if an event tells so.
pub(crate) fn waits_for_node(event: &Node) -> Option<String> {
    let waits = event.text("reason") == Some("FailedScheduling");
    waits.then(|| of_pod(event)).flatten()
}

fn of_pod(event: &Node) -> Option<String> {
    full_name(event, "involvedObject").or_else(|| full_name(event, "regarding"))
}

fn full_name(object: &Node, at: &str) -> Option<String> {
    let told = object.get(at)?;
    let space = told.text("namespace").unwrap_or_default();
    Some(format!("{space}/{}", told.text("name")?))
}

/// Returns the name of what an object is about.
pub(crate) fn subject(object: &Node) -> Option<&str> {
    const PATHS: [&str; 3] = ["involvedObject.name", "regarding.name", "metadata.name"];
    PATHS.iter().find_map(|path| object.text(path))
}

fn name(object: &Node) -> &str {
    object.text("metadata.name").unwrap_or("unnamed")
}

/// The condition of a type, such as `Ready`.
fn condition<'a>(object: &'a Node, kind: &str) -> Option<&'a Node> {
    object
        .items("status.conditions")
        .iter()
        .find(|known| known.text("type") == Some(kind))
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
