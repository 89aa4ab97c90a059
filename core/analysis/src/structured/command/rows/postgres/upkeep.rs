//! What rows show of the care of tables: dead rows, statistics, transactions that keep both waiting.

use chrono::{DateTime, TimeDelta, Utc};

use super::{TableRow, seconds, told_seconds};
use crate::analysis::{CommandFact, CommandRun};

const DEAD_MIN: f64 = 100_000.0;
const SCANS_MIN: f64 = 1_000.0;
const LIVE_MIN: f64 = 10_000.0;
/// Rows that changed since statistics were gathered, from which they may mislead.
const CHANGED_MIN: f64 = 10_000.0;
/// Share of the rows that has to have changed, and that may have been there when they were counted.
const CHANGED_SHARE: f64 = 0.9;
const EMPTY_SHARE: f64 = 0.01;
/// Tables without statistics beside others from which those are missing.
const UNCOUNTED_MIN: usize = 3;
/// Hours within which statistics are gathered where all is well.
const ANALYZED_WITHIN: i64 = 24;
/// Transactions that began since the oldest one a standby or slot holds on to.
const XMIN_AGE_MIN: f64 = 1_000_000.0;
/// Seconds for which a prepared transaction may wait for its coordinator.
const PREPARED_MIN: f64 = 60.0;

/// Columns that tell when a table was cared for last.
const CARED: [&str; 4] = [
    "last_vacuum",
    "last_autovacuum",
    "last_analyze",
    "last_autoanalyze",
];

/// Columns that tell when statistics of it were gathered last.
const LAST: [&str; 2] = ["last_analyze", "last_autoanalyze"];

/// Returns the newest time at which a table was cared for.
pub(super) fn newest(rows: &[TableRow]) -> Option<DateTime<Utc>> {
    let times = rows
        .iter()
        .flat_map(|row| CARED.iter().filter_map(|name| row.time(&[name])));
    times.max()
}

/// A transaction that was prepared and neither committed nor rolled back.
pub(super) fn prepared(row: &TableRow, now: Option<DateTime<Utc>>) -> Option<CommandFact> {
    let gid = row.get(&["gid"])?;
    let since = row.get(&["prepared"])?;
    let age = row
        .get(&["age", "prepared_age", "duration"])
        .and_then(seconds);
    let age = age.or_else(|| Some((now? - row.time(&["prepared"])?).num_seconds() as f64));
    let for_long = age.filter(|age| *age > 0.0);
    if for_long.is_some_and(|age| age < PREPARED_MIN) {
        return None;
    }
    let for_long = for_long.map_or_else(String::new, |age| format!(", for {}", told_seconds(age)));
    let transaction = row.get(&["transaction"]);
    let transaction = transaction.map_or_else(String::new, |it| format!(" (transaction {it})"));
    let value = format!("since {since}{for_long}{transaction}");
    Some(row.fact(gid, "prepared_transaction", &value, age))
}

/// Tells prepared transactions that sessions wait for, which another output may list.
pub(in crate::structured::command) fn waited_for(runs: &mut [CommandRun]) {
    let facts = runs.iter().flat_map(|it| &it.facts);
    let awaited: Vec<String> = facts
        .filter(|it| it.key == "lock_not_granted" && it.object.starts_with("transaction "))
        .map(|it| format!("({})", it.object))
        .collect();
    for run in runs.iter_mut() {
        let held = run
            .facts
            .iter()
            .filter(|it| it.key == "prepared_transaction");
        let held = held.filter(|it| awaited.iter().any(|awaited| it.value.ends_with(awaited)));
        let told: Vec<CommandFact> = held
            .map(|it| CommandFact {
                key: "prepared_transaction_blocks".to_owned(),
                ..it.clone()
            })
            .collect();
        run.facts.extend(told);
    }
}

/// A table full of dead rows, or one that is read as a whole again and again.
pub(super) fn table(row: &TableRow) -> Option<Vec<CommandFact>> {
    let name = row.get(&["relname", "table_name", "relation"])?;
    let live = row.number(&["n_live_tup", "live_tuples"]).unwrap_or(0.0);
    let mut found = Vec::new();
    if let Some(dead) = row.number(&["n_dead_tup", "dead_tuples"])
        && dead >= DEAD_MIN
        && dead >= live * 0.2
    {
        let last = row
            .get(&["last_autovacuum", "last_vacuum"])
            .unwrap_or("never");
        let value = format!("{dead} dead rows beside {live} live ones, last vacuumed {last}");
        found.push(row.fact(name, "dead_rows", &value, Some(dead / live.max(1.0))));
    }
    if let (Some(scans), Some(by_index)) = (row.number(&["seq_scan"]), row.number(&["idx_scan"]))
        && scans >= SCANS_MIN
        && scans > by_index * 10.0
        && live >= LIVE_MIN
    {
        let value =
            format!("{scans} times as a whole and {by_index} times by an index, with {live} rows");
        found.push(row.fact(name, "table_scans", &value, Some(scans)));
    }
    if let Some(options) = row.get(&["reloptions"]).filter(|it| is_off(it)) {
        found.push(row.fact(name, "autovacuum_off", options, None));
    }
    Some(found)
}

fn is_off(options: &str) -> bool {
    let options = options.to_ascii_lowercase().replace([' ', '"'], "");
    let mut set = options.trim_matches(['{', '}']).split(',');
    set.any(|it| {
        let value = it.strip_prefix("autovacuum_enabled=");
        value.is_some_and(|it| matches!(it, "false" | "off" | "0" | "no"))
    })
}

/// A table whose rows changed since its statistics were gathered.
pub(super) fn statistics(row: &TableRow, newest: Option<DateTime<Utc>>) -> Option<CommandFact> {
    let name = row.get(&["relname", "table_name", "relation"])?;
    let changed = row.number(&["n_mod_since_analyze"])?;
    let live = row.number(&["n_live_tup", "live_tuples"])?;
    let is_told = row.names().any(|it| LAST.contains(&it));
    if changed < CHANGED_MIN || changed < live * CHANGED_SHARE || !is_told {
        return None;
    }
    let times = LAST.iter().filter_map(|name| row.time(&[name]));
    let last = times.max();
    // Of a table that was all but empty then, nothing is known, however short ago that was.
    let was_empty = (0.0..=live * EMPTY_SHARE).contains(&(live - changed));
    if let Some(last) = last
        && !(was_empty && live >= LIVE_MIN)
        && newest.is_none_or(|newest| newest - last < TimeDelta::hours(ANALYZED_WITHIN))
    {
        return None;
    }
    let last = last.map_or_else(
        || "never".to_owned(),
        |time| format!("{} UTC", time.format("%Y-%m-%d %H:%M")),
    );
    let value = format!(
        "{changed} rows changed since statistics were gathered, with {live} rows, last analyzed {last}"
    );
    let share = changed / live.max(1.0);
    Some(row.fact(name, "statistics_outdated", &value, Some(share)))
}

/// A table that is read all the time although no rows of it are known and none were ever counted.
pub(super) fn unknown_to_the_planner(row: &TableRow) -> Option<CommandFact> {
    let name = row.get(&["relname", "table_name", "relation"])?;
    let live = row.number(&["n_live_tup", "live_tuples"])?;
    let scans = row.number(&["seq_scan"])? + row.number(&["idx_scan"]).unwrap_or(0.0);
    let is_told = LAST.iter().all(|last| row.names().any(|it| it == *last));
    let is_never = LAST.iter().all(|last| row.time(&[last]).is_none());
    let changed = row.number(&["n_dead_tup", "n_mod_since_analyze"])?;
    if !is_told || !is_never || live > 0.0 || scans < SCANS_MIN || changed == 0.0 {
        return None;
    }
    let value = format!("read {scans} times, 0 rows known, never analyzed");
    Some(row.fact(name, "statistics_missing", &value, Some(scans)))
}

/// Tables of which no rows are known and none were ever counted, beside others that were.
pub(super) fn never_analyzed(rows: &[TableRow]) -> Option<CommandFact> {
    let counts_scans = |row: &TableRow| row.names().any(|it| it == "seq_scan");
    let is_told = |row: &&TableRow| {
        let names = LAST.iter().all(|last| row.names().any(|it| it == *last));
        names && !counts_scans(row)
    };
    let is_known = |row: &&TableRow| LAST.iter().any(|last| row.time(&[last]).is_some());
    let (known, unknown): (Vec<&TableRow>, Vec<&TableRow>) =
        rows.iter().filter(is_told).partition(is_known);
    let is_empty = |row: &&&TableRow| row.number(&["n_live_tup", "live_tuples"]) == Some(0.0);
    let unknown: Vec<&&TableRow> = unknown.iter().filter(is_empty).collect();
    // A few tables are empty everywhere.
    if known.is_empty() || unknown.len() < UNCOUNTED_MIN.max(known.len() + 1) {
        return None;
    }
    let names = unknown
        .iter()
        .filter_map(|row| row.get(&["relname", "table_name", "relation"]));
    let names: Vec<&str> = names.collect();
    let value = format!(
        "0 rows known, never analyzed, while {} others were",
        known.len()
    );
    Some(unknown[0].fact(&names.join(", "), "statistics_missing", &value, None))
}

/// A standby or a slot that holds on to an old transaction.
pub(super) fn horizon(row: &TableRow) -> Option<CommandFact> {
    // What a slot keeps of the catalogs holds no rows of tables back.
    const AGES: [&str; 4] = [
        "xmin_age",
        "backend_xmin_age",
        "age(backend_xmin)",
        "age(xmin)",
    ];
    let is_kept = row.get(&["backend_xmin", "xmin"]).is_some();
    let plain = row.number(&["age"]).filter(|_| is_kept);
    let age = row.number(&AGES).or(plain);
    let age = age.filter(|age| *age >= XMIN_AGE_MIN)?;
    let value = format!("{age} transactions");
    if let Some(slot) = row.get(&["slot_name"]) {
        return Some(row.fact(slot, "slot_xmin", &value, Some(age)));
    }
    let streams = ["sent_lsn", "replay_lsn", "sync_state", "replay_lag"];
    let is_standby = row.names().any(|it| streams.contains(&it))
        || matches!(row.get(&["state"]), Some("streaming" | "catchup"));
    let name = row.get(&["application_name", "client_addr"])?;
    is_standby.then(|| row.fact(name, "standby_xmin", &value, Some(age)))
}
