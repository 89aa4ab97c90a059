//! How the lines of each template are spread over the time of a log.

mod counts;
mod period;
mod rates;

use chrono::{DateTime, Utc};

use crate::analysis::{Analysis, RateChange, Template};
use crate::findings::Evidence;
use crate::time::to_utc;
use crate::timeline::Series;
use rates::Shift;

/// Fills in what the series of the templates tell.
pub(crate) fn fill(analysis: &mut Analysis, evidence: &Evidence) {
    let Some(span) = evidence.span else { return };
    // Of a log that was silent most of the time, the rates are those after it.
    let at_work = evidence.gaps.at_work(span);
    let step_s = analysis.histogram.as_ref().map_or(1, |it| it.step_s);
    for (template, series) in analysis.templates.iter_mut().zip(&evidence.series) {
        template.series = counts::counts(series, step_s, evidence.step);
        template.period = period::period(series, evidence.step);
        let shifts = rates::shifts(series, at_work, evidence.step);
        let changes = shifts.iter().filter_map(|it| change(it, template, series));
        template.rate_changes = changes.collect();
    }
}

fn change(shift: &Shift, template: &Template, series: &Series) -> Option<RateChange> {
    let (time, citation) = match shift.at.checked_sub(1) {
        Some(before) if shift.after < shift.before => match series.buckets.get(shift.at) {
            Some(_) => place(series, before)?,
            None => (template.last_seen?, template.last.clone()),
        },
        _ => place(series, shift.at)?,
    };
    let per_minute = |rate: f64| (rate * 60_000.0).round() / 1_000.0;
    Some(RateChange {
        time,
        before_per_minute: per_minute(shift.before),
        after_per_minute: per_minute(shift.after),
        citation,
    })
}

fn place(series: &Series, at: usize) -> Option<(DateTime<Utc>, crate::citation::Citation)> {
    let bucket = series.buckets.get(at)?;
    Some((to_utc(bucket.first)?, bucket.line.citation()))
}
