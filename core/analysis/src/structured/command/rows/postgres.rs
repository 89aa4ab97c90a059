//! What rows of PostgreSQL's own views show: sessions, locks, slots, standbys, dead rows, ages.

mod sessions;
pub(super) mod upkeep;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{TableRow, bytes, seconds, told_bytes, told_seconds};
use crate::analysis::CommandFact;

/// Sessions that one session is said to wait for.
const BLOCKERS_MAX: usize = 100;
/// Sessions that wait for the same thing from which it is narrow.
const WAITERS_MIN: usize = 5;
/// Rows of waiting sessions that are told one by one.
const TOLD_MAX: usize = 3;
/// Seconds for which a transaction may be open between two statements.
const OPEN_MIN: f64 = 10.0;
const AGE_MIN: f64 = 500_000_000.0;

/// Returns what rows show; `now` is the time they were printed at, if it is known.
pub(super) fn facts(rows: &[TableRow], now: Option<DateTime<Utc>>) -> Vec<CommandFact> {
    let now = now.or_else(|| rows.iter().filter_map(latest).max());
    let newest = now.into_iter().chain(upkeep::newest(rows)).max();
    let mut found = Vec::new();
    let mut waiting = 0;
    for row in rows {
        found.extend(session(row, now));
        if let Some(waits) = waits(row) {
            waiting += 1;
            found.extend((waiting <= TOLD_MAX).then_some(waits));
        }
        let told = [
            slot(row),
            standby(row),
            upkeep::table(row),
            age(row),
            cache(row),
        ];
        found.extend(told.into_iter().flatten().flatten());
        let alone = [
            upkeep::prepared(row, now),
            upkeep::statistics(row, newest),
            upkeep::unknown_to_the_planner(row),
            upkeep::horizon(row),
        ];
        found.extend(alone.into_iter().flatten());
    }
    found.extend(blockers(rows));
    found.extend(sessions::crowds(rows));
    found.extend(sessions::total(rows));
    found.extend(wait_events(rows));
    found.extend(waits_for_standby(rows));
    found.extend(upkeep::never_analyzed(rows));
    found
}

/// Returns the latest time that a row tells.
fn latest(row: &TableRow) -> Option<DateTime<Utc>> {
    const TIMES: [&str; 7] = [
        "query_start",
        "xact_start",
        "state_change",
        "backend_start",
        "prepared",
        "now",
        "clock_timestamp",
    ];
    TIMES.iter().filter_map(|name| row.time(&[name])).max()
}

fn who(row: &TableRow) -> &str {
    row.get(&["usename", "user", "application_name", "pid"])
        .unwrap_or("session")
}

/// A session that has begun a transaction and does nothing.
fn session(row: &TableRow, now: Option<DateTime<Utc>>) -> Option<CommandFact> {
    let state = row.get(&["state"])?;
    // A number of such sessions is told as a crowd.
    if !state.starts_with("idle in transaction") || row.number(sessions::COUNTS).is_some() {
        return None;
    }
    const AGES: [&str; 9] = [
        "xact_age",
        "transaction_age",
        "tx_age",
        "age",
        "duration",
        "idle_for",
        "state_age",
        "xact_duration",
        "idle_time",
    ];
    let since = row.time(&["xact_start", "state_change", "query_start"]);
    let age = row.get(&AGES).and_then(seconds).or_else(|| {
        let age = (now? - since?).num_seconds() as f64;
        (age > 0.0).then_some(age)
    });
    // Beside later rows, one that began just now is a transaction in work.
    let is_new = now.zip(since).is_some_and(|(now, since)| {
        let age = (now - since).num_seconds() as f64;
        latest(row) < Some(now) && age < OPEN_MIN
    });
    if is_new || age.is_some_and(|age| age < OPEN_MIN && row.get(&AGES).is_some()) {
        return None;
    }
    let pid = row.get(&["pid"]).filter(|pid| *pid != who(row));
    let for_long = age.map_or_else(String::new, |age| format!(" for {}", told_seconds(age)));
    let pid = pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
    let value = format!("{state}{for_long}{pid}");
    Some(row.fact(who(row), "idle_in_transaction", &value, age))
}

/// A session that waits for a lock.
fn waits(row: &TableRow) -> Option<CommandFact> {
    let blocker = blockers_of(row).first().map(|pid| format!("pid {pid}"));
    let is_lock = row.get(&["wait_event_type"]) == Some("Lock");
    let denied = matches!(row.get(&["granted"]), Some("f" | "false"));
    if let Some(mode) = row.get(&["mode"]).filter(|_| denied) {
        let transaction = row.get(&["transactionid"]);
        let transaction = transaction.map(|it| format!("transaction {it}"));
        let object = row.get(&["relation", "relname"]).or(transaction.as_deref());
        let object = object.or_else(|| row.get(&["locktype"])).unwrap_or("a row");
        let pid = row.get(&["pid"]).unwrap_or("a session");
        let value = format!("{mode}, which pid {pid} waits for");
        return Some(row.fact(object, "lock_not_granted", &value, None));
    }
    (is_lock || blocker.is_some()).then(|| {
        let blocker = blocker.unwrap_or_else(|| "another session".to_owned());
        row.fact(who(row), "waits_for_lock", &blocker, None)
    })
}

/// Returns the processes that a session waits for.
fn blockers_of(row: &TableRow) -> Vec<&str> {
    let told = row
        .get(&[
            "blocked_by",
            "pg_blocking_pids",
            "blocking_pids",
            "blocking_pid",
            "blockers",
        ])
        .unwrap_or_default();
    let pids = told.trim_matches(['{', '}', '[', ']']).split(',');
    let pids = pids.map(str::trim);
    pids.filter(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()))
        .take(BLOCKERS_MAX)
        .collect()
}

/// Sessions that hold up others, without those that are held up themselves.
fn blockers(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut held: BTreeMap<String, Vec<&TableRow>> = BTreeMap::new();
    for row in rows {
        for blocker in blockers_of(row) {
            held.entry(blocker.to_owned()).or_default().push(row);
        }
    }
    let waiters = rows.iter().filter(|row| !blockers_of(row).is_empty());
    let waiters: BTreeSet<&str> = waiters
        .filter_map(|row| row.get(&["pid", "blocked_pid"]))
        .collect();
    let is_root = |blocker: &str| !waiters.contains(blocker);
    let behind = held.values().map(Vec::len).sum::<usize>();
    // Of several chains nothing tells how many wait in which.
    let is_one = held.keys().filter(|it| is_root(it)).count() == 1;
    let roots = held.iter().filter(|(blocker, _)| is_root(blocker));
    roots
        .map(|(blocker, waiting)| {
            let own = rows.iter().find(|row| row.get(&["pid"]) == Some(blocker));
            let name = own.map_or_else(String::new, |row| {
                let state = row
                    .get(&["state"])
                    .map_or_else(String::new, |it| format!(", {it}"));
                format!(" ({}{state})", who(row))
            });
            let count = waiting.len();
            let behind = if is_one { behind } else { count };
            let more = if behind > count {
                format!(", {behind} wait in all")
            } else {
                String::new()
            };
            let place = own.unwrap_or(waiting[0]);
            let object = format!("pid {blocker}{name}");
            place.fact(
                &object,
                "blocks",
                &format!("{count}{more}"),
                Some(behind as f64),
            )
        })
        .collect()
}

/// What many sessions wait for at once.
fn wait_events(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut known: BTreeMap<String, (usize, &TableRow)> = BTreeMap::new();
    for row in rows {
        let kind = row.get(&["wait_event_type"]).unwrap_or_default();
        let Some(event) = row.get(&["wait_event"]) else {
            continue;
        };
        if !matches!(kind, "Client" | "Activity" | "Timeout" | "Extension") {
            let name = format!("{kind}:{event}");
            known.entry(name).or_insert((0, row)).0 += 1;
        }
    }
    let many = known
        .into_iter()
        .filter(|(_, (count, _))| *count >= WAITERS_MIN);
    many.map(|(name, (count, row))| {
        row.fact(
            &name,
            "sessions_waiting",
            &count.to_string(),
            Some(count as f64),
        )
    })
    .collect()
}

/// Sessions whose commits wait for a standby.
fn waits_for_standby(rows: &[TableRow]) -> Option<CommandFact> {
    let waits = |row: &&TableRow| row.get(&["wait_event"]) == Some("SyncRep");
    let first = rows.iter().find(waits)?;
    let waiting = rows.iter().filter(waits).count();
    let value = format!("{waiting} of {} sessions wait in SyncRep", rows.len());
    Some(first.fact(who(first), "wait_for_standby", &value, Some(waiting as f64)))
}

/// A replication slot that nobody reads, or whose WAL is gone.
fn slot(row: &TableRow) -> Option<Vec<CommandFact>> {
    let name = row.get(&["slot_name"])?;
    let kept = row.named_like(&["retained", "lag", "behind", "kept", "size"]);
    let kept = kept.and_then(bytes);
    let value = kept.map_or_else(|| "f".to_owned(), told_bytes);
    let inactive = matches!(row.get(&["active"]), Some("f" | "false" | "False" | "no"));
    let lost = row.get(&["wal_status"]) == Some("lost");
    let facts = [
        inactive.then(|| row.fact(name, "slot_inactive", &value, kept)),
        lost.then(|| row.fact(name, "slot_lost", "lost", None)),
    ];
    Some(facts.into_iter().flatten().collect())
}

/// A standby that lags behind.
fn standby(row: &TableRow) -> Option<Vec<CommandFact>> {
    const LAGS: [&str; 4] = ["replay_lag", "flush_lag", "write_lag", "replication_lag"];
    if row.get(&["slot_name"]).is_some() {
        return None;
    }
    let name = row.get(&["application_name", "client_addr", "standby"])?;
    let by_time = row
        .get(&LAGS)
        .filter(|lag| lag.contains(':'))
        .and_then(seconds);
    let by_bytes = row
        .named_like(&["lag_bytes", "bytes_behind", "byte_lag"])
        .and_then(bytes);
    let facts = [
        by_time
            .filter(|lag| *lag >= 30.0)
            .map(|lag| row.fact(name, "standby_seconds", &told_seconds(lag), Some(lag))),
        by_bytes
            .filter(|lag| *lag >= 256e6)
            .map(|lag| row.fact(name, "standby_bytes", &told_bytes(lag), Some(lag))),
    ];
    Some(facts.into_iter().flatten().collect())
}

/// Blocks that a database found in its cache, and those it had to read.
fn cache(row: &TableRow) -> Option<Vec<CommandFact>> {
    let name = row.get(&["datname"])?;
    let (hits, misses) = (row.number(&["blks_hit"])?, row.number(&["blks_read"])?);
    let hit = row.fact(name, "keyspace_hits", &hits.to_string(), Some(hits));
    let missed = row.fact(name, "keyspace_misses", &misses.to_string(), Some(misses));
    Some(vec![hit, missed])
}

/// Transactions that a database has left before it stops taking writes.
fn age(row: &TableRow) -> Option<Vec<CommandFact>> {
    const NAMES: [&str; 8] = [
        "xid_age",
        "age",
        "frozen_xid_age",
        "age(datfrozenxid)",
        "datfrozenxid_age",
        "mxid_age",
        "relfrozenxid_age",
        "age(relfrozenxid)",
    ];
    let name = row.get(&["datname", "relname", "oid"])?;
    let age = row.number(&NAMES).filter(|age| *age >= AGE_MIN)?;
    Some(vec![row.fact(name, "xid_age", &age.to_string(), Some(age))])
}
