//! Caches that seldom hold what they are asked for, or less often than before.

use super::counters::{Gain, gains, of_counters};
use super::{Index, about};
use crate::finding::{Finding, FindingKind, Severity};

/// Questions from which a share of hits says something.
const ASKED_MIN: f64 = 10_000.0;
/// Counters of hits and of misses, and the share of hits below which the cache is of little use.
const CACHES: [(&str, &str, f64); 4] = [
    (
        "redis_keyspace_hits_total",
        "redis_keyspace_misses_total",
        0.8,
    ),
    (
        "pg_stat_database_blks_hit",
        "pg_stat_database_blks_read",
        0.9,
    ),
    (
        "pg_stat_database_blks_hit_total",
        "pg_stat_database_blks_read_total",
        0.9,
    ),
    (
        "memcached_get_hits_total",
        "memcached_get_misses_total",
        0.8,
    ),
];

/// Returns the caches that miss much.
pub(super) fn misses(index: &Index<'_>) -> Vec<Finding> {
    let pairs = CACHES.iter().flat_map(|(hit, missed, floor)| {
        let missed = gains(index.of(missed));
        let hits = gains(index.of(hit)).into_iter();
        hits.filter_map(move |hits| {
            let missed = missed
                .iter()
                .find(|it| it.last.labels == hits.last.labels)?;
            of_cache(&hits, missed, *floor)
        })
    });
    pairs.collect()
}

fn of_cache(hits: &Gain<'_>, missed: &Gain<'_>, floor: f64) -> Option<Finding> {
    if hits.total + missed.total < ASKED_MIN {
        return None;
    }
    let (before, after) = (half(hits, missed, true), half(hits, missed, false));
    let whole = hits.total / (hits.total + missed.total);
    let fell = before
        .zip(after)
        .filter(|(before, after)| *before >= floor && *after < floor);
    if whole >= floor && fell.is_none() {
        return None;
    }
    let says = match fell {
        Some((before, after)) => format!(
            "holds {} of what it is asked for instead of {}",
            percent(after),
            percent(before)
        ),
        None => format!("holds {} of what it is asked for", percent(whole)),
    };
    let whose = about(hits.last).unwrap_or(&hits.last.name);
    let statement = format!("the cache of {whose} {says} ({})", hits.last.name);
    let cited = [missed.last, hits.last];
    let kind = FindingKind::Saturation;
    Some(of_counters(
        kind,
        Severity::Warn,
        &statement,
        &cited,
        missed.first_rise,
    ))
}

/// The share of hits in the first or the second half of the time.
fn half(hits: &Gain<'_>, missed: &Gain<'_>, is_first: bool) -> Option<f64> {
    let sum = |gain: &Gain<'_>| -> f64 {
        let (first, second) = gain.steps.split_at(gain.steps.len() / 2);
        let part = if is_first { first } else { second };
        part.iter().map(|(_, gain)| gain).sum()
    };
    let (hits, missed) = (sum(hits), sum(missed));
    (hits + missed >= ASKED_MIN / 2.0).then(|| hits / (hits + missed))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    fn told(misses: &dyn Fn(u32) -> u32) -> Vec<String> {
        let mut text = String::from("# TYPE redis_keyspace_hits_total counter\n");
        let (mut hits, mut missed) = (0, 0);
        for minute in 0..40_u32 {
            let failed = misses(minute);
            (hits, missed) = (hits + 1_000 - failed, missed + failed);
            let at = 1_774_000_000_000_u64 + u64::from(minute) * 60_000;
            text.push_str(&format!("redis_keyspace_hits_total{{instance=\"c\"}} {hits} {at}\nredis_keyspace_misses_total{{instance=\"c\"}} {missed} {at}\n"));
        }
        let analysis = analyze(text.as_bytes(), Options::default());
        let told = analysis.findings.into_iter().map(|it| it.statement);
        told.filter(|it| it.contains("the cache of")).collect()
    }

    #[test]
    fn a_cache_that_holds_less_than_before_is_told() {
        assert_eq!(
            told(&|minute| if minute >= 20 { 600 } else { 30 }),
            [
                "the cache of c holds 40 % of what it is asked for instead of 97 % (redis_keyspace_hits_total)"
            ]
        );
        assert_eq!(
            told(&|_| 500),
            ["the cache of c holds 50 % of what it is asked for (redis_keyspace_hits_total)"]
        );
        assert_eq!(told(&|_| 30), [""; 0]);
    }
}
