//! Findings about lines that stop while the log goes on, and about lines that come far more or less often.

use chrono::{DateTime, TimeDelta, Utc};

use super::events::INSTANT;
use super::timing::{first_onset, peak};
use super::{Evidence, finding, shorten, template_severity};
use crate::analysis::{Analysis, RateChange, Template};
use crate::finding::{Finding, FindingKind, Severity};
use crate::time::to_utc;
use crate::timeline::Series;

/// Moments told of each kind.
const MOMENTS_MAX: usize = 3;
const NAMED_MAX: usize = 3;
/// Factor by which a rate changes that is worth a word, and below which lines as good as stop.
const TOLD_FACTOR: f64 = 5.0;
const STOP_FACTOR: f64 = 10.0;
/// What stopped is silent for this many times its longest interval before.
const SILENCE_FACTOR: i64 = 3;
/// Part of the log in which what stops comes from the beginning on.
const BEGINNING_PART: i64 = 10;
/// Steps of the histogram behind a moment from which one can tell whether the log goes on.
const REST_MIN: usize = 4;
/// How near to the onset of errors something stops with them.
const NEAR: TimeDelta = TimeDelta::minutes(5);

/// A template that stops, or comes at another rate, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Changed<'a> {
    pub(crate) template: &'a Template,
    pub(crate) change: &'a RateChange,
}

/// Returns the untroubled templates that came steadily from the beginning on and stop, or as good as
/// stop, while the log goes on; in order of time.
///
/// What comes for a part of the log only, as the lines of a start, stops too: it must have come for
/// longer than it is silent, unless errors set in as it stops.
pub(crate) fn stopped<'a>(analysis: &'a Analysis, evidence: &Evidence) -> Vec<Changed<'a>> {
    let Some(span) = evidence.span else {
        return Vec::new();
    };
    let (start, end) = evidence.gaps.at_work(span);
    let onset = first_onset(analysis).map(|onset| onset.timestamp_micros());
    let rows = analysis.templates.iter().zip(&evidence.series);
    let stops = rows.filter_map(|(template, series)| {
        let change = template.rate_changes.last()?;
        let time = change.time.timestamp_micros();
        let first = series.buckets.first()?.first;
        let is_stop = change.after_per_minute * STOP_FACTOR <= change.before_per_minute;
        let is_there_first = first - start <= (end - start) / BEGINNING_PART;
        let with_errors = onset.is_some_and(|onset| (onset - time).abs() <= micros(NEAR));
        let is_long = time - first >= end - time || with_errors;
        let is_silent = end - time >= SILENCE_FACTOR * longest_interval(series, time);
        let is_plain = template_severity(template).is_none();
        (is_stop && is_there_first && is_long && is_silent && is_plain)
            .then_some(Changed { template, change })
    });
    let mut stops: Vec<Changed<'_>> = stops.collect();
    stops.sort_by_key(|it| it.change.time);
    stops.retain(|it| goes_on(it.change.time, analysis));
    stops
}

/// One finding for each moment at which templates stop.
pub(super) fn stops(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    let end = evidence.span.and_then(|(_, end)| to_utc(end));
    let told = moments(stopped(analysis, evidence), evidence);
    let told = told.iter().filter_map(|moment| {
        let nearly = moment.iter().all(|it| it.change.after_per_minute > 0.0);
        let verb = if nearly { "Nearly stops" } else { "Stops" };
        let (time, names) = (instant(moment)?, named(moment, until_then));
        let statement = format!("{verb} at {time}, while the log goes on: {names}");
        let mut found = tell(FindingKind::TemplateStopped, &statement, moment)?;
        found.last_seen = end;
        Some(found)
    });
    told.collect()
}

/// One finding for each moment from which untroubled templates come far more or less often.
pub(super) fn changes(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    let stopped = stopped(analysis, evidence);
    let is_told = |template: &Template, series: &Series| {
        stopped.iter().any(|it| it.template.id == template.id)
            || peak(template, series, evidence).is_some()
    };
    let rows = analysis.templates.iter().zip(&evidence.series);
    let changed = rows.filter_map(|(template, series)| {
        let mut changes = template.rate_changes.iter();
        let change = changes.find(|change| is_worth_a_word(change))?;
        let is_plain = template_severity(template).is_none();
        (is_plain && !is_told(template, series)).then_some(Changed { template, change })
    });
    let mut changed: Vec<Changed<'_>> = changed.collect();
    changed.sort_by_key(|it| it.change.time);
    let told = moments(changed, evidence);
    let told = told.iter().filter_map(|moment| {
        let (time, names) = (instant(moment)?, named(moment, from_and_to));
        let statement = format!("Comes at another rate from {time} on: {names}");
        tell(FindingKind::RateChange, &statement, moment)
    });
    told.collect()
}

/// What begins or ends with the log changes from nothing, or to it.
fn is_worth_a_word(change: &RateChange) -> bool {
    let (before, after) = (change.before_per_minute, change.after_per_minute);
    before.min(after) > 0.0 && before.max(after) >= TOLD_FACTOR * before.min(after)
}

/// Returns what happens at the same time, the moments with most lines, in order of time.
fn moments<'a>(changed: Vec<Changed<'a>>, evidence: &Evidence) -> Vec<Vec<Changed<'a>>> {
    let (start, end) = evidence.span.unwrap_or_default();
    let near = ((end - start) / 60).max(micros(TimeDelta::minutes(1)));
    let mut moments: Vec<Vec<Changed<'_>>> = Vec::new();
    for it in changed {
        let time = it.change.time;
        let known = moments.last_mut().filter(|moment| {
            let last = moment.last();
            last.is_some_and(|last| micros(time - last.change.time) <= near)
        });
        match known {
            Some(moment) => moment.push(it),
            None => moments.push(vec![it]),
        }
    }
    let lines = |moment: &[Changed<'_>]| moment.iter().map(|it| it.template.count).sum::<u64>();
    moments.sort_by_key(|moment| std::cmp::Reverse(lines(moment)));
    moments.truncate(MOMENTS_MAX);
    for moment in &mut moments {
        moment.sort_by_key(|it| std::cmp::Reverse(it.template.count));
    }
    moments.sort_by_key(|moment| moment.iter().map(|it| it.change.time).min());
    moments
}

fn instant(moment: &[Changed<'_>]) -> Option<String> {
    let time = moment.iter().map(|it| it.change.time).min()?;
    Some(time.format(INSTANT).to_string())
}

/// Names the most frequent templates with what is said of each, and how many more there are.
fn named(moment: &[Changed<'_>], said: impl Fn(&Changed<'_>) -> String) -> String {
    let shown = moment.len().min(NAMED_MAX);
    let room = 140 / shown.max(1);
    let row = |it: &Changed<'_>| format!("\"{}\" {}", shorten(&it.template.text, room), said(it));
    let mut rows: Vec<String> = moment.iter().take(shown).map(row).collect();
    if moment.len() > shown {
        rows.push(format!("and {} more kinds", moment.len() - shown));
    }
    rows.join(", ")
}

fn from_and_to(it: &Changed<'_>) -> String {
    let (before, after) = (it.change.before_per_minute, it.change.after_per_minute);
    format!("from {before:.1} to {after:.1} lines a minute")
}

fn until_then(it: &Changed<'_>) -> String {
    match it.template.period {
        Some(period) => format!("({} until then)", period.every()),
        None => format!(
            "({:.1} lines a minute until then)",
            it.change.before_per_minute
        ),
    }
}

fn tell(kind: FindingKind, statement: &str, moment: &[Changed<'_>]) -> Option<Finding> {
    let first = moment.first()?;
    let citations = moment.iter().map(|it| it.change.citation.clone()).collect();
    let mut found = finding(kind, Severity::Info, statement, citations);
    found.signature = first.template.signature.clone();
    found.count = moment.iter().map(|it| it.template.count).sum();
    found.first_seen = moment.iter().map(|it| it.change.time).min();
    found.last_seen = moment.iter().filter_map(|it| it.template.last_seen).max();
    found.component = first.template.component.clone();
    found.template = Some(first.template.text.clone());
    Some(found)
}

/// Returns the longest time without a line before a moment.
fn longest_interval(series: &Series, until: i64) -> i64 {
    let before = series.buckets.partition_point(|it| it.first <= until);
    let pairs = series.buckets[..before].windows(2);
    let intervals = pairs.map(|pair| pair[1].first - pair[0].first);
    intervals.max().unwrap_or(i64::MAX / SILENCE_FACTOR)
}

/// Returns whether lines of any kind come in most of the time after a moment.
fn goes_on(from: DateTime<Utc>, analysis: &Analysis) -> bool {
    let Some(histogram) = &analysis.histogram else {
        return false;
    };
    let ahead = (from - histogram.start).num_seconds() / histogram.step_s.max(1).cast_signed() + 1;
    let rest = histogram
        .buckets
        .iter()
        .skip(usize::try_from(ahead).unwrap_or(0));
    let rest: Vec<bool> = rest.map(|bucket| bucket.total > 0).collect();
    let held = rest.iter().filter(|it| **it).count();
    rest.len() >= REST_MIN && held * 2 >= rest.len()
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}
