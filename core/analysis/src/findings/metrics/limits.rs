//! Amounts in use beside the limits they have, which other metrics tell.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Index, about, counters, told};
use crate::analysis::Sample;
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;
use crate::fingerprint;

/// An amount and the limit of it.
struct Limit {
    used: &'static str,
    limit: &'static str,
    /// Share of the limit from which it is nearly reached.
    share: f64,
    /// Whether amounts that differ in further labels are added up.
    summed: bool,
    /// Whether the amount is what is left.
    is_left: bool,
    what: &'static str,
    /// What follows when the limit is reached.
    then: &'static str,
}

const fn limit(
    used: &'static str,
    limit: &'static str,
    share: f64,
    what: &'static str,
    then: &'static str,
) -> Limit {
    Limit {
        used,
        limit,
        share,
        summed: false,
        is_left: false,
        what,
        then,
    }
}

const fn left(
    used: &'static str,
    of: &'static str,
    share: f64,
    what: &'static str,
    then: &'static str,
) -> Limit {
    Limit {
        is_left: true,
        ..limit(used, of, share, what, then)
    }
}

const fn summed(
    used: &'static str,
    of: &'static str,
    share: f64,
    what: &'static str,
    then: &'static str,
) -> Limit {
    Limit {
        summed: true,
        ..limit(used, of, share, what, then)
    }
}

const OOM: &str = "what takes more is killed (OOM)";
const NO_SPACE: &str = "writes fail when it is full";
const NO_SLOTS: &str = "further connections are turned away";

const LIMITS: [Limit; 15] = [
    summed(
        "pg_stat_activity_count",
        "pg_settings_max_connections",
        0.9,
        "connections",
        NO_SLOTS,
    ),
    summed(
        "pg_stat_database_numbackends",
        "pg_settings_max_connections",
        0.9,
        "connections",
        NO_SLOTS,
    ),
    limit(
        "mysql_global_status_threads_connected",
        "mysql_global_variables_max_connections",
        0.9,
        "connections",
        NO_SLOTS,
    ),
    limit(
        "redis_connected_clients",
        "redis_config_maxclients",
        0.95,
        "clients",
        NO_SLOTS,
    ),
    limit(
        "redis_memory_used_bytes",
        "redis_memory_max_bytes",
        0.95,
        "memory",
        "keys are evicted or writes refused",
    ),
    limit(
        "process_open_fds",
        "process_max_fds",
        0.9,
        "file descriptors",
        "nothing more can be opened",
    ),
    limit(
        "container_memory_working_set_bytes",
        "container_spec_memory_limit_bytes",
        0.95,
        "memory",
        OOM,
    ),
    limit(
        "container_memory_working_set_bytes",
        "kube_pod_container_resource_limits",
        0.95,
        "memory",
        OOM,
    ),
    limit(
        "jvm_memory_used_bytes",
        "jvm_memory_max_bytes",
        0.95,
        "memory",
        "the collector runs all the time, then OutOfMemoryError",
    ),
    limit(
        "kubelet_volume_stats_used_bytes",
        "kubelet_volume_stats_capacity_bytes",
        0.9,
        "space",
        NO_SPACE,
    ),
    limit(
        "kubelet_volume_stats_inodes_used",
        "kubelet_volume_stats_inodes",
        0.9,
        "inodes",
        NO_SPACE,
    ),
    limit(
        "node_nf_conntrack_entries",
        "node_nf_conntrack_entries_limit",
        0.95,
        "tracked connections",
        "packets of new connections are dropped",
    ),
    limit(
        "tomcat_threads_busy_threads",
        "tomcat_threads_config_max_threads",
        0.95,
        "threads",
        "requests wait",
    ),
    left(
        "node_filesystem_avail_bytes",
        "node_filesystem_size_bytes",
        0.92,
        "space",
        NO_SPACE,
    ),
    left(
        "node_memory_MemAvailable_bytes",
        "node_memory_MemTotal_bytes",
        0.95,
        "memory",
        OOM,
    ),
];

/// The fullest moment of an amount.
struct Peak<'a> {
    used: f64,
    limit: &'a Sample,
    sample: &'a Sample,
    /// The first and the last moment of the time around it in which the limit is nearly reached.
    near: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

impl Peak<'_> {
    fn share(&self) -> f64 {
        self.used / self.limit.value
    }
}

/// Returns which amounts are at their limits.
pub(super) fn reached(index: &Index<'_>) -> Vec<Finding> {
    let known = LIMITS.iter().flat_map(|rule| {
        let peaks = peaks(rule, index);
        peaks.into_iter().filter_map(move |peak| {
            let is_reached = peak.share() >= rule.share && peak.share() <= 1.5;
            is_reached.then(|| of_peak(rule, &peak, evicts(&peak, index)))
        })
    });
    known.collect()
}

/// The fullest moment of each owner of a limit.
fn peaks<'a>(rule: &Limit, index: &Index<'a>) -> Vec<Peak<'a>> {
    let (used, limits) = (index.of(rule.used), index.of(rule.limit));
    let limits: Vec<&Sample> = limits
        .iter()
        .copied()
        .filter(|it| is_of(rule, it))
        .collect();
    let (Some(one), Some(other)) = (used.first(), limits.first()) else {
        return Vec::new();
    };
    // Scrapes of different targets differ in labels of their own.
    let is_shared = |key: &&String| {
        other.labels.contains_key(*key) && !matches!(key.as_str(), "job" | "instance" | "endpoint")
            || one.labels.get(*key) == other.labels.get(*key)
    };
    // Sums over containers lack a label that their parts have.
    let keys: BTreeSet<&String> = used
        .iter()
        .flat_map(|it| it.labels.keys())
        .filter(is_shared)
        .collect();
    let owner = |sample: &'a Sample| -> Vec<&'a str> {
        let values = keys.iter().map(|key| sample.labels.get(*key));
        values.map(|it| it.map_or("", String::as_str)).collect()
    };
    let mut known: BTreeMap<Vec<&str>, &Sample> = BTreeMap::new();
    for limit in limits.into_iter().filter(|it| it.value > 0.0) {
        known.insert(owner(limit), limit);
    }
    type Moments<'a> =
        BTreeMap<(Option<DateTime<Utc>>, Vec<(&'a String, &'a String)>), (f64, &'a Sample)>;
    let mut sums: BTreeMap<Vec<&str>, Moments<'a>> = BTreeMap::new();
    for &sample in used.iter().filter(|it| !refills(it)) {
        let rest = sample.labels.iter().filter(|_| !rule.summed);
        let moment = (sample.observed_at, rest.collect());
        let moments = sums.entry(owner(sample)).or_default();
        moments.entry(moment).or_insert((0.0, sample)).0 += sample.value;
    }
    let peaks = sums.into_iter().filter_map(|(owner, moments)| {
        let limit = *known.get(&owner)?;
        let whole = |amount: f64| {
            if rule.is_left {
                limit.value - amount
            } else {
                amount
            }
        };
        let amounts = moments
            .into_values()
            .map(|(amount, sample)| (whole(amount), sample));
        fullest(rule, limit, &amounts.collect::<Vec<_>>())
    });
    peaks.collect()
}

/// The fullest of the moments of one owner, and how long it was nearly so around it.
fn fullest<'a>(rule: &Limit, limit: &'a Sample, amounts: &[(f64, &'a Sample)]) -> Option<Peak<'a>> {
    let &(used, sample) = amounts.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let is_of_it = |it: &&(f64, &Sample)| rule.summed || it.1.labels == sample.labels;
    let of_it: Vec<&(f64, &Sample)> = amounts.iter().filter(is_of_it).collect();
    let at = of_it.iter().position(|it| std::ptr::eq(it.1, sample))?;
    let is_near = |it: &&&(f64, &Sample)| it.0 >= rule.share * limit.value;
    let first = of_it[..at].iter().rev().take_while(is_near).last();
    let last = of_it[at..].iter().take_while(is_near).last();
    let time = |it: Option<&&(f64, &Sample)>| it.map_or(sample, |it| it.1).observed_at;
    Some(Peak {
        used,
        limit,
        sample,
        near: (time(first), time(last)),
    })
}

/// Spaces of the heap in which objects begin are full before each collection.
fn refills(sample: &Sample) -> bool {
    let space = sample.labels.get("id");
    space.is_some_and(|it| it.contains("Eden") || it.contains("Survivor"))
}

/// Limits of one name may be of several resources.
fn is_of(rule: &Limit, sample: &Sample) -> bool {
    let resource = sample.labels.get("resource");
    resource.is_none_or(|it| it == rule.what)
}

/// Whether a cache makes room for what comes, so that it is full as it should be.
fn evicts(peak: &Peak<'_>, index: &Index<'_>) -> bool {
    let is_redis = peak.sample.name == "redis_memory_used_bytes";
    let counted = index.of("redis_evicted_keys_total").iter().copied();
    let own: Vec<&Sample> = counted
        .filter(|it| is_redis && it.labels == peak.sample.labels)
        .collect();
    counters::gains(&own).iter().any(|gain| gain.total > 0.0)
}

fn of_peak(rule: &Limit, peak: &Peak<'_>, evicts: bool) -> Finding {
    let whose = about(peak.sample).map_or_else(|| rule.used.to_owned(), ToOwned::to_owned);
    let share = (peak.share() * 100.0).round();
    let statement = format!(
        "{whose} has {share} % of its {} in use, {} of {} ({}): {}",
        rule.what,
        told(peak.used),
        told(peak.limit.value),
        rule.used,
        if evicts {
            "keys are evicted, as a cache does"
        } else {
            rule.then
        }
    );
    let severity = match peak.share() {
        _ if evicts => Severity::Info,
        0.97.. => Severity::Error,
        _ => Severity::Warn,
    };
    let cited = vec![peak.sample.citation.clone(), peak.limit.citation.clone()];
    let mut found = finding(FindingKind::Saturation, severity, &statement, cited);
    let keys = peak.sample.labels.keys().map(String::as_str);
    found.signature = fingerprint::metric(rule.used, keys, "limit");
    (found.first_seen, found.last_seen) = peak.near;
    found.component = about(peak.sample).map(ToOwned::to_owned);
    found
}
