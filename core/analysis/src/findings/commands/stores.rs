//! Findings about what databases, caches, queues and searches say of themselves.

use super::Verdict;
use crate::analysis::CommandFact;
use crate::finding::{FindingKind, Severity};

pub(super) const GIB: f64 = 1_073_741_824.0;
/// Transactions after which PostgreSQL takes no more writes.
const XID_END: f64 = 2_147_483_648.0;

/// Judges one fact.
pub(super) fn verdict(fact: &CommandFact) -> Option<Verdict> {
    sessions(fact)
        .or_else(|| upkeep(fact))
        .or_else(|| cache(fact))
        .or_else(|| queue(fact))
        .or_else(|| search(fact))
        .or_else(|| memory(fact))
        .or_else(|| slowness(fact))
        .or_else(|| share(fact))
        .or_else(|| logged(fact))
}

/// Who came and takes most of what others use, too.
fn share(fact: &CommandFact) -> Option<Verdict> {
    let said = format!("{} {}", fact.object, fact.value);
    (fact.key == "newcomer_takes_most").then_some((FindingKind::Saturation, Severity::Warn, said))
}

/// What the lines of a log say of how long something takes.
fn slowness(fact: &CommandFact) -> Option<Verdict> {
    /// How many times as long something has to take to be an error.
    const GRAVE: f64 = 10.0;
    let (object, value) = (&fact.object, &fact.value);
    let severity = match fact.number {
        Some(GRAVE..) => Severity::Error,
        _ => Severity::Warn,
    };
    let said = match object.as_str() {
        "" => value.clone(),
        component => format!("{component}: {value}"),
    };
    (fact.key == "slow_operation").then_some((FindingKind::SlowSpan, severity, said))
}

/// What the log of a database tells of locks and of dead rows.
fn logged(fact: &CommandFact) -> Option<Verdict> {
    /// Sessions in a queue from which it is an error.
    const MANY: f64 = 5.0;
    /// Dead rows from which a table is hard to read.
    const GRAVE: f64 = 1_000_000.0;
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    let (kind, severity, said) = match fact.key.as_str() {
        "jit_time" => (
            FindingKind::SlowSpan,
            above(number, 1_000.0),
            format!("just-in-time compilation takes {value} of a statement: {object}"),
        ),
        "rows_misjudged" => (
            FindingKind::SlowSpan,
            above(number, 10.0),
            format!("the planner misjudges table {object}: {value}"),
        ),
        "lock_queue" => (
            FindingKind::ConnectionResult,
            above(number, MANY),
            format!("sessions queue for a lock on {object}: {value}"),
        ),
        "lock_queue_ddl" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("sessions queue behind a change of the schema of {object}: {value}"),
        ),
        "lock_held_by_prepared" => (
            FindingKind::ConnectionResult,
            Severity::Error,
            format!("a prepared transaction holds a lock on {object}: {value}"),
        ),
        "vacuum_held_back" => (
            FindingKind::ResourcePressure,
            above(number, GRAVE),
            format!("vacuum cannot remove dead rows of {object}: {value}"),
        ),
        _ => return None,
    };
    Some((kind, severity, said))
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
        "idle_share" => (
            FindingKind::ConnectionResult,
            Severity::Warn,
            format!("{object} is idle in transaction in {value} and may hold locks"),
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
        "prepared_transaction_blocks" => (
            Severity::Error,
            format!("sessions wait for prepared transaction {object}, open {value}"),
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
        _ => return of_table(fact),
    };
    Some((FindingKind::ResourcePressure, severity, statement))
}

/// What a database has left undone on one table, and who keeps it from that.
fn of_table(fact: &CommandFact) -> Option<Verdict> {
    /// Transactions from which what is kept for a standby is much.
    const OLD: f64 = 50_000_000.0;
    let (object, value) = (&fact.object, &fact.value);
    let number = fact.number.unwrap_or(0.0);
    let (severity, statement) = match fact.key.as_str() {
        "dead_rows" => (
            above(number, 1.0),
            format!("table {object} is bloated: {value}"),
        ),
        "table_scans" => (
            Severity::Warn,
            format!("table {object} is read {value}: an index may be missing"),
        ),
        "statistics_outdated" => (
            Severity::Warn,
            format!("the statistics of table {object} are out of date: {value}"),
        ),
        "statistics_missing" => (
            Severity::Warn,
            format!("the planner may have no statistics of table {object}: {value}"),
        ),
        "autovacuum_off" => (
            Severity::Warn,
            format!("autovacuum is switched off for table {object}: {value}"),
        ),
        "standby_xmin" => (
            above(number, OLD),
            format!("standby {object} keeps dead rows: its oldest snapshot (xmin) is {value} old"),
        ),
        "slot_xmin" => (
            above(number, OLD),
            format!("replication slot {object} keeps dead rows: its xmin is {value} old"),
        ),
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
            match number {
                ..2_000.0 => Severity::Info,
                _ => above(number, 100_000.0),
            },
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
