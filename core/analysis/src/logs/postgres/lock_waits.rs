//! Waits for locks that PostgreSQL logs: who holds the lock, and who queues behind.

mod queue;
mod session;

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use queue::{Holder, Queues, Waiter};
use regex::Regex;

use crate::analysis::CommandRun;
use crate::event::{LineEvent, LineSample};
use crate::header::csvlog;
use crate::logs::TextLine;
use crate::logs::by_form::ByForm;
use crate::template::FormTable;

/// Sessions whose last words are kept, twice.
const SESSIONS_MAX: usize = 500;
const WORDS_MAX: usize = 1_024;
const QUEUE_MAX: usize = 2_000;

static WAITS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"process (?P<pid>\d{1,9}) still waiting for (?P<mode>\w+Lock) on (?P<on>.{1,120}?) after (?P<ms>\d+\.\d+) ms").ok()
});

static GIVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"process (?P<pid>\d{1,9}) acquired \w+Lock on .{1,120}? after (?P<ms>\d+\.\d+) ms")
        .ok()
});

/// What ends a wait without the lock.
static GIVES_UP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"canceling statement due to (lock|statement) timeout|canceling statement due to user request|deadlock detected").ok()
});

static HOLDERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"Process(?:es)? holding the lock: (?P<holders>[\d, ]*)\. Wait queue: (?P<queue>[\d, ]*)",
    )
    .ok()
});

/// What tells a session and its statement.
static SAYS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\b(?:statement|STATEMENT|execute [^:]{1,80}):\s|connection authorized: user=|"dbname":\s?"|^[^,"]{19,40},"[^"]*",""#).ok()
});

static TOOK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\bduration: (?P<ms>\d+(?:\.\d+)?) ms").ok());

/// Collects the waits while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct LockWaits {
    /// What lines of each form tell.
    roles: ByForm<Role>,
    sessions: Sessions,
    queues: Queues,
    /// The session that said last that it waits.
    open: Option<Waiter>,
    /// The process whose statement the next lines may go on with.
    speaking: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Role {
    #[default]
    Other,
    Waits,
    Given,
    GivesUp,
    Holders,
    Says,
}

impl Role {
    fn of(line: &str) -> Self {
        let tells = |of: &Option<Regex>| of.as_ref().is_some_and(|it| it.is_match(line));
        match () {
            () if tells(&WAITS) => Self::Waits,
            () if tells(&GIVEN) => Self::Given,
            () if tells(&GIVES_UP) => Self::GivesUp,
            () if tells(&HOLDERS) => Self::Holders,
            () if tells(&SAYS) => Self::Says,
            () => Self::Other,
        }
    }
}

fn is_row(line: &str) -> bool {
    line.starts_with('{') || csvlog::columns(line).is_some()
}

impl LockWaits {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        self.speaking = None;
        match *self.roles.get(table, form, || Role::of(event.quote)) {
            Role::Other => {}
            Role::Waits => self.waits(event),
            Role::Given => {
                if let Some(found) = GIVEN.as_ref().and_then(|it| it.captures(event.quote)) {
                    let (pid, ms) = (found["pid"].parse(), found["ms"].parse());
                    self.queues
                        .given(pid.unwrap_or(0), ms.unwrap_or(0.0), event.time);
                }
            }
            Role::GivesUp => {
                if let Some(pid) = session::pid(event.quote) {
                    self.queues.gave_up(pid, event.time);
                }
                // Rows tell the session and its statement with each line.
                if is_row(event.quote) {
                    self.says(event);
                }
            }
            Role::Holders => {
                let speaker = session::pid(event.quote);
                let waiting = self.open.as_ref().map(|it| it.pid);
                if speaker.is_none() || speaker == waiting {
                    self.holders(event.quote);
                }
            }
            Role::Says => self.says(event),
        }
    }

    /// Takes a line that carries on the last event.
    pub(crate) fn carry_on(&mut self, line: &TextLine<'_>) {
        if let Some(pid) = self.speaking {
            return self.goes_on(pid, line.text.trim());
        }
        let Some(pid) = self.open.as_ref().map(|it| it.pid) else {
            return;
        };
        let text = line.text.trim_start();
        if text.starts_with("DETAIL:") {
            self.holders(text);
        } else if let Some(statement) = text.strip_prefix("STATEMENT:") {
            self.queues.awaited(pid, statement);
        }
    }

    /// Returns the queues that formed, as what a tool tells.
    pub(crate) fn runs(&self) -> Vec<CommandRun> {
        self.queues.runs()
    }

    fn waits(&mut self, event: &LineEvent<'_>) {
        let Some(found) = WAITS.as_ref().and_then(|it| it.captures(event.quote)) else {
            return;
        };
        let Ok(pid) = found["pid"].parse() else {
            return;
        };
        let waited = found["ms"].parse::<f64>().unwrap_or(0.0) * 1e3;
        let is_row = is_row(event.quote);
        if is_row {
            self.sessions.note(pid, event.quote);
            self.speaking = Some(pid);
        }
        self.open = Some(Waiter {
            pid,
            mode: found["mode"].to_owned(),
            on: found["on"].to_owned(),
            since: event.time.map(|time| time - waited as i64),
            who: session::who(event.quote),
            statement: session::statement(event.quote).filter(|_| is_row),
            line: LineSample::of(event),
        });
        self.holders(event.quote);
    }

    fn holders(&mut self, line: &str) {
        let found = HOLDERS.as_ref().and_then(|it| it.captures(line));
        let (Some(found), Some(waiter)) = (found, &self.open) else {
            return;
        };
        let pids = |name: &str| -> Vec<u32> {
            let listed = found[name].split(',');
            let pids = listed.filter_map(|it| it.trim().parse().ok());
            pids.take(QUEUE_MAX).collect()
        };
        let sessions = &self.sessions;
        let known = |pid: u32| sessions.holder(pid);
        self.queues
            .take(waiter, &pids("holders"), &pids("queue"), known);
    }

    fn says(&mut self, event: &LineEvent<'_>) {
        let Some(pid) = session::pid(event.quote) else {
            return;
        };
        self.speaking = Some(pid);
        self.sessions.note(pid, event.quote);
        if self.open.as_ref().is_some_and(|it| it.pid == pid)
            && let Some(statement) = session::statement(event.quote)
        {
            self.queues.awaited(pid, &statement);
        }
        if self.queues.are_held_by(pid)
            && let Some(found) = TOOK.as_ref().and_then(|it| it.captures(event.quote))
            && let (Some(time), Ok(ms)) = (event.time, found["ms"].parse::<f64>())
        {
            let began = time - (ms * 1e3) as i64;
            let statement = || session::statement(event.quote);
            self.queues.ended(pid, began, statement);
        }
    }

    fn goes_on(&mut self, pid: u32, text: &str) {
        if let Some(words) = self.sessions.words_mut(pid)
            && words.len() + text.len() < WORDS_MAX
            && !words.starts_with('{')
        {
            words.push(' ');
            words.push_str(text);
            if self.open.as_ref().is_some_and(|it| it.pid == pid)
                && let Some(statement) = session::statement(words)
            {
                self.queues.awaited(pid, &statement);
            }
        }
    }
}

/// The last line of each session that tells who it is or what it runs; old ones are forgotten.
#[derive(Debug, Default)]
struct Sessions {
    young: HashMap<u32, String, FixedState>,
    old: HashMap<u32, String, FixedState>,
}

impl Sessions {
    fn note(&mut self, pid: u32, line: &str) {
        if !self.young.contains_key(&pid) {
            let known = self.old.remove(&pid).unwrap_or_default();
            if self.young.len() >= SESSIONS_MAX {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(pid, known);
        }
        if let Some(words) = self.young.get_mut(&pid) {
            words.clear();
            words.push_str(line);
        }
    }

    fn words_mut(&mut self, pid: u32) -> Option<&mut String> {
        self.young.get_mut(&pid)
    }

    fn holder(&self, pid: u32) -> Holder {
        let words = self.young.get(&pid).or_else(|| self.old.get(&pid));
        Holder {
            pid,
            who: words.map(|it| session::who(it)).unwrap_or_default(),
            statement: words.and_then(|it| session::statement(it)),
            ..Holder::default()
        }
    }
}

#[cfg(test)]
#[path = "lock_waits_tests.rs"]
mod tests;
