//! Jobs of one schedule that are at work at the same time, or keep the next one from its start.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Placed, fact, last};
use crate::clues::{RUNS_MANY, Schedule, ScheduledRun};
use crate::ties::Known;

/// Returns schedules whose runs pile up; what a cron job lists itself is told with its file.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let schedules = last(known.each(|it| &it.clues.related.schedules), |it| {
        [it.namespace.as_str(), &it.name]
    });
    // Each export is of its own time.
    let mut runs: BTreeMap<(usize, &str, &str), Vec<&ScheduledRun>> = BTreeMap::new();
    for (file, run) in known.each(|it| &it.clues.related.runs) {
        let of = (file, run.namespace.as_str(), run.schedule.as_str());
        runs.entry(of).or_default().push(run);
    }
    let mut seen = BTreeSet::new();
    let mut facts = Vec::new();
    for ((file, space, name), runs) in runs {
        let Some(first) = runs.first().filter(|_| runs.len() >= RUNS_MANY) else {
            continue;
        };
        let schedule = schedules
            .iter()
            .find(|(_, it)| it.namespace == space && it.name == name);
        let is_told =
            schedule.is_some_and(|(_, it)| it.policy != "Allow" || it.active >= RUNS_MANY);
        if is_told || !seen.insert((space, name)) {
            continue;
        }
        let object = format!("cronjob/{name}");
        let at_once = format!("{} at once", runs.len());
        let (file, value, place) = match schedule {
            Some((file, it)) => {
                let written = &it.written;
                let value = format!("{at_once}, schedule {written}, concurrencyPolicy Allow");
                (*file, value, &it.place)
            }
            None => (file, at_once, &first.place),
        };
        facts.push((file, fact(object, "jobs_overlap", value, place)));
    }
    facts.extend(blocked(&schedules));
    facts
}

/// Returns schedules that start no run because one has been at work for a day or more, while they are
/// due each day.
fn blocked(schedules: &[(usize, &Schedule)]) -> Vec<Placed> {
    // An export is no older than the last start of any schedule in it.
    let mut newest = BTreeMap::new();
    for (file, it) in schedules {
        let time = newest.entry(*file).or_insert(it.started);
        *time = it.started.max(*time);
    }
    let waits = |file: &usize, it: &Schedule| {
        let is_held = it.policy == "Forbid" && it.active > 0 && is_daily(&it.written);
        let started = it.started.filter(|_| is_held)?;
        let newest = newest.get(file).copied().flatten()?;
        (newest - started >= TimeDelta::days(1)).then_some(started)
    };
    let blocked = schedules.iter().filter_map(|(file, it)| {
        let started = waits(file, it)?.format("%Y-%m-%d %H:%M UTC");
        let value = format!(
            "the run of {started} is still at work; schedule {}, concurrencyPolicy Forbid",
            it.written
        );
        let object = format!("cronjob/{}", it.name);
        Some((*file, fact(object, "job_blocks", value, &it.place)))
    });
    blocked.collect()
}

/// Returns whether a schedule of five fields is due on every day.
fn is_daily(written: &str) -> bool {
    let fields: Vec<&str> = written.split_whitespace().collect();
    let is_every = |field: &&str| *field == "*";
    matches!(written, "@hourly" | "@daily" | "@midnight")
        || fields.len() == 5 && fields[2..].iter().all(is_every)
}
