//! The lines of a file over time, by level, with the moments at which findings set in.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_analysis::{Analysis, Histogram, HistogramBucket, Severity};

use super::super::human::numbered_events;
use super::axis::Axis;
use super::text;

const HEIGHT: f64 = 100.0;
/// What is there is seen, however few lines it has.
const SEEN: f64 = 3.0;
const MARKS_MAX: usize = 12;

/// Returns the chart of a file that has times.
pub(super) fn chart(at: usize, analysis: &Analysis) -> Option<String> {
    let histogram = analysis.histogram.as_ref()?;
    let step = TimeDelta::seconds(i64::try_from(histogram.step_s).ok()?);
    let buckets = i32::try_from(histogram.buckets.len()).ok()?;
    let axis = Axis::new(histogram.start, histogram.start + step * buckets);
    let most = histogram.buckets.iter().map(|bucket| bucket.total).max()?;
    Some(format!(
        "<p class=\"meta\">Lines per {}, at most {most}; UTC.\
         <i class=\"key bad\"></i>errors<i class=\"key warned\"></i>warnings<i class=\"key rest\"></i>other lines</p>\
         <div class=\"plot\">{}{}</div>{}",
        length(histogram.step_s),
        bars(histogram, step, most.max(1) as f64),
        marks(at, analysis, &axis),
        axis.html()
    ))
}

fn bars(histogram: &Histogram, step: TimeDelta, most: f64) -> String {
    let width = histogram.buckets.len();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"lines over time\">"
    );
    let mut time = histogram.start;
    for (x, bucket) in histogram.buckets.iter().enumerate() {
        if bucket.total > 0 {
            svg.push_str(&bar(x, time, bucket, most));
        }
        time += step;
    }
    svg.push_str("</svg>");
    svg
}

/// Errors stand at the bottom, so that they are told apart from bucket to bucket.
fn bar(x: usize, time: DateTime<Utc>, bucket: &HistogramBucket, most: f64) -> String {
    let (bad, warned) = (bucket.levels.errors(), bucket.levels.warn);
    let rest = bucket.total.saturating_sub(bad + warned);
    let mut bar = format!(
        "<g><title>{}: {} lines, {bad} errors, {warned} warnings</title>",
        time.format("%Y-%m-%d %H:%M:%S"),
        bucket.total
    );
    let mut y = HEIGHT;
    for (count, class) in [(bad, "bad"), (warned, "warned"), (rest, "rest")] {
        if count > 0 {
            let height = (count as f64 / most * HEIGHT).max(SEEN).min(y);
            y -= height;
            // Writing to a string cannot fail.
            let _ = write!(
                bar,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y:.2}\" width=\".9\" height=\"{height:.2}\"/>"
            );
        }
    }
    bar.push_str("</g>");
    bar
}

/// The moments at which findings set in, most likely origins first.
fn marks(at: usize, analysis: &Analysis, axis: &Axis) -> String {
    let grave = numbered_events(analysis).filter(|(_, it)| it.severity >= Severity::Warn);
    let timed = grave.filter_map(|(number, finding)| Some((number, finding, finding.onset?)));
    timed
        .take(MARKS_MAX)
        .map(|(number, finding, onset)| {
            format!(
                "<a class=\"mark {}\" style=\"left:{:.2}%\" href=\"#f{at}n{number}\" title=\"{} {}\"></a>",
                finding.severity.as_str(),
                axis.percent(onset),
                onset.format("%H:%M:%S"),
                text(&finding.statement)
            )
        })
        .collect()
}

/// A length of time in the largest unit that divides it.
fn length(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (count, unit) = unit.map_or((seconds, "second"), |&(unit, name)| (seconds / unit, name));
    match count {
        1 => unit.to_owned(),
        count => format!("{count} {unit}s"),
    }
}
