//! Exported objects of Kubernetes, one after the other.

use chrono::{DateTime, Utc};

use super::Told;
use super::visit::line_of;
use crate::analysis::CommandFact;
use crate::catalogue::matcher::{PatternCounter, Span};
use crate::structured::json::{Node, Record};
use crate::structured::objects::{self, Shown, Wiring};
use crate::time::parse_utc;

/// Keeps what the objects show to be wrong.
#[derive(Debug)]
pub(super) struct ObjectTaker {
    /// Path of each object; `*` stands for any key.
    list: String,
    limit: usize,
    facts: Vec<(Option<DateTime<Utc>>, CommandFact)>,
    more: bool,
    wiring: Wiring,
}

impl ObjectTaker {
    pub(super) fn new(list: String, limit: usize) -> Self {
        Self {
            list,
            limit,
            facts: Vec::new(),
            more: false,
            wiring: Wiring::default(),
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

    pub(super) fn take(&mut self, record: &Record, patterns: &mut PatternCounter) {
        let root = &record.root;
        for shown in objects::read(root) {
            self.keep(record, shown);
        }
        self.wiring.note(record);
        count_patterns(record, patterns);
    }

    pub(super) fn told(mut self) -> Told {
        for fact in self.wiring.facts() {
            self.facts.push((None, fact));
        }
        Told {
            facts: self.facts,
            more: self.more || self.wiring.more,
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
}

/// Looks for known failures in what an object says, each with the time it is of.
fn count_patterns(record: &Record, patterns: &mut PatternCounter) {
    let event = objects::occurrence(&record.root);
    if event
        .as_ref()
        .is_some_and(|it| it.is_of_start(&record.text))
    {
        return;
    }
    let about = objects::subject(&record.root);
    record.root.leaves(&mut |holder, leaf| {
        let Some(cited) = record.cite(leaf) else {
            return;
        };
        let text = &record.text[leaf.at..leaf.end];
        let span = match &event {
            Some(event) => Span::new(event.first, event.last, event.count),
            None => Span::new(time_of(holder), time_of(holder), 1),
        };
        patterns.count_span(&line_of(text, &cited), about, span);
    });
}

fn time_of(holder: &Node) -> Option<DateTime<Utc>> {
    let keys = [
        "finishedAt",
        "lastTransitionTime",
        "lastTimestamp",
        "startedAt",
    ];
    let mut known = keys.iter().filter_map(|key| holder.text(key));
    known.find_map(parse_utc)
}
