//! Findings about metrics that grow steadily, and about stretches without values.

use std::collections::BTreeMap;

use super::finding;
use super::metrics::about as named_by;
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::series::{Hole, hole};

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
