//! How long operations take, as lines tell: which became slow, since when, and how much longer they run.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use memchr::memmem;
use regex::Regex;

use self::slow::Slow;
use super::by_form::ByForm;
use crate::analysis::CommandRun;
use crate::event::{LineEvent, LineSample};
use crate::structured::series::{Anomaly, anomaly, median};
use crate::template::FormTable;

mod slow;

const OPERATIONS_MAX: usize = 100;
const BUCKETS_MAX: usize = 120;
const BUCKET: i64 = 60 * 1_000_000;
const TOLD_MAX: usize = 5;
const NAME_MAX: usize = 160;
/// How many times as long, and how long in milliseconds, an operation has to take to be slow.
const SLOWER: f64 = 3.0;
const SLOW_MS: f64 = 100.0;
/// Lines that have to be slow.
const SLOW_LINES: u32 = 5;
/// Buckets on each side of a time from which durations that vary much may be told apart.
const PARTED_MIN: usize = 8;

/// A field that holds a duration, up to its number.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:["']|\b)(?:duration|elapsed|took|latency|response_?time|request_?time|query_?time|upstream_response_time|time_?taken|exec(?:ution)?_?time|u?rt)(?:_?(?:ms|millis|seconds|secs?))?["']?\s*[:=]\s*["']?(\d)"#,
    )
    .ok()
});

/// Collects durations while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// Where lines of each form tell a duration.
    places: ByForm<Option<Place>>,
    operations: HashMap<u32, Operation, FixedState>,
}

/// Where in a line a duration stands.
#[derive(Debug, Clone)]
enum Place {
    /// Behind a text, with the unit of a number that tells none.
    Behind(Box<str>, Unit),
    /// In front of the first `ms`.
    BeforeMilliseconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Milliseconds,
    Seconds,
}

#[derive(Debug, Clone)]
struct Operation {
    /// The message without what varies.
    name: String,
    component: Option<Box<str>>,
    /// Length of a bucket in microseconds; doubled when there are too many.
    step: i64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Clone)]
struct Bucket {
    start: i64,
    count: u32,
    /// Sum of the logarithms of the durations in milliseconds.
    logarithms: f64,
    slowest: (f64, LineSample),
}

impl Durations {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        let operations = &mut self.operations;
        let place = self.places.get(table, form, || {
            operations.remove(&form);
            // What was told in one minute only, as when a program starts, gives way to what comes later.
            if operations.len() >= OPERATIONS_MAX {
                operations.retain(|_, it| it.buckets.len() > 1);
            }
            place(event.quote)
        });
        let (Some(place), Some(time)) = (place, event.time) else {
            return;
        };
        let Some(ms) = place.read(event.quote) else {
            return;
        };
        if let Some(known) = self.operations.get_mut(&form) {
            known.add(time, ms, event);
        } else if self.operations.len() < OPERATIONS_MAX {
            let known = &table.forms[form as usize];
            let mut fresh = Operation {
                name: known.masked.chars().take(NAME_MAX).collect(),
                component: known.component.clone(),
                step: BUCKET,
                buckets: Vec::new(),
            };
            fresh.add(time, ms, event);
            self.operations.insert(form, fresh);
        }
    }

    /// Returns the operations that became slow, earliest first, as what a tool tells.
    pub(crate) fn runs(&self) -> Vec<CommandRun> {
        let operations = self.by_name();
        let mut slow: Vec<Slow<'_>> = operations.iter().filter_map(Operation::slow).collect();
        slow.sort_by_key(|it| (it.since, it.line.line));
        slow.iter().take(TOLD_MAX).map(Slow::run).collect()
    }

    /// Returns the operations of equal name and component as one: a program that warns of a slow call
    /// gives its lines another form by their level.
    fn by_name(&self) -> Vec<Operation> {
        let mut named: BTreeMap<(&str, Option<&str>), Operation> = BTreeMap::new();
        let mut forms: Vec<(&u32, &Operation)> = self.operations.iter().collect();
        forms.sort_by_key(|(form, _)| **form);
        for (_, operation) in forms {
            let name = (operation.name.as_str(), operation.component.as_deref());
            match named.entry(name) {
                Entry::Vacant(fresh) => _ = fresh.insert(operation.clone()),
                Entry::Occupied(known) => known.into_mut().join(operation.clone()),
            }
        }
        named.into_values().collect()
    }
}

fn place(line: &str) -> Option<Place> {
    if let Some(found) = KEY.as_ref().and_then(|it| it.captures(line)) {
        let (key, number) = (found.get(0)?, found.get(1)?);
        let key = &line[key.start()..number.start()];
        let lower = key.to_ascii_lowercase();
        let name = lower.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        // Proxies, and the slow log of MySQL, tell seconds where they tell no unit.
        let in_seconds = ["rt", "urt", "request_time", "upstream_response_time"].contains(&name)
            || key.contains("Query_time");
        let unit = match in_seconds
            || ["seconds", "secs", "sec"]
                .iter()
                .any(|it| name.ends_with(it))
        {
            true => Unit::Seconds,
            false => Unit::Milliseconds,
        };
        return Some(Place::Behind(key.into(), unit));
    }
    before_milliseconds(line).map(|_| Place::BeforeMilliseconds)
}

impl Place {
    /// Returns the duration that a line tells, in milliseconds.
    fn read(&self, line: &str) -> Option<f64> {
        match self {
            Self::Behind(key, unit) => {
                let bytes = line.as_bytes();
                let mut places = memmem::find_iter(bytes, key.as_bytes());
                let is_word = |at: usize| {
                    let before = at.checked_sub(1).map(|at| bytes[at]);
                    !before.is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_')
                };
                let at = places.find(|at| is_word(*at))?;
                behind(&line[at + key.len()..], *unit)
            }
            Self::BeforeMilliseconds => before_milliseconds(line),
        }
    }
}

fn behind(text: &str, unit: Unit) -> Option<f64> {
    let digits = text
        .bytes()
        .take_while(|it| it.is_ascii_digit() || *it == b'.');
    let (number, rest) = text.split_at(digits.count());
    let number: f64 = number.trim_end_matches('.').parse().ok()?;
    let is_apart = rest.starts_with(' ');
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let factor = match (&rest[..letters], unit) {
        ("ms" | "millis" | "milliseconds", _) => 1.0,
        ("us", _) => 1e-3,
        ("ns", _) => 1e-6,
        ("s" | "sec" | "secs" | "seconds", _) => 1e3,
        ("", _) if rest.starts_with('µ') => 1e-3,
        // Other units, and minutes in front of seconds, are not read.
        (other, _) if !other.is_empty() && !is_apart => return None,
        (_, Unit::Seconds) => 1e3,
        (_, Unit::Milliseconds) => 1.0,
    };
    Some(number * factor)
}

fn before_milliseconds(line: &str) -> Option<f64> {
    let bytes = line.as_bytes();
    memmem::find_iter(bytes, "ms").find_map(|at| {
        let ends = bytes
            .get(at + 2)
            .is_none_or(|it| !it.is_ascii_alphanumeric());
        let number = line[..at].strip_suffix(' ').unwrap_or(&line[..at]);
        let digits = number.bytes().rev();
        let is_of_number = |it: &u8| it.is_ascii_digit() || matches!(it, b'.' | b',');
        let length = digits.take_while(is_of_number).count();
        let (before, number) = number.split_at(number.len() - length);
        (ends && !is_waited(before)).then(|| grouped(number))?
    })
}

/// Returns a number whose thousands may be set apart; other commas end fields.
fn grouped(number: &str) -> Option<f64> {
    let groups: Vec<&str> = number.split(',').collect();
    let is_grouped = groups.len() > 1
        && (1..=3).contains(&groups[0].len())
        && groups[1..]
            .iter()
            .all(|it| it.split('.').next().is_some_and(|it| it.len() == 3));
    let written = match is_grouped {
        true => groups.concat(),
        false => groups.last()?.trim_start_matches('.').to_owned(),
    };
    written.parse().ok()
}

/// Returns whether the words in front of a number say that it is waited for or allowed, not taken.
fn is_waited(before: &str) -> bool {
    let mut words = before.split_whitespace().rev().map(|word| {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_alphabetic());
        word.to_ascii_lowercase()
    });
    let (last, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let waits =
        |word: &str| ["retry", "retrying", "out", "wait", "waiting", "sleeping"].contains(&word);
    match last.as_str() {
        "timeout" | "delay" | "every" | "backoff" | "sleep" | "limit" | "interval" => true,
        "after" | "in" | "for" => waits(&second),
        _ => false,
    }
}

impl Operation {
    fn add(&mut self, time: i64, ms: f64, event: &LineEvent<'_>) {
        let start = time.div_euclid(self.step) * self.step;
        let at = match self.buckets.last() {
            Some(last) if last.start == start => Ok(self.buckets.len() - 1),
            _ => self.buckets.binary_search_by_key(&start, |it| it.start),
        };
        match at {
            Ok(at) => {
                let known = &mut self.buckets[at];
                known.count += 1;
                known.logarithms += (ms + 1.0).ln();
                if ms > known.slowest.0 {
                    known.slowest.0 = ms;
                    known.slowest.1.set(event);
                }
            }
            Err(at) => {
                let fresh = Bucket {
                    start,
                    count: 1,
                    logarithms: (ms + 1.0).ln(),
                    slowest: (ms, LineSample::of(event)),
                };
                self.buckets.insert(at, fresh);
                while self.buckets.len() > BUCKETS_MAX {
                    self.widen();
                }
            }
        }
    }

    /// Takes in the durations of lines of another form.
    fn join(&mut self, mut other: Self) {
        while self.step < other.step {
            self.widen();
        }
        while other.step < self.step {
            other.widen();
        }
        self.buckets.append(&mut other.buckets);
        self.buckets.sort_by_key(|it| it.start);
        self.unite();
        while self.buckets.len() > BUCKETS_MAX {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.step *= 2;
        self.unite();
    }

    /// Makes one bucket of those that begin within one step.
    fn unite(&mut self) {
        let mut wider: Vec<Bucket> = Vec::with_capacity(self.buckets.len());
        for mut bucket in self.buckets.drain(..) {
            bucket.start = bucket.start.div_euclid(self.step) * self.step;
            match wider.last_mut().filter(|it| it.start == bucket.start) {
                Some(known) => {
                    known.count += bucket.count;
                    known.logarithms += bucket.logarithms;
                    if bucket.slowest.0 > known.slowest.0 {
                        known.slowest = bucket.slowest;
                    }
                }
                None => wider.push(bucket),
            }
        }
        self.buckets = wider;
    }

    fn slow(&self) -> Option<Slow<'_>> {
        let typical: Vec<f64> = self.buckets.iter().map(Bucket::typical_ms).collect();
        let apart = || parted(&typical);
        let (from, until, before, after) = match anomaly(&typical) {
            Some(Anomaly::Shift { at, before, after }) => (at, typical.len() - 1, before, after),
            Some(Anomaly::Stretch {
                from,
                until,
                level,
                typical,
            }) => (from, until, typical, level),
            _ => apart()?,
        };
        let slow = &self.buckets[from..=until];
        let lines: u32 = slow.iter().map(|it| it.count).sum();
        let is_slow = after >= SLOWER * before.max(1.0) && after >= SLOW_MS && lines >= SLOW_LINES;
        is_slow.then(|| Slow {
            operation: self,
            since: slow[0].start,
            before,
            after,
            lines,
            line: &slow[0].slowest.1,
            until: self
                .buckets
                .get(until + 1)
                .map(|_| slow[slow.len() - 1].start + self.step),
        })
    }
}

/// Returns where values rise for good, so that none before is as high as any after, however much they
/// vary: the first that is high, the last, and the medians of both.
fn parted(values: &[f64]) -> Option<(usize, usize, f64, f64)> {
    let mut lowest_after = values.to_vec();
    for at in (1..values.len()).rev() {
        lowest_after[at - 1] = lowest_after[at - 1].min(lowest_after[at]);
    }
    let mut highest = f64::NEG_INFINITY;
    let mut best: Option<(f64, usize)> = None;
    for (at, value) in values.iter().enumerate() {
        let gap = lowest_after[at] - highest;
        let has_room = at >= PARTED_MIN && values.len() - at >= PARTED_MIN;
        if has_room && gap > 0.0 && best.is_none_or(|(widest, _)| gap > widest) {
            best = Some((gap, at));
        }
        highest = highest.max(*value);
    }
    let (_, at) = best?;
    Some((
        at,
        values.len() - 1,
        median(&values[..at]),
        median(&values[at..]),
    ))
}

impl Bucket {
    /// The geometric mean, which single outliers move little.
    fn typical_ms(&self) -> f64 {
        (self.logarithms / f64::from(self.count)).exp() - 1.0
    }
}

#[cfg(test)]
#[path = "durations_tests.rs"]
mod tests;
