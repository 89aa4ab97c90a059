//! Exported objects of Kubernetes, one after the other.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Told;
use super::visit::line_of;
use crate::analysis::{CommandFact, Inventory};
use crate::catalogue::matcher::{PatternCounter, Span};
use crate::citation::Citation;
use crate::clues::{COMPLAINTS_MAX, Clues};
use crate::structured::json::{Node, Record};
use crate::structured::objects::{self, Changes, Shown};
use crate::time::parse_utc;

/// Larger clusters are listed in part: services and pods, each.
const LISTED_MAX: usize = 5_000;
/// What ended longer ago than this is no news of a container that is well.
const SETTLED: TimeDelta = TimeDelta::hours(12);
/// A pod that waited no longer than this for a node waited for one to be made.
const WAIT: TimeDelta = TimeDelta::minutes(10);
/// Lines that are held until it is known what became of what they tell.
const HELD_MAX: usize = 1_000;
/// Pods whose scheduling is known.
const SCHEDULED_MAX: usize = 5_000;

/// Keeps what the objects show to be wrong.
#[derive(Debug)]
pub(crate) struct ObjectTaker {
    /// Path of each object; `*` stands for any key.
    list: String,
    limit: usize,
    facts: Vec<(Option<DateTime<Utc>>, CommandFact)>,
    changes: Changes,
    inventory: Inventory,
    clues: Clues,
    newest: Option<DateTime<Utc>>,
    held: Vec<HeldLine>,
    /// When pods got their nodes.
    scheduled: BTreeMap<String, Option<DateTime<Utc>>>,
    more: bool,
}

/// A line that counts unless what it tells has settled.
#[derive(Debug)]
struct HeldLine {
    text: String,
    cited: Citation,
    about: Option<String>,
    span: Span,
    tells: Passing,
}

/// What may have settled by the end of the data.
#[derive(Debug, Clone)]
enum Passing {
    /// The last end of a container that is well.
    End(DateTime<Utc>),
    /// A pod waits for a node.
    Wait(String, Option<DateTime<Utc>>),
}

impl ObjectTaker {
    pub(crate) fn new(list: String, limit: usize) -> Self {
        Self {
            list,
            limit,
            facts: Vec::new(),
            changes: Changes::default(),
            inventory: Inventory::default(),
            clues: Clues::default(),
            newest: None,
            held: Vec::new(),
            scheduled: BTreeMap::new(),
            more: false,
        }
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        match self.list.strip_prefix('*') {
            Some(rest) => path
                .strip_suffix(rest)
                .is_some_and(|key| !key.is_empty() && !key.contains(['.', '['])),
            None => path == self.list,
        }
    }

    pub(crate) fn take(&mut self, record: &Record, patterns: &mut PatternCounter) {
        let root = &record.root;
        for shown in objects::read(root) {
            self.keep(record, shown);
        }
        self.list(record);
        objects::clues(record, &mut self.clues);
        if self.clues.complaints.len() < COMPLAINTS_MAX {
            self.clues.complaints.extend(objects::complaint(record));
        }
        self.changes.note(record);
        if self.scheduled.len() < SCHEDULED_MAX {
            self.scheduled.extend(objects::scheduled(root));
        }
        self.newest = self.newest.max(objects::newest(root));
        self.count_patterns(record, patterns);
    }

    /// Counts what was held and has not settled.
    pub(crate) fn close(&mut self, patterns: &mut PatternCounter) {
        for held in std::mem::take(&mut self.held) {
            if !self.is_settled(&held.tells) {
                let line = line_of(&held.text, &held.cited);
                patterns.count_span(&line, held.about.as_deref(), held.span);
            }
        }
    }

    fn is_settled(&self, passing: &Passing) -> bool {
        match passing {
            Passing::End(ended) => self.newest.is_some_and(|now| now - *ended > SETTLED),
            Passing::Wait(pod, since) => self.scheduled.get(pod).is_some_and(|found| {
                let waited = found.zip(*since).map(|(found, since)| found - since);
                waited.is_none_or(|it| it <= WAIT)
            }),
        }
    }

    pub(crate) fn told(mut self) -> Told {
        let beside = self.inventory.beside(&self.inventory.pods);
        let beside = beside.into_iter().flat_map(|run| run.facts);
        self.facts.extend(beside.map(|fact| (None, fact)));
        Told {
            facts: self.facts,
            changes: self.changes.finish(self.newest),
            inventory: self.inventory,
            clues: self.clues,
            more: self.more,
            ..Told::default()
        }
    }

    fn keep(&mut self, record: &Record, shown: Shown) {
        if self.facts.len() >= self.limit {
            self.more = true;
            return;
        }
        let place = record.root.starting_at(shown.at).unwrap_or(&record.root);
        if let Some(citation) = record.cite(place) {
            let fact = CommandFact {
                object: shown.object,
                key: shown.key.to_owned(),
                value: shown.value,
                number: shown.number,
                citation,
            };
            self.facts.push((shown.time, fact));
        }
    }

    fn list(&mut self, record: &Record) {
        let listed = &mut self.inventory;
        match record.root.text("kind") {
            Some("Pod") if listed.pods.len() < LISTED_MAX => {
                listed.pods.push(objects::pod(record));
            }
            Some("Service") if listed.services.len() < LISTED_MAX => {
                listed.services.extend(objects::service(record));
            }
            Some("Node") if listed.nodes.len() < LISTED_MAX => {
                listed.nodes.push(objects::node(record));
            }
            Some("Pod" | "Service" | "Node") => self.more = true,
            _ => {}
        }
    }

    /// Looks for known failures in what an object says, each with the time it is of.
    fn count_patterns(&mut self, record: &Record, patterns: &mut PatternCounter) {
        let event = objects::occurrence(&record.root);
        if event
            .as_ref()
            .is_some_and(|it| it.is_of_start(&record.text))
        {
            return;
        }
        let about = objects::subject(&record.root);
        let past = past_states(&record.root);
        let waits = objects::waits_for_node(&record.root)
            .map(|pod| Passing::Wait(pod, event.as_ref().and_then(|it| it.first)));
        record.root.holders(&mut |holder| {
            let ended = holder.text("finishedAt").and_then(parse_utc);
            let is_past = past.iter().any(|it| (it.at..it.end).contains(&holder.at));
            let span = match &event {
                Some(event) => Span::new(event.first, event.last, event.count),
                None => span_of(holder, ended),
            };
            for leaf in holder.leaves() {
                let Some(cited) = record.cite(leaf) else {
                    continue;
                };
                let text = &record.text[leaf.at..leaf.end];
                let ended = ended.filter(|_| is_past).map(Passing::End);
                let tells = ended.or_else(|| waits.clone());
                match tells.filter(|_| self.held.len() < HELD_MAX) {
                    Some(tells) => self.held.push(HeldLine {
                        text: text.to_owned(),
                        cited,
                        about: about.map(ToOwned::to_owned),
                        span,
                        tells,
                    }),
                    None => patterns.count_span(&line_of(text, &cited), about, span),
                }
            }
        });
    }
}

/// The last states of the containers of a pod that are well.
fn past_states(pod: &Node) -> Vec<&Node> {
    let containers = pod.items("status.containerStatuses").iter();
    let well = containers.filter(|it| it.written("ready") == Some("true"));
    well.filter_map(|it| it.get("lastState")).collect()
}

/// The last end of a container says nothing of the first.
fn span_of(holder: &Node, ended: Option<DateTime<Utc>>) -> Span {
    let keys = [
        "lastUpdateTime",
        "lastTransitionTime",
        "lastTimestamp",
        "startedAt",
    ];
    let mut since = keys.iter().filter_map(|key| holder.text(key));
    let since = since.find_map(parse_utc).filter(|_| ended.is_none());
    Span::new(since, ended.or(since), 1)
}

#[cfg(test)]
mod tests {
    use crate::{Options, PatternHit, analyze};

    fn hits(now: &str, ready: bool) -> Vec<PatternHit> {
        let export = format!(
            r#"{{"kind":"List","apiVersion":"v1","items":[{{"kind":"Pod","metadata":{{"name":"a"}},"status":{{"startTime":"{now}",
            "containerStatuses":[{{"ready":{ready},"lastState":{{"terminated":{{"reason":"OOMKilled","finishedAt":"2026-10-12T09:30:00Z"}}}}}}]}}}}]}}"#
        );
        analyze(export.as_bytes(), Options::default()).pattern_hits
    }

    #[test]
    fn an_end_has_no_beginning_and_the_name_of_its_pod() {
        let hits = hits("2026-10-12T10:00:00Z", true);
        let hit = &hits[0];
        assert_eq!(hit.component.as_deref(), Some("a"));
        assert_eq!(hit.first_seen, None);
        assert_eq!(
            hit.last_seen,
            crate::time::parse_utc("2026-10-12T09:30:00Z")
        );
    }

    #[test]
    fn a_pod_that_got_its_node_soon_did_not_wait_for_long() {
        let event = |reason: &str, message: &str, time: &str| {
            format!(
                r#"{{"kind":"Event","apiVersion":"v1","metadata":{{"name":"{reason}","namespace":"n"}},"type":"Warning","reason":"{reason}","message":"{message}",
                "involvedObject":{{"kind":"Pod","name":"api-1","namespace":"n"}},"firstTimestamp":"{time}","lastTimestamp":"{time}"}}"#
            )
        };
        let told = |found: &str| {
            let waits = event(
                "FailedScheduling",
                "0/3 nodes are available: 3 Insufficient cpu.",
                "2026-10-12T09:30:00Z",
            );
            let text = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{waits}{found}]}}"#);
            let hits = analyze(text.as_bytes(), Options::default()).pattern_hits;
            hits.iter()
                .any(|it| it.pattern.contains("nodes are available"))
        };
        assert!(told(""));
        let scheduled = |time: &str| {
            let event = event("Scheduled", "Successfully assigned n/api-1 to node-4", time);
            format!(",{event}")
        };
        assert!(!told(&scheduled("2026-10-12T09:31:10Z")));
        assert!(told(&scheduled("2026-10-12T11:00:00Z")));
    }

    #[test]
    fn an_end_long_ago_of_a_container_that_is_well_is_no_news() {
        let next_day = "2026-10-13T10:00:00Z";
        assert!(hits(next_day, true).is_empty());
        assert!(!hits(next_day, false).is_empty());
    }
}
