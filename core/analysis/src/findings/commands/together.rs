//! Findings that several facts show together: amounts at their limits, caches, clients, directories.

use std::collections::BTreeMap;

use super::describe;
use super::stores::GIB;
use crate::analysis::{CommandFact, CommandRun};
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;

/// Share of a limit from which it is nearly reached.
const NEARLY: f64 = 0.95;
/// Shares of the connections of a server from which it is crowded, and full.
const CROWDED: f64 = 0.9;
const FULL: f64 = 0.97;
/// Clients of one place from which they are many.
const CLIENTS_MIN: usize = 100;
/// Questions from which the share of hits says something.
const ASKED_MIN: f64 = 10_000.0;
/// Shares of hits below which a cache is of little use: of keys, and of blocks of a database.
const REDIS_HITS: f64 = 0.8;
const BLOCK_HITS: f64 = 0.9;

/// What several facts of a run show together.
pub(super) fn of_run(run: &CommandRun) -> Vec<Finding> {
    let mut findings = limits(run);
    findings.extend(evicted(run));
    findings.extend(caches(run));
    findings.extend(clients(run));
    findings.extend(largest(run));
    findings
}

/// Amounts that are at the limit that stands beside them.
fn limits(run: &CommandRun) -> Vec<Finding> {
    const PAIRS: [(&str, &str, &str); 2] = [
        ("used_memory", "maxmemory", "uses its memory up"),
        (
            "connected_clients",
            "maxclients",
            "has nearly all the clients it takes",
        ),
    ];
    let fact = |key: &str| run.facts.iter().find(|fact| fact.key == key);
    let found = PAIRS.iter().filter_map(|(used, most, says)| {
        let (used, most) = (fact(used)?, fact(most)?);
        let (amount, limit) = (used.number?, most.number?);
        if limit <= 0.0 || amount < limit * NEARLY {
            return None;
        }
        // A cache that throws the oldest away is full when it works as it should.
        let is_cache = used.key == "used_memory" && evicts(run);
        let (severity, says) = match is_cache {
            true => (Severity::Info, "is full, as a cache that evicts keys is"),
            false => (Severity::Error, *says),
        };
        let statement = format!("{} {says}: {amount} of {limit}", used.object);
        let cited = vec![used.citation.clone(), most.citation.clone()];
        let mut found = finding(FindingKind::Saturation, severity, &statement, cited);
        describe(&mut found, run, used);
        Some(found)
    });
    found.collect()
}

/// Keys that had to go; a cache works so, a store loses what it should keep.
fn evicted(run: &CommandRun) -> Option<Finding> {
    let fact = run.facts.iter().find(|it| it.key == "evicted_keys")?;
    if fact.number.is_none_or(|count| count <= 0.0) {
        return None;
    }
    let severity = if evicts(run) {
        Severity::Info
    } else {
        Severity::Warn
    };
    let (object, count) = (&fact.object, &fact.value);
    let statement = format!("{object} has thrown {count} keys away for lack of memory");
    let cited = vec![fact.citation.clone()];
    let mut found = finding(FindingKind::ResourcePressure, severity, &statement, cited);
    describe(&mut found, run, fact);
    Some(found)
}

fn evicts(run: &CommandRun) -> bool {
    let policy = run.facts.iter().find(|it| it.key == "maxmemory_policy");
    policy.is_some_and(|it| it.value.contains("-lru") || it.value.contains("-lfu"))
}

/// Caches that seldom hold what they are asked for.
fn caches(run: &CommandRun) -> Vec<Finding> {
    let hits = run.facts.iter().filter(|it| it.key == "keyspace_hits");
    let found = hits.filter_map(|hit| {
        let mut facts = run.facts.iter();
        let missed = facts.find(|it| it.key == "keyspace_misses" && it.object == hit.object)?;
        let (hits, misses) = (hit.number?, missed.number?);
        let share = hits / (hits + misses);
        let floor = if hit.object == "redis" {
            REDIS_HITS
        } else {
            BLOCK_HITS
        };
        if hits + misses < ASKED_MIN || share >= floor {
            return None;
        }
        let statement = format!(
            "the cache of {} holds {:.0} % of what it is asked for: {hits} hits, {misses} misses",
            hit.object,
            share * 100.0
        );
        let cited = vec![hit.citation.clone(), missed.citation.clone()];
        let kind = FindingKind::ResourcePressure;
        let mut found = finding(kind, Severity::Warn, &statement, cited);
        describe(&mut found, run, hit);
        Some(found)
    });
    found.collect()
}

/// Sessions beside the number that the server takes, which another command tells.
pub(super) fn across_runs(runs: &[CommandRun]) -> Vec<Finding> {
    let fact = |key: &str| {
        let mut facts = runs
            .iter()
            .flat_map(|run| run.facts.iter().map(move |it| (run, it)));
        facts.find(|(_, it)| it.key == key)
    };
    let Some(((run, used), (_, most))) = fact("sessions_total").zip(fact("max_connections")) else {
        return Vec::new();
    };
    let (Some(amount), Some(limit)) = (used.number, most.number) else {
        return Vec::new();
    };
    if limit <= 0.0 || amount < limit * CROWDED {
        return Vec::new();
    }
    let statement = format!(
        "{} has {amount} of {limit} connections in use: further connections are turned away",
        used.object
    );
    let severity = match amount >= limit * FULL {
        true => Severity::Error,
        false => Severity::Warn,
    };
    let cited = vec![used.citation.clone(), most.citation.clone()];
    let mut found = finding(FindingKind::Saturation, severity, &statement, cited);
    describe(&mut found, run, used);
    vec![found]
}

/// Clients of one name or place of which there are many.
fn clients(run: &CommandRun) -> Vec<Finding> {
    let mut known: BTreeMap<&str, Vec<&CommandFact>> = BTreeMap::new();
    for fact in run.facts.iter().filter(|fact| fact.key == "client") {
        known.entry(&fact.object).or_default().push(fact);
    }
    let many = known
        .into_iter()
        .filter(|(_, facts)| facts.len() >= CLIENTS_MIN);
    many.map(|(name, facts)| {
        let idle = facts
            .iter()
            .filter(|it| it.number.is_some_and(|idle| idle >= 60.0));
        let statement = format!(
            "{name} has {} connections open, {} of them idle for a minute or more",
            facts.len(),
            idle.count()
        );
        let cited = vec![facts[0].citation.clone()];
        let kind = FindingKind::ResourcePressure;
        let mut found = finding(kind, Severity::Warn, &statement, cited);
        describe(&mut found, run, facts[0]);
        found.count = facts.len() as u64;
        found
    })
    .collect()
}

/// The deepest directory that takes most of the one above all others.
fn largest(run: &CommandRun) -> Option<Finding> {
    let sizes: Vec<(&CommandFact, f64)> = run
        .facts
        .iter()
        .filter(|fact| fact.key == "size")
        .filter_map(|fact| Some((fact, fact.number?)))
        .collect();
    let (root, all) = sizes.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let inside = |it: &CommandFact| {
        let below = it.object.strip_prefix(root.object.trim_end_matches('/'));
        it.object != root.object && below.is_some_and(|it| it.starts_with('/'))
    };
    let most = sizes
        .iter()
        .filter(|(fact, size)| inside(fact) && *size >= all * 0.6 && *all >= GIB);
    let (fact, _) = most.max_by_key(|(fact, _)| fact.object.matches('/').count())?;
    if sizes.len() < 3 {
        return None;
    }
    let statement = format!(
        "{} takes {}, most of what is listed",
        fact.object, fact.value
    );
    let cited = vec![fact.citation.clone()];
    let kind = FindingKind::ResourcePressure;
    let mut found = finding(kind, Severity::Info, &statement, cited);
    describe(&mut found, run, fact);
    Some(found)
}

#[cfg(test)]
mod tests {
    use crate::{Options, Severity, analyze};

    fn told(lines: &[&str]) -> Vec<(Severity, String)> {
        let text = format!(
            "$ redis-cli info\nredis_version:7.0.15\n{}\n",
            lines.join("\n")
        );
        let analysis = analyze(text.as_bytes(), Options::default());
        let told = analysis.findings.into_iter();
        told.map(|it| (it.severity, it.statement)).collect()
    }

    const FULL: [&str; 2] = ["used_memory:2000000", "maxmemory:2000000"];

    #[test]
    fn a_full_cache_that_evicts_is_no_error() {
        let policy = ["maxmemory_policy:allkeys-lru", "evicted_keys:5000"];
        let hits = ["keyspace_hits:98000", "keyspace_misses:2000"];
        let cache: Vec<&str> = FULL.iter().chain(&policy).chain(&hits).copied().collect();
        let worst = told(&cache).into_iter().map(|it| it.0).max();
        assert_eq!(worst, Some(Severity::Info));
        let store: Vec<&str> = FULL
            .iter()
            .chain(&["maxmemory_policy:noeviction"])
            .copied()
            .collect();
        assert_eq!(told(&store)[0].0, Severity::Error);
    }

    #[test]
    fn a_cache_that_misses_is_told() {
        let few = told(&["keyspace_hits:40000", "keyspace_misses:60000"]);
        let expected =
            "the cache of redis holds 40 % of what it is asked for: 40000 hits, 60000 misses";
        assert_eq!(few, [(Severity::Warn, expected.to_owned())]);
        assert_eq!(told(&["keyspace_hits:40", "keyspace_misses:60"]), []);
        assert_eq!(told(&["keyspace_hits:95000", "keyspace_misses:5000"]), []);
    }
}
