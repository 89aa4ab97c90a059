//! Metrics that always moved and no longer do, while others go on: what sends them may be stuck.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{about, told};
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;
use crate::fingerprint;

/// Values in a row that are the same, from which a metric has stopped.
const STILL_MIN: usize = 10;
/// Of its values before, how many of ten are others than the one in front of them.
const MOVED_TENTHS: usize = 9;

/// Returns what stopped at the same time, of the metrics that nothing else is told of.
pub(super) fn lines(groups: &[Vec<&Sample>], unremarkable: &[&[&Sample]]) -> Vec<Finding> {
    let mut known: BTreeMap<DateTime<Utc>, Vec<(&[&Sample], usize)>> = BTreeMap::new();
    for series in unremarkable {
        if let Some(at) = stopped(series)
            && let Some(time) = series[at].observed_at
        {
            known.entry(time).or_default().push((series, at));
        }
    }
    let known = known.into_iter();
    known
        .filter_map(|(since, flat)| {
            let going = groups.iter().filter(|series| moves_since(series, since));
            let going = going.count();
            // When most have stopped, what was measured is over.
            (going > flat.len()).then(|| line(&flat, going))?
        })
        .collect()
}

/// Returns where the values begin that are all like the last one.
fn stopped(series: &[&Sample]) -> Option<usize> {
    let last = series.last()?.value;
    let still = series.iter().rev().take_while(|it| it.value == last);
    let at = series.len() - still.count();
    let before = series[..at].windows(2);
    let moved = before.filter(|pair| pair[0].value != pair[1].value).count();
    let is_still = series.len() - at >= STILL_MIN;
    (is_still && at >= 2 * STILL_MIN && moved * 10 >= (at - 1) * MOVED_TENTHS).then_some(at)
}

fn moves_since(series: &[&Sample], since: DateTime<Utc>) -> bool {
    let later = series.iter().filter(|it| it.observed_at > Some(since));
    let later: Vec<f64> = later.map(|it| it.value).collect();
    let moved = later.windows(2).filter(|pair| pair[0] != pair[1]).count();
    later.len() >= STILL_MIN - 1 && moved * 2 >= later.len()
}

fn line(flat: &[(&[&Sample], usize)], going: usize) -> Option<Finding> {
    let (series, at) = *flat.first()?;
    let (first, last) = (series[at], *series.last()?);
    let of = about(first).map_or_else(String::new, |about| format!(" of {about}"));
    let more = match flat.len() {
        1 => String::new(),
        count => format!(" and {} more metrics", count - 1),
    };
    let statement = format!(
        "{}{of}{more} stays at {} since {}, while {going} other metrics go on",
        first.name,
        told(first.value),
        first.observed_at?.format("%Y-%m-%d %H:%M:%S UTC")
    );
    let cited = vec![first.citation.clone(), last.citation.clone()];
    // It may as well be that nothing happens any more.
    let mut found = finding(FindingKind::Flatline, Severity::Info, &statement, cited);
    let keys = first.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(&first.name, keys, "flatline");
    found.count = (series.len() - at) as u64;
    (found.first_seen, found.last_seen) = (first.observed_at, last.observed_at);
    found.component = about(first).map(ToOwned::to_owned);
    Some(found)
}

#[cfg(test)]
mod tests {
    use crate::{FindingKind, Options, analyze};

    /// Three metrics, of which those below `stuck` no longer move in the second half.
    fn told(stuck: u64) -> Vec<String> {
        let rows = (0..60u64).map(|minute| {
            let value = |metric: u64| {
                let at = if metric < stuck {
                    minute.min(40)
                } else {
                    minute
                };
                500 + (at * (7 + metric) % 11)
            };
            format!(
                "2025-03-04T14:{minute:02}:00Z,{},{},{}\n",
                value(0),
                value(1),
                value(2)
            )
        });
        let text = format!(
            "time,temperature,humidity,pressure\n{}",
            rows.collect::<String>()
        );
        let findings = analyze(text.as_bytes(), Options::default()).findings;
        let flat = findings.into_iter();
        let flat = flat.filter(|it| it.kind == FindingKind::Flatline);
        flat.map(|it| it.statement).collect()
    }

    #[test]
    fn a_metric_that_no_longer_moves_is_told_unless_most_have_stopped() {
        let expected =
            "temperature stays at 505 since 2025-03-04 14:40:00 UTC, while 2 other metrics go on";
        assert_eq!(told(1), [expected]);
        assert!(told(0).is_empty());
        assert!(told(2).is_empty());
    }
}
