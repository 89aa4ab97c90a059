//! Log events inside documents: answers of CloudWatch, Elasticsearch, Loki, OTLP, audit logs, lists.

use std::borrow::Cow;

use super::visit::{Feed, line_of};
use crate::citation::Citation;
use crate::format::{Family, LogFormat, Profile};
use crate::header::{self, Header};
use crate::level::Level;
use crate::structured::json::{Node, Record};
use crate::time::scan;

/// How the events are wrapped, and the path of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogForm {
    pub(crate) kind: LogKind,
    pub(crate) list: String,
}

/// Whose document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogKind {
    Audit,
    AuditList,
    CloudWatch,
    CloudWatchInsights,
    Elasticsearch,
    Loki,
    Otlp,
    /// Objects with a time and a message.
    Records,
}

impl LogKind {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Audit | Self::AuditList => "audit events of Kubernetes",
            Self::CloudWatch => "events of CloudWatch Logs",
            Self::CloudWatchInsights => "answer of CloudWatch Logs Insights",
            Self::Elasticsearch => "hits of Elasticsearch",
            Self::Loki => "answer of the Loki query API",
            Self::Otlp => "log records of OpenTelemetry",
            Self::Records => "list of records with time and message",
        }
    }

    /// Returns the path of each event.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Audit => "",
            Self::AuditList => "items[]",
            Self::CloudWatch => "events[]",
            Self::CloudWatchInsights => "results[]",
            Self::Elasticsearch => "hits.hits[]",
            Self::Loki => "data.result[].values[]",
            Self::Otlp => "resourceLogs[].scopeLogs[].logRecords[]",
            Self::Records => "[]",
        }
    }

    /// Returns the path of what stands before events and says where they come from.
    fn source(self) -> Option<&'static str> {
        match self {
            Self::CloudWatch => Some("logGroup"),
            Self::Loki => Some("data.result[].stream"),
            Self::Otlp => Some("resourceLogs[].resource"),
            _ => None,
        }
    }
}

/// Reads each event as the line of a log.
#[derive(Debug)]
pub(super) struct LogTaker {
    form: LogForm,
    /// Component and level of the events that follow.
    component: Option<String>,
    level: Option<Level>,
}

impl LogTaker {
    pub(super) fn new(form: LogForm) -> Self {
        Self {
            form,
            component: None,
            level: None,
        }
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        path == self.form.list || Some(path) == self.form.kind.source()
    }

    pub(super) fn take(&mut self, path: &str, record: &Record, feed: &mut Feed<'_>) {
        let root = &record.root;
        if path != self.form.list {
            return self.note_source(root);
        }
        let told = match self.form.kind {
            LogKind::Audit | LogKind::AuditList => audit(root),
            LogKind::Loki => pair(root),
            LogKind::CloudWatchInsights => fields(root),
            LogKind::Otlp => otlp(record),
            LogKind::Elasticsearch => root
                .get("_source")
                .map(|it| record_of(&record.text[it.value_at..it.end])),
            LogKind::CloudWatch | LogKind::Records => Some(record_of(&record.text)),
        };
        let (Some(mut header), Some(cited)) = (told, cite(record)) else {
            return;
        };
        header.level = header.level.or(self.level);
        if header.component.is_none() {
            header.component = self.component.as_deref().map(Cow::Borrowed);
        }
        if let Some(logs) = &mut feed.logs {
            let text = header.message.clone();
            logs.record(&line_of(&text, &cited), &header, feed.patterns);
        }
    }

    /// Learns where the events that follow come from.
    fn note_source(&mut self, source: &Node) {
        const NAMES: [&str; 8] = [
            "service_name",
            "service",
            "app",
            "container",
            "job",
            "pod",
            "unit",
            "host",
        ];
        self.component = match self.form.kind {
            LogKind::Otlp => attribute(source.items("attributes"), "service.name"),
            LogKind::CloudWatch => source.as_text().and_then(|name| name.rsplit('/').next()),
            _ => NAMES.iter().find_map(|name| source.text(name)),
        }
        .map(ToOwned::to_owned);
        let level = source
            .text("detected_level")
            .or_else(|| source.text("level"));
        self.level = level.and_then(Level::from_word);
    }
}

/// How a record is read that stands on a line of its own.
const RECORD: Profile = Profile {
    format: Some(LogFormat::JsonLines),
    family: Family::Json,
    component_after_level: false,
    bare_epoch: false,
    dateless: false,
    named: false,
    stamped: 1.0,
    levelled: 1.0,
    headed: 1,
};

/// Returns the profile of events that stand in a document.
pub(crate) fn profile() -> Profile {
    RECORD
}

/// Returns what a record says; a message that is a line of a log itself is read as such.
pub(crate) fn record_of(text: &str) -> Header<'_> {
    let mut header = header::parse(text, &RECORD);
    read_inside(&mut header);
    header
}

/// Reads level, component and message of a line that something wrapped.
pub(crate) fn read_inside(header: &mut Header<'_>) {
    if header.level.is_some() {
        return;
    }
    let line = header.message.trim().to_owned();
    let profile = crate::format::detect(&[&line]);
    let inner = header::parse(&line, &profile);
    header.level = inner.level;
    header.component = header
        .component
        .take()
        .or_else(|| inner.component.map(|name| Cow::Owned(name.into_owned())));
    if !inner.message.trim().is_empty() {
        header.message = Cow::Owned(inner.message.into_owned());
    }
}

/// A list of time and line.
fn pair(root: &Node) -> Option<Header<'_>> {
    let [time, line, ..] = root.list() else {
        return None;
    };
    let mut header = Header {
        stamp: scan(time.as_written()?.as_bytes()),
        message: Cow::Borrowed(line.as_text()?.trim_end()),
        ..Header::default()
    };
    read_inside(&mut header);
    Some(header)
}

/// A list of names and values.
fn fields(root: &Node) -> Option<Header<'_>> {
    let mut fields = root.list().iter();
    let value = |name: &str| {
        let found = fields.clone().find(|it| it.text("field") == Some(name));
        found.and_then(|it| it.text("value"))
    };
    let stream = value("@logStream").map(Cow::Borrowed);
    let mut header = Header {
        stamp: value("@timestamp").and_then(|time| scan(time.as_bytes())),
        message: Cow::Borrowed(value("@message").or_else(|| fields.next()?.text("value"))?),
        component: stream,
        ..Header::default()
    };
    read_inside(&mut header);
    Some(header)
}

/// A log record of OpenTelemetry.
fn otlp(record: &Record) -> Option<Header<'_>> {
    let root = &record.root;
    let mut header = header::parse(&record.text, &RECORD);
    let number = || root.number("severityNumber").map(|number| number as usize);
    header.level = header
        .level
        .or_else(|| Level::from_severity_number(number()?));
    let attributes = root.items("attributes");
    let kind = attribute(attributes, "exception.type").unwrap_or_default();
    if let Some(message) = attribute(attributes, "exception.message") {
        header.message = Cow::Owned(format!("{} {kind}: {message}", header.message));
    }
    let trace = attribute_node(attributes, "exception.stacktrace").and_then(Node::as_text);
    header.trace = trace.map(Cow::Borrowed).or(header.trace);
    Some(header)
}

/// An audit event of Kubernetes, told in a sentence; only the last stage of a request counts.
fn audit(root: &Node) -> Option<Header<'_>> {
    if !matches!(
        root.text("stage"),
        None | Some("ResponseComplete" | "Panic")
    ) {
        return None;
    }
    let code = root.number("responseStatus.code").unwrap_or(0.0) as u16;
    let told = |path: &str| root.text(path).unwrap_or_default();
    let place = ["objectRef.namespace", "objectRef.name"]
        .iter()
        .filter_map(|path| root.text(path))
        .collect::<Vec<&str>>()
        .join("/");
    let resource = match root.text("objectRef.resource") {
        Some(resource) => format!("{resource} {place}"),
        None => told("requestURI").to_owned(),
    };
    let reason = root
        .text("responseStatus.message")
        .or_else(|| root.text("responseStatus.reason"));
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    let time = root
        .text("requestReceivedTimestamp")
        .or_else(|| root.text("stageTimestamp"));
    let level = match code {
        500.. => Level::Error,
        404 | 409 => Level::Info,
        400.. => Level::Warn,
        _ => Level::Info,
    };
    Some(Header {
        stamp: time.and_then(|time| scan(time.as_bytes())),
        level: Some(level),
        component: root.text("user.username").map(Cow::Borrowed),
        message: Cow::Owned(format!(
            "{} {resource} answered {code}{reason}",
            told("verb")
        )),
        ..Header::default()
    })
}

/// Returns the value of an attribute of OpenTelemetry as it is written.
pub(super) fn attribute<'a>(attributes: &'a [Node], name: &str) -> Option<&'a str> {
    attribute_node(attributes, name)?.as_written()
}

/// Returns the value of an attribute of OpenTelemetry.
pub(super) fn attribute_node<'a>(attributes: &'a [Node], name: &str) -> Option<&'a Node> {
    let found = attributes.iter().find(|it| it.text("key") == Some(name))?;
    let (_, told) = found.get("value")?.object().first()?;
    Some(told)
}

/// Returns the place of an event: of the record when one line holds it, else of its message.
fn cite(record: &Record) -> Option<Citation> {
    const MESSAGES: [&str; 15] = [
        "body.stringValue",
        "message",
        "msg",
        "_source.message",
        "_source.log",
        "body",
        "log",
        "line",
        "text",
        "Message",
        "textPayload",
        "jsonPayload.message",
        "@message",
        "responseStatus.message",
        "requestURI",
    ];
    let root = &record.root;
    if record.is_on_one_line(root) {
        return record.cite(root);
    }
    let named = MESSAGES.iter().find_map(|path| root.get(path));
    let listed = || {
        let told = root.list().iter().rev();
        told.clone()
            .find(|it| it.text("field") == Some("@message"))
            .and_then(|it| it.get("value"))
            .or_else(|| root.list().get(1))
    };
    record.cite(named.or_else(listed).unwrap_or(root))
}
