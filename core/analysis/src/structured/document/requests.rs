//! Requests of a browser, as a HAR capture tells them.
//!
//! Only addresses, methods, statuses and times are read: headers, cookies and bodies are left alone.

use chrono::{DateTime, Utc};

use super::Told;
use crate::citation::Citation;
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Requests that are kept.
const REQUESTS_MAX: usize = 20_000;
const TEXT_MAX: usize = 200;
/// Phases of a request; that of TLS is part of the one of the connection.
pub(crate) const PHASES: [&str; 7] = [
    "blocked", "dns", "connect", "ssl", "send", "wait", "receive",
];

/// A request and how it went.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Address without what may hold secrets: the user, the query, the fragment.
    pub(crate) url: String,
    /// 0 when there was no answer.
    pub(crate) status: u16,
    /// What the browser says of a request without an answer.
    pub(crate) error: Option<String>,
    pub(crate) started: Option<DateTime<Utc>>,
    /// Milliseconds.
    pub(crate) time: f64,
    /// Milliseconds of each phase; none for one that did not happen.
    pub(crate) phases: [Option<f64>; PHASES.len()],
    /// Whether it stays open on purpose, as a stream or a socket does.
    pub(crate) stays_open: bool,
    /// Where the address, the status and the time stand.
    pub(crate) citations: Vec<Citation>,
    /// Where each phase stands.
    pub(crate) phase_places: Vec<(usize, Citation)>,
}

impl Request {
    /// Returns the host, with its port when one is given.
    pub(crate) fn host(&self) -> &str {
        let behind = self
            .url
            .split_once("://")
            .map_or(self.url.as_str(), |it| it.1);
        behind.split('/').next().unwrap_or(behind)
    }

    /// Returns the phase that took longest, and how long that was.
    pub(crate) fn longest_phase(&self) -> Option<(usize, f64)> {
        let mut known: Vec<(usize, f64)> = self
            .phases
            .iter()
            .enumerate()
            .filter_map(|(at, time)| Some((at, (*time)?)))
            .collect();
        // The time of a connection holds that of its TLS.
        let ssl = self.phases[3].unwrap_or(0.0).max(0.0);
        if let Some(connect) = known.iter_mut().find(|(at, _)| *at == 2) {
            connect.1 -= ssl;
        }
        known.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Collects requests.
#[derive(Debug, Default)]
pub(super) struct RequestTaker {
    requests: Vec<Request>,
    more: bool,
}

impl RequestTaker {
    pub(super) fn wants(path: &str) -> bool {
        path == "log.entries[]"
    }

    pub(super) fn take(&mut self, record: &Record) {
        if self.requests.len() >= REQUESTS_MAX {
            self.more = true;
        } else if let Some(request) = read(record) {
            self.requests.push(request);
        }
    }

    pub(super) fn told(self) -> Told {
        Told {
            requests: self.requests,
            more: self.more,
            ..Told::default()
        }
    }
}

fn read(record: &Record) -> Option<Request> {
    let root = &record.root;
    let address = root.get("request.url")?;
    let status = root.get("response.status");
    let errors = ["response._error", "_error", "response.statusText"];
    let error = errors
        .iter()
        .filter_map(|path| root.get(path))
        .find(|it| it.as_text().is_some_and(|text| !text.trim().is_empty()));
    let kinds = ["_resourceType", "response.content.mimeType"];
    let stays_open = kinds.iter().filter_map(|path| root.text(path)).any(|kind| {
        matches!(kind, "websocket" | "eventsource") || kind.starts_with("text/event-stream")
    });
    let place = |phase: &str| root.get(&format!("timings.{phase}"));
    let time_of = |phase: &str| place(phase)?.as_number().filter(|time| *time >= 0.0);
    let status_code = status.and_then(Node::as_number).unwrap_or(0.0) as u16;
    let telling = [status, error.filter(|_| status_code == 0), root.get("time")];
    let url_cited = cite_address(record, address);
    let cited = telling
        .into_iter()
        .flatten()
        .filter_map(|it| record.cite(it));
    Some(Request {
        method: clipped(root.text("request.method").unwrap_or("GET")),
        url: without_secrets(address.as_text()?),
        status: status_code,
        error: error.and_then(Node::as_text).map(clipped),
        started: root.text("startedDateTime").and_then(parse_utc),
        time: root.number("time").unwrap_or(0.0),
        phases: PHASES.map(time_of),
        stays_open: stays_open || status_code == 101,
        citations: url_cited.into_iter().chain(cited).collect(),
        phase_places: PHASES
            .iter()
            .enumerate()
            .filter_map(|(at, phase)| Some((at, record.cite(place(phase)?)?)))
            .collect(),
    })
}

/// Returns the place of an address as far as it holds no secret.
fn cite_address(record: &Record, address: &Node) -> Option<Citation> {
    let written = &record.text[address.at..address.end];
    // What is escaped may hide a password or where the query begins.
    if written.contains('\\') || without_user(written).len() < written.len() {
        return None;
    }
    let end = written.find(['?', '#', ';']).unwrap_or(written.len());
    record.cite_range(address.at, address.at + end)
}

fn without_secrets(url: &str) -> String {
    let end = url.find(['?', '#', ';']).unwrap_or(url.len());
    let address = without_user(&url[..end]);
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    if address.len() < end {
        clipped(&format!("{scheme}://{address}"))
    } else {
        clipped(address)
    }
}

/// Returns what stands behind the user and password of an address; all of it without such.
fn without_user(url: &str) -> &str {
    let from = url.find("://").map_or(0, |at| at + 3);
    let end = url[from..].find('/').map_or(url.len(), |at| from + at);
    url[from..end]
        .rfind('@')
        .map_or(url, |at| &url[from + at + 1..])
}

fn clipped(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}
