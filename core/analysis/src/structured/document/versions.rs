//! Versions of objects of Kubernetes, as a watch or one listing after the other shows them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::Told;
use super::objects::ObjectTaker;
use crate::analysis::Change;
use crate::catalogue::matcher::PatternCounter;
use crate::structured::json::{Folded, Record};
use crate::structured::objects::{LATELY, changes_between, edits, newest, removal, rewritten};

/// Changes between versions that are told.
const CHANGES_MAX: usize = 40;
/// What happened between two times this close to each other has the earlier one.
const TOGETHER: TimeDelta = TimeDelta::minutes(10);
/// Where a list says what its items are.
const LIST_KIND: &str = "kind";
/// Objects that were written anew of which it is known.
const REWRITTEN_MAX: usize = 5_000;
/// Bytes of objects that are held until their last version is known.
const HELD_BYTES: usize = 16 << 20;

/// Keeps the last version of each object, hands them on, and notes what changed between versions.
#[derive(Debug)]
pub(crate) struct ObjectVersions {
    taker: ObjectTaker,
    held: BTreeMap<String, Held>,
    bytes: usize,
    count: usize,
    changes: Vec<Change>,
    /// What differs from the manifests that were applied last.
    edits: Vec<Change>,
    /// Objects that were written anew with the values they had.
    rewritten: BTreeSet<String>,
    /// Changes that wait for a time, by their places.
    undated: Vec<usize>,
    /// The newest time so far.
    clock: Option<DateTime<Utc>>,
    /// What a list says of its items, which need not say it again.
    list_kind: Option<String>,
}

/// The last version of an object.
#[derive(Debug)]
struct Held {
    order: usize,
    version: Folded,
}

impl ObjectVersions {
    pub(crate) fn new(taker: ObjectTaker) -> Self {
        Self {
            taker,
            held: BTreeMap::new(),
            bytes: 0,
            count: 0,
            changes: Vec::new(),
            edits: Vec::new(),
            rewritten: BTreeSet::new(),
            undated: Vec::new(),
            clock: None,
            list_kind: None,
        }
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        path == LIST_KIND || self.taker.wants(path)
    }

    /// Takes an object, or the notice of one that a watch sends; `noted` is when it was written down.
    /// Returns whether it is an object.
    pub(crate) fn take(
        &mut self,
        record: Record,
        noted: Option<DateTime<Utc>>,
        patterns: &mut PatternCounter,
    ) -> bool {
        if let Some(kind) = record.root.as_text() {
            let kind = kind.strip_suffix("List").filter(|it| !it.is_empty());
            self.list_kind = kind.map(ToOwned::to_owned);
            return false;
        }
        let notice = record.root.text("type");
        if matches!(notice, Some("BOOKMARK" | "ERROR")) {
            return true;
        }
        let is_gone = notice == Some("DELETED");
        let record = unwrapped(record, self.list_kind.as_deref());
        let told = |path: &str| record.root.text(path).unwrap_or_default();
        let (kind, name) = (told("kind"), told("metadata.name"));
        if kind.is_empty() || kind == "Status" {
            return !kind.is_empty();
        }
        if name.is_empty() {
            self.taker.take(&record, patterns);
            return true;
        }
        let key = format!("{kind}/{}/{name}", told("metadata.namespace"));
        let known = self.changes.len();
        if is_gone {
            self.remove(&key, &record, noted);
        } else {
            self.compare(&key, &record, noted);
        }
        self.date(known, newest(&record.root));
        if is_gone {
            return true;
        }
        self.let_go(&key);
        self.hold(key, record.fold());
        if self.bytes > HELD_BYTES {
            self.hand_on(patterns);
        }
        true
    }

    /// Hands on what is held.
    pub(crate) fn close(&mut self, patterns: &mut PatternCounter) {
        self.hand_on(patterns);
        self.taker.close(patterns);
    }

    pub(crate) fn told(mut self) -> Told {
        self.add_edits();
        let mut told = self.taker.told();
        // What says which value changed says more than that the object did.
        let is_detailed = |general: &Change| {
            let values = self.changes.iter();
            let mut paths = values.filter_map(|it| it.path.strip_prefix(&general.path));
            paths.any(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        told.changes
            .retain(|it| !is_detailed(it) && !self.rewritten.contains(&it.path));
        told.changes.extend(self.changes);
        told
    }

    /// Adds the edits of late that no two versions show.
    fn add_edits(&mut self) {
        let now = self.clock;
        let is_of_late = |edit: &Change| {
            let times = now.zip(edit.changed_at);
            times.is_none_or(|(now, time)| now - time <= LATELY)
        };
        for edit in std::mem::take(&mut self.edits) {
            let is_known = self.changes.iter().any(|it| it.path == edit.path);
            if is_of_late(&edit) && !is_known {
                self.changes.push(edit);
            }
        }
    }

    /// Notes what a version sets to another value than the one before.
    fn compare(&mut self, key: &str, newer: &Record, noted: Option<DateTime<Utc>>) {
        let Some(held) = self.held.get(key) else {
            return;
        };
        if held.version.text == newer.text || self.changes.len() >= CHANGES_MAX {
            return;
        }
        if let Some(before) = held.version.tree() {
            let before = before.get("object").unwrap_or(&before);
            let found = changes_between(before, newer, noted);
            if found.is_empty() && self.rewritten.len() < REWRITTEN_MAX {
                self.rewritten.extend(rewritten(before, &newer.root));
            }
            self.changes.extend(found);
        }
    }

    /// Gives changes from a place on the time before them, once one soon behind them is known.
    fn date(&mut self, from: usize, now: Option<DateTime<Utc>>) {
        let new = from..self.changes.len();
        let undated = new.filter(|at| self.changes[*at].changed_at.is_none());
        self.undated.extend(undated);
        let Some(now) = now.filter(|now| self.clock.is_none_or(|clock| *now > clock)) else {
            return;
        };
        let before = self.clock.replace(now);
        let soon = before.filter(|before| now - *before <= TOGETHER);
        for at in std::mem::take(&mut self.undated) {
            self.changes[at].changed_at = soon;
        }
    }

    /// An event that is let go of by the cluster has been all the same.
    fn remove(&mut self, key: &str, last: &Record, noted: Option<DateTime<Utc>>) {
        if key.starts_with("Event/") {
            return;
        }
        self.let_go(key);
        if self.changes.len() < CHANGES_MAX {
            self.changes.extend(removal(last, noted));
        }
    }

    fn hold(&mut self, key: String, version: Folded) {
        self.bytes += version.size();
        self.count += 1;
        let order = self.count;
        self.held.insert(key, Held { order, version });
    }

    fn let_go(&mut self, key: &str) {
        if let Some(held) = self.held.remove(key) {
            self.bytes -= held.version.size();
        }
    }

    fn hand_on(&mut self, patterns: &mut PatternCounter) {
        self.bytes = 0;
        let mut held: Vec<(String, Held)> = std::mem::take(&mut self.held).into_iter().collect();
        held.sort_by_key(|(_, held)| held.order);
        for (key, held) in held {
            if let Some(record) = held.version.unfold() {
                let record = unwrapped(record, key.split('/').next());
                if self.edits.len() < CHANGES_MAX {
                    self.edits.extend(edits(&record));
                }
                self.taker.take(&record, patterns);
            }
        }
    }
}

/// Returns the object that a notice of a watch holds; events and items of a list of one kind need
/// not name their kind.
fn unwrapped(mut record: Record, kind: Option<&str>) -> Record {
    if let Some(object) = record.root.take_member("object") {
        record.root = object;
    }
    if record.root.get("kind").is_none() {
        let is_event = record.root.get("involvedObject").is_some();
        if let Some(kind) = is_event.then_some("Event").or(kind) {
            record.root.add_text("kind", kind);
        }
    }
    record
}

#[cfg(test)]
#[path = "versions_tests.rs"]
mod tests;
