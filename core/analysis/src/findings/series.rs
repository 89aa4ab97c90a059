//! Findings about metrics that grow steadily, and about stretches without values.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::finding;
use super::metrics::about as named_by;
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::bounds::owner;
use crate::structured::series::{Hole, hole, other_level};

/// How long a pod and the one that replaces it are there together.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

/// Returns whether a metric of this name measures something that should be given back.
pub(super) fn may_leak(name: &str) -> bool {
    const HELD: [&str; 20] = [
        "mem",
        "heap",
        "rss",
        "resident",
        "fd",
        "descriptor",
        "handle",
        "thread",
        "goroutine",
        "connection",
        "used",
        "usage",
        "utili",
        "backlog",
        "queue",
        "lag",
        "depth",
        "disk",
        "inode",
        "session",
    ];
    const COUNTED: [&str; 5] = ["_total", "_count", "_sum", "_bucket", "_created"];
    let name = name.to_ascii_lowercase();
    HELD.iter().any(|word| name.contains(word)) && !COUNTED.iter().any(|end| name.ends_with(end))
}

/// A metric that grows from its first level to its last.
pub(super) fn growth_finding(series: &[&Sample], (before, after): (f64, f64)) -> Finding {
    let (first, last) = (series[0], series[series.len() - 1]);
    let of = named_by(first).map_or_else(String::new, |about| format!(" of {about}"));
    let span = first.observed_at.zip(last.observed_at);
    let time = span.map_or_else(String::new, |(first, last)| {
        format!(
            " between {} and {} UTC",
            first.format("%Y-%m-%d %H:%M:%S"),
            last.format("%Y-%m-%d %H:%M:%S")
        )
    });
    let statement = format!(
        "{}{of} grows steadily from {before} to {after}{time}, as a leak does",
        first.name
    );
    let cited = vec![first.citation.clone(), last.citation.clone()];
    let mut found = finding(FindingKind::Growth, Severity::Warn, &statement, cited);
    let keys = first.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&first.name, keys, "growth");
    found.count = series.len() as u64;
    (found.first_seen, found.last_seen) = (first.observed_at, last.observed_at);
    found.component = named_by(first).map(ToOwned::to_owned);
    found
}

/// Metrics of which a new pod has another level than the one it replaces.
pub(super) fn replaced(groups: &[Vec<&Sample>]) -> Vec<Finding> {
    let mut owners: BTreeMap<_, Vec<&Vec<&Sample>>> = BTreeMap::new();
    for series in groups {
        let own = (series[0].name.as_str(), owner(series[0]));
        owners.entry(own).or_default().push(series);
    }
    let pairs = owners.into_values().filter_map(|mut series| {
        series.sort_by_key(|it| it[0].observed_at);
        let [before, after] = series.as_slice() else {
            return None;
        };
        let follows = before.last()?.observed_at? <= after[0].observed_at? + OVERLAP;
        follows.then(|| replaced_finding(before, after))?
    });
    pairs.collect()
}

fn replaced_finding(before: &[&Sample], after: &[&Sample]) -> Option<Finding> {
    let values = |series: &[&Sample]| series.iter().map(|it| it.value).collect::<Vec<f64>>();
    let (old, new) = other_level(&values(before), &values(after))?;
    let first = after[0];
    let of = named_by(first).map_or_else(String::new, |about| format!(" of {about}"));
    let time = first.observed_at?.format("%Y-%m-%d %H:%M:%S UTC");
    let statement = format!(
        "{}{of} shifts from {old} to {new} with its new pod at {time}",
        first.name
    );
    let cited = vec![
        first.citation.clone(),
        before[before.len() - 1].citation.clone(),
    ];
    let mut found = finding(FindingKind::LevelShift, Severity::Warn, &statement, cited);
    let keys = first.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&first.name, keys, "replaced");
    found.count = after.len() as u64;
    (found.first_seen, found.last_seen) = (first.observed_at, first.observed_at);
    found.component = named_by(first).map(ToOwned::to_owned);
    Some(found)
}

/// Stretches without values, each with the number of metrics that lack them.
pub(super) fn holes(groups: &[Vec<&Sample>]) -> Vec<Finding> {
    let mut known: BTreeMap<_, Vec<Hole<'_>>> = BTreeMap::new();
    for hole in groups.iter().filter_map(|series| hole(series)) {
        let place = (hole.before.observed_at, hole.after.observed_at);
        known.entry(place).or_default().push(hole);
    }
    known
        .values()
        .filter_map(|holes| hole_finding(holes))
        .collect()
}

fn hole_finding(holes: &[Hole<'_>]) -> Option<Finding> {
    let hole = holes.first()?;
    let (before, after) = (hole.before.observed_at?, hole.after.observed_at?);
    let about = named_by(hole.before);
    let of = about.map_or_else(String::new, |about| format!(" of {about}"));
    let more = match holes.len() {
        1 => String::new(),
        count => format!(" and {} more metrics", count - 1),
    };
    let statement = format!(
        "{}{of}{more} has no values between {} and {} UTC, while they come every {} s",
        hole.before.name,
        before.format("%Y-%m-%d %H:%M:%S"),
        after.format("%Y-%m-%d %H:%M:%S"),
        hole.step.num_seconds()
    );
    let cited = vec![hole.before.citation.clone(), hole.after.citation.clone()];
    let mut found = finding(FindingKind::Gap, Severity::Warn, &statement, cited);
    let keys = hole.before.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&hole.before.name, keys, "gap");
    found.count = holes.len() as u64;
    (found.first_seen, found.last_seen) = (Some(before), Some(after));
    found.component = about.map(ToOwned::to_owned);
    Some(found)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::citation::Citation;

    fn pod(name: &str, minutes: std::ops::Range<i64>, value: f64) -> Vec<Sample> {
        let sample = |minute: i64| Sample {
            name: "cpu_usage_cores".to_owned(),
            labels: BTreeMap::from([("pod".to_owned(), name.to_owned())]),
            value,
            observed_at: DateTime::from_timestamp(1_793_728_800 + minute * 60, 0),
            citation: Citation {
                byte_start: 0,
                byte_end: 1,
                line_start: 1,
                line_end: 1,
                quote: "1".to_owned(),
            },
        };
        minutes.map(sample).collect()
    }

    #[test]
    fn a_new_pod_with_another_level_is_told() {
        let old = pod("cart-7d9f8c-abcde", 0..30, 0.08);
        let new = pod("cart-6c5b4a9-fghij", 29..60, 1.7);
        let other = pod("web-7d9f8c-abcde", 0..60, 0.2);
        let series: Vec<Vec<&Sample>> = [&old, &new, &other]
            .into_iter()
            .map(|it| it.iter().collect())
            .collect();
        let told: Vec<String> = replaced(&series)
            .into_iter()
            .map(|it| it.statement)
            .collect();
        assert_eq!(
            told,
            [
                "cpu_usage_cores of cart-6c5b4a9-fghij shifts from 0.08 to 1.7 with its new pod at 2026-11-03 18:29:00 UTC"
            ]
        );
        let beside = pod("cart-6c5b4a9-fghij", 0..60, 1.7);
        let together: Vec<Vec<&Sample>> = [&old, &beside]
            .into_iter()
            .map(|it| it.iter().collect())
            .collect();
        assert!(replaced(&together).is_empty());
    }
}
