//! Findings about what databases, caches, queues and searches say of themselves.

use std::collections::BTreeMap;

use super::{Verdict, describe};
use crate::analysis::{CommandFact, CommandRun};
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;

const GIB: f64 = 1_073_741_824.0;
/// Transactions after which PostgreSQL takes no more writes.
const XID_END: f64 = 2_147_483_648.0;
/// Share of a limit from which it is nearly reached.
const NEARLY: f64 = 0.95;
/// Clients of one place from which they are many.
const CLIENTS_MIN: usize = 100;

/// Judges one fact.
pub(super) fn verdict(fact: &CommandFact) -> Option<Verdict> {
    sessions(fact)
        .or_else(|| upkeep(fact))
        .or_else(|| cache(fact))
        .or_else(|| queue(fact))
        .or_else(|| search(fact))
        .or_else(|| memory(fact))
}

/// What a program with managed memory says of its collections.
fn memory(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let said = format!("{object} is busy with garbage collection {value}");
    (fact.key == "gc_share").then_some((FindingKind::Saturation, Severity::Error, said))
}

/// What sessions of a database hold and wait for.
fn sessions(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    let (kind, severity, statement) = match fact.key.as_str() {
        "idle_in_transaction" => (
            FindingKind::ConnectionResult,
            above(number, 600.0),
            format!("{object} is {value} and may hold locks"),
        ),
        "waits_for_lock" => (
            FindingKind::ConnectionResult,
            Severity::Warn,
            format!("{object} waits for a lock held by {value}"),
        ),
        "lock_not_granted" => (
            FindingKind::ConnectionResult,
            Severity::Warn,
            format!("{object} is not given the lock {value}"),
        ),
        "blocks" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("{object} holds up other sessions: {value} wait for it"),
        ),
        "sessions" => (
            FindingKind::ResourcePressure,
            Severity::Warn,
            format!("{object} holds {value}"),
        ),
        "sessions_waiting" => (
            FindingKind::ConnectionResult,
            Severity::Warn,
            format!("{value} sessions wait at once: {object}"),
        ),
        "wait_for_standby" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("{value}, until a synchronous standby confirms"),
        ),
        "long_statement" => (
            FindingKind::SlowSpan,
            above(number, 600.0),
            format!("a statement of {object} runs for {value}"),
        ),
        "seq_scan" => (
            FindingKind::SlowSpan,
            Severity::Warn,
            format!("a scan of the whole table {object} throws {value} rows away"),
        ),
        _ => return None,
    };
    Some((kind, severity, statement))
}

/// What a database has left undone: WAL, standbys, dead rows, old transactions.
fn upkeep(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    let (severity, statement) = match fact.key.as_str() {
        "slot_inactive" => {
            let kept = match fact.number {
                Some(_) => format!("{value} of WAL"),
                None => "WAL".to_owned(),
            };
            (
                above(number, 10.0 * GIB),
                format!("replication slot {object} has no reader and keeps {kept}"),
            )
        }
        "slot_lost" => (
            Severity::Error,
            format!("replication slot {object} has lost WAL that its reader needs"),
        ),
        "standby_seconds" => (
            above(number, 600.0),
            format!("standby {object} lags behind by {value}"),
        ),
        "standby_bytes" => (
            above(number, 10.0 * GIB),
            format!("standby {object} lags behind by {value} of WAL"),
        ),
        "replica_stopped" => (
            Severity::Error,
            format!("the {object} has stopped: {value}"),
        ),
        "prepared_transaction" => (
            above(number, 300.0),
            format!(
                "prepared transaction {object} is open {value}; it keeps its locks, and dead rows, until somebody ends it"
            ),
        ),
        "dead_rows" => (
            above(number, 1.0),
            format!("table {object} is bloated: {value}"),
        ),
        "table_scans" => (
            Severity::Warn,
            format!("table {object} is read {value}: an index may be missing"),
        ),
        "xid_age" => {
            let left = (XID_END - number).max(0.0);
            let severity = if left < 50_000_000.0 {
                Severity::Critical
            } else {
                above(number, 1_500_000_000.0)
            };
            (
                severity,
                format!(
                    "{object} has a transaction age of {value}: {left} are left until it takes no more writes"
                ),
            )
        }
        _ => return None,
    };
    Some((FindingKind::ResourcePressure, severity, statement))
}

/// What a cache says of its persistence, its primary and its clients.
fn cache(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    Some(match fact.key.as_str() {
        "rdb_last_bgsave_status" | "aof_last_write_status" if value == "err" => (
            FindingKind::ResourcePressure,
            Severity::Error,
            format!("{object} could not save: {} is {value}", fact.key),
        ),
        "master_link_status" if value == "down" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("{object} has lost its primary"),
        ),
        "rejected_connections" if number > 0.0 => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("{object} has turned {value} connections away: maxclients was reached"),
        ),
        "evicted_keys" if number > 0.0 => (
            FindingKind::ResourcePressure,
            Severity::Warn,
            format!("{object} has thrown {value} keys away for lack of memory"),
        ),
        "loading" if value == "1" => (
            FindingKind::ConnectionResult,
            Severity::Warn,
            format!("{object} loads its data set and answers nothing until then"),
        ),
        "cluster_state" if value == "fail" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("the cluster of {object} is down: cluster_state is fail"),
        ),
        "slow_command" if number >= 10_000.0 => (
            FindingKind::SlowSpan,
            above(number, 1_000_000.0),
            format!("{object} takes {value} and holds up all other commands meanwhile"),
        ),
        "verify_code" if number > 0.0 => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("the {object} is not accepted: {value}"),
        ),
        _ => return None,
    })
}

/// What queues and their readers show.
fn queue(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    let (severity, statement) = match fact.key.as_str() {
        "consumer_lag" => (
            above(number, 100_000.0),
            format!("consumer group {object} is {value}"),
        ),
        "no_members" => (
            Severity::Error,
            format!("consumer group {object} has no active members"),
        ),
        "queue_unread" => (Severity::Error, format!("queue {object} has {value}")),
        "queue_depth" => (
            above(number, 100_000.0),
            format!("queue {object} holds {value}"),
        ),
        _ => return None,
    };
    Some((FindingKind::ResourcePressure, severity, statement))
}

/// How a search cluster is.
fn search(fact: &CommandFact) -> Option<Verdict> {
    let (object, value) = (&fact.object, &fact.value);
    let severity = if value == "red" {
        Severity::Error
    } else {
        Severity::Warn
    };
    let (severity, statement) = match fact.key.as_str() {
        "cluster_health" => {
            let shards = fact.number.map_or_else(String::new, |count| {
                format!(", {count} shards are on no node")
            });
            (severity, format!("cluster {object} is {value}{shards}"))
        }
        "index_health" => (severity, format!("index {object} is {value}")),
        _ => return None,
    };
    Some((FindingKind::ResourcePressure, severity, statement))
}

fn above(number: f64, limit: f64) -> Severity {
    if number >= limit {
        Severity::Error
    } else {
        Severity::Warn
    }
}

/// What several facts of a run show together.
pub(super) fn together(run: &CommandRun) -> Vec<Finding> {
    let mut findings = limits(run);
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
        let statement = format!("{} {says}: {amount} of {limit}", used.object);
        let cited = vec![used.citation.clone(), most.citation.clone()];
        let mut found = finding(FindingKind::Saturation, Severity::Error, &statement, cited);
        describe(&mut found, run, used);
        Some(found)
    });
    found.collect()
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
