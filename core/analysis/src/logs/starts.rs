//! Settings that a program prints when it starts: those that differ from one start to the next.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::by_form::ByForm;
use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::event::{LineEvent, LineSample};
use crate::fingerprint;
use crate::pod_name::bare;
use crate::template::FormTable;
use crate::time::to_utc;

const FORMS_MAX: usize = 50;
const STARTS_MAX: usize = 60;
const SETTINGS_MAX: usize = 40;
/// A setting that takes more values than this is measured.
const VALUES_MAX: usize = 3;

static STARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:listening|starting|startup|booting|booted|effective config\w*|loaded config\w*)\b").ok()
});

/// A key that sets something, with its value.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)["']?\b(?P<key>[a-z][\w.-]{0,40}?(?:timeout|limit|max|min|size|threads|workers|ttl|interval|retries|attempts|concurrency|prefetch|batch|keepalive|pool|replicas|mode|enabled)(?:[_.-]?(?:ms|s|secs?|seconds|millis|mb|bytes|connections|requests|records))?)["']?\s*[:=]\s*["']?(?P<value>[\w.+-]{1,40})"#,
    )
    .ok()
});

/// Collects the settings while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    /// Whether lines of each form tell settings of a start.
    telling: ByForm<bool>,
    starts: BTreeMap<u32, Vec<Start>>,
}

#[derive(Debug)]
struct Start {
    component: Option<Box<str>>,
    settings: BTreeMap<String, String>,
    line: LineSample,
}

impl Starts {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        let starts = &mut self.starts;
        let tells = || {
            starts.remove(&form);
            STARTS.as_ref().is_some_and(|it| it.is_match(event.quote))
                && SETTING.as_ref().is_some_and(|it| it.is_match(event.quote))
        };
        if !*self.telling.get(table, form, tells) {
            return;
        }
        if !self.starts.contains_key(&form) && self.starts.len() >= FORMS_MAX {
            return;
        }
        let known = self.starts.entry(form).or_default();
        // What comes all the time is no start; one more than is kept tells so.
        if known.len() <= STARTS_MAX {
            known.push(Start {
                component: event.component.map(|it| bare(it).into()),
                settings: settings(event.quote),
                line: LineSample::of(event),
            });
        }
    }

    /// Returns the settings that changed, in order of their lines.
    pub(crate) fn changes(&self, file: &str) -> Vec<Change> {
        let rare = self.starts.values().filter(|it| it.len() <= STARTS_MAX);
        let mut changes: Vec<(u64, Change)> = rare.flat_map(|it| of_form(it, file)).collect();
        changes.sort_by(|one, other| (one.0, &one.1.path).cmp(&(other.0, &other.1.path)));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

fn settings(line: &str) -> BTreeMap<String, String> {
    let found = SETTING
        .as_ref()
        .into_iter()
        .flat_map(|it| it.captures_iter(line));
    let pairs = found.map(|it| (it["key"].to_owned(), it["value"].to_owned()));
    pairs.take(SETTINGS_MAX).collect()
}

fn of_form(starts: &[Start], file: &str) -> Vec<(u64, Change)> {
    let mut changes = Vec::new();
    for (at, after) in starts.iter().enumerate() {
        // Programs of one log have settings of their own.
        let mut earlier = starts[..at].iter().rev();
        let Some(before) = earlier.find(|it| it.component == after.component) else {
            continue;
        };
        for (key, new) in &after.settings {
            let old = before.settings.get(key).filter(|old| *old != new);
            if let Some(old) = old.filter(|_| is_set(starts, after, key)) {
                changes.push((after.line.line, change(key, old, new, after, file)));
            }
        }
    }
    changes
}

/// Returns whether a value stays as it is from start to start but for a change or two.
fn is_set(starts: &[Start], start: &Start, key: &str) -> bool {
    let own = starts.iter().filter(|it| it.component == start.component);
    let values = own.filter_map(|it| it.settings.get(key));
    let mut seen: Vec<&String> = values.collect();
    seen.dedup();
    seen.len() <= VALUES_MAX
}

fn change(key: &str, old: &str, new: &str, start: &Start, file: &str) -> Change {
    let number = |value: &str| value.parse::<f64>().ok();
    let direction = match number(old).zip(number(new)) {
        Some((old, new)) if new > old => ChangeDirection::Increased,
        Some((old, new)) if new < old => ChangeDirection::Decreased,
        _ => ChangeDirection::Replaced,
    };
    Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("start", key),
        file: file.to_owned(),
        component: start.component.as_deref().map(ToOwned::to_owned),
        path: key.to_owned(),
        before: Some(old.to_owned()),
        after: Some(new.to_owned()),
        direction,
        secret: false,
        changed_at: start.line.time.and_then(to_utc),
        citation: start.line.citation(),
    }
}

#[cfg(test)]
#[path = "starts_tests.rs"]
mod tests;
