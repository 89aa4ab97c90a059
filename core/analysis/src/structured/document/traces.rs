//! Spans of OpenTelemetry, Jaeger and Zipkin.

use std::borrow::Cow;

use super::Told;
use super::logs::{attribute, attribute_node};
use super::visit::line_of;
use crate::catalogue::matcher::{PatternCounter, Span as Times};
use crate::citation::Citation;
use crate::structured::json::{Node, Record};
use crate::structured::spans::{Failure, SpanRecord, Spans};
use crate::time::to_utc;

/// Spans that are kept.
const SPANS_MAX: usize = 50_000;
const TEXT_MAX: usize = 300;

/// Whose spans they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TraceKind {
    Otlp,
    Jaeger,
    /// The path of each span.
    Zipkin(&'static str),
}

impl TraceKind {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Otlp => "spans of OpenTelemetry",
            Self::Jaeger => "spans of Jaeger",
            Self::Zipkin(_) => "spans of Zipkin",
        }
    }
}

/// Collects spans.
#[derive(Debug)]
pub(super) struct TraceTaker {
    kind: TraceKind,
    spans: Spans,
    more: bool,
    /// Service of the spans that follow.
    service: String,
    /// Position of the first span of the trace that is read.
    first: usize,
    /// Services by process, where they stand before the spans.
    processes: Vec<(String, String)>,
}

impl TraceTaker {
    pub(super) fn new(kind: TraceKind) -> Self {
        Self {
            kind,
            spans: Spans::default(),
            more: false,
            service: UNNAMED.to_owned(),
            first: 0,
            processes: Vec::new(),
        }
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        match self.kind {
            TraceKind::Otlp => {
                path.ends_with("resourceSpans[].resource")
                    || path.ends_with("batches[].resource")
                    || path.ends_with("Spans[].spans[]")
            }
            TraceKind::Jaeger => matches!(path, "data[].spans[]" | "data[].processes"),
            TraceKind::Zipkin(list) => path == list,
        }
    }

    pub(super) fn take(&mut self, path: &str, record: &Record, patterns: &mut PatternCounter) {
        let root = &record.root;
        if path.ends_with(".resource") {
            let named = attribute(root.items("attributes"), "service.name");
            named.unwrap_or(UNNAMED).clone_into(&mut self.service);
        } else if path.ends_with(".processes") {
            self.name_processes(root);
        } else if self.spans.all.len() >= SPANS_MAX {
            self.more = true;
        } else {
            let read = match self.kind {
                TraceKind::Otlp => otlp(record, &self.service),
                TraceKind::Jaeger => jaeger(record),
                TraceKind::Zipkin(_) => zipkin(record),
            };
            if let Some(mut read) = read {
                let mut known = self.processes.iter();
                if let Some((_, service)) = known.find(|(process, _)| *process == read.service) {
                    read.service = Cow::Owned(service.clone());
                }
                count_failure(&read, patterns);
                self.spans.add(read);
            }
        }
    }

    pub(super) fn told(mut self) -> Told {
        self.spans.name_unnamed(UNNAMED);
        self.spans.tie();
        Told {
            spans: self.spans,
            more: self.more,
            ..Told::default()
        }
    }

    /// Names the services of the spans before, or of those that follow.
    fn name_processes(&mut self, processes: &Node) {
        let named = processes.object().iter().filter_map(|(key, process)| {
            Some((stand_in(key), process.text("serviceName")?.to_owned()))
        });
        let named: Vec<(String, String)> = named.collect();
        if self.processes.is_empty() && self.spans.all.len() > self.first {
            for (process, service) in &named {
                self.spans.name_service(self.first, process, service);
            }
            self.first = self.spans.all.len();
        } else {
            self.processes = named;
        }
    }
}

/// Service of spans that name none.
const UNNAMED: &str = "unknown";

/// Stands for a service whose name follows the spans.
fn stand_in(process: &str) -> String {
    format!("\0{process}")
}

/// Looks for known failures in how a call failed.
pub(crate) fn count_failure(read: &SpanRecord<'_>, patterns: &mut PatternCounter) {
    let Some(failure) = &read.error else { return };
    if let Some(cited) = failure.citations.first() {
        let time = to_utc(read.start);
        let times = Times::new(time, time, 1);
        // A stand-in is no name to show.
        let about = Some(read.service.as_ref()).filter(|it| !it.starts_with('\0'));
        patterns.count_span(&line_of(&failure.text, cited), about, times);
    }
}

fn otlp<'a>(record: &'a Record, service: &'a str) -> Option<SpanRecord<'a>> {
    let root = &record.root;
    let nanos = |path: &str| root.written(path)?.parse::<i64>().ok();
    let (start, end) = (nanos("startTimeUnixNano")?, nanos("endTimeUnixNano")?);
    let code = root.get("status.code");
    let is_error = code
        .and_then(Node::as_written)
        .is_some_and(|code| matches!(code, "2" | "STATUS_CODE_ERROR"));
    let error = is_error.then(|| {
        let events = root.items("events").iter();
        let mut thrown = events.filter(|it| it.text("name") == Some("exception"));
        let thrown = thrown.next().map(|it| it.items("attributes"));
        let thrown = thrown.unwrap_or_default();
        let messages = ["exception.message", "exception.type"];
        let mut told = messages
            .iter()
            .filter_map(|key| attribute_node(thrown, key));
        let told = root
            .get("status.message")
            .filter(|it| it.as_text().is_some_and(|text| !text.is_empty()))
            .or_else(|| told.next())
            .or_else(|| status_of(root.items("attributes"), attribute_node));
        let calls = root
            .written("kind")
            .is_some_and(|kind| matches!(kind, "3" | "SPAN_KIND_CLIENT"));
        let peer = peer(root.items("attributes"), attribute_node).filter(|_| calls);
        failure(record, told, code).of_peer(peer)
    });
    Some(SpanRecord {
        trace: root.text("traceId")?,
        id: root.text("spanId")?.to_owned(),
        parent: root.text("parentSpanId"),
        service: Cow::Borrowed(service),
        name: root.text("name").unwrap_or_default(),
        start: start / 1_000,
        duration: end.saturating_sub(start) / 1_000,
        error,
        citations: cite(record, &["name", "endTimeUnixNano"]),
    })
}

fn jaeger(record: &Record) -> Option<SpanRecord<'_>> {
    let root = &record.root;
    let tags = root.items("tags");
    let is = |key: &str, value: &str| tag(tags, key).and_then(Node::as_written) == Some(value);
    let failed = is("error", "true") || is("otel.status_code", "ERROR");
    let error = failed.then(|| {
        let logged = root.items("logs").iter().flat_map(|it| it.items("fields"));
        let said = |node: &&Node| {
            let key = node.text("key").unwrap_or_default();
            matches!(key, "message" | "error.object" | "exception.message")
        };
        let told = tag(tags, "otel.status_description")
            .or_else(|| logged.clone().find(said)?.get("value"))
            .or_else(|| status_of(tags, tag));
        let peer = peer(tags, tag).filter(|_| is("span.kind", "client"));
        failure(record, told, tag(tags, "error")).of_peer(peer)
    });
    let references = root.items("references").iter();
    let mut callers = references.filter(|it| it.text("refType") != Some("FOLLOWS_FROM"));
    let process = root.text("processID").map(stand_in);
    let service = root.text("process.serviceName").map(ToOwned::to_owned);
    Some(SpanRecord {
        trace: root.text("traceID")?,
        id: root.text("spanID")?.to_owned(),
        parent: callers
            .next()
            .and_then(|it| it.text("spanID"))
            .or_else(|| root.text("parentSpanID")),
        service: Cow::Owned(service.or(process)?),
        name: root.text("operationName").unwrap_or_default(),
        start: root.number("startTime")? as i64,
        duration: root.number("duration")? as i64,
        error,
        citations: cite(record, &["operationName", "duration"]),
    })
}

fn zipkin(record: &Record) -> Option<SpanRecord<'_>> {
    let root = &record.root;
    let told = root.get("tags.error");
    let error = told.map(|told| failure(record, Some(told), None));
    let id = root.text("id")?;
    // Both sides of a call may tell it under one name: the called one lies below the caller.
    let is_shared = root.written("shared") == Some("true");
    let (id, parent) = if is_shared {
        (format!("{id}/server"), Some(id))
    } else {
        (id.to_owned(), root.text("parentId"))
    };
    Some(SpanRecord {
        trace: root.text("traceId")?,
        id,
        parent,
        service: Cow::Borrowed(root.text("localEndpoint.serviceName").unwrap_or(UNNAMED)),
        name: root.text("name").unwrap_or_default(),
        start: root.number("timestamp")? as i64,
        duration: root.number("duration").unwrap_or(0.0) as i64,
        error,
        citations: cite(record, &["name", "duration"]),
    })
}

/// Returns how a call failed: in its own words, or by its status.
fn failure(record: &Record, told: Option<&Node>, mark: Option<&Node>) -> Failure {
    let text = told.and_then(Node::as_written).unwrap_or_default();
    let text = match text.trim() {
        "true" => String::new(),
        code if code.len() == 3 && code.bytes().all(|it| it.is_ascii_digit()) => {
            format!("status {code}")
        }
        text => text.chars().take(TEXT_MAX).collect(),
    };
    let cited = told.into_iter().chain(mark);
    Failure {
        text,
        citations: cited.filter_map(|node| record.cite(node)).collect(),
    }
}

type Lookup = for<'a> fn(&'a [Node], &str) -> Option<&'a Node>;

/// Returns the status of a failed request.
fn status_of(attributes: &[Node], lookup: Lookup) -> Option<&Node> {
    const KEYS: [&str; 2] = ["http.response.status_code", "http.status_code"];
    let mut known = KEYS.iter().filter_map(|key| lookup(attributes, key));
    known.find(|it| it.as_number().is_some_and(|code| code >= 400.0))
}

/// Returns the attribute that names whom a call is made to, with its value.
fn peer(attributes: &[Node], lookup: Lookup) -> Option<(&'static str, &str)> {
    const KEYS: [&str; 6] = [
        "server.address",
        "net.peer.name",
        "url.full",
        "http.url",
        "http.host",
        "peer.service",
    ];
    let named = |key: &&'static str| Some((*key, lookup(attributes, key)?.as_text()?));
    KEYS.iter().find_map(named)
}

impl Failure {
    /// Adds whom the call was made to, unless the failure names it already.
    fn of_peer(mut self, peer: Option<(&str, &str)>) -> Self {
        let Some((key, name)) = peer else { return self };
        // A query may hold secrets, and differs from call to call.
        let name = name.split(['?', '#']).next().unwrap_or(name);
        if !self.text.contains(name) {
            let said = if self.text.is_empty() {
                "failed"
            } else {
                self.text.as_str()
            };
            let text = format!("{said} ({key}: {name})");
            self.text = text.chars().take(TEXT_MAX).collect();
        }
        self
    }
}

/// Returns the value of a tag of Jaeger.
fn tag<'a>(tags: &'a [Node], key: &str) -> Option<&'a Node> {
    tags.iter()
        .find(|it| it.text("key") == Some(key))?
        .get("value")
}

fn cite(record: &Record, paths: &[&str]) -> Vec<Citation> {
    let nodes = paths.iter().filter_map(|path| record.root.get(path));
    nodes.filter_map(|node| record.cite(node)).collect()
}
