//! Alerts of Prometheus, Alertmanager, Grafana, CloudWatch (also within SNS), PagerDuty and Datadog.

use chrono::{DateTime, Utc};

use super::Told;
use super::visit::line_of;
use crate::catalogue::matcher::{PatternCounter, Span};
use crate::citation::Citation;
use crate::finding::Severity;
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Labels that name what an alert is about, most telling first.
const ABOUT: [&str; 18] = [
    "service",
    "service_name",
    "deployment",
    "statefulset",
    "daemonset",
    "horizontalpodautoscaler",
    "persistentvolumeclaim",
    "pod",
    "container",
    "app",
    "job_name",
    "node",
    "instance",
    "database",
    "queue",
    "job",
    "cluster",
    "namespace",
];
/// Alerts that fire always, to show that alerting works.
const ALWAYS: [&str; 3] = ["Watchdog", "DeadMansSwitch", "InfoInhibitor"];

/// An alert that fires.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alert {
    pub(crate) name: String,
    /// What it is about, by the label that names it.
    pub(crate) about: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) since: Option<DateTime<Utc>>,
    /// When it ends unless it is renewed, as Alertmanager writes it; it does so for as long as it fires.
    pub(crate) until: Option<DateTime<Utc>>,
    /// What it says, in the words of whoever set it up.
    pub(crate) text: Option<String>,
    pub(crate) citations: Vec<Citation>,
}

/// Whose alerts they are, and the path of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertKind {
    /// Those of Alertmanager and of Grafana's unified alerting too.
    Prometheus(&'static str),
    CloudWatch(&'static str),
    /// Alarms of CloudWatch in envelopes of SNS or SQS; the path of each envelope.
    Envelope(&'static str),
    PagerDuty(&'static str),
    Grafana,
    Datadog,
}

impl AlertKind {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Prometheus(_) => "alerts of Prometheus or Alertmanager",
            Self::CloudWatch(_) => "alarms of CloudWatch",
            Self::Envelope(_) => "alarms of CloudWatch in notifications of SNS",
            Self::PagerDuty(_) => "incidents of PagerDuty",
            Self::Grafana => "alerts of Grafana",
            Self::Datadog => "monitors of Datadog",
        }
    }

    fn list(self) -> &'static str {
        match self {
            Self::Prometheus(list)
            | Self::CloudWatch(list)
            | Self::Envelope(list)
            | Self::PagerDuty(list) => list,
            Self::Grafana | Self::Datadog => "[]",
        }
    }

    fn read(self, alert: &Node) -> Option<Read<'_>> {
        match self {
            Self::Prometheus(_) => prometheus(alert),
            Self::CloudWatch(_) | Self::Envelope(_) => cloudwatch(alert),
            Self::PagerDuty(_) => pagerduty(alert),
            Self::Grafana => grafana(alert),
            Self::Datadog => datadog(alert),
        }
    }
}

/// Collects the alerts that fire.
#[derive(Debug)]
pub(super) struct AlertTaker {
    kind: AlertKind,
    limit: usize,
    alerts: Vec<Alert>,
    more: bool,
}

impl AlertTaker {
    pub(super) fn new(kind: AlertKind, limit: usize) -> Self {
        Self {
            kind,
            limit,
            alerts: Vec::new(),
            more: false,
        }
    }

    pub(super) fn wants(&self, path: &str) -> bool {
        path == self.kind.list()
    }

    pub(super) fn take(&mut self, record: &Record, patterns: &mut PatternCounter) {
        match self.kind {
            AlertKind::Envelope(_) => {
                if let Some(alarm) = opened(record) {
                    self.keep(&alarm, patterns);
                }
            }
            _ => self.keep(record, patterns),
        }
    }

    fn keep(&mut self, record: &Record, patterns: &mut PatternCounter) {
        let Some(read) = self.kind.read(&record.root) else {
            return;
        };
        if self.alerts.len() >= self.limit {
            self.more = true;
            return;
        }
        let telling = [Some(read.name), read.state, read.start, read.text];
        let cited = telling.into_iter().flatten();
        let alert = Alert {
            name: read.name.as_text().unwrap_or_default().to_owned(),
            about: read.about,
            severity: read.severity,
            since: read.start.and_then(Node::as_written).and_then(parse_utc),
            until: read.end.and_then(Node::as_written).and_then(parse_utc),
            text: read
                .text
                .and_then(Node::as_text)
                .filter(|text| !text.trim().is_empty())
                .map(ToOwned::to_owned),
            citations: cited.filter_map(|node| record.cite(node)).collect(),
        };
        if let (Some(text), Some(cited)) = (&alert.text, read.text.and_then(|it| record.cite(it))) {
            let span = Span::new(alert.since, alert.since, 1);
            patterns.count_span(&line_of(text, &cited), alert.about.as_deref(), span);
        }
        self.alerts.push(alert);
    }

    pub(super) fn told(self) -> Told {
        Told {
            alerts: self.alerts,
            more: self.more,
            ..Told::default()
        }
    }
}

/// Opens envelopes until an alarm shows.
fn opened(envelope: &Record) -> Option<Record> {
    const HOLDERS: [&str; 4] = ["Message", "Sns.Message", "body", "Body"];
    const ENVELOPES: usize = 3;
    let open = |record: &Record| {
        let held = HOLDERS.iter().find_map(|path| record.root.get(path))?;
        record.inner(held)
    };
    let mut record = open(envelope)?;
    for _ in 1..ENVELOPES {
        if cloudwatch(&record.root).is_some() {
            break;
        }
        record = open(&record)?;
    }
    Some(record)
}

/// Where an alert that fires says what.
struct Read<'a> {
    name: &'a Node,
    state: Option<&'a Node>,
    start: Option<&'a Node>,
    end: Option<&'a Node>,
    text: Option<&'a Node>,
    about: Option<String>,
    severity: Severity,
}

fn prometheus(alert: &Node) -> Option<Read<'_>> {
    let paths = ["state", "status.state", "status"];
    let state = paths
        .iter()
        .filter_map(|path| alert.get(path))
        .find(|node| node.as_text().is_some());
    let fires = state.and_then(Node::as_text).is_none_or(|state| {
        let state = state.to_ascii_lowercase();
        matches!(state.as_str(), "firing" | "active" | "alerting")
    });
    let name = alert.get("labels.alertname")?;
    let is_always = name.as_text().is_some_and(|name| ALWAYS.contains(&name));
    let labels = alert.get("labels")?;
    let priority = ["severity", "priority", "level"];
    let severity = severity(priority.iter().find_map(|label| labels.text(label)))?;
    let texts = [
        "annotations.summary",
        "annotations.description",
        "annotations.message",
    ];
    let about = ABOUT.iter().find_map(|label| labels.text(label));
    (fires && !is_always).then(|| Read {
        name,
        state,
        start: alert.get("activeAt").or_else(|| alert.get("startsAt")),
        end: alert.get("endsAt"),
        text: texts.iter().find_map(|path| alert.get(path)),
        about: about.map(ToOwned::to_owned),
        severity,
    })
}

/// An alarm as it is listed, as SNS sends it, or as EventBridge does.
fn cloudwatch(alarm: &Node) -> Option<Read<'_>> {
    let first = |paths: &[&str]| paths.iter().find_map(|path| alarm.get(path));
    let state = first(&["StateValue", "NewStateValue", "state.value"])?;
    if state.as_text() != Some("ALARM") {
        return None;
    }
    let dimensions = ["Dimensions", "Trigger.Dimensions"];
    let dimension = dimensions.iter().find_map(|path| alarm.items(path).first());
    let about = dimension.and_then(|it| it.text("Value").or_else(|| it.text("value")));
    let metric = first(&["MetricName", "Trigger.MetricName"]).and_then(Node::as_text);
    Some(Read {
        name: first(&["AlarmName", "alarmName"])?,
        state: Some(state),
        start: first(&[
            "StateTransitionedTimestamp",
            "StateUpdatedTimestamp",
            "StateChangeTime",
            "state.timestamp",
        ]),
        end: None,
        text: first(&["StateReason", "NewStateReason", "state.reason"]),
        about: about.or(metric).map(ToOwned::to_owned),
        severity: Severity::Error,
    })
}

fn pagerduty(incident: &Node) -> Option<Read<'_>> {
    let state = incident.get("status")?;
    let is_open = state
        .as_text()
        .is_some_and(|state| matches!(state, "triggered" | "acknowledged"));
    let name = incident.get("title").or_else(|| incident.get("summary"))?;
    let severity = match incident.text("urgency") {
        Some("low") => Severity::Warn,
        _ => Severity::Error,
    };
    is_open.then(|| Read {
        name,
        state: Some(state),
        start: incident.get("created_at"),
        end: None,
        text: incident.get("description"),
        about: incident.text("service.summary").map(ToOwned::to_owned),
        severity,
    })
}

fn grafana(alert: &Node) -> Option<Read<'_>> {
    let state = alert.get("state")?;
    (state.as_text() == Some("alerting")).then_some(Read {
        name: alert.get("name")?,
        state: Some(state),
        start: alert.get("newStateDate"),
        end: None,
        text: alert.get("executionError"),
        about: alert.text("dashboardSlug").map(ToOwned::to_owned),
        severity: Severity::Error,
    })
}

fn datadog(monitor: &Node) -> Option<Read<'_>> {
    let state = monitor.get("overall_state")?;
    let severity = match state.as_text()? {
        "Alert" => Severity::Error,
        "Warn" | "No Data" => Severity::Warn,
        _ => return None,
    };
    let mut tags = monitor.items("tags").iter().filter_map(Node::as_text);
    let about = tags.find_map(|tag| tag.strip_prefix("service:"));
    Some(Read {
        name: monitor.get("name")?,
        state: Some(state),
        start: monitor.get("overall_state_modified"),
        end: None,
        text: monitor.get("message"),
        about: about.map(ToOwned::to_owned),
        severity,
    })
}

/// Returns how bad an alert of a severity is; nothing when it only informs.
fn severity(told: Option<&str>) -> Option<Severity> {
    match told.map(str::to_ascii_lowercase).as_deref() {
        Some("none" | "info" | "informational" | "debug") => None,
        Some("critical" | "page" | "error" | "high" | "p1" | "p2" | "fatal" | "emergency") => {
            Some(Severity::Error)
        }
        _ => Some(Severity::Warn),
    }
}
