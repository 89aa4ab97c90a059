//! Moves derived years once the whole file is known.

use chrono::{DateTime, Months, Utc};

use crate::analysis::Analysis;
use crate::findings::Evidence;
use crate::time::to_utc;

/// Adds `years` to every time in a result.
pub(super) fn shift(analysis: &mut Analysis, evidence: &mut Evidence, years: i32) {
    if years == 0 {
        return;
    }
    let later = |time: &mut Option<DateTime<Utc>>| *time = time.map(|time| moved(time, years));
    let coverage = &mut analysis.coverage;
    later(&mut coverage.first_time);
    later(&mut coverage.last_time);
    for template in &mut analysis.templates {
        later(&mut template.first_seen);
        later(&mut template.last_seen);
        if let Some(onset) = &mut template.onset {
            onset.time = moved(onset.time, years);
        }
    }
    if let Some(histogram) = &mut analysis.histogram {
        histogram.start = moved(histogram.start, years);
    }
    for stack in &mut analysis.stacks {
        later(&mut stack.first_seen);
        later(&mut stack.last_seen);
    }
    for entity in &mut analysis.entities {
        later(&mut entity.first_seen);
        later(&mut entity.last_seen);
    }
    for change in &mut analysis.changes {
        later(&mut change.changed_at);
    }
    for hit in &mut analysis.pattern_hits {
        later(&mut hit.first_seen);
        later(&mut hit.last_seen);
    }
    shift_evidence(evidence, years);
}

fn shift_evidence(evidence: &mut Evidence, years: i32) {
    let later = |micros: &mut i64| {
        if let Some(time) = to_utc(*micros) {
            *micros = moved(time, years).timestamp_micros();
        }
    };
    if let Some((first, last)) = &mut evidence.span {
        later(first);
        later(last);
    }
    for gap in &mut evidence.gaps.longest {
        later(&mut gap.from);
        later(&mut gap.to);
    }
    for guessed in &mut evidence.guessed {
        guessed.success.time.iter_mut().for_each(later);
        guessed.first_failure.time.iter_mut().for_each(later);
    }
    let waits = evidence.contentions.iter_mut();
    for place in waits.flat_map(|it| &mut it.places) {
        place.time.iter_mut().for_each(later);
    }
    let buckets = evidence
        .series
        .iter_mut()
        .flat_map(|series| &mut series.buckets);
    buckets.for_each(|bucket| later(&mut bucket.first));
}

fn moved(time: DateTime<Utc>, years: i32) -> DateTime<Utc> {
    let months = Months::new(years.unsigned_abs() * 12);
    let moved = if years < 0 {
        time.checked_sub_months(months)
    } else {
        time.checked_add_months(months)
    };
    moved.unwrap_or(time)
}
