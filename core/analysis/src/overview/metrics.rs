//! Metrics that changed around the time at which errors began, in other files than theirs.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{ClockOffset, Moment, Place, clocks};
use crate::analysis::{Analysis, DataClass, Sample};
use crate::finding::{Finding, FindingKind, Severity};

/// How far a metric and the errors may be apart.
const NEAR: TimeDelta = TimeDelta::minutes(30);
const CHANGES_MAX: usize = 15;

/// A change of a metric beside the first error of the logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricBeside {
    /// Of the value that shows the change.
    pub time: DateTime<Utc>,
    /// Seconds from the change to the first error, negative when the error came first: the change lies
    /// between the value that shows it and the one before.
    pub seconds_before: [f64; 2],
    /// The first error.
    pub error: Place,
    /// What is told of the metric, and when that was beside the error.
    pub told: String,
    /// What is told of the metric alone.
    #[serde(flatten)]
    pub place: Place,
}

/// Returns the metrics that changed near the first error of the logs, in order of time.
pub(super) fn beside(
    files: &[(&str, &Analysis)],
    timeline: &[Moment],
    offsets: &[ClockOffset],
) -> Vec<MetricBeside> {
    let Some(error) = first_error(files, timeline) else {
        return Vec::new();
    };
    let changes = timeline.iter().filter_map(|moment| {
        let (analysis, finding) = told(files, &moment.place)?;
        is_change(finding).then_some(())?;
        let late = error.time - moment.time;
        let sample = finding.citations.first()?;
        let before = before(&analysis.samples, sample);
        let before = before.map(|time| clocks::corrected(time, &moment.place.file, offsets));
        let early = before.map_or(late, |time| error.time - time);
        (late.abs() <= NEAR).then(|| MetricBeside::new(moment, error, [early, late]))
    });
    changes.take(CHANGES_MAX).collect()
}

impl MetricBeside {
    fn new(moment: &Moment, error: &Moment, between: [TimeDelta; 2]) -> Self {
        let seconds_before = between.map(TimeDelta::as_seconds_f64);
        let told = format!(
            "{}: {} the first error of {}",
            moment.place.statement,
            words(seconds_before),
            error.place.file
        );
        Self {
            time: moment.time,
            seconds_before,
            error: error.place.clone(),
            told,
            place: moment.place.clone(),
        }
    }
}

/// The interval as a person says it.
fn words([early, late]: [f64; 2]) -> String {
    let span = |from: f64, to: f64| match from == to {
        true => format!("{from:.0} s"),
        false => format!("{from:.0} to {to:.0} s"),
    };
    if late >= 0.0 {
        format!("{} before", span(late, early))
    } else if early <= 0.0 {
        format!("{} after", span(-early, -late))
    } else {
        format!("{early:.0} s before to {:.0} s after", -late)
    }
}

fn told<'a>(files: &[(&str, &'a Analysis)], place: &Place) -> Option<(&'a Analysis, &'a Finding)> {
    let (_, analysis) = files.iter().find(|(name, _)| *name == place.file)?;
    Some((analysis, analysis.findings.get(place.finding)?))
}

/// The first error in the lines of a log.
fn first_error<'a>(files: &[(&str, &Analysis)], timeline: &'a [Moment]) -> Option<&'a Moment> {
    timeline.iter().find(|moment| {
        told(files, &moment.place).is_some_and(|(analysis, finding)| {
            let class = analysis.classification.data_class;
            matches!(class, DataClass::Logs | DataClass::ErrorReport) && super::is_failure(finding)
        })
    })
}

fn is_change(finding: &Finding) -> bool {
    let kinds = [
        FindingKind::Spike,
        FindingKind::Drop,
        FindingKind::LevelShift,
        FindingKind::Saturation,
        FindingKind::Flatline,
    ];
    kinds.contains(&finding.kind) && finding.severity >= Severity::Warn
}

/// Returns the time of the value in front of a cited one in its series.
fn before(samples: &[Sample], cited: &crate::citation::Citation) -> Option<DateTime<Utc>> {
    let shown = samples.iter().find(|it| it.citation == *cited)?;
    let same = samples
        .iter()
        .filter(|it| it.name == shown.name && it.labels == shown.labels);
    let earlier = same.filter(|it| it.observed_at < shown.observed_at);
    earlier.filter_map(|it| it.observed_at).max()
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze, overview};

    fn metric(shift_at: usize) -> String {
        let rows = (0..40).map(|at| {
            let (value, noise) = (if at < shift_at { 10 } else { 90 }, at * 7 % 3);
            format!("2025-03-04T14:{at:02}:00Z,{}\n", value + noise)
        });
        format!("time,pool_active\n{}", rows.collect::<String>())
    }

    #[test]
    fn a_metric_that_shifts_before_the_errors_is_told_beside_them() {
        let metrics = analyze(metric(20).as_bytes(), Options::default());
        let mut log = String::new();
        for at in 0..40 {
            log.push_str(&format!("2025-03-04T14:{at:02}:10Z INFO api: served\n"));
            if at >= 22 {
                log.push_str(&format!(
                    "2025-03-04T14:{at:02}:20Z ERROR api: pool is exhausted\n"
                ));
            }
        }
        let log = analyze(log.as_bytes(), Options::default());
        let files = [("api.log", &log), ("pool.csv", &metrics)];
        let overview = overview(&files);
        let [beside] = overview.metrics.as_slice() else {
            panic!("{:#?} {:#?}", overview.metrics, metrics.findings)
        };
        assert_eq!(beside.place.file, "pool.csv");
        assert_eq!(beside.error.file, "api.log");
        assert_eq!(beside.seconds_before, [200.0, 140.0]);
        assert!(
            beside
                .told
                .ends_with(": 140 to 200 s before the first error of api.log"),
            "{}",
            beside.told
        );
        let calm = super::super::overview(&[("pool.csv", &metrics)]);
        assert!(calm.metrics.is_empty());
    }

    #[test]
    fn intervals_are_told_on_both_sides() {
        assert_eq!(super::words([200.0, 140.0]), "140 to 200 s before");
        assert_eq!(super::words([20.0, -40.0]), "20 s before to 40 s after");
        assert_eq!(super::words([-20.0, -80.0]), "20 to 80 s after");
        assert_eq!(super::words([60.0, 60.0]), "60 s before");
    }
}
