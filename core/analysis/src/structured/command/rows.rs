//! Rows that clients of databases, queues and searches print, in any of their layouts.

mod databases;
mod postgres;
mod queues;

use chrono::{DateTime, Utc};

use super::layout::Report;
use crate::analysis::{CommandFact, CommandRun};
use crate::citation::Citation;
use crate::logs::TextLine;
use crate::structured::table::split;
use crate::structured::units::bytes_of_unit;
use crate::time::parse_utc;

/// Rows that are kept.
const ROWS_MAX: usize = 1_000;
/// Cells of one row, of which a record of psql has one per line.
const CELLS_MAX: usize = 200;

/// A row by the names of its columns, in lower case.
#[derive(Debug, Clone)]
pub(super) struct TableRow {
    cells: Vec<(String, String)>,
    citation: Citation,
}

impl TableRow {
    /// Returns the first cell of these names that is not empty.
    fn get(&self, names: &[&str]) -> Option<&str> {
        let mut names = names.iter();
        names.find_map(|name| {
            let (_, value) = self.cells.iter().find(|(known, _)| known == name)?;
            let is_null = matches!(value.as_str(), "" | "NULL" | "null" | "<null>" | "[null]");
            (!is_null).then_some(value.as_str())
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|(name, _)| name.as_str())
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        self.get(names)?.replace(',', "").parse().ok()
    }

    fn time(&self, names: &[&str]) -> Option<DateTime<Utc>> {
        self.get(names).and_then(parse_utc)
    }

    /// Returns the value of the first column whose name holds one of these words.
    fn named_like(&self, words: &[&str]) -> Option<&str> {
        let mut cells = self.cells.iter();
        let (_, value) = cells.find(|(name, value)| {
            // What may still be written is no size of anything.
            let is_meant = name != "safe_wal_size" && words.iter().any(|word| name.contains(word));
            is_meant && !value.is_empty()
        })?;
        Some(value)
    }

    fn fact(&self, object: &str, key: &str, value: &str, number: Option<f64>) -> CommandFact {
        CommandFact {
            object: object.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            number,
            citation: self.citation.clone(),
        }
    }
}

/// Returns what runs of commands show together.
pub(super) fn join(runs: &mut [CommandRun]) {
    postgres::upkeep::waited_for(runs);
}

/// Collects rows line by line.
#[derive(Debug, Default)]
pub(super) struct Rows {
    heading: Vec<String>,
    layout: Option<Layout>,
    rows: Vec<TableRow>,
}

/// How the cells of a row are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Bars,
    Delimited(char),
    /// Columns that blanks part.
    Blanks,
    /// A line for each cell.
    Expanded(char),
}

impl Rows {
    /// Takes the next line.
    pub(super) fn take(&mut self, line: &TextLine<'_>) {
        let text = line.text;
        let trimmed = text.trim();
        let is_rule = trimmed
            .bytes()
            .all(|byte| matches!(byte, b'-' | b'+' | b'='));
        if trimmed.starts_with('(') && (trimmed.ends_with(" rows)") || trimmed.ends_with(" row)")) {
            self.layout = None;
            return self.heading.clear();
        }
        if self.rows.len() >= ROWS_MAX {
            return;
        }
        if let Some(joint) = record_start(trimmed) {
            self.layout = Some(Layout::Expanded(joint));
            return self.push(Vec::new(), line);
        }
        if trimmed.is_empty() || is_rule {
            return;
        }
        match self.layout {
            Some(Layout::Expanded(joint)) => self.expanded(trimmed, joint),
            _ if self.heading.is_empty() || opens_heading(trimmed) => self.open(text),
            Some(layout) => {
                let cells = cells(text, layout);
                if cells.len() == self.heading.len() {
                    let named = self.heading.iter().cloned().zip(cells);
                    self.push(named.collect(), line);
                }
            }
            None => {}
        }
    }

    /// Returns what the rows show.
    pub(super) fn facts(&self, tool: &str, now: Option<DateTime<Utc>>) -> Vec<CommandFact> {
        match tool {
            "psql" => postgres::facts(&self.rows, now),
            "mysql" => databases::mysql(&self.rows),
            "kafka-consumer-groups" => queues::kafka(&self.rows),
            "rabbitmqctl" => queues::rabbit(&self.rows),
            "elasticsearch" => databases::elastic(&self.rows),
            _ => Vec::new(),
        }
    }

    fn push(&mut self, cells: Vec<(String, String)>, line: &TextLine<'_>) {
        let citation = line.citation();
        self.rows.push(TableRow { cells, citation });
    }

    fn expanded(&mut self, text: &str, joint: char) {
        if let (Some(row), Some((name, value))) = (self.rows.last_mut(), text.split_once(joint)) {
            let name = name.trim().to_ascii_lowercase();
            if row.cells.len() < CELLS_MAX {
                row.cells.push((name, value.trim().to_owned()));
            }
        }
    }

    fn open(&mut self, text: &str) {
        let Some((layout, names)) = heading(text) else {
            return;
        };
        (self.layout, self.heading) = (Some(layout), names);
    }
}

/// Returns what parts names and values when a line opens a record with a line for each cell.
fn record_start(text: &str) -> Option<char> {
    if text.starts_with("-[ RECORD ") {
        return Some('|');
    }
    (text.starts_with("***") && text.ends_with("***") && text.contains(". row ")).then_some(':')
}

/// Headings that come again within one output.
fn opens_heading(text: &str) -> bool {
    text.starts_with("GROUP ") && text.contains(" LAG")
}

fn heading(text: &str) -> Option<(Layout, Vec<String>)> {
    let layouts = [
        Layout::Bars,
        Layout::Delimited('\t'),
        Layout::Delimited(','),
        Layout::Blanks,
    ];
    layouts.into_iter().find_map(|layout| {
        let names: Vec<String> = cells(text, layout)
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        let known = names.len() > 1 && names.iter().all(|name| is_name(name));
        (known && (layout != Layout::Blanks || tool_of(&names).is_some()))
            .then_some((layout, names))
    })
}

fn cells(text: &str, layout: Layout) -> Vec<String> {
    match layout {
        Layout::Bars => {
            let inside = text.trim();
            let inside = inside.strip_prefix('|').unwrap_or(inside);
            let inside = inside
                .strip_suffix('|')
                .filter(|_| text.trim().starts_with('|'))
                .unwrap_or(inside);
            inside
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        }
        Layout::Delimited(delimiter) => split(text, delimiter)
            .iter()
            .map(|cell| cell.text().trim().to_owned())
            .collect(),
        Layout::Blanks | Layout::Expanded(_) => text
            .split_ascii_whitespace()
            .map(ToOwned::to_owned)
            .collect(),
    }
}

fn is_name(cell: &str) -> bool {
    let is_letter = |letter: char| {
        letter.is_ascii_alphanumeric()
            || matches!(letter, '_' | '?' | '.' | '-' | '(' | ')' | '%' | ' ')
    };
    let starts = cell.starts_with(|first: char| first.is_ascii_alphabetic() || first == '?');
    starts && cell.len() <= 64 && cell.chars().all(is_letter)
}

/// Columns by which the program is told that prints them.
const KNOWN: [(&str, &[&str]); 32] = [
    ("psql", &["pid", "state"]),
    ("psql", &["pid", "wait_event"]),
    ("psql", &["pid", "query"]),
    ("psql", &["pid", "granted"]),
    ("psql", &["pid", "blocked_by"]),
    ("psql", &["blocked_pid", "blocking_pid"]),
    ("psql", &["usename", "state"]),
    ("psql", &["application_name", "state"]),
    ("psql", &["application_name", "count"]),
    ("psql", &["slot_name", "active"]),
    ("psql", &["slot_name", "restart_lsn"]),
    ("psql", &["slot_name", "wal_status"]),
    ("psql", &["gid", "prepared"]),
    ("psql", &["relname", "n_dead_tup"]),
    ("psql", &["relname", "last_autovacuum"]),
    ("psql", &["relname", "last_analyze"]),
    ("psql", &["relname", "last_autoanalyze"]),
    ("psql", &["relname", "n_mod_since_analyze"]),
    ("psql", &["relname", "reloptions"]),
    ("psql", &["application_name", "backend_xmin"]),
    ("psql", &["relname", "seq_scan"]),
    ("psql", &["relname", "idx_scan"]),
    ("psql", &["datname", "age"]),
    ("psql", &["datname", "xid_age"]),
    ("psql", &["datname", "blks_hit", "blks_read"]),
    ("mysql", &["id", "user", "command", "time"]),
    ("kafka-consumer-groups", &["group", "topic", "lag"]),
    ("kafka-consumer-groups", &["topic", "partition", "lag"]),
    ("rabbitmqctl", &["name", "messages", "consumers"]),
    (
        "rabbitmqctl",
        &["name", "messages_ready", "messages_unacknowledged"],
    ),
    ("elasticsearch", &["health", "status", "index"]),
    ("elasticsearch", &["cluster", "status", "unassign"]),
];

/// Returns the program that prints columns of these names.
fn tool_of(names: &[String]) -> Option<&'static str> {
    let mut known = KNOWN.iter();
    let holds = |needed: &[&str]| needed.iter().all(|name| names.iter().any(|it| it == name));
    known
        .find(|(_, needed)| holds(needed))
        .map(|(tool, _)| *tool)
}

/// Returns whether a program prints rows that are known.
pub(super) fn are_printed_by(tool: &str) -> bool {
    KNOWN.iter().any(|(known, _)| *known == tool)
}

/// Returns the program whose table begins with a line.
pub(super) fn tool_of_heading(text: &str) -> Option<&'static str> {
    let (_, names) = heading(text)?;
    tool_of(&names)
}

/// Reports what stands in a line of its own rather than in a row.
pub(super) fn notice(text: &str, report: &mut Report<'_>) {
    if let Some(rest) = text.trim().strip_prefix("Consumer group '")
        && let Some((group, told)) = rest.split_once('\'')
        && told.contains("no active members")
    {
        report(group, "no_members", "no active members", None);
    }
}

/// Returns a number of bytes as a person or a program writes it.
fn bytes(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let scale = match text[end..].trim() {
        "" => 1.0,
        unit => bytes_of_unit(unit)?,
    };
    Some(number * scale)
}

/// Returns a number of bytes as a person reads it.
fn told_bytes(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes, 0);
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if unit == 0 {
        return format!("{value} bytes");
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Returns the seconds of an interval such as `1 day 02:03:04.5`, `00:05:12` or `312`.
fn seconds(text: &str) -> Option<f64> {
    let (mut total, mut told) = (0.0, false);
    let mut words = text.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        if word.contains(':') {
            let parts: Option<Vec<f64>> = word.split(':').map(|it| it.parse().ok()).collect();
            total += parts?.iter().fold(0.0, |sum, part| sum * 60.0 + part);
        } else {
            let number: f64 = word.trim_end_matches('s').parse().ok()?;
            let scale = match words.peek().copied().unwrap_or("s") {
                "day" | "days" => 86_400.0,
                "hour" | "hours" => 3_600.0,
                "min" | "mins" | "minutes" => 60.0,
                "mon" | "mons" => 30.0 * 86_400.0,
                _ => 1.0,
            };
            words.next();
            total += number * scale;
        }
        told = true;
    }
    told.then_some(total)
}

/// Returns seconds as a person reads them.
fn told_seconds(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        172_800.. => format!("{} days", whole / 86_400),
        7_200.. => format!("{} h", whole / 3_600),
        120.. => format!("{} min", whole / 60),
        _ => format!("{whole} s"),
    }
}

#[cfg(test)]
mod tests;
