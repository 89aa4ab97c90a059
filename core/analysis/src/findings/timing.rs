//! Findings about time: onset, burst, novelty, rarity, silence, restarts.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use regex::Regex;

use super::events::{INSTANT, describe, observed, rose, template_severity};
use super::{Evidence, finding, shorten};
use crate::analysis::{Analysis, Template};
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::logs::Gap;
use crate::time::to_utc;
use crate::timeline::{Bucket, Series};

const ONSETS_MAX: usize = 5;
const NOVELTIES_MAX: usize = 5;
const RARE_MAX: usize = 10;
const BURST_TOTAL: u64 = 50;
const BURST_MIN: u32 = 20;
const BURST_FACTOR: f64 = 10.0;
const GAPS_MAX: usize = 3;
const GAP_FACTOR: i64 = 20;
const GAP_MIN_US: i64 = 60_000_000;

/// When the troublesome templates set in, earliest first.
pub(super) fn onsets(analysis: &Analysis) -> Vec<Finding> {
    let mut rows: Vec<(&Template, Severity)> = analysis
        .templates
        .iter()
        .filter(|template| observed(template).is_some())
        .filter_map(|template| Some((template, template_severity(template)?)))
        .collect();
    rows.sort_by_key(|(template, _)| template.onset.as_ref().map(|onset| onset.time));
    rows.truncate(ONSETS_MAX);
    rows.into_iter()
        .filter_map(|(template, severity)| onset(template, severity))
        .collect()
}

fn onset(template: &Template, severity: Severity) -> Option<Finding> {
    let onset = template.onset.as_ref()?;
    let verb = if rose(template, onset) {
        "Rises"
    } else {
        "Sets in"
    };
    let statement = format!(
        "{verb} at {}: \"{}\"",
        onset.time.format(INSTANT),
        shorten(&template.text, 200)
    );
    let mut found = finding(
        FindingKind::Onset,
        severity.min(Severity::Error),
        &statement,
        Vec::new(),
    );
    describe(&mut found, template);
    found.first_seen = Some(onset.time);
    Some(found)
}

/// Untroubled templates whose rate in one stretch is far above their usual one.
pub(super) fn bursts(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    analysis
        .templates
        .iter()
        .zip(&evidence.series)
        .filter(|(template, _)| template_severity(template).is_none())
        .filter_map(|(template, series)| burst(template, peak(template, series, evidence)?))
        .take(ONSETS_MAX)
        .collect()
}

fn burst(template: &Template, peak: Peak<'_>) -> Option<Finding> {
    let time = to_utc(peak.bucket.first)?;
    let statement = format!(
        "{} (usually {:.1} in the same time): \"{}\"",
        peak.describe()?,
        peak.usual,
        shorten(&template.text, 160)
    );
    let citations = vec![peak.bucket.line.citation()];
    let mut found = finding(
        FindingKind::TemplateBurst,
        Severity::Info,
        &statement,
        citations,
    );
    describe(&mut found, template);
    found.first_seen = Some(time);
    Some(found)
}

/// The bucket in which a template is by far the most frequent.
pub(super) struct Peak<'a> {
    pub(super) bucket: &'a Bucket,
    usual: f64,
    seconds: i64,
}

impl Peak<'_> {
    pub(super) fn describe(&self) -> Option<String> {
        let time = to_utc(self.bucket.first)?;
        Some(format!(
            "{} lines within {} s at {}",
            self.bucket.count,
            self.seconds,
            time.format("%Y-%m-%d %H:%M:%S UTC")
        ))
    }
}

/// Returns the peak of a template that did not just set in.
pub(super) fn peak<'a>(
    template: &Template,
    series: &'a Series,
    evidence: &Evidence,
) -> Option<Peak<'a>> {
    if template.count < BURST_TOTAL || observed(template).is_some() {
        return None;
    }
    let bucket = series
        .buckets
        .iter()
        .max_by_key(|bucket| (bucket.count, std::cmp::Reverse(bucket.index)))?;
    let width = span_width(series, evidence.span?)?;
    let other = series.total().saturating_sub(u64::from(bucket.count)) as f64 / width;
    // What comes at fixed times is silent between them.
    let each = template.period.map_or(0.0, |_| median(series));
    let usual = other.max(each);
    let high = bucket.count >= BURST_MIN && f64::from(bucket.count) >= BURST_FACTOR * (usual + 1.0);
    high.then_some(Peak {
        bucket,
        usual,
        seconds: (evidence.step / 1_000_000).max(1),
    })
}

/// Lines of the middle one of all buckets that hold some.
fn median(series: &Series) -> f64 {
    let mut counts: Vec<u32> = series.buckets.iter().map(|it| it.count).collect();
    counts.sort_unstable();
    counts
        .get(counts.len() / 2)
        .map_or(0.0, |&count| f64::from(count))
}

/// Number of buckets the span holds at the resolution of the series.
fn span_width(series: &Series, span: (i64, i64)) -> Option<f64> {
    let (first, last) = (series.buckets.first()?, series.buckets.last()?);
    let buckets = (last.index - first.index).max(1) as f64;
    let micros = (last.first - first.first).max(1) as f64;
    Some(((span.1 - span.0) as f64 / micros * buckets).max(1.0))
}

/// Templates first seen around the first onset.
pub(super) fn novelties(analysis: &Analysis) -> Vec<Finding> {
    let Some(onset) = first_onset(analysis) else {
        return Vec::new();
    };
    let near = TimeDelta::minutes(5);
    let mut rows: Vec<&Template> = analysis
        .templates
        .iter()
        .filter(|template| observed(template).is_none() && template_severity(template).is_none())
        .filter(|template| {
            // What comes at fixed times is not there before its first time.
            let wait = template.period.map_or(1.0, |it| it.seconds + it.jitter_s);
            let wait = TimeDelta::milliseconds((wait * 1_000.0) as i64);
            let started = analysis.coverage.first_time;
            let fresh = template.first_seen > started.map(|start| start + wait);
            fresh
                && template.first_seen.is_some_and(|seen| {
                    (seen - onset).abs() <= near && seen <= onset + TimeDelta::seconds(60)
                })
        })
        .collect();
    rows.sort_by_key(|template| template.first_seen.map(|seen| (seen - onset).abs()));
    rows.truncate(NOVELTIES_MAX);
    rows.into_iter()
        .map(|template| novelty(template, onset))
        .collect()
}

fn novelty(template: &Template, onset: DateTime<Utc>) -> Finding {
    let seconds = template
        .first_seen
        .map_or(0, |seen| (seen - onset).num_seconds());
    let side = if seconds <= 0 { "before" } else { "after" };
    let statement = format!(
        "First seen {} s {side} the onset: \"{}\"",
        seconds.abs(),
        shorten(&template.text, 200)
    );
    let mut found = finding(
        FindingKind::TemplateNew,
        Severity::Info,
        &statement,
        vec![template.example.clone()],
    );
    describe(&mut found, template);
    found
}

/// Troublesome templates that occur once or twice in a long log.
pub(super) fn rarities(analysis: &Analysis) -> Vec<Finding> {
    if analysis.coverage.lines_read < 1_000 {
        return Vec::new();
    }
    analysis
        .templates
        .iter()
        .filter(|template| template.count <= 2 && template.levels.none == 0)
        .filter(|template| template_severity(template) == Some(Severity::Warn))
        .take(RARE_MAX)
        .map(|template| {
            let statement = format!("Rare: \"{}\"", shorten(&template.text, 220));
            let mut found = finding(
                FindingKind::TemplateRare,
                Severity::Info,
                &statement,
                vec![template.example.clone()],
            );
            describe(&mut found, template);
            found
        })
        .collect()
}

/// Silences of a log that is steady otherwise.
pub(super) fn gaps(evidence: &Evidence) -> Vec<Finding> {
    let (Some((start, end)), gaps) = (evidence.span, &evidence.gaps) else {
        return Vec::new();
    };
    if gaps.intervals < 50 {
        return Vec::new();
    }
    let mean = (end - start) / gaps.intervals.cast_signed();
    let typical = gaps.longest.get(GAPS_MAX).map_or(mean, Gap::length);
    let floor = (mean * GAP_FACTOR).max(GAP_MIN_US).max(typical * 2);
    let long = gaps.longest.iter().take(GAPS_MAX);
    let silent: i64 = long.clone().map(Gap::length).filter(|&it| it > floor).sum();
    long.filter(|gap| gap.length() > floor)
        .filter(|gap| {
            let steady = gaps.steady_time(gap.length());
            steady * 2 >= gap.length() && steady * 10 >= (end - start - silent) * 8
        })
        .filter_map(gap)
        .collect()
}

fn gap(gap: &Gap) -> Option<Finding> {
    let (from, to) = (to_utc(gap.from)?, to_utc(gap.to)?);
    let statement = format!(
        "No line for {} s, from {} to {}",
        gap.length() / 1_000_000,
        from.format("%Y-%m-%d %H:%M:%S UTC"),
        to.format("%Y-%m-%d %H:%M:%S UTC")
    );
    let citations = vec![gap.before.citation(), gap.after.citation()];
    let mut found = finding(FindingKind::Gap, Severity::Warn, &statement, citations);
    found.signature = fingerprint::template("gap");
    (found.first_seen, found.last_seen) = (Some(from), Some(to));
    Some(found)
}

static STARTUP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(starting|started|booting|initiali[sz]ing|launching)( up)?( the)?( \S+)? (server|service|application|app|daemon|process|database system|instance|broker|container)\b|\b(server|service|application|daemon|process|database system) (is )?(starting|started|initiali[sz]ed)\b|\bstarted \S+ in <\*>|ready to accept connections|configured -- resuming normal operations|\bBack-off restarting\b",
    )
    .ok()
});

/// Something starts, but perhaps only a step of the work.
static BEGINNING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(starting|started|booting|boot|initiali[sz]ing|launching)\b").ok()
});

/// Whether a message tells that a process starts; a vague one needs failures beside it.
fn is_startup(text: &str, failing: bool) -> bool {
    let matches = |regex: &LazyLock<Option<Regex>>| {
        let regex = regex.as_ref();
        regex.is_some_and(|regex| regex.is_match(text))
    };
    let step = text.split(' ').nth(1).is_some_and(|it| it.ends_with("ing"));
    matches(&STARTUP) || failing && !step && matches(&BEGINNING)
}

/// Start-up messages that keep coming back.
pub(super) fn restarts(analysis: &Analysis) -> Vec<Finding> {
    let mut templates = analysis.templates.iter();
    let failing = !analysis.stacks.is_empty()
        || templates.any(|template| template_severity(template) >= Some(Severity::Warn));
    let limit = TimeDelta::minutes(30);
    analysis
        .templates
        .iter()
        .filter(|template| {
            (4..200).contains(&template.count) && is_startup(&template.text, failing)
        })
        .filter(|template| template.count * 20 <= analysis.coverage.lines_read.max(20))
        .filter(|template| {
            let constant = template
                .parameters
                .iter()
                .all(|parameter| parameter.min.is_some() || parameter.top.len() == 1);
            let interval = template.mean_interval_s.unwrap_or(f64::MAX);
            constant && interval <= limit.num_seconds() as f64
        })
        .take(2)
        .map(|template| {
            let statement = format!(
                "Started {} times, every {:.0} s on average: \"{}\"",
                template.count,
                template.mean_interval_s.unwrap_or(0.0),
                shorten(&template.text, 180)
            );
            let citations = vec![template.example.clone(), template.last.clone()];
            let mut found = finding(
                FindingKind::RestartLoop,
                Severity::Warn,
                &statement,
                citations,
            );
            describe(&mut found, template);
            found
        })
        .collect()
}

/// Returns when the first troublesome template set in.
pub(super) fn first_onset(analysis: &Analysis) -> Option<DateTime<Utc>> {
    analysis
        .templates
        .iter()
        .filter(|template| template_severity(template).is_some())
        .filter_map(|template| observed(template).map(|onset| onset.time))
        .min()
}
