//! Queues for locks: who holds one, and who waits for it, one behind the other.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::session;
use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::event::LineSample;
use crate::findings::shorten;
use crate::logs::schema::without_password;
use crate::time::to_utc;

const QUEUES_MAX: usize = 100;
const HOLDERS_MAX: usize = 8;
const WAITERS_MAX: usize = 8;
const PIDS_MAX: usize = 2_000;
const TOLD_MAX: usize = 3;
/// Within this time, in microseconds, the same processes are one queue.
const NEAR: i64 = 10 * 60 * 1_000_000;
/// Sessions in a queue, or milliseconds of waiting, from which it is worth a word.
const MANY: usize = 5;
const LONG_MS: f64 = 10_000.0;
/// The process by which PostgreSQL names whoever holds a lock without one.
const PREPARED: u32 = 0;

static DDL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:alter|create\s+(?:unique\s+)?index|create\s+(?:\w+\s+)?trigger|drop|truncate|reindex|cluster|vacuum\s*\(?\s*full|lock\s+table|refresh\s+materialized)\b").ok()
});

/// What stands in front of the name of a table, the most telling first.
static TABLE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let before = [
        r"\btable(?:\s+only|\s+if\s+exists)*",
        r"^\s*create\b.*\b(?:index|trigger)\b.*?\bon(?:\s+only)?",
        r"^\s*(?:truncate|cluster|lock|vacuum\s*\(?\s*full\s*\)?)",
        r"\b(?:update|into|from)(?:\s+only)?",
    ];
    let compiled = before
        .iter()
        .map(|it| Regex::new(&format!(r#"(?i){it}\s+(?P<name>[\w.$"]+)"#)));
    compiled.filter_map(Result::ok).collect()
});

/// A session that waits for a lock.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) pid: u32,
    pub(super) mode: String,
    /// What is locked, as PostgreSQL names it.
    pub(super) on: String,
    pub(super) since: Option<i64>,
    pub(super) who: String,
    pub(super) statement: Option<String>,
    pub(super) line: LineSample,
}

/// A session that holds a lock others wait for.
#[derive(Debug, Clone, Default)]
pub(super) struct Holder {
    pub(super) pid: u32,
    pub(super) who: String,
    pub(super) statement: Option<String>,
    /// How many waiters named it.
    pub(super) named: u32,
}

/// Characters of a statement that are told beside who runs it.
const STATEMENT_SHOWN: usize = 60;

/// All queues that a log tells.
#[derive(Debug, Default)]
pub(super) struct Queues {
    queues: Vec<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    holders: Vec<Holder>,
    waiters: Vec<Waiter>,
    /// Those that said they wait and were not given the lock since.
    waiting: BTreeSet<u32>,
    seen: BTreeSet<u32>,
    last: Option<i64>,
    longest_ms: f64,
    /// When the last session that waited was given its lock, or gave up.
    ended: Option<i64>,
}

impl Queues {
    /// Takes a session that waits behind others; `known` tells who a holder is.
    pub(super) fn take(
        &mut self,
        waiter: &Waiter,
        holders: &[u32],
        queue: &[u32],
        known: impl Fn(u32) -> Holder,
    ) {
        let fits = |it: &Queue| it.fits(waiter, holders);
        let known_at = self.queues.iter().rposition(fits);
        if let Some(at) = known_at.or_else(|| self.opened()) {
            self.queues[at].take(waiter, holders, queue, known);
        }
    }

    /// Opens another queue; one that is over and was short gives way to it.
    fn opened(&mut self) -> Option<usize> {
        if self.queues.len() >= QUEUES_MAX {
            let short = self.queues.iter().position(|it| !it.is_grave())?;
            self.queues.remove(short);
        }
        self.queues.push(Queue::default());
        Some(self.queues.len() - 1)
    }

    /// Notes that a session gave up waiting.
    pub(super) fn gave_up(&mut self, pid: u32, time: Option<i64>) {
        let mut queues = self.queues.iter().rev();
        let queue = queues.find(|it| it.waiting.contains(&pid));
        let mut waiters = queue.into_iter().flat_map(|it| &it.waiters);
        let since = waiters.find(|it| it.pid == pid).and_then(|it| it.since);
        let waited = time.zip(since).map_or(0, |(time, since)| time - since);
        self.given(pid, waited as f64 / 1e3, time);
    }

    /// Notes that a session was given its lock.
    pub(super) fn given(&mut self, pid: u32, after_ms: f64, time: Option<i64>) {
        let mut latest_first = self.queues.iter_mut().rev();
        if let Some(queue) = latest_first.find(|it| it.waiting.contains(&pid)) {
            queue.waiting.remove(&pid);
            queue.longest_ms = queue.longest_ms.max(after_ms);
            queue.ended = queue.ended.max(time);
        }
    }

    /// Notes the statement of a session that waits.
    pub(super) fn awaited(&mut self, pid: u32, statement: &str) {
        let waiters = self.queues.iter_mut().rev().flat_map(|it| &mut it.waiters);
        for waiter in waiters.filter(|it| it.pid == pid).take(1) {
            let told = session::clipped(statement);
            // What the session runs later is another statement.
            let known = waiter.statement.as_deref().unwrap_or_default();
            if told.starts_with(known) {
                waiter.statement = Some(told);
            }
        }
    }

    /// Whether others waited for a session of late.
    pub(super) fn are_held_by(&self, pid: u32) -> bool {
        let latest = self.queues.iter().rev().take(MANY);
        latest.flat_map(|it| &it.holders).any(|it| it.pid == pid)
    }

    /// Notes a statement that a holder ran from a time on, when others waited meanwhile.
    pub(super) fn ended(&mut self, pid: u32, began: i64, statement: impl Fn() -> Option<String>) {
        for queue in self.queues.iter_mut().rev().take(MANY) {
            let since = queue.waiters.first().and_then(|it| it.since);
            let was_running = since.is_some_and(|since| began <= since);
            let mut holders = queue.holders.iter_mut();
            if was_running && let Some(holder) = holders.find(|it| it.pid == pid) {
                holder.statement = statement().or_else(|| holder.statement.take());
            }
        }
    }

    /// Returns the queues worth a word, the longest first, as what a tool tells.
    pub(super) fn runs(&self) -> Vec<CommandRun> {
        let mut told: Vec<&Queue> = self.queues.iter().filter(|it| it.is_grave()).collect();
        told.sort_by_key(|it| std::cmp::Reverse(it.seen.len()));
        let runs = told.into_iter().filter_map(Queue::run);
        runs.take(TOLD_MAX).collect()
    }
}

impl Queue {
    fn fits(&self, waiter: &Waiter, holders: &[u32]) -> bool {
        let pause = self.last.zip(waiter.line.time);
        let is_near = pause.is_none_or(|(last, now)| (now - last).abs() <= NEAR);
        let holds = |pid: &u32| self.holders.iter().any(|it| it.pid == *pid);
        let is_known = |pid: &u32| holds(pid) || self.waiting.contains(pid);
        is_near && (holders.iter().any(is_known) || holds(&waiter.pid))
    }

    fn take(
        &mut self,
        waiter: &Waiter,
        holders: &[u32],
        queue: &[u32],
        known: impl Fn(u32) -> Holder,
    ) {
        self.last = waiter.line.time.or(self.last);
        for &pid in holders {
            if self.waiting.contains(&pid) || pid == waiter.pid {
                continue;
            }
            let at = self.holders.iter().position(|it| it.pid == pid);
            let at = at.or_else(|| {
                let has_room = self.holders.len() < HOLDERS_MAX;
                has_room.then(|| self.holders.push(known(pid)))?;
                Some(self.holders.len() - 1)
            });
            if let Some(at) = at {
                self.holders[at].named += 1;
            }
        }
        // Who waits is not the one that all wait for.
        self.holders.retain(|it| it.pid != waiter.pid);
        for &pid in queue.iter().chain([&waiter.pid]) {
            if self.seen.len() < PIDS_MAX {
                self.seen.insert(pid);
            }
        }
        if self.waiting.len() < PIDS_MAX {
            self.waiting.insert(waiter.pid);
        }
        let is_known = self.waiters.iter().any(|it| it.pid == waiter.pid);
        if !is_known && self.waiters.len() < WAITERS_MAX {
            self.waiters.push(waiter.clone());
        }
    }

    fn is_grave(&self) -> bool {
        self.seen.len() >= MANY || self.longest_ms >= LONG_MS || !self.waiting.is_empty()
    }

    /// The holder that most name, the first named of several.
    fn root(&self) -> Option<&Holder> {
        let holders = self.holders.iter().rev();
        holders.max_by_key(|it| (it.pid == PREPARED, it.named))
    }

    fn run(&self) -> Option<CommandRun> {
        let root = self.root()?;
        let change = self.waiters.iter().find(|it| it.changes_schema());
        let change = change.filter(|_| self.seen.len() > 1);
        let first = change.or_else(|| self.waiters.first())?;
        let by_change = root.statement.as_deref().is_some_and(is_ddl);
        let key = match () {
            () if root.pid == PREPARED => "lock_held_by_prepared",
            () if change.is_some() || by_change => "lock_queue_ddl",
            () => "lock_queue",
        };
        let ended = self.ended.filter(|_| self.waiting.is_empty());
        let fact = CommandFact {
            object: first.object(),
            key: key.to_owned(),
            value: self.told(root, first),
            number: Some(self.seen.len() as f64),
            citation: without_password(first.line.clone())?.citation(),
        };
        Some(CommandRun {
            command: None,
            tool: "log".to_owned(),
            observed_at: first.line.time.and_then(to_utc),
            until: ended.and_then(to_utc),
            outcome: CommandOutcome::Unknown,
            citation: fact.citation.clone(),
            facts: vec![fact],
        })
    }

    fn told(&self, root: &Holder, first: &Waiter) -> String {
        let holder = match root.pid {
            PREPARED => "a prepared transaction (two-phase commit, no process)".to_owned(),
            pid => named(pid, &root.who, root.statement.as_deref()),
        };
        let others = match self.holders.len() {
            0 | 1 => String::new(),
            count => format!(" with {} others", count - 1),
        };
        let since = first.since.and_then(to_utc);
        let since = since.map_or_else(String::new, |time| {
            format!(" since {} UTC", time.format("%Y-%m-%d %H:%M:%S"))
        });
        let further = match self.seen.len().saturating_sub(1) {
            0 => String::new(),
            1 => ", and 1 further session waits".to_owned(),
            count => format!(", and {count} further sessions wait"),
        };
        let (waiter, mode) = (
            named(first.pid, &first.who, first.statement.as_deref()),
            &first.mode,
        );
        format!(
            "{holder} holds the lock{others}; {waiter} waits for {mode} behind it{since}{further}"
        )
    }
}

impl Waiter {
    /// Whether it waits to change or to lock a table as a whole.
    fn changes_schema(&self) -> bool {
        let is_table = self.on.starts_with("relation ");
        let is_ddl = self.statement.as_deref().is_some_and(is_ddl);
        is_table && (is_ddl || self.mode == "AccessExclusiveLock")
    }

    /// The table that its statement names, else what PostgreSQL calls the locked thing.
    fn object(&self) -> String {
        let named = self.statement.as_deref().and_then(|statement| {
            let found = TABLE.iter().find_map(|it| it.captures(statement))?;
            Some(found["name"].replace('"', ""))
        });
        let on = self.on.split(" of database").next().unwrap_or(&self.on);
        named.unwrap_or_else(|| on.to_owned())
    }
}

fn is_ddl(statement: &str) -> bool {
    DDL.as_ref().is_some_and(|it| it.is_match(statement))
}

fn named(pid: u32, who: &str, statement: Option<&str>) -> String {
    let said = statement.map(|it| format!("“{}”", shorten(it, STATEMENT_SHOWN)));
    let who = Some(who.to_owned()).filter(|it| !it.is_empty());
    let told: Vec<String> = who.into_iter().chain(said).collect();
    match told.as_slice() {
        [] => format!("process {pid}"),
        told => format!("process {pid} ({})", told.join(", ")),
    }
}
