//! Spans of traces: who called whom, how long it took, and what failed.

mod critical_path;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::analysis::{Entity, EntityKind};
use crate::citation::Citation;
use crate::constants::ENTITIES_MAX;
use crate::time::to_utc;

pub(crate) use critical_path::critical_path;

/// Calls one below the other that are followed.
const DEPTH_MAX: usize = 10_000;

/// Times beyond these are no times: the year 5138, and 31 years.
const START_MAX: i64 = 100_000_000_000_000_000;
const DURATION_MAX: i64 = 1_000_000_000_000_000;

/// A call, as one service tells it.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) trace: u32,
    /// Position of the span that made the call, when it is there too.
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    pub(crate) service: u32,
    pub(crate) name: u32,
    /// Microseconds since the epoch.
    pub(crate) start: i64,
    /// Microseconds.
    pub(crate) duration: i64,
    pub(crate) error: Option<Failure>,
    /// Where its name stands, and its duration or end.
    pub(crate) citations: Vec<Citation>,
}

/// How a call failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) text: String,
    pub(crate) citations: Vec<Citation>,
}

impl Span {
    pub(crate) fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

/// A span as a file tells it, before it is tied to others.
#[derive(Debug)]
pub(crate) struct SpanRecord<'a> {
    pub(crate) trace: &'a str,
    pub(crate) id: String,
    pub(crate) parent: Option<&'a str>,
    pub(crate) service: Cow<'a, str>,
    pub(crate) name: &'a str,
    pub(crate) start: i64,
    pub(crate) duration: i64,
    pub(crate) error: Option<Failure>,
    pub(crate) citations: Vec<Citation>,
}

/// Spans of one file.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    pub(crate) all: Vec<Span>,
    names: Names,
    traces: Names,
    /// Identifiers of each span and of its caller.
    ids: Vec<(String, Option<String>)>,
}

/// Texts by number.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

impl Spans {
    pub(crate) fn add(&mut self, record: SpanRecord<'_>) {
        let span = Span {
            trace: self.traces.number(record.trace),
            parent: None,
            children: Vec::new(),
            service: self.names.number(&record.service),
            name: self.names.number(record.name),
            start: record.start.clamp(0, START_MAX),
            duration: record.duration.clamp(0, DURATION_MAX),
            error: record.error,
            citations: record.citations,
        };
        self.all.push(span);
        let parent = record.parent.filter(|it| !it.is_empty());
        self.ids.push((record.id, parent.map(ToOwned::to_owned)));
    }

    /// Keeps the spans of some traces, and of those in which something failed.
    pub(crate) fn thin(&mut self, keep: impl Fn(&str) -> bool) {
        let failed: HashSet<u32> = self
            .all
            .iter()
            .filter(|span| span.error.is_some())
            .map(|span| span.trace)
            .collect();
        let (all, ids) = (std::mem::take(&mut self.all), std::mem::take(&mut self.ids));
        let old = std::mem::take(&mut self.traces);
        for (mut span, id) in all.into_iter().zip(ids) {
            let trace = old.text(span.trace);
            if failed.contains(&span.trace) || keep(trace) {
                span.trace = self.traces.number(trace);
                self.all.push(span);
                self.ids.push(id);
            }
        }
    }

    /// Names the service of the spans from a position on that bear a stand-in for it.
    pub(crate) fn name_service(&mut self, from: usize, stand_in: &str, service: &str) {
        let (stand_in, service) = (self.names.number(stand_in), self.names.number(service));
        for span in self.all.iter_mut().skip(from) {
            if span.service == stand_in {
                span.service = service;
            }
        }
    }

    /// Gives a name to the services of which the document told none.
    pub(crate) fn name_unnamed(&mut self, name: &str) {
        for text in &mut self.names.texts {
            if text.starts_with('\0') {
                name.clone_into(text);
            }
        }
    }

    /// Ties spans to their callers; a span that would call itself is a root.
    pub(crate) fn tie(&mut self) {
        let ids = std::mem::take(&mut self.ids);
        let mut known: HashMap<(u32, &str), usize> = HashMap::new();
        for (at, (id, _)) in ids.iter().enumerate() {
            known.entry((self.all[at].trace, id)).or_insert(at);
        }
        for (at, (_, parent)) in ids.iter().enumerate() {
            let caller = parent.as_deref().and_then(|parent| {
                let found = known.get(&(self.all[at].trace, parent)).copied();
                found.filter(|&caller| caller != at && !self.is_below(caller, at))
            });
            self.all[at].parent = caller;
            if let Some(caller) = caller {
                self.all[caller].children.push(at);
            }
        }
    }

    /// Returns whether a span lies below another one, as far as they are tied.
    fn is_below(&self, span: usize, above: usize) -> bool {
        // Only what has children already can close a ring.
        if self.all[above].children.is_empty() {
            return false;
        }
        let mut at = Some(span);
        for _ in 0..DEPTH_MAX {
            let Some(here) = at else { return false };
            if here == above {
                return true;
            }
            at = self.all[here].parent;
        }
        true
    }

    pub(crate) fn service(&self, span: &Span) -> &str {
        self.names.text(span.service)
    }

    pub(crate) fn name(&self, span: &Span) -> &str {
        self.names.text(span.name)
    }

    pub(crate) fn trace(&self, span: &Span) -> &str {
        self.traces.text(span.trace)
    }

    /// Returns a service and what it was asked for.
    pub(crate) fn operation(&self, span: &Span) -> String {
        format!("{} {}", self.service(span), self.name(span))
    }

    /// Returns when calls began and ended.
    pub(crate) fn times(&self) -> impl Iterator<Item = DateTime<Utc>> + Clone {
        let first = self.all.iter().map(|span| span.start).min();
        let last = self.all.iter().map(Span::end).max();
        [first, last].into_iter().flatten().filter_map(to_utc)
    }

    /// Returns whether a call failed and none that it made did.
    pub(crate) fn is_origin(&self, span: &Span) -> bool {
        let failed = |child: &usize| self.all[*child].error.is_some();
        span.error.is_some() && !span.children.iter().any(failed)
    }

    /// Returns the services, and the traces in which something failed.
    pub(crate) fn entities(&self) -> Vec<Entity> {
        let mut found: BTreeMap<(EntityKind, &str), Entity> = BTreeMap::new();
        for span in &self.all {
            let failed = u64::from(span.error.is_some());
            let trace = self.is_origin(span).then(|| self.trace(span));
            let named = [
                Some((EntityKind::Service, self.service(span))),
                trace.map(|trace| (EntityKind::TraceId, trace)),
            ];
            for (kind, value) in named.into_iter().flatten() {
                let time = to_utc(span.start);
                let known = found.entry((kind, value)).or_insert_with(|| Entity {
                    kind,
                    value: value.to_owned(),
                    count: 0,
                    error_count: 0,
                    first_seen: time,
                    last_seen: time,
                });
                known.count += 1;
                known.error_count += failed;
                known.first_seen = known.first_seen.min(time);
                known.last_seen = known.last_seen.max(time);
            }
        }
        let mut entities: Vec<Entity> = found.into_values().collect();
        entities.sort_by_key(|it| std::cmp::Reverse((it.error_count, it.count)));
        entities.truncate(ENTITIES_MAX);
        entities
    }

    /// Returns the positions of the spans nobody of the file called.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> {
        (0..self.all.len()).filter(|&at| self.all[at].parent.is_none())
    }
}
