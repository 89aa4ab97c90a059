//! Rows whose bodies are objects of Kubernetes, as a collector watches or lists them.

use std::collections::BTreeMap;

use super::cells::Cell;
use super::rows::Row;
use super::versions::changes;
use crate::analysis::Change;
use crate::catalogue::matcher::PatternCounter;
use crate::structured::document::{ObjectTaker, Told};
use crate::structured::json::{Node, Record};

/// Changes between versions that are told.
const CHANGES_MAX: usize = 40;
/// Bytes of objects that are held until their last version is known.
const HELD_BYTES: usize = 16 << 20;

/// Keeps the last version of each object, and hands them on.
#[derive(Debug)]
pub(super) struct ObjectRows {
    taker: ObjectTaker,
    held: BTreeMap<String, Held>,
    bytes: usize,
    count: usize,
    changes: Vec<Change>,
}

/// The last version of an object.
#[derive(Debug)]
struct Held {
    order: usize,
    body: Body,
}

/// The text of an object, and what is needed to cite it.
#[derive(Debug, Clone)]
struct Body {
    raw: String,
    text: String,
    anchors: Vec<(usize, usize)>,
    /// Where each line begins in the raw text and in the file, and its number.
    lines: Vec<(usize, u64, u64)>,
}

impl Body {
    fn record(self) -> Option<Record> {
        let mut record = Record::escaped(self.text, self.raw, self.anchors, &self.lines)?;
        if let Some(object) = record.root.take_member("object") {
            record.root = object;
        }
        Some(record)
    }
}

impl ObjectRows {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            taker: ObjectTaker::new(String::new(), limit),
            held: BTreeMap::new(),
            bytes: 0,
            count: 0,
            changes: Vec::new(),
        }
    }

    /// Takes a body; returns whether it is an object.
    pub(super) fn take(
        &mut self,
        row: &Row,
        body: &Cell<'_>,
        time: Option<i64>,
        patterns: &mut PatternCounter,
    ) -> bool {
        let Some(lines) = row.lines(body.at, body.end()) else {
            return false;
        };
        let joined = body.raw.replace('\n', "");
        let body = &body.with_raw(&joined);
        let (mut text, mut anchors) = body.anchored();
        let parsed = Node::parse(&text).or_else(|| {
            (text, anchors) = (body.raw.to_owned(), Vec::new());
            Node::parse(&text)
        });
        let Some(root) = parsed else { return false };
        let object = root.get("object").unwrap_or(&root);
        let Some(kind) = object.text("kind") else {
            return false;
        };
        let told = |path: &str| object.text(path).unwrap_or_default();
        let name = [told("metadata.namespace"), told("metadata.name")].join("/");
        let key = format!("{kind}/{name}");
        if root.text("type") == Some("DELETED") {
            if kind != "Event" {
                self.let_go(&key);
            }
            return true;
        }
        let body = Body {
            raw: body.raw.to_owned(),
            text,
            anchors,
            lines,
        };
        self.compare(&key, &body, time);
        self.let_go(&key);
        self.bytes += body.raw.len() + body.text.len();
        self.count += 1;
        let order = self.count;
        self.held.insert(key, Held { order, body });
        if self.bytes > HELD_BYTES {
            self.hand_on(patterns);
        }
        true
    }

    /// Hands on what is held.
    pub(super) fn close(&mut self, patterns: &mut PatternCounter) {
        self.hand_on(patterns);
        self.taker.close(patterns);
    }

    pub(super) fn told(self) -> Told {
        let mut told = self.taker.told();
        told.changes.extend(self.changes);
        told
    }

    /// Notes what a version sets to another value than the one before.
    fn compare(&mut self, key: &str, newer: &Body, time: Option<i64>) {
        let Some(held) = self.held.get(key) else {
            return;
        };
        let is_same = held.body.text == newer.text || self.changes.len() >= CHANGES_MAX;
        if is_same || key.starts_with("Event/") || key.starts_with("Pod/") {
            return;
        }
        if let (Some(before), Some(record)) = (Node::parse(&held.body.text), newer.clone().record())
        {
            let object = before.get("object").unwrap_or(&before);
            self.changes.extend(changes(object, &record, time));
        }
    }

    fn let_go(&mut self, key: &str) {
        if let Some(held) = self.held.remove(key) {
            self.bytes -= held.body.raw.len() + held.body.text.len();
        }
    }

    fn hand_on(&mut self, patterns: &mut PatternCounter) {
        self.bytes = 0;
        let mut held: Vec<Held> = std::mem::take(&mut self.held).into_values().collect();
        held.sort_by_key(|held| held.order);
        for record in held.into_iter().filter_map(|held| held.body.record()) {
            self.taker.take(&record, patterns);
        }
    }
}

/// Returns whether a text reads as an object of Kubernetes, or as a notice of one.
pub(super) fn is_object(text: &str) -> bool {
    text.starts_with('{')
        && text.contains("\"kind\":")
        && text.contains("\"metadata\":")
        && text.contains("\"apiVersion\":")
}
