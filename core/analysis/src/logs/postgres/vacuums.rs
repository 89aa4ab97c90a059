//! Vacuums that PostgreSQL logs: tables whose dead rows cannot be removed because an old snapshot stays.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use regex::Regex;

use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::event::{LineEvent, LineSample};
use crate::logs::TextLine;
use crate::logs::by_form::ByForm;
use crate::template::FormTable;
use crate::time::to_utc;

const TABLES_MAX: usize = 500;
const TOLD_MAX: usize = 3;
/// Vacuums in a row, and microseconds, over which the oldest snapshot has to stay.
const VACUUMS_MIN: u32 = 3;
const SPAN_MIN: i64 = 30 * 60 * 1_000_000;
/// Dead rows from which a table suffers, and fewer of them where they are a large share.
const DEAD_MIN: f64 = 10_000.0;
const SHARE_MIN: f64 = 0.2;
const DEAD_FEW: f64 = 1_000.0;

static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:automatic (?:aggressive )?vacuum (?:to prevent wraparound )?of table|finished (?:aggressively )?vacuuming) "{1,2}(?P<table>[^"]+)"{1,2}"#).ok()
});

static ROWS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"tuples: \d+ removed, (?P<remain>\d+) remain[^,]*, (?P<dead>\d+) are dead but not yet removable(?:, oldest xmin: (?P<xmin>\d+))?").ok()
});

static CUTOFF: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"removable cutoff: (?P<xmin>\d+), which was").ok());

/// Collects vacuums while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Vacuums {
    /// Whether lines of each form open the report of a vacuum.
    opening: ByForm<bool>,
    open: Option<Vacuum>,
    tables: HashMap<String, Table, FixedState>,
}

/// One vacuum, as far as its lines were read.
#[derive(Debug, Clone)]
struct Vacuum {
    table: String,
    line: LineSample,
    remain: Option<f64>,
    dead: f64,
    xmin: Option<u64>,
}

#[derive(Debug)]
struct Table {
    now: Stretch,
    /// The worst stretch that is over.
    worst: Option<Stretch>,
}

/// Vacuums in a row with the same oldest snapshot.
#[derive(Debug, Clone)]
struct Stretch {
    xmin: u64,
    vacuums: u32,
    first: Vacuum,
    last: Vacuum,
}

impl Vacuums {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        let opens = || HEAD.as_ref().is_some_and(|it| it.is_match(event.quote));
        let is_head = *self.opening.get(table, form, opens);
        // Where most lines carry no time, those of a report are taken for events.
        if !is_head && !event.stamped && self.open.is_some() {
            return self.carry(event.quote);
        }
        self.open = None;
        if !is_head {
            return;
        }
        let found = HEAD.as_ref().and_then(|it| it.captures(event.quote));
        self.open = found.map(|found| Vacuum {
            table: found["table"].to_owned(),
            line: LineSample::of(event),
            remain: None,
            dead: 0.0,
            xmin: None,
        });
        // Some layouts hold all lines of a message in one.
        for line in event.message.lines().skip(1) {
            self.carry(line);
        }
    }

    /// Takes a line that carries on the last event.
    pub(crate) fn carry_on(&mut self, line: &TextLine<'_>) {
        self.carry(line.text);
    }

    /// Returns the tables whose dead rows could not be removed, the worst first, as what a tool tells.
    pub(crate) fn runs(&self) -> Vec<CommandRun> {
        let stretches = self.tables.values().filter_map(|table| {
            let over = table.worst.iter();
            let all = over.chain([&table.now]).filter(|it| it.is_held_back());
            all.max_by(|one, other| one.last.dead.total_cmp(&other.last.dead))
        });
        let mut held: Vec<&Stretch> = stretches.collect();
        held.sort_by(|one, other| {
            let by_dead = other.last.dead.total_cmp(&one.last.dead);
            by_dead.then_with(|| one.last.line.line.cmp(&other.last.line.line))
        });
        held.into_iter().take(TOLD_MAX).map(Stretch::run).collect()
    }

    fn carry(&mut self, text: &str) {
        let Some(open) = &mut self.open else {
            return;
        };
        if let Some(found) = ROWS.as_ref().and_then(|it| it.captures(text)) {
            open.remain = found["remain"].parse().ok();
            open.dead = found["dead"].parse().unwrap_or(0.0);
            open.xmin = found.name("xmin").and_then(|it| it.as_str().parse().ok());
        } else if let Some(found) = CUTOFF.as_ref().and_then(|it| it.captures(text)) {
            open.xmin = found["xmin"].parse().ok();
        } else {
            return;
        }
        if open.remain.is_some()
            && let Some(xmin) = open.xmin
            && let Some(done) = self.open.take()
        {
            self.note(done, xmin);
        }
    }

    fn note(&mut self, vacuum: Vacuum, xmin: u64) {
        if let Some(known) = self.tables.get_mut(&vacuum.table) {
            known.note(vacuum, xmin);
        } else if self.tables.len() < TABLES_MAX {
            let table = Table {
                now: Stretch::of(vacuum.clone(), xmin),
                worst: None,
            };
            self.tables.insert(vacuum.table, table);
        }
    }
}

impl Table {
    fn note(&mut self, vacuum: Vacuum, xmin: u64) {
        if self.now.xmin == xmin {
            self.now.vacuums += 1;
            self.now.last = vacuum;
            return;
        }
        let over = std::mem::replace(&mut self.now, Stretch::of(vacuum, xmin));
        let worst = self.worst.as_ref().map_or(0.0, |it| it.last.dead);
        if over.is_held_back() && over.last.dead > worst {
            self.worst = Some(over);
        }
    }
}

impl Stretch {
    fn of(vacuum: Vacuum, xmin: u64) -> Self {
        Self {
            xmin,
            vacuums: 1,
            first: vacuum.clone(),
            last: vacuum,
        }
    }

    fn is_held_back(&self) -> bool {
        let span = self.first.line.time.zip(self.last.line.time);
        let is_long = span.is_some_and(|(first, last)| last - first >= SPAN_MIN);
        let (before, dead) = (self.first.dead, self.last.dead);
        let share = dead / self.last.remain.unwrap_or(0.0).max(1.0);
        let many = dead >= DEAD_MIN || dead >= DEAD_FEW && share >= SHARE_MIN;
        self.vacuums >= VACUUMS_MIN && is_long && dead > before && many
    }

    fn run(&self) -> CommandRun {
        let time = |vacuum: &Vacuum| {
            let time = vacuum.line.time.and_then(to_utc);
            time.map_or_else(String::new, |it| it.format("%Y-%m-%d %H:%M").to_string())
        };
        let (first, last) = (&self.first, &self.last);
        let value = format!(
            "{} dead rows at {} UTC, {} at {} UTC, beside {} rows in all: the oldest xmin stays {} over {} vacuums",
            first.dead,
            time(first),
            last.dead,
            time(last),
            last.remain.unwrap_or(0.0),
            self.xmin,
            self.vacuums,
        );
        let fact = CommandFact {
            object: last.table.clone(),
            key: "vacuum_held_back".to_owned(),
            value,
            number: Some(last.dead),
            citation: last.line.citation(),
        };
        CommandRun {
            command: None,
            tool: "log".to_owned(),
            observed_at: first.line.time.and_then(to_utc),
            until: None,
            outcome: CommandOutcome::Unknown,
            citation: fact.citation.clone(),
            facts: vec![fact],
        }
    }
}

#[cfg(test)]
#[path = "vacuums_tests.rs"]
mod tests;
