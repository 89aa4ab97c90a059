//! Tells by the keys at the head of a document what it holds.

use std::collections::BTreeSet;

use super::alerts::AlertKind;
use super::logs::{LogForm, LogKind};
use super::metrics::MetricKind;
use super::traces::TraceKind;
use crate::analysis::DataClass;
use crate::encoding::Encoding;
use crate::line::RawLine;
use crate::structured::command_header;
use crate::structured::json::{Record, Visitor, Walker};

/// Paths that are looked at.
const PATHS_MAX: usize = 600;

/// What a document holds, and how it is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Alerts(AlertKind),
    Logs(LogForm),
    Metrics(MetricKind),
    /// Requests of a browser.
    Requests,
    Traces(TraceKind),
    /// Objects of Kubernetes; the path of each, in which `*` stands for any key.
    Objects(String),
    /// Objects of Kubernetes as YAML.
    Yaml,
}

impl Form {
    /// Returns the class of such a document, and what it is.
    pub(crate) fn class(&self) -> (DataClass, &'static str) {
        match self {
            Self::Alerts(kind) => (DataClass::CommandOutput, kind.reason()),
            Self::Logs(form) => (DataClass::Logs, form.kind.reason()),
            Self::Metrics(kind) => (DataClass::Metrics, kind.reason()),
            Self::Requests => (DataClass::Trace, "requests of a HAR capture"),
            Self::Traces(kind) => (DataClass::Trace, kind.reason()),
            Self::Yaml | Self::Objects(_) => (DataClass::Config, "exported objects of Kubernetes"),
        }
    }
}

/// Returns what the document that begins with these lines holds; nothing when no form is known.
pub(crate) fn recognise(lines: &[&str]) -> Option<Form> {
    let mut told = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    // The command that printed a document is none of its values.
    let marks = ['"', '{', '}', '[', ']'];
    let commands = lines.iter().filter(|line| command_header(line).is_some());
    if commands.count() == 1 {
        told.next_if(|line| command_header(line).is_some() && !line.contains(marks));
    }
    if is_yaml(lines) {
        return Some(Form::Yaml);
    }
    let first = told.next()?;
    if !first.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let spread = first.trim() == "{";
    let paths = Paths::of(lines);
    envelope(&paths, lines).or_else(|| form(&paths, spread))
}

/// Returns whether lines are objects of Kubernetes in YAML: their kind and version open no block.
fn is_yaml(lines: &[&str]) -> bool {
    let is_skipped = |line: &&&str| {
        let line = line.trim_end();
        line.is_empty() || line.starts_with('#') || line == "---" || command_header(line).is_some()
    };
    let mut told = lines.iter().skip_while(is_skipped);
    let opens = |line: &&str| {
        let keys = ["apiVersion:", "kind:", "metadata:", "items:"];
        keys.iter().any(|key| line.starts_with(key))
    };
    let has = |key: &str| lines.iter().any(|line| line.starts_with(key));
    told.next().is_some_and(opens)
        && has("apiVersion:")
        && (has("kind:") && has("metadata:") || has("items:"))
}

/// Returns the form of notifications that carry alarms; what else they carry is told by its events.
fn envelope(paths: &Paths, lines: &[&str]) -> Option<Form> {
    const KINDS: [(AlertKind, &[&str]); 4] = [
        (AlertKind::Envelope(""), &["Type", "TopicArn", "Message"]),
        (AlertKind::Envelope("Records[]"), &["Records[].Sns"]),
        (
            AlertKind::Envelope("Records[]"),
            &["Records[].body", "Records[].messageId"],
        ),
        (
            AlertKind::Envelope("Messages[]"),
            &["Messages[].Body", "Messages[].MessageId"],
        ),
    ];
    let carries = lines
        .iter()
        .any(|line| line.contains("AlarmName\\") && line.contains("NewStateValue\\"));
    let kind = paths.first_of(&KINDS).filter(|_| carries);
    kind.map(Form::Alerts)
}

/// Returns the form of a document; `spread` tells that its first object takes several lines.
fn form(paths: &Paths, spread: bool) -> Option<Form> {
    metrics(paths)
        .map(Form::Metrics)
        .or_else(|| traces(paths).map(Form::Traces))
        .or_else(|| is_capture(paths).then_some(Form::Requests))
        .or_else(|| alerts(paths).map(Form::Alerts))
        .or_else(|| exported_logs(paths).map(Form::Logs))
        .or_else(|| objects(paths).map(Form::Objects))
        .or_else(|| plain_logs(paths, spread).map(Form::Logs))
}

fn metrics(paths: &Paths) -> Option<MetricKind> {
    const KINDS: [(MetricKind, &[&str]); 5] = [
        (
            MetricKind::Prometheus,
            &["data.resultType", "data.result[].metric"],
        ),
        (MetricKind::CloudWatchData, &["MetricDataResults[].Values"]),
        (
            MetricKind::CloudWatchStatistics,
            &["Datapoints[].Timestamp"],
        ),
        (MetricKind::Datadog, &["series[].pointlist"]),
        (MetricKind::Otlp, &["resourceMetrics[]"]),
    ];
    paths.first_of(&KINDS)
}

fn alerts(paths: &Paths) -> Option<AlertKind> {
    const KINDS: [(AlertKind, &[&str]); 12] = [
        (
            AlertKind::Prometheus("alerts[]"),
            &["alerts[].labels", "alerts[].startsAt"],
        ),
        (
            AlertKind::Prometheus("data.alerts[]"),
            &["data.alerts[].labels", "data.alerts[].state"],
        ),
        (
            AlertKind::Prometheus("data.groups[].rules[].alerts[]"),
            &["data.groups[].rules[].alerts"],
        ),
        (
            AlertKind::Prometheus("data[]"),
            &["data[].labels", "data[].startsAt"],
        ),
        (AlertKind::Prometheus("[]"), &["[].labels", "[].startsAt"]),
        (
            AlertKind::CloudWatch("MetricAlarms[]"),
            &["MetricAlarms[].AlarmName"],
        ),
        (AlertKind::CloudWatch(""), &["AlarmName", "NewStateValue"]),
        (
            AlertKind::CloudWatch("detail"),
            &["detail.alarmName", "detail.state"],
        ),
        (
            AlertKind::PagerDuty("incidents[]"),
            &["incidents[].incident_number"],
        ),
        (
            AlertKind::PagerDuty("event.data"),
            &["event.event_type", "event.data.urgency"],
        ),
        (AlertKind::Grafana, &["[].newStateDate", "[].state"]),
        (AlertKind::Datadog, &["[].overall_state", "[].query"]),
    ];
    paths.first_of(&KINDS)
}

fn is_capture(paths: &Paths) -> bool {
    let entries = paths.has("log.entries");
    entries && (paths.has("log.version") || paths.has("log.entries[].request"))
}

fn traces(paths: &Paths) -> Option<TraceKind> {
    const KINDS: [(TraceKind, &[&str]); 6] = [
        (TraceKind::Otlp, &["resourceSpans[]"]),
        (TraceKind::Otlp, &["trace.resourceSpans[]"]),
        (TraceKind::Otlp, &["batches[].resource"]),
        (TraceKind::Jaeger, &["data[].traceID", "data[].spans"]),
        (
            TraceKind::Zipkin("[]"),
            &["[].traceId", "[].id", "[].timestamp"],
        ),
        (
            TraceKind::Zipkin("[][]"),
            &["[][].traceId", "[][].id", "[][].timestamp"],
        ),
    ];
    paths.first_of(&KINDS)
}

fn exported_logs(paths: &Paths) -> Option<LogForm> {
    const KINDS: [(LogKind, &[&str]); 6] = [
        (LogKind::Otlp, &["resourceLogs[]"]),
        (LogKind::Elasticsearch, &["hits.hits[]._source"]),
        (LogKind::Loki, &["data.result[].stream"]),
        (
            LogKind::CloudWatchInsights,
            &["results[][].field", "results[][].value"],
        ),
        (LogKind::Audit, &["auditID", "verb", "requestURI"]),
        (
            LogKind::AuditList,
            &["items[].auditID", "items[].requestURI"],
        ),
    ];
    let kind = paths.first_of(&KINDS)?;
    let list = kind.list().to_owned();
    Some(LogForm { kind, list })
}

/// A list of objects each of which has a time and a message, or such objects over several lines.
fn plain_logs(paths: &Paths, spread: bool) -> Option<LogForm> {
    if paths.is_event("") {
        // Events that stand on a line each are no document.
        let form = LogForm {
            kind: LogKind::Records,
            list: String::new(),
        };
        return spread.then_some(form);
    }
    let lists = paths.0.iter().filter(|path| path.ends_with("[]"));
    let list = lists
        .filter(|list| list.matches("[]").count() == 1)
        .find(|list| paths.is_event(&format!("{list}.")))?;
    let kind = match list.as_str() {
        "logEvents[]" | "events[]" => LogKind::CloudWatch,
        _ => LogKind::Records,
    };
    Some(LogForm {
        kind,
        list: list.clone(),
    })
}

/// Returns the path of objects that have a kind, a version and a name.
fn objects(paths: &Paths) -> Option<String> {
    let is_object = |at: &str| {
        let key = |key: &str| match at {
            "" => key.to_owned(),
            at => format!("{at}.{key}"),
        };
        paths.has(&key("kind")) && paths.has(&key("metadata"))
    };
    let mut lists = paths.0.iter().filter_map(|path| path.strip_suffix(".kind"));
    let list = lists
        .find(|list| list.ends_with("[]") && is_object(list) && list.matches("[]").count() == 1)
        .map(any_key);
    // Items of a list of one kind, and events as they are shipped, need not name their kind.
    let of_kind = || {
        let parts = ["spec", "status", "involvedObject"];
        let has_part = parts.iter().any(|it| paths.has(&format!("items[].{it}")));
        let is_list = paths.has("kind") && paths.has("items[].metadata") && has_part;
        is_list.then(|| "items[]".to_owned())
    };
    let event = || {
        let told = ["involvedObject.kind", "reason", "metadata"];
        told.iter().all(|key| paths.has(key)).then(String::new)
    };
    list.or_else(of_kind).or_else(event).or_else(|| {
        let told = ["apiVersion", "spec", "status"];
        let is_whole = told.iter().any(|key| paths.has(key)) && !paths.has("items");
        // A watch wraps each version of an object in a notice.
        let is_noticed = paths.has("type") && is_object("object");
        (is_whole && is_object("") || is_noticed).then(String::new)
    })
}

/// Lists that stand under keys of their own, such as those of namespaces, are all of one kind.
fn any_key(list: &str) -> String {
    match list.split_once(".items[]") {
        Some((_, "")) => "*.items[]".to_owned(),
        _ if matches!(list, "items[]" | "[]") => list.to_owned(),
        _ => "*[]".to_owned(),
    }
}

/// Paths of the values at the head of a document.
#[derive(Debug, Default)]
struct Paths(BTreeSet<String>);

impl Paths {
    fn of(lines: &[&str]) -> Self {
        let mut paths = Self::default();
        let mut walker = Walker::new(Encoding::Utf8);
        for (at, line) in lines.iter().enumerate() {
            let raw = RawLine {
                bytes: line.as_bytes(),
                start: 0,
                number: at as u64,
                carries_on: false,
            };
            walker.line(&raw, &mut paths);
        }
        paths
    }

    fn has(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// Returns whether what stands at a path has a time and a message.
    fn is_event(&self, at: &str) -> bool {
        const TIMES: [&str; 10] = [
            "timestamp",
            "@timestamp",
            "time",
            "ts",
            "date",
            "datetime",
            "Timestamp",
            "TimeGenerated",
            "timeStamp",
            "eventTime",
        ];
        const MESSAGES: [&str; 11] = [
            "message",
            "msg",
            "log",
            "line",
            "text",
            "body",
            "Message",
            "textPayload",
            "jsonPayload",
            "@message",
            "event",
        ];
        let has = |key: &str| self.0.contains(&format!("{at}{key}"));
        TIMES.iter().any(|key| has(key)) && MESSAGES.iter().any(|key| has(key))
    }

    /// Returns the first kind all of whose paths are there.
    fn first_of<T: Copy>(&self, kinds: &[(T, &[&str])]) -> Option<T> {
        let mut kinds = kinds.iter();
        kinds
            .find(|(_, needed)| needed.iter().all(|path| self.has(path)))
            .map(|(kind, _)| *kind)
    }
}

impl Visitor for Paths {
    fn wants(&mut self, path: &str) -> bool {
        if self.0.len() < PATHS_MAX && !self.0.contains(path) {
            self.0.insert(path.to_owned());
        }
        false
    }

    fn take(&mut self, _: &str, _: Record) {}
}
