//! The moment at which something began, nearer than a rate or a word tells it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{Finding, Severity};

use crate::convert::moment;

/// Distance from the change of a rate within which earlier lines of the kind belong to it.
const LEAD: TimeDelta = TimeDelta::minutes(2);

/// A line right before the change of its rate is the beginning already.
pub(super) fn first_of_its_kind(
    findings: &[Finding],
    onset: &Finding,
    time: DateTime<Utc>,
) -> DateTime<Utc> {
    let same = findings
        .iter()
        .filter(|it| it.signature == onset.signature && it.file_id == onset.file_id);
    let seen = same.filter_map(|it| moment(it.first_seen.as_ref()));
    let near = seen.filter(|seen| *seen <= time && time - *seen <= LEAD);
    near.min().unwrap_or(time)
}

/// A time told to the minute means any second of it: that of the first error, if there is one.
pub(super) fn within_the_minute(stated: DateTime<Utc>, findings: &[Finding]) -> DateTime<Utc> {
    if stated.timestamp() % 60 != 0 {
        return stated;
    }
    let grave = findings
        .iter()
        .filter(|it| it.severity() >= Severity::Error);
    let seen = grave.filter_map(|it| moment(it.first_seen.as_ref()));
    let in_it = seen.filter(|seen| *seen >= stated && *seen - stated < TimeDelta::minutes(1));
    in_it.min().unwrap_or(stated)
}

/// Returns when lines of each signature set in, as far as that was observed.
pub(super) fn risen(findings: &[Finding]) -> BTreeMap<String, DateTime<Utc>> {
    let onsets = findings.iter().filter(|it| it.kind == "onset");
    onsets
        .filter_map(|it| Some((it.signature.clone(), moment(it.first_seen.as_ref())?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use faultmaven_kit::clock::timestamp;

    use super::*;

    fn error_at(seen: &str) -> Finding {
        Finding {
            severity: Severity::Error.into(),
            first_seen: Some(timestamp(seen.parse().unwrap())),
            ..Default::default()
        }
    }

    #[test]
    fn a_minute_is_as_long_as_its_first_error_needs() {
        let time = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let findings = [error_at("2026-08-05T04:12:30Z")];
        for (stated, expected) in [
            ("2026-08-05T04:12:00Z", "2026-08-05T04:12:30Z"),
            ("2026-08-05T04:12:10Z", "2026-08-05T04:12:10Z"),
            ("2026-08-05T04:10:00Z", "2026-08-05T04:10:00Z"),
        ] {
            assert_eq!(within_the_minute(time(stated), &findings), time(expected));
        }
    }
}
