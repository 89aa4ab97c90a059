//! When the trouble of a file set in.

use chrono::{DateTime, TimeDelta, Utc};

use crate::analysis::{Analysis, OnsetEstimate, OnsetGround, OnsetGroundKind, Template};
use crate::citation::Citation;
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::{Changed, Evidence, observed, shorten, stopped, template_severity};

const GROUNDS_MAX: usize = 5;
const TEXT_MAX: usize = 160;
/// How far apart signs of the same trouble set in.
const TOGETHER: TimeDelta = TimeDelta::minutes(5);
/// How near to it other signs are of the same trouble.
const NEAR: TimeDelta = TimeDelta::minutes(1);
/// Mean intervals without a line after which one in twenty random lines comes first.
const UNSEEN_INTERVALS: f64 = 3.0;

/// A sign that something was wrong from some time on.
#[derive(Debug, Clone)]
struct Sign<'a> {
    kind: OnsetGroundKind,
    time: DateTime<Utc>,
    /// How long before it trouble may have set in without a line of its kind.
    unseen: TimeDelta,
    severity: Severity,
    count: u64,
    text: &'a str,
    citation: &'a Citation,
}

/// Estimates when trouble set in: no later than with the first line of the errors that set in together and
/// weigh most, and no earlier than such lines, at the rate at which they came, would have shown it (lines at
/// random times leave a hole of three mean intervals once in twenty). Ordinary lines that stop bound it too:
/// with the last of them, all was still well.
pub(crate) fn onset(analysis: &Analysis, evidence: &Evidence) -> Option<OnsetEstimate> {
    let mut signs = weightiest(analysis.templates.iter().filter_map(set_in).collect())?;
    let first = signs.first()?.time;
    let is_near = |sign: &Sign<'_>| (sign.time - first).abs() <= NEAR;
    let seen = analysis.findings.iter().filter_map(first_seen);
    signs.extend(seen.filter(is_near));
    let stops = stopped(analysis, evidence);
    let stops: Vec<Sign<'_>> = stops.iter().map(stop).filter(is_near).collect();
    let (earliest, latest) = bounds(&signs, &stops)?;
    signs.extend(stops);
    Some(OnsetEstimate {
        earliest: earliest.max(analysis.coverage.first_time?).min(latest),
        latest,
        grounds: grounds(signs),
    })
}

/// Errors and warnings whose beginning lies within the file.
fn set_in(template: &Template) -> Option<Sign<'_>> {
    let onset = observed(template)?;
    let lasted = template.last_seen? - onset.time;
    let intervals = template.count.saturating_sub(1) as f64;
    let per_minute = intervals * 60.0 / lasted.as_seconds_f64().max(1e-3);
    Some(Sign {
        kind: OnsetGroundKind::SetIn,
        time: onset.time,
        unseen: unseen(template, per_minute),
        severity: template_severity(template)?,
        count: template.count,
        text: &template.text,
        citation: &onset.citation,
    })
}

/// Grave failures too few to set in, which may be what the others follow from.
fn first_seen(finding: &Finding) -> Option<Sign<'_>> {
    let is_grave = finding.severity >= Severity::Error && finding.onset.is_none();
    let is_event = matches!(
        finding.kind,
        FindingKind::ErrorSignature | FindingKind::StackGroup
    );
    (is_grave && is_event).then_some(Sign {
        kind: OnsetGroundKind::FirstSeen,
        time: finding.first_seen?,
        unseen: TimeDelta::zero(),
        severity: finding.severity,
        count: finding.count,
        text: finding.template.as_deref().unwrap_or(&finding.statement),
        citation: finding.citations.first()?,
    })
}

fn stop<'a>(stopped: &Changed<'a>) -> Sign<'a> {
    let (template, change) = (stopped.template, stopped.change);
    Sign {
        kind: OnsetGroundKind::Stopped,
        time: change.time,
        unseen: unseen(template, change.before_per_minute),
        severity: Severity::Info,
        count: template.count,
        text: &template.text,
        citation: &change.citation,
    }
}

/// Returns for how long lines of a template may not come although there is reason for them.
fn unseen(template: &Template, per_minute: f64) -> TimeDelta {
    let seconds = match template.period {
        Some(period) => period.seconds + period.jitter_s,
        None => UNSEEN_INTERVALS * 60.0 / per_minute.max(1e-9),
    };
    TimeDelta::milliseconds((seconds.min(1e9) * 1_000.0) as i64)
}

/// Returns the signs that follow one another closely and weigh most, in order of time; errors are among
/// them.
fn weightiest(mut signs: Vec<Sign<'_>>) -> Option<Vec<Sign<'_>>> {
    signs.sort_by_key(|sign| (sign.time, sign.citation.byte_start));
    let groups = signs.chunk_by(|one, next| next.time - one.time <= TOGETHER);
    let is_grave = |group: &&[Sign<'_>]| group.iter().any(|it| it.severity >= Severity::Error);
    let weigh = |group: &[Sign<'_>]| group.iter().map(Sign::weight).sum::<f64>();
    let graves: Vec<&[Sign<'_>]> = groups.filter(is_grave).collect();
    // Of equal ones the earlier is the beginning.
    let best = graves.into_iter().rev();
    let best = best.max_by(|one, other| weigh(one).total_cmp(&weigh(other)));
    best.map(<[Sign<'_>]>::to_vec)
}

impl Sign<'_> {
    fn weight(&self) -> f64 {
        let severity = match self.severity {
            Severity::Critical => 4.0,
            Severity::Error => 3.0,
            Severity::Warn => 1.0,
            Severity::Info => 0.0,
        };
        severity * (1.0 + (self.count as f64).log10())
    }
}

/// Returns between which times trouble set in.
///
/// What sets in later than it would have been seen is a consequence, and tells nothing of the beginning.
fn bounds(signs: &[Sign<'_>], stops: &[Sign<'_>]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let shown = signs.iter().map(|sign| sign.time).min()?;
    let possible = signs.iter().map(|sign| sign.time - sign.unseen);
    let possible = possible.filter(|&time| time <= shown).max()?;
    let missed = stops.iter().map(|stop| stop.time + stop.unseen);
    let latest = missed.chain([shown]).min()?;
    let well = stops.iter().map(|stop| stop.time);
    let well = well.filter(|&time| time <= latest);
    let earliest = well.chain([possible.min(latest)]).max()?;
    Some((earliest, latest))
}

fn grounds(mut signs: Vec<Sign<'_>>) -> Vec<OnsetGround> {
    signs.sort_by(|a, b| b.weight().total_cmp(&a.weight()));
    signs.truncate(GROUNDS_MAX);
    signs.sort_by_key(|sign| (sign.time, sign.citation.byte_start));
    let told = signs.into_iter().map(|sign| OnsetGround {
        kind: sign.kind,
        time: sign.time,
        statement: shorten(sign.text, TEXT_MAX),
        citation: sign.citation.clone(),
    });
    told.collect()
}
