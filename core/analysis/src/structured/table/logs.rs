//! Rows that are log records, some of whose bodies may be objects of Kubernetes.

use std::borrow::Cow;

use super::cells::{Cell, split};
use super::columns::{Columns, cell, entry, stamp};
use super::objects::{self, is_object};
use super::rows::Row;
use super::{Kind, has_time};
use crate::encoding::Encoding;
use crate::header::{self, Header};
use crate::level::Level;
use crate::structured::document::{Feed, ObjectVersions, line_of, read_inside, record_of};
use crate::time::{Clockwork, to_utc};

/// Attributes that name who wrote a record, when no column does.
const SOURCES: [&str; 6] = [
    "service.name",
    "k8s.container.name",
    "k8s.deployment.name",
    "k8s.pod.name",
    "container.name",
    "host.name",
];

/// Returns whether rows are records or objects; nothing when they have no times.
pub(super) fn kind(
    rows: &[String],
    delimiter: char,
    header: &[String],
    columns: &Columns,
) -> Option<Kind> {
    if rows.is_empty() {
        // One row may be larger than what is looked at.
        let known = columns.component.is_some() && header.len() >= 4;
        return known.then_some(Kind::Logs);
    }
    let objects = rows.iter().filter(|row| {
        let cells = split(row, delimiter);
        cell(&cells, columns.message).is_some_and(|cell| is_object(&cell.text()))
    });
    if objects.count() * 2 >= rows.len() {
        return Some(Kind::Objects);
    }
    has_time(rows, delimiter, columns).then_some(Kind::Logs)
}

/// Hands each row on as the line of a log, or as an object.
#[derive(Debug)]
pub(super) struct LogRows {
    columns: Columns,
    clock: Clockwork,
    pub(super) objects: ObjectVersions,
}

impl LogRows {
    pub(super) fn new(columns: Columns, objects: ObjectVersions) -> Self {
        Self {
            columns,
            clock: Clockwork::new(None, None),
            objects,
        }
    }

    pub(super) fn take(
        &mut self,
        row: &Row,
        cells: &[Cell<'_>],
        encoding: Encoding,
        feed: &mut Feed<'_>,
    ) {
        let Some(body) = cell(cells, self.columns.message) else {
            return;
        };
        let said = body.text();
        let at = cell(cells, self.columns.time).map(|cell| cell.text());
        let time = at.and_then(|text| stamp(&text, true));
        let since = time.as_ref().map(|stamp| self.clock.resolve(stamp));
        if is_object(&said)
            && objects::take(
                &mut self.objects,
                row,
                body,
                since.and_then(to_utc),
                feed.patterns,
            )
        {
            return;
        }
        let Some(logs) = &mut feed.logs else { return };
        let cited = if encoding.is_wide() {
            row.cite(0, row.text.len())
        } else {
            row.cite_around(body.at, body.end())
        };
        let Some(cited) = cited else { return };
        let attributes = cell(cells, self.columns.attributes).map(|cell| cell.text());
        let resource = cell(cells, self.columns.resource).map(|cell| cell.text());
        let mut header = message(&said, self.level(cells));
        header.stamp = time.or(header.stamp);
        let component = self.component(cells, resource.as_deref());
        header.component = component.or(header.component);
        header.host = resource
            .as_deref()
            .and_then(|map| entry(map, "k8s.pod.name").or_else(|| entry(map, "host.name")));
        if let Some(thrown) = attributes.as_deref().and_then(thrown)
            && !header.message.contains(&thrown)
        {
            header.message = Cow::Owned(format!("{} {thrown}", header.message));
        }
        let text = header.message.clone();
        logs.record(&line_of(&text, &cited), &header, feed.patterns);
    }

    fn level(&self, cells: &[Cell<'_>]) -> Option<Level> {
        let word = cell(cells, self.columns.level).and_then(|cell| Level::from_word(&cell.text()));
        let number = || {
            let number = cell(cells, self.columns.level_number)?;
            Level::from_severity_number(number.raw.parse().ok()?)
        };
        word.or_else(number)
    }

    fn component<'a>(&self, cells: &[Cell<'a>], resource: Option<&'a str>) -> Option<Cow<'a, str>> {
        let named = cell(cells, self.columns.component).map(Cell::text);
        named.or_else(|| {
            let map = resource?;
            let mut names = SOURCES.iter().filter_map(|key| entry(map, key));
            names.find(|name| !name.is_empty()).map(Cow::Borrowed)
        })
    }
}

/// Returns what a body says; one that is a record or a line of a log itself is read as such.
fn message(said: &str, level: Option<Level>) -> Header<'_> {
    let mut header = if header::json::looks_like_record(said) {
        record_of(said)
    } else {
        let mut header = Header {
            message: Cow::Borrowed(said.trim_end()),
            ..Header::default()
        };
        read_inside(&mut header);
        header
    };
    header.level = level.or(header.level);
    header
}

/// Returns the exception that attributes tell of.
fn thrown(attributes: &str) -> Option<String> {
    let message = entry(attributes, "exception.message")?;
    let kind = entry(attributes, "exception.type").unwrap_or("exception");
    Some(format!("{kind}: {message}"))
}
