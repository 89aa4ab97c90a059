//! Documents of JSON that tools export: metrics, log events, alerts, spans, requests, objects.

mod alerts;
mod logs;
mod metrics;
mod objects;
mod recognise;
mod requests;
mod traces;
mod versions;
mod visit;

pub(crate) use alerts::Alert;
use alerts::AlertTaker;
use logs::LogTaker;
pub(crate) use logs::{profile as of_events, read_inside, record_of};
use metrics::MetricTaker;
pub(crate) use objects::ObjectTaker;
pub(crate) use recognise::{Form, recognise};
use requests::RequestTaker;
pub(crate) use requests::{PHASES, Request};
use traces::TraceTaker;
pub(crate) use traces::count_failure;
pub(crate) use versions::ObjectVersions;
pub(crate) use visit::{Feed, line_of};

use chrono::{DateTime, Utc};

use super::json::{Record, Visitor, Walker, YamlCutter};
use super::spans::Spans;
use crate::analysis::{Change, CommandFact, Inventory, Sample};
use crate::clues::Clues;
use crate::encoding::Encoding;
use crate::line::RawLine;

/// Reads a document while its bytes pass by.
#[derive(Debug)]
pub(crate) struct DocumentReader {
    cutter: Cutter,
    taker: Taker,
}

/// What cuts the values out.
#[derive(Debug)]
enum Cutter {
    Json(Walker),
    Yaml(YamlCutter),
}

/// What is made of the values of a document.
#[derive(Debug)]
enum Taker {
    Alerts(AlertTaker),
    Logs(LogTaker),
    Metrics(MetricTaker),
    Objects(Box<ObjectVersions>),
    Requests(RequestTaker),
    Traces(Box<TraceTaker>),
}

/// What a document holds.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) samples: Vec<Sample>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) spans: Spans,
    pub(crate) requests: Vec<Request>,
    /// What exported objects show to be wrong, and since when.
    pub(crate) facts: Vec<(Option<DateTime<Utc>>, CommandFact)>,
    /// What was made or altered of late, without the name of the file.
    pub(crate) changes: Vec<Change>,
    pub(crate) inventory: Inventory,
    pub(crate) clues: Clues,
    /// Whether there is more than what was kept.
    pub(crate) more: bool,
    /// Values that are too large or too deep to be read.
    pub(crate) unread: u64,
    /// Whether the document ends before it is closed.
    pub(crate) unfinished: bool,
}

impl DocumentReader {
    pub(crate) fn new(
        form: Form,
        limit: usize,
        encoding: Encoding,
        file_name: Option<&str>,
    ) -> Self {
        Self {
            cutter: match form {
                Form::Yaml => Cutter::Yaml(YamlCutter::new(encoding)),
                _ => Cutter::Json(Walker::new(encoding)),
            },
            taker: match form {
                Form::Alerts(kind) => Taker::Alerts(AlertTaker::new(kind, limit)),
                Form::Logs(form) => Taker::Logs(LogTaker::new(form)),
                Form::Metrics(kind) => Taker::Metrics(MetricTaker::new(kind, limit, file_name)),
                Form::Objects(list) => objects(list, limit),
                Form::Yaml => objects(String::new(), limit),
                Form::Requests => Taker::Requests(RequestTaker::default()),
                Form::Traces(kind) => Taker::Traces(Box::new(TraceTaker::new(kind))),
            },
        }
    }

    /// Returns whether known failures are looked for in a line: in labels, not in names of metrics.
    pub(crate) fn counts_line(&self, line: &str) -> bool {
        matches!(&self.taker, Taker::Metrics(taker) if taker.tells_label(line))
    }

    /// Takes the next line, or the next piece of one.
    pub(crate) fn line(&mut self, raw: &RawLine<'_>, feed: Feed<'_>) {
        let taker = &mut self.taker;
        let mut visit = Visit { taker, feed };
        match &mut self.cutter {
            Cutter::Json(walker) => walker.line(raw, &mut visit),
            Cutter::Yaml(cutter) => cutter.line(raw, &mut |record| visit.take("", record)),
        }
    }

    /// Takes what ends with the file.
    pub(crate) fn close(&mut self, feed: Feed<'_>) {
        let taker = &mut self.taker;
        let mut visit = Visit { taker, feed };
        match &mut self.cutter {
            Cutter::Json(walker) => walker.finish(&mut visit),
            Cutter::Yaml(cutter) => cutter.finish(&mut |record| visit.take("", record)),
        }
        if let Taker::Objects(taker) = visit.taker {
            taker.close(visit.feed.patterns);
        }
    }

    /// Returns what was read.
    pub(crate) fn told(self) -> Told {
        let told = match self.taker {
            Taker::Alerts(taker) => taker.told(),
            Taker::Logs(_) => Told::default(),
            Taker::Metrics(taker) => taker.told(),
            Taker::Objects(taker) => taker.told(),
            Taker::Requests(taker) => taker.told(),
            Taker::Traces(taker) => taker.told(),
        };
        let (unread, unfinished) = match self.cutter {
            Cutter::Json(walker) => (walker.dropped, walker.unfinished),
            Cutter::Yaml(cutter) => (cutter.dropped, false),
        };
        Told {
            unread,
            unfinished,
            ..told
        }
    }
}

fn objects(list: String, limit: usize) -> Taker {
    let taker = ObjectTaker::new(list, limit);
    Taker::Objects(Box::new(ObjectVersions::new(taker)))
}

struct Visit<'a, 'b> {
    taker: &'a mut Taker,
    feed: Feed<'b>,
}

impl Visitor for Visit<'_, '_> {
    fn wants(&mut self, path: &str) -> bool {
        match self.taker {
            Taker::Alerts(taker) => taker.wants(path),
            Taker::Logs(taker) => taker.wants(path),
            Taker::Metrics(taker) => taker.wants(path),
            Taker::Objects(taker) => taker.wants(path),
            Taker::Requests(_) => RequestTaker::wants(path),
            Taker::Traces(taker) => taker.wants(path),
        }
    }

    fn take(&mut self, path: &str, record: Record) {
        match self.taker {
            Taker::Alerts(taker) => taker.take(&record, self.feed.patterns),
            Taker::Logs(taker) => taker.take(path, &record, &mut self.feed),
            Taker::Metrics(taker) => taker.take(path, &record),
            Taker::Objects(taker) => {
                taker.take(record, None, self.feed.patterns);
            }
            Taker::Requests(taker) => taker.take(&record),
            Taker::Traces(taker) => taker.take(path, &record, self.feed.patterns),
        }
    }
}
