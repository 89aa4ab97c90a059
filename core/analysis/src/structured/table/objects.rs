//! Rows whose bodies are objects of Kubernetes, as a collector watches or lists them.

use chrono::{DateTime, Utc};

use super::cells::Cell;
use super::rows::Row;
use crate::catalogue::matcher::PatternCounter;
use crate::structured::document::ObjectVersions;
use crate::structured::json::Record;

/// Takes the body of a row; returns whether it is an object.
pub(super) fn take(
    versions: &mut ObjectVersions,
    row: &Row,
    body: &Cell<'_>,
    noted: Option<DateTime<Utc>>,
    patterns: &mut PatternCounter,
) -> bool {
    let record = record(row, body);
    record.is_some_and(|record| versions.take(record, noted, patterns))
}

fn record(row: &Row, body: &Cell<'_>) -> Option<Record> {
    let lines = row.lines(body.at, body.end())?;
    let joined = body.raw.replace('\n', "");
    let (text, anchors) = body.with_raw(&joined).anchored();
    Record::escaped(text, joined.clone(), anchors, &lines)
        .or_else(|| Record::escaped(joined.clone(), joined, Vec::new(), &lines))
}

/// Returns whether a text reads as an object of Kubernetes, or as a notice of one.
pub(super) fn is_object(text: &str) -> bool {
    text.starts_with('{')
        && text.contains("\"kind\":")
        && text.contains("\"metadata\":")
        && text.contains("\"apiVersion\":")
}
