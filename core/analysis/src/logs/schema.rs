//! Statements in a log that change a schema, rights or settings; each is a change of its own.

mod mongo;

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use regex::Regex;

use super::TextLine;
use super::by_form::ByForm;
use crate::analysis::Change;
use crate::event::{LineEvent, LineSample};
use crate::level::Level;
use crate::structured::sql::statement::{GoesOn, Statement, Statements, read};
use crate::structured::sql::{Script, change, password_at};
use crate::template::FormTable;
use crate::time::to_utc;

/// A statement that runs this often is routine and no change.
const ROUTINE_MIN: u32 = 3;
/// A statement told again within this time ran once, in microseconds.
const ONCE: i64 = 60 * 1_000_000;
/// Lines within which an error that quotes a statement is about the last one of its kind.
const TAKEN_BACK_LINES: u64 = 500;

/// Words of which one stands in whatever may hold statements.
static MAY_HOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:select|insert|update|delete|create|drop|alter|rename|truncate|revoke|grant|begin|commit|set global|set persist)\b|^-- \w+\(",
    )
    .ok()
});

static VERB: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:create|drop|alter|rename|truncate|revoke|grant|set)\s+\S").ok()
});

/// What stands in front of a text that is a statement.
static INTRODUCES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:\b(?:statement|query|sql|ddl|execut(?:e|ed|ing)|running|ran|apply(?:ing)?|applied|hibernate|migration)(?: [<\w./-]{1,40}>?)?\s*[:=]|\b(?:execut(?:e|ed|ing)|running|ran)|sqlalchemy[\w.]*)\s*["'`\\(\[]*$"#,
    )
    .ok()
});

/// A call of a migration of Rails, as it prints it.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"^-- (?P<verb>remove|drop|add|create|change|rename)_(?P<kind>index|column|table|foreign_key)\(:?"?(?P<table>\w+)"?(?:, (?::|")?(?P<name>\w+)|[^)]*:name=>:?"?(?P<named>\w+))?"#,
    )
    .ok()
});

/// Collects the statements while lines pass by.
#[derive(Debug)]
pub(crate) struct SchemaChanges {
    /// What lines of each form may hold.
    holding: ByForm<Holds>,
    found: Vec<Found>,
    known: HashMap<String, usize, FixedState>,
    /// What the lines behind an event may go on with.
    script: Option<Script>,
    limit: usize,
    pub(crate) dropped: u64,
    /// Lines without a time, and those of them that end or comment a statement.
    plain: u64,
    closing: u64,
}

/// In which language a line may tell a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Holds {
    #[default]
    Nothing,
    Sql,
    /// Commands of MongoDB.
    Commands,
}

impl Holds {
    fn of(event: &LineEvent<'_>) -> Self {
        let is_sql = MAY_HOLD.as_ref();
        match () {
            () if mongo::is_command(event.quote) => Self::Commands,
            () if is_sql.is_some_and(|it| it.is_match(event.message)) => Self::Sql,
            () => Self::Nothing,
        }
    }
}

#[derive(Debug)]
struct Found {
    statement: Statement,
    line: LineSample,
    component: Option<Box<str>>,
    times: u32,
    last: Option<i64>,
    last_line: u64,
}

impl SchemaChanges {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            holding: ByForm::default(),
            found: Vec::new(),
            known: HashMap::default(),
            script: None,
            limit,
            dropped: 0,
            plain: 0,
            closing: 0,
        }
    }

    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        if !event.stamped && self.is_plain(event) {
            return;
        }
        self.script = None;
        if event.level.is_some_and(Level::is_error) {
            return self.take_back(event);
        }
        match *self.holding.get(table, form, || Holds::of(event)) {
            Holds::Nothing => {}
            Holds::Sql => self.sql(event),
            Holds::Commands => {
                if let Some(statement) = mongo::statement(event.quote) {
                    self.keep(statement, LineSample::of(event), None);
                }
            }
        }
    }

    /// Whether a text of lines without times is a script of statements.
    pub(crate) fn is_script(&self) -> bool {
        self.closing > 0 && self.closing * 2 >= self.plain
    }

    /// Counts a line without time; returns whether it goes on with a statement in front of it.
    fn is_plain(&mut self, event: &LineEvent<'_>) -> bool {
        let text = event.message.trim();
        self.plain += u64::from(!text.is_empty());
        self.closing += u64::from(text.ends_with(';') || text.starts_with("--"));
        let Some(script) = self.script.as_mut().filter(|it| it.awaits_table()) else {
            return false;
        };
        for statement in script.line(text) {
            self.keep(statement, LineSample::of(event), event.component);
        }
        true
    }

    fn sql(&mut self, event: &LineEvent<'_>) {
        if event.quote.contains("STATEMENT:  ") {
            return self.take_back(event);
        }
        let mut goes_on = GoesOn::default();
        for read in statements(event.message) {
            goes_on = read.goes_on;
            for statement in read.found {
                let line = LineSample::of(event);
                self.keep(statement, line, event.component);
            }
        }
        self.script = Some(Script::behind(event.message, goes_on));
    }

    /// Takes a line that carries on the last event.
    pub(crate) fn carry_on(
        &mut self,
        line: &TextLine<'_>,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        let Some(script) = &mut self.script else {
            return;
        };
        for statement in script.line(line.text) {
            self.keep(statement, line.sample(time), component);
        }
    }

    /// Returns the changes in order of their lines.
    pub(crate) fn finish(self, file: &str) -> Vec<Change> {
        let once = self
            .found
            .into_iter()
            .filter(|it| (1..ROUTINE_MIN).contains(&it.times));
        let changes = once.map(|it| {
            let told = change(it.statement, file, it.line.citation());
            Change {
                component: told.component.or_else(|| it.component.map(Into::into)),
                changed_at: it.line.time.and_then(to_utc),
                ..told
            }
        });
        changes.collect()
    }

    fn keep(&mut self, statement: Statement, line: LineSample, component: Option<&str>) {
        let Some(line) = without_password(line) else {
            return;
        };
        let key = key(&statement);
        if let Some(&at) = self.known.get(&key) {
            let known = &mut self.found[at];
            let pause = line.time.zip(known.last);
            if known.times == 0 {
                known.line = line.clone();
            }
            if known.times == 0 || pause.is_none_or(|(time, last)| (time - last).abs() > ONCE) {
                known.times = known.times.saturating_add(1);
            }
            (known.last, known.last_line) = (line.time.or(known.last), line.line);
        } else if self.found.len() < self.limit {
            self.known.insert(key, self.found.len());
            self.found.push(Found {
                statement,
                component: component.map(Into::into),
                times: 1,
                last: line.time,
                last_line: line.line,
                line,
            });
        } else {
            self.dropped += 1;
        }
    }

    /// What an error quotes did not take effect.
    fn take_back(&mut self, event: &LineEvent<'_>) {
        let near = |found: &Found| event.line.saturating_sub(found.last_line) <= TAKEN_BACK_LINES;
        if !self.found.last().is_some_and(near) {
            return;
        }
        let quoted = statements(event.quote).into_iter().flat_map(|it| it.found);
        for statement in quoted {
            let at = self.known.get(&key(&statement)).copied();
            if let Some(found) = at
                .and_then(|at| self.found.get_mut(at))
                .filter(|it| near(it))
            {
                found.times = found.times.saturating_sub(1);
            }
        }
    }
}

/// Returns the statements of a message.
fn statements(message: &str) -> Vec<Statements> {
    let Some(verbs) = VERB.as_ref() else {
        return Vec::new();
    };
    let mut told: Vec<Statements> = call(message).into_iter().collect();
    for verb in verbs.find_iter(message) {
        let before = message[..verb.start()].trim_end();
        let is_sql = INTRODUCES.as_ref().is_some_and(|it| it.is_match(before));
        let begins = before.is_empty()
            || before.ends_with(&[':', ';', '"', '\'', '`', ')', ']', '>', '='][..]);
        if is_sql || begins {
            told.extend(read(&message[verb.start()..], is_sql));
        }
        // What stands in the text of a function runs later.
        if matches!(told.last(), Some(it) if matches!(it.goes_on, GoesOn::Body { .. })) {
            break;
        }
    }
    told
}

fn call(message: &str) -> Option<Statements> {
    let found = CALL.as_ref()?.captures(message)?;
    let name = found.name("name").or_else(|| found.name("named"));
    let (table, name) = (&found["table"], name.map(|name| name.as_str()));
    let text = match (&found["verb"], &found["kind"], name) {
        ("remove", "column", Some(name)) => format!("ALTER TABLE {table} DROP COLUMN {name};"),
        ("add", "column", Some(name)) => format!("ALTER TABLE {table} ADD COLUMN {name};"),
        ("change", "column", Some(name)) => format!("ALTER TABLE {table} ALTER COLUMN {name};"),
        ("rename", "column", Some(name)) => format!("ALTER TABLE {table} ALTER COLUMN {name};"),
        ("remove", "index", name) => format!("DROP INDEX {table}_{}", name.unwrap_or("index")),
        ("add", "index", name) => format!("CREATE INDEX {table}_{}", name.unwrap_or("index")),
        ("drop", "table", _) => format!("DROP TABLE {table}"),
        ("create", "table", _) => format!("CREATE TABLE {table}"),
        _ => return None,
    };
    read(&text, true)
}

fn key(statement: &Statement) -> String {
    format!("{} {}", statement.verb, statement.path)
}

/// Returns the line as far as no password stands in it; none when its bytes cannot be counted.
pub(super) fn without_password(mut line: LineSample) -> Option<LineSample> {
    if let Some(cut) = password_at(&line.text) {
        if line.end - line.start != line.text.len() as u64 {
            return None;
        }
        line.end = line.start + cut as u64;
        line.text.truncate(cut);
    }
    Some(line)
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
