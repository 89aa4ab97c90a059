//! Exported objects of Kubernetes, one after the other.

use chrono::{DateTime, TimeDelta, Utc};

use super::Told;
use super::visit::line_of;
use crate::analysis::{CommandFact, Inventory};
use crate::catalogue::matcher::{PatternCounter, Span};
use crate::citation::Citation;
use crate::clues::Clues;
use crate::structured::json::{Node, Record};
use crate::structured::objects::{self, Changes, Shown};
use crate::time::parse_utc;

/// Larger clusters are listed in part: services and pods, each.
const LISTED_MAX: usize = 5_000;
/// What ended longer ago than this is no news of a container that is well.
const SETTLED: TimeDelta = TimeDelta::hours(12);
/// Warnings that are laid beside other files.
const COMPLAINTS_MAX: usize = 100;
/// Ends of containers that are well again which are held until the newest time is known.
const ENDS_MAX: usize = 1_000;

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
    ends: Vec<PastEnd>,
    more: bool,
}

/// What a container that is well says of its last end.
#[derive(Debug)]
struct PastEnd {
    text: String,
    cited: Citation,
    about: Option<String>,
    ended: DateTime<Utc>,
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
            ends: Vec::new(),
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
        self.newest = self.newest.max(objects::newest(root));
        self.count_patterns(record, patterns);
    }

    /// Counts what was held until the newest time is known.
    pub(crate) fn close(&mut self, patterns: &mut PatternCounter) {
        for end in std::mem::take(&mut self.ends) {
            let is_past = self.newest.is_some_and(|now| now - end.ended > SETTLED);
            if !is_past {
                let span = Span::new(None, Some(end.ended), 1);
                let line = line_of(&end.text, &end.cited);
                patterns.count_span(&line, end.about.as_deref(), span);
            }
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
            Some("Pod" | "Service") => self.more = true,
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
                match ended.filter(|_| is_past && self.ends.len() < ENDS_MAX) {
                    Some(ended) => self.ends.push(PastEnd {
                        text: text.to_owned(),
                        cited,
                        about: about.map(ToOwned::to_owned),
                        ended,
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
    let keys = ["lastTransitionTime", "lastTimestamp", "startedAt"];
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
    fn an_end_long_ago_of_a_container_that_is_well_is_no_news() {
        let next_day = "2026-10-13T10:00:00Z";
        assert!(hits(next_day, true).is_empty());
        assert!(!hits(next_day, false).is_empty());
    }
}
