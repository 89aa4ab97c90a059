//! An axis of time: where it begins and ends, and which times stand at it.

use chrono::{DateTime, TimeDelta, Utc};

const TICKS_MAX: i64 = 8;
const DAY: i64 = 86_400;
/// Distances of ticks that people count in, in seconds.
const STEPS: [i64; 22] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
];

/// A stretch of time that is as wide as the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Axis {
    /// Returns an axis that is at least a second long.
    pub(super) fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        let end = end.max(start + TimeDelta::seconds(1));
        Self { start, end }
    }

    /// Returns where a time stands, in percent of the width.
    pub(super) fn percent(&self, time: DateTime<Utc>) -> f64 {
        let whole = (self.end - self.start).num_milliseconds().max(1) as f64;
        let part = (time - self.start).num_milliseconds() as f64;
        (part / whole * 100.0).clamp(0.0, 100.0)
    }

    /// Returns the labels with their places.
    pub(super) fn html(&self) -> String {
        let mut html = "<div class=\"axis\">".to_owned();
        for time in self.ticks() {
            let left = self.percent(time);
            let label = time.format(self.form());
            html.push_str(&format!("<span style=\"left:{left:.2}%\">{label}</span>"));
        }
        html.push_str("</div>");
        html
    }

    fn ticks(&self) -> Vec<DateTime<Utc>> {
        let step = self.step();
        let first = self.start.timestamp();
        let first = first + (-first).rem_euclid(step);
        let ticks = (0..=TICKS_MAX).map(|at| first + at * step);
        let ticks = ticks.filter_map(|seconds| DateTime::from_timestamp(seconds, 0));
        ticks
            .filter(|time| (self.start..=self.end).contains(time))
            .collect()
    }

    fn step(&self) -> i64 {
        let seconds = self.seconds();
        let mut steps = STEPS.into_iter();
        let fitting = steps.find(|step| seconds / step <= TICKS_MAX);
        fitting.unwrap_or((seconds / TICKS_MAX / DAY + 1) * DAY)
    }

    fn seconds(&self) -> i64 {
        (self.end - self.start).num_seconds()
    }

    fn form(&self) -> &'static str {
        match (self.step(), self.seconds()) {
            (DAY.., 0..=25_920_000) => "%m-%d",
            (DAY.., _) => "%Y-%m-%d",
            (60.., DAY..) => "%m-%d %H:%M",
            (60.., _) => "%H:%M",
            _ => "%H:%M:%S",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: &str, end: &str) -> Vec<String> {
        let axis = Axis::new(start.parse().unwrap(), end.parse().unwrap());
        let ticks = axis.ticks().into_iter();
        ticks
            .map(|time| time.format(axis.form()).to_string())
            .collect()
    }

    #[test]
    fn labels_are_round_times_of_a_fitting_distance() {
        let of_minutes = labels("2025-03-04T13:57:10Z", "2025-03-04T14:33:00Z");
        assert_eq!(
            of_minutes,
            [
                "14:00", "14:05", "14:10", "14:15", "14:20", "14:25", "14:30"
            ]
        );
        let of_seconds = labels("2025-03-04T13:57:10.5Z", "2025-03-04T13:57:13Z");
        assert_eq!(of_seconds, ["13:57:11", "13:57:12", "13:57:13"]);
        let of_days = labels("2025-02-27T22:00:00Z", "2025-03-06T01:00:00Z");
        assert_eq!(of_days[..3], ["02-28", "03-01", "03-02"]);
        let of_years = labels("2005-02-27T22:00:00Z", "2025-03-03T01:00:00Z");
        assert!(of_years.len() >= 6, "{of_years:?}");
        assert_eq!(of_years[0].len(), "2005-01-01".len(), "{of_years:?}");
    }

    #[test]
    fn a_moment_has_its_place_too() {
        let moment: DateTime<Utc> = "2025-03-04T13:57:10Z".parse().unwrap();
        let axis = Axis::new(moment, moment);
        assert_eq!(axis.percent(moment), 0.0);
        assert!(axis.html().contains(">13:57:10<"), "{}", axis.html());
    }
}
