//! Plans that auto_explain logs: which statement got another one, and how much longer it runs since.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use regex::Regex;

use super::jit::{self, Compiled};
use crate::analysis::{Change, ChangeDirection, ChangeKind, CommandRun};
use crate::event::{LineEvent, LineSample};
use crate::fingerprint;
use crate::logs::TextLine;
use crate::logs::by_form::ByForm;
use crate::structured::plan::{Step, table_of};
use crate::template::FormTable;
use crate::time::to_utc;

mod misjudged;

pub(super) const STATEMENTS_MAX: usize = 200;
const PLANS_MAX: usize = 12;
const NODES_MAX: usize = 60;
const TABLES_MAX: usize = 500;
const STATEMENT_MAX: usize = 500;
pub(super) const STATEMENT_SHOWN: usize = 140;
/// Steps in which two plans differ, as far as they are told.
const STEPS_SHOWN: usize = 3;
/// How often a plan has to be seen, and how many times as long it has to run, to be told.
const SEEN_MIN: u32 = 2;
const SLOWER: f64 = 3.0;
static PLAN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"duration: (?P<ms>\d+(?:\.\d+)?) ms  plan:").ok());

static ANALYZED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"automatic (?:vacuum and )?analyze of table "(?:[^".]+\.)*(?P<table>[^".]+)""#)
        .ok()
});

static LITERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)(?i:\bE)'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$\d+|\$[A-Za-z_]*\$.*|\b\d+(?:\.\d+)?\b").ok()
});

/// Collects the plans while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    /// What lines of each form tell.
    roles: ByForm<Role>,
    open: Option<Open>,
    statements: HashMap<String, Vec<Plan>, FixedState>,
    /// When the statistics of a table were last gathered.
    analyzed: HashMap<String, LineSample, FixedState>,
    compiled: Compiled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Role {
    #[default]
    Other,
    Plan,
    Analyzed,
}

impl Role {
    fn of(line: &str) -> Self {
        let tells = |of: &Option<Regex>| of.as_ref().is_some_and(|it| it.is_match(line));
        match () {
            () if tells(&PLAN) => Self::Plan,
            () if tells(&ANALYZED) => Self::Analyzed,
            () => Self::Other,
        }
    }
}

/// A plan whose lines are still to come.
#[derive(Debug)]
struct Open {
    ms: f64,
    line: LineSample,
    statement: String,
    steps: Vec<Step>,
    compiled_ms: Option<f64>,
}

/// All executions of a statement by the same steps.
#[derive(Debug)]
struct Plan {
    steps: Vec<Step>,
    seen: u32,
    total_ms: f64,
    first: LineSample,
    last_line: u64,
    /// The last gathering of statistics of its tables in front of the first execution.
    analyzed: Option<(String, LineSample)>,
}

impl Plans {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        // Where most lines carry no time, those of a plan are taken for events.
        let is_plan = || PLAN.as_ref().is_some_and(|it| it.is_match(event.quote));
        if !event.stamped && self.open.is_some() && !is_plan() {
            return self.carry(event.quote);
        }
        self.close();
        match *self.roles.get(table, form, || Role::of(event.quote)) {
            Role::Other => {}
            Role::Analyzed => self.note_statistics(event),
            Role::Plan => {
                let found = PLAN.as_ref().and_then(|it| it.captures(event.quote));
                let ms = found.and_then(|it| it["ms"].parse().ok());
                self.open = ms.map(|ms| Open {
                    ms,
                    line: LineSample::of(event),
                    statement: String::new(),
                    steps: Vec::new(),
                    compiled_ms: None,
                });
                // Some layouts hold all lines of a message in one.
                for line in event.message.lines().skip(1) {
                    self.carry(line);
                }
            }
        }
    }

    /// Takes a line that carries on the last event.
    pub(crate) fn carry_on(&mut self, line: &TextLine<'_>) {
        self.carry(line.text);
    }

    /// Returns the statements that are mostly compiled, and those whose plan expects far fewer rows than
    /// come, as what a tool tells.
    pub(crate) fn runs(&mut self) -> Vec<CommandRun> {
        self.close();
        let mut runs = self.compiled.runs();
        runs.extend(misjudged::runs(&self.statements));
        runs
    }

    /// Returns the statements whose plan was replaced by a slower one, and the statistics that were
    /// gathered before.
    pub(crate) fn finish(mut self, file: &str) -> Vec<Change> {
        self.close();
        let mut statements: Vec<(&String, &Vec<Plan>)> = self.statements.iter().collect();
        statements.sort_by_key(|(_, plans)| plans.first().map(|it| it.first.line));
        let mut changes: Vec<Change> = Vec::new();
        for (statement, plans) in statements {
            let Some((before, after)) = replaced(plans) else {
                continue;
            };
            changes.push(changed(statement, before, after, file));
            let gathered = after.analyzed.iter().map(|it| statistics(it, file));
            for change in gathered {
                if !changes.iter().any(|it| it.citation == change.citation) {
                    changes.push(change);
                }
            }
        }
        changes
    }

    fn note_statistics(&mut self, event: &LineEvent<'_>) {
        let Some(found) = ANALYZED.as_ref().and_then(|it| it.captures(event.quote)) else {
            return;
        };
        let table = &found["table"];
        if let Some(known) = self.analyzed.get_mut(table) {
            known.set(event);
        } else if self.analyzed.len() < TABLES_MAX {
            self.analyzed
                .insert(table.to_owned(), LineSample::of(event));
        }
    }

    fn carry(&mut self, text: &str) {
        let Some(open) = &mut self.open else {
            return;
        };
        if let Some(step) = Step::of(text) {
            if open.steps.len() < NODES_MAX {
                open.steps.push(step);
            }
        } else if !open.steps.is_empty() && open.compiled_ms.is_none() {
            open.compiled_ms = jit::milliseconds(text);
        } else if open.steps.is_empty() && open.statement.len() < STATEMENT_MAX {
            let text = text.trim();
            let text = text
                .strip_prefix("Query Text:")
                .unwrap_or(text)
                .trim_start();
            // An apostrophe in a remark opens no value.
            let text = text.split("--").next().unwrap_or(text);
            open.statement.push_str(text);
            open.statement.push(' ');
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let statement = shape(&open.statement);
        let is_full = self.statements.len() >= STATEMENTS_MAX;
        if statement.is_empty()
            || open.steps.is_empty()
            || is_full && !self.statements.contains_key(&statement)
        {
            return;
        }
        if let Some(ms) = open.compiled_ms {
            self.compiled.add(&statement, ms, open.ms, &open.line);
        }
        let plans = self.statements.entry(statement).or_default();
        let same = |plan: &&mut Plan| {
            let does = plan.steps.iter().map(|it| &it.does);
            does.eq(open.steps.iter().map(|it| &it.does))
        };
        if let Some(known) = plans.iter_mut().find(same) {
            known.seen += 1;
            known.total_ms += open.ms;
            known.last_line = open.line.line;
        } else if plans.len() < PLANS_MAX {
            let tables = open.steps.iter().filter_map(|it| table_of(&it.does));
            let gathered = tables.filter_map(|table| {
                let line = self.analyzed.get(table)?;
                Some((table.to_owned(), line.clone()))
            });
            plans.push(Plan {
                analyzed: gathered.max_by_key(|(_, line)| line.line),
                steps: open.steps,
                seen: 1,
                total_ms: open.ms,
                last_line: open.line.line,
                first: open.line,
            });
        }
    }
}

impl Plan {
    fn mean_ms(&self) -> f64 {
        self.total_ms / f64::from(self.seen)
    }

    /// The step whose rows were misjudged most.
    fn misjudged(&self) -> Option<&Step> {
        let worst = self.steps.iter().filter(|it| it.is_misjudged());
        worst.max_by(|one, other| one.factor().total_cmp(&other.factor()))
    }

    /// Steps that another plan does not have.
    fn beside(&self, other: &Self) -> String {
        let own = self.steps.iter().map(|it| it.does.as_str());
        let own = own.filter(|does| other.steps.iter().all(|it| it.does != **does));
        let shown: Vec<&str> = own.take(STEPS_SHOWN).collect();
        match shown.as_slice() {
            [] => "the same steps in another order".to_owned(),
            shown => shown.join(", "),
        }
    }
}

/// The plan that ran most before, and the slower one that took its place last.
fn replaced(plans: &[Plan]) -> Option<(&Plan, &Plan)> {
    let seen = |it: &&Plan| it.seen >= SEEN_MIN;
    let after = plans.iter().filter(seen).max_by_key(|it| it.first.line)?;
    let earlier = plans.iter().filter(seen);
    let earlier = earlier.filter(|it| it.last_line < after.first.line);
    let before = earlier.max_by_key(|it| it.seen)?;
    (after.mean_ms() >= SLOWER * before.mean_ms()).then_some((before, after))
}

fn changed(statement: &str, before: &Plan, after: &Plan, file: &str) -> Change {
    let path = format!(
        "plan of {}",
        statement.chars().take(STATEMENT_SHOWN).collect::<String>()
    );
    let took = |plan: &Plan| format!("{:.0} ms on average", plan.mean_ms());
    let misjudged = after
        .misjudged()
        .map(|it| format!("; {}", it.told()))
        .unwrap_or_default();
    let mut tables = after.steps.iter().filter_map(|it| table_of(&it.does));
    Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("plan", &path),
        file: file.to_owned(),
        component: tables.next().map(ToOwned::to_owned),
        path,
        before: Some(format!("{} ({})", before.beside(after), took(before))),
        after: Some(format!(
            "{} ({}{misjudged})",
            after.beside(before),
            took(after)
        )),
        direction: ChangeDirection::Replaced,
        secret: false,
        changed_at: after.first.time.and_then(to_utc),
        citation: after.first.citation(),
    }
}

fn statistics((table, line): &(String, LineSample), file: &str) -> Change {
    let path = format!("statistics of {table}");
    Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("plan", &path),
        file: file.to_owned(),
        component: Some(table.clone()),
        path,
        before: None,
        after: None,
        direction: ChangeDirection::Replaced,
        secret: false,
        changed_at: line.time.and_then(to_utc),
        citation: line.citation(),
    }
}

/// Returns a statement without its values and line breaks.
fn shape(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let joined = words.join(" ");
    match LITERAL.as_ref() {
        Some(literal) => literal.replace_all(&joined, "?").into_owned(),
        None => joined,
    }
}

#[cfg(test)]
#[path = "plans_tests.rs"]
mod tests;
