//! Exports of telemetry stores as rows: log records, spans, objects of Kubernetes, measurements.

mod cells;
mod columns;
mod logs;
mod objects;
mod rows;
mod samples;
mod spans;

use cells::Quotes;
pub(crate) use cells::split;
use columns::Columns;
pub(crate) use columns::entry;
use columns::stamp;
use logs::LogRows;
use rows::{Row, RowReader};
use samples::SampleRows;
use spans::SpanRows;

use super::csv;
use super::document::{Feed, ObjectTaker, ObjectVersions, Told};
use super::metrics::is_sample;
use crate::analysis::DataClass;
use crate::encoding::Encoding;
use crate::line::RawLine;
use crate::logs::TextLine;
use columns::heading;

/// Rows of the head that tell what a table holds.
const LOOKED_AT: usize = 40;

/// What a table holds, and how its cells are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) kind: Kind,
    delimiter: char,
    header: Vec<String>,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Logs,
    Objects,
    Spans,
    Samples,
}

impl Form {
    /// Returns the class of such a table, and what it is.
    pub(crate) fn class(&self) -> (DataClass, &'static str) {
        match self.kind {
            Kind::Logs => (DataClass::Logs, "rows of log records"),
            Kind::Objects => (DataClass::Config, "rows of Kubernetes objects or events"),
            Kind::Spans => (DataClass::Trace, "rows of spans"),
            Kind::Samples => (DataClass::Metrics, "rows of measurements"),
        }
    }
}

/// Returns what the table that begins with these lines holds; nothing when its columns are not known.
pub(crate) fn recognise(lines: &[&str]) -> Option<Form> {
    let lines: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let (delimiter, header) = heading(lines.first()?)?;
    let columns = Columns::of(&header);
    let rows = whole_rows(&lines[1..], delimiter);
    let kind = if columns.are_spans() {
        Kind::Spans
    } else if columns.are_logs() {
        logs::kind(&rows, delimiter, &header, &columns)?
    } else {
        let is_known = samples::are_named(&header) && has_time(&rows, delimiter, &columns);
        is_known.then_some(Kind::Samples)?
    };
    Some(Form {
        kind,
        delimiter,
        header,
    })
}

/// Returns the form of a table of numbers whose columns are not known by name.
pub(crate) fn of_numbers(lines: &[&str]) -> Option<Form> {
    let first = lines
        .iter()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    // Labels of samples hold commas as well.
    let (delimiter, _) = csv::detect(lines).filter(|_| !is_sample(first))?;
    let cells = split(first.trim_start_matches('\u{feff}'), delimiter);
    Some(Form {
        kind: Kind::Samples,
        delimiter,
        header: cells.iter().map(|cell| cell.text().into_owned()).collect(),
    })
}

/// Puts the lines of the first rows together.
fn whole_rows(lines: &[&str], delimiter: char) -> Vec<String> {
    let (mut rows, mut row) = (Vec::new(), String::new());
    let mut quotes = Quotes::default();
    for line in lines {
        row.push_str(line);
        quotes.feed(line, delimiter);
        if quotes.is_whole() {
            rows.push(std::mem::take(&mut row));
            quotes = Quotes::default();
        } else {
            row.push('\n');
        }
        if rows.len() >= LOOKED_AT {
            break;
        }
    }
    rows
}

/// Whether the first row that is told has a time where its heading says so.
fn has_time(rows: &[String], delimiter: char, columns: &Columns) -> bool {
    let (Some(row), Some(at)) = (rows.first(), columns.time) else {
        return false;
    };
    let cells = split(row, delimiter);
    let told = cells.get(at).map(|cell| cell.text());
    told.is_some_and(|told| stamp(&told, true).is_some())
}

/// Reads rows while their lines pass by.
#[derive(Debug)]
pub(crate) struct TableReader {
    rows: RowReader,
    delimiter: char,
    encoding: Encoding,
    has_heading: bool,
    taker: Taker,
}

/// What is made of rows.
#[derive(Debug)]
enum Taker {
    Logs(Box<LogRows>),
    Spans(Box<SpanRows>),
    Samples(Box<SampleRows>),
}

impl TableReader {
    pub(crate) fn new(
        form: Form,
        limit: usize,
        encoding: Encoding,
        file_name: Option<&str>,
    ) -> Self {
        let columns = Columns::of(&form.header);
        let taker = match form.kind {
            Kind::Logs | Kind::Objects => {
                let objects = ObjectTaker::new(String::new(), limit);
                Taker::Logs(Box::new(LogRows::new(
                    columns,
                    ObjectVersions::new(objects),
                )))
            }
            Kind::Spans => Taker::Spans(Box::new(SpanRows::new(columns))),
            Kind::Samples => {
                Taker::Samples(Box::new(SampleRows::new(form.header, limit, file_name)))
            }
        };
        Self {
            rows: RowReader::new(form.delimiter),
            delimiter: form.delimiter,
            encoding,
            has_heading: false,
            taker,
        }
    }

    /// Returns whether known failures are looked for in the next line: not in names of columns.
    pub(crate) fn counts_line(&self) -> bool {
        self.has_heading && matches!(self.taker, Taker::Samples(_))
    }

    /// Takes the next line, or the next piece of one.
    pub(crate) fn line(&mut self, raw: &RawLine<'_>, line: &TextLine<'_>, feed: &mut Feed<'_>) {
        if let Some(row) = self.rows.take(raw, line) {
            self.row(&row, feed);
        }
    }

    /// Takes what ends with the file.
    pub(crate) fn close(&mut self, feed: &mut Feed<'_>) {
        if let Some(row) = self.rows.finish() {
            self.row(&row, feed);
        }
        if let Taker::Logs(taker) = &mut self.taker {
            taker.objects.close(feed.patterns);
        }
    }

    fn row(&mut self, row: &Row, feed: &mut Feed<'_>) {
        if row.text.trim().is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.has_heading, true) {
            return;
        }
        let cells = split(&row.text, self.delimiter);
        match &mut self.taker {
            Taker::Logs(taker) => taker.take(row, &cells, self.encoding, feed),
            Taker::Spans(taker) => taker.take(row, &cells, feed.patterns),
            Taker::Samples(taker) => taker.take(row, &cells),
        }
    }

    /// Returns what was read.
    pub(crate) fn told(self) -> Told {
        match self.taker {
            Taker::Logs(taker) => taker.objects.told(),
            Taker::Spans(taker) => taker.told(),
            Taker::Samples(taker) => taker.told(),
        }
    }
}
