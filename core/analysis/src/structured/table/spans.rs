//! Rows that are spans.

use std::borrow::Cow;

use super::cells::Cell;
use super::columns::{Columns, Unit, cell, entry, stamp};
use super::rows::Row;
use crate::catalogue::matcher::PatternCounter;
use crate::structured::document::{Told, count_failure};
use crate::structured::spans::{Failure, SpanRecord, Spans};
use crate::time::{Clockwork, Year};

/// Spans from which only some traces are kept.
const SPANS_MAX: usize = 50_000;
const TEXT_MAX: usize = 300;
const UNNAMED: &str = "unknown";

/// Collects spans.
#[derive(Debug)]
pub(super) struct SpanRows {
    columns: Columns,
    spans: Spans,
    /// How often the share of the traces that are kept was halved.
    halved: u32,
    clock: Clockwork,
}

impl SpanRows {
    pub(super) fn new(columns: Columns) -> Self {
        Self {
            columns,
            spans: Spans::default(),
            halved: 0,
            clock: Clockwork::new(None, None),
        }
    }

    pub(super) fn take(&mut self, row: &Row, cells: &[Cell<'_>], patterns: &mut PatternCounter) {
        // Traces that fail are not thinned.
        if self.spans.all.len() >= SPANS_MAX {
            return;
        }
        let Some(read) = self.read(row, cells) else {
            return;
        };
        if self.halved > 0 && read.error.is_none() && !is_kept(read.trace, self.halved) {
            return;
        }
        count_failure(&read, patterns);
        self.spans.add(read);
        while self.spans.all.len() >= SPANS_MAX && self.halved < 16 {
            self.halved += 1;
            let halved = self.halved;
            self.spans.thin(|trace| is_kept(trace, halved));
        }
    }

    pub(super) fn told(mut self) -> Told {
        self.spans.tie();
        Told {
            spans: self.spans,
            more: self.halved > 0,
            ..Told::default()
        }
    }

    fn read<'a>(&mut self, row: &Row, cells: &[Cell<'a>]) -> Option<SpanRecord<'a>> {
        let columns = &self.columns;
        let text = |at: Option<usize>| cell(cells, at).map(|cell| cell.raw);
        let begun = cell(cells, columns.time)?.text();
        let stamped = stamp(&begun, true)?;
        let unit = unit_of(columns, &begun, stamped.year == Year::Epoch);
        let start = self.clock.resolve(&stamped);
        let duration = text(columns.duration)
            .and_then(|told| told.parse::<f64>().ok())
            .map(|told| match unit {
                Unit::Nanos => told / 1e3,
                Unit::Micros => told,
                Unit::Millis => told * 1e3,
            });
        let until = || {
            let ended = stamp(&cell(cells, columns.end)?.text(), true)?;
            Some((self.clock.resolve(&ended) - start) as f64)
        };
        let service = cell(cells, columns.component).map(Cell::text);
        let named = [
            columns.name,
            columns.component,
            columns.status,
            columns.status_text,
        ];
        let named = named.into_iter().filter_map(|at| cell(cells, at));
        let (from, to) = named.fold((usize::MAX, 0), |(from, to), cell| {
            (from.min(cell.at), to.max(cell.end()))
        });
        let cited = row.cite(from.min(to), to.min(from.saturating_add(QUOTED)));
        Some(SpanRecord {
            trace: text(columns.trace)?,
            id: text(columns.span)?.to_owned(),
            parent: text(columns.parent),
            service: service.unwrap_or(Cow::Borrowed(UNNAMED)),
            name: text(columns.name).unwrap_or_default(),
            start,
            duration: duration.or_else(until).unwrap_or(0.0) as i64,
            error: failure(row, cells, &self.columns),
            citations: cited.into_iter().collect(),
        })
    }
}

/// Bytes of a row that show a span.
const QUOTED: usize = 160;

/// Returns the unit of the durations of a table: that of its times where it has none of its own.
fn unit_of(columns: &Columns, begun: &str, is_number: bool) -> Unit {
    let by_times = match begun.trim().len() {
        16 => Unit::Micros,
        10 | 13 => Unit::Millis,
        _ => Unit::Nanos,
    };
    let own = if is_number { by_times } else { Unit::Nanos };
    columns.unit.unwrap_or(own)
}

/// Returns how a call failed: by its status, its message, or what it threw.
fn failure(row: &Row, cells: &[Cell<'_>], columns: &Columns) -> Option<Failure> {
    let status = cell(cells, columns.status);
    let is_named = status.is_some_and(|it| is_failure(it.raw));
    let attributes = cell(cells, columns.attributes).map(|cell| cell.text());
    let by_code = || {
        let map = attributes.as_deref()?;
        let keys = ["http.response.status_code", "http.status_code"];
        let code = keys.iter().find_map(|key| entry(map, key))?;
        (code.parse::<u32>().ok()? >= 500).then(|| format!("status {code}"))
    };
    if !is_named && status.is_some_and(|it| !matches!(it.raw, "" | "Unset" | "0")) {
        return None;
    }
    let code = by_code();
    if !is_named && code.is_none() {
        return None;
    }
    let message = cell(cells, columns.status_text);
    let events = cell(cells, columns.events).map(|cell| cell.text());
    let thrown = events
        .as_deref()
        .and_then(|map| entry(map, "exception.message"));
    let number = status
        .filter(|it| it.raw.len() == 3)
        .map(|it| format!("status {}", it.raw));
    let text = message
        .map(|cell| cell.text().into_owned())
        .or_else(|| thrown.map(ToOwned::to_owned))
        .or(code)
        .or(number)
        .unwrap_or_default();
    let cited = message.or(status).and_then(|it| row.cite(it.at, it.end()));
    Some(Failure {
        text: text.chars().take(TEXT_MAX).collect(),
        citations: cited.into_iter().collect(),
    })
}

fn is_failure(status: &str) -> bool {
    let lower = status.to_ascii_lowercase();
    let by_number = || {
        let code: u32 = status.parse().ok()?;
        // Of OpenTelemetry, of gRPC, of HTTP.
        Some(code == 2 || (3..=16).contains(&code) || code >= 500)
    };
    lower.ends_with("error") || lower.ends_with("failed") || by_number() == Some(true)
}

/// Whether a trace is among those that are kept once there are many.
fn is_kept(trace: &str, halved: u32) -> bool {
    let hash = trace.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 17).trailing_zeros() >= halved
}
