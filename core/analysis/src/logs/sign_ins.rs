//! Sign-ins that succeed after failures from the same place.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use regex::Regex;

use super::by_form::ByForm;
use super::people::Named;
use crate::event::{LineEvent, LineSample};
use crate::template::{FormTable, MASK};

/// Failures before a success from which on a password may have been guessed; programs let people
/// try less often before they hang up.
const FAILURES_MIN: u64 = 6;
/// Failures that lie further apart are not one attempt, in microseconds.
const PAUSE_MAX: i64 = 24 * 3600 * 1_000_000;
const SOURCES_MAX: usize = 10_000;
const KINDS: usize = 3;

/// How one failure is told; a program tells it in several of these ways at once.
static FAILURES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let expressions: [&str; KINDS] = [
        r"(?i)\bfailed (?:password|keyboard-interactive\S*) for\b",
        r"(?i)\bauthentication failure;|\bauthentication failed (?:from|for)\b",
        r"(?i)\b(?:failed|invalid|unsuccessful) (?:log|sign)[ -]?[io]n\b|\b(?:log|sign)[ -]?[io]n (?:fail(?:ed|ure)|rejected|denied)\b",
    ];
    let compiled = expressions.iter().map(|it| Regex::new(it));
    compiled.filter_map(Result::ok).collect()
});

static SUCCESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\baccepted (?:password|keyboard-interactive\S*) for\b|\b(?:(?:log|sign)[ -]?[io]n|authentication) (?:succeeded|successful|success|accepted|ok)\b|\bsuccessful(?:ly)? (?:(?:log|sign)[ -]?[io]n|logged in|signed in|authenticated)\b",
    )
    .ok()
});

/// Failures by source, and the first success after many of them.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    /// What each form tells.
    roles: ByForm<Option<Role>>,
    sources: HashMap<Box<str>, Attempts, FixedState>,
}

/// A success after many failures.
#[derive(Debug)]
pub(crate) struct GuessedSignIn {
    pub(crate) source: String,
    pub(crate) user: Option<String>,
    pub(crate) failures: u64,
    pub(crate) first_failure: LineSample,
    pub(crate) last_failure: LineSample,
    pub(crate) success: LineSample,
}

#[derive(Debug)]
struct Role {
    /// The way a failure is told; none for a success.
    failure: Option<usize>,
    user: Option<Named>,
    /// Whether the first parameter counts lines that were left out.
    repeated: bool,
}

#[derive(Debug, Default)]
struct Attempts {
    failed: [u64; KINDS],
    first: LineSample,
    last: LineSample,
    success: Option<Success>,
}

#[derive(Debug)]
struct Success {
    user: Option<String>,
    line: LineSample,
}

impl SignIns {
    /// Counts a line that was just added to the table.
    pub(crate) fn add(
        &mut self,
        event: &LineEvent<'_>,
        params: &[(u32, u32)],
        table: &FormTable,
        form: u32,
    ) {
        let learn = || role(&table.forms[form as usize].masked);
        let Some(role) = self.roles.get(table, form, learn) else {
            return;
        };
        let user = role
            .user
            .as_ref()
            .and_then(|it| it.value(event.message, params));
        let values = params
            .iter()
            .filter_map(|&(start, end)| event.message.get(start as usize..end as usize));
        let times = role.repeated.then(|| values.clone().next()?.parse().ok());
        let address = values.clone().find_map(address);
        let Some(source) = address.or_else(|| user.filter(|_| !names_place(event.message))) else {
            return;
        };
        let times = times.flatten().unwrap_or(1);
        if let Some(known) = self.sources.get_mut(source) {
            match role.failure {
                Some(kind) => known.fail(kind, times, event),
                None => known.succeed(user, event),
            }
        } else if let Some(kind) = role.failure
            && self.sources.len() < SOURCES_MAX
        {
            let mut fresh = Attempts::default();
            fresh.fail(kind, times, event);
            self.sources.insert(source.into(), fresh);
        }
    }

    /// Returns the successes in order of their lines.
    pub(crate) fn finish(self) -> Vec<GuessedSignIn> {
        let mut guessed: Vec<GuessedSignIn> = self
            .sources
            .into_iter()
            .filter_map(|(source, attempts)| {
                let failures = attempts.failures();
                let success = attempts.success?;
                Some(GuessedSignIn {
                    source: source.into_string(),
                    user: success.user,
                    failures,
                    first_failure: attempts.first,
                    last_failure: attempts.last,
                    success: success.line,
                })
            })
            .collect();
        guessed.sort_by_key(|it| it.success.line);
        guessed
    }
}

impl Attempts {
    fn fail(&mut self, kind: usize, times: u64, event: &LineEvent<'_>) {
        if self.success.is_some() {
            return;
        }
        let pause = event.time.zip(self.last.time);
        if pause.is_some_and(|(time, last)| time - last > PAUSE_MAX) {
            self.failed = [0; KINDS];
        }
        if self.failures() == 0 {
            self.first.set(event);
        }
        self.failed[kind] = self.failed[kind].saturating_add(times);
        self.last.set(event);
    }

    fn succeed(&mut self, user: Option<&str>, event: &LineEvent<'_>) {
        let pause = event.time.zip(self.last.time);
        let late = pause.is_some_and(|(time, last)| time - last > PAUSE_MAX);
        if self.failures() < FAILURES_MIN || late {
            self.failed = [0; KINDS];
        } else if self.success.is_none() {
            self.success = Some(Success {
                user: user.map(ToOwned::to_owned),
                line: LineSample::of(event),
            });
        }
    }

    /// Returns the attempts that failed, each of which several lines may tell.
    fn failures(&self) -> u64 {
        self.failed.iter().copied().max().unwrap_or(0)
    }
}

fn role(masked: &str) -> Option<Role> {
    let hints = [
        "assword",
        "nteractive",
        "uthentic",
        "og in",
        "og on",
        "ogin",
        "ogon",
        "ogged",
        "ign in",
        "ign-in",
        "OGIN",
    ];
    if !hints.iter().any(|it| masked.contains(it)) {
        return None;
    }
    let failure = FAILURES.iter().position(|it| it.is_match(masked));
    let success = SUCCESS.as_ref().is_some_and(|it| it.is_match(masked));
    (failure.is_some() || success).then(|| Role {
        failure,
        user: Named::of(masked).or_else(|| keyed(masked)),
        repeated: masked.starts_with(&format!("message repeated {MASK} ")),
    })
}

/// Reads the place of a name behind `user=`.
fn keyed(masked: &str) -> Option<Named> {
    let at = masked.find(" user=<*>").map(|at| at + " user=".len())?;
    Some(Named::Parameter {
        slot: masked[..at].matches(MASK).count(),
        before: 0,
        after: 0,
    })
}

/// Returns the address a value holds, without its port.
fn address(value: &str) -> Option<&str> {
    let bare = value.trim_matches(['/', '[', ']', '"', ',']);
    if bare.bytes().filter(|&byte| byte == b':').count() >= 2 {
        return bare.parse::<std::net::Ipv6Addr>().is_ok().then_some(bare);
    }
    let host = bare.split(':').next().unwrap_or(bare);
    super::entities::is_ipv4(host).then_some(host)
}

/// Returns whether a line names where somebody came from in a way that is not understood.
fn names_place(message: &str) -> bool {
    message.contains(" from ")
        || message
            .split_once("rhost=")
            .is_some_and(|(_, host)| !host.is_empty() && !host.starts_with(' '))
}
