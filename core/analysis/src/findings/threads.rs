//! Findings about thread dumps: threads that wait for each other, or many for the same.

use super::{Evidence, finding};
use crate::finding::{Finding, FindingKind};
use crate::fingerprint;
use crate::time::to_utc;

/// Locks and functions that threads of a dump wait for.
pub(super) fn contention(evidence: &Evidence) -> Vec<Finding> {
    let shown = evidence.contentions.iter().map(|shown| {
        let kind = FindingKind::LockContention;
        let cited = shown.places.iter().map(|it| it.citation()).collect();
        let mut found = finding(kind, shown.severity, &shown.statement, cited);
        found.signature = fingerprint::command("threads", &shown.key, kind.as_str());
        found.count = shown.threads;
        let time = shown.places.first().and_then(|it| to_utc(it.time?));
        (found.first_seen, found.last_seen) = (time, time);
        found
    });
    shown.collect()
}
