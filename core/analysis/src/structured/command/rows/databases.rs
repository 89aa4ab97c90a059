//! What rows of MySQL and of Elasticsearch show.

use std::collections::BTreeMap;

use super::{TableRow, told_seconds};
use crate::analysis::CommandFact;

/// Idle connections of one user from which they are many.
const IDLE_MIN: usize = 30;
/// Seconds from which a statement runs long.
const LONG: f64 = 60.0;
const LAG_MIN: f64 = 30.0;

/// Returns what a list of MySQL's processes, or the status of a replica, shows.
pub(super) fn mysql(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut waiting: BTreeMap<&str, Vec<&TableRow>> = BTreeMap::new();
    let mut idle: BTreeMap<&str, Vec<&TableRow>> = BTreeMap::new();
    let mut found = Vec::new();
    for row in rows {
        found.extend(replica(row));
        let Some(command) = row.get(&["command"]) else {
            continue;
        };
        let state = row.get(&["state"]).unwrap_or_default();
        let user = row.get(&["user"]).unwrap_or("unknown");
        if state.starts_with("Waiting for") && state.ends_with("lock") {
            waiting.entry(state).or_default().push(row);
        } else if command == "Sleep" {
            idle.entry(user).or_default().push(row);
        } else if command == "Query"
            && let Some(time) = row.number(&["time"]).filter(|time| *time >= LONG)
        {
            let id = row.get(&["id"]).unwrap_or("?");
            let said = row.get(&["info"]).unwrap_or_default();
            let said: String = said.chars().take(80).collect();
            let value = format!("{} (id {id}): {said}", told_seconds(time));
            found.push(row.fact(user, "long_statement", &value, Some(time)));
        }
    }
    found.extend(waiting.into_iter().map(|(state, rows)| {
        rows[0].fact(
            state,
            "sessions_waiting",
            &rows.len().to_string(),
            Some(rows.len() as f64),
        )
    }));
    let many = idle.into_iter().filter(|(_, rows)| rows.len() >= IDLE_MIN);
    found.extend(many.map(|(user, rows)| {
        let value = format!("{} sessions, all of them asleep", rows.len());
        rows[0].fact(user, "sessions", &value, Some(rows.len() as f64))
    }));
    found
}

fn replica(row: &TableRow) -> Vec<CommandFact> {
    let mut found = Vec::new();
    for name in [
        "replica_io_running",
        "slave_io_running",
        "replica_sql_running",
        "slave_sql_running",
    ] {
        if row.get(&[name]) == Some("No") {
            let errors = ["last_sql_error", "last_io_error", "last_error"];
            let why = row.get(&errors).unwrap_or("no reason told");
            found.push(row.fact("replica", "replica_stopped", why, None));
        }
    }
    if let Some(lag) = row.number(&["seconds_behind_source", "seconds_behind_master"])
        && lag >= LAG_MIN
    {
        found.push(row.fact("replica", "standby_seconds", &told_seconds(lag), Some(lag)));
    }
    found.truncate(1);
    found
}

/// Returns what the health of a search cluster and of its indices shows.
pub(super) fn elastic(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut found = Vec::new();
    for row in rows {
        if let Some(index) = row.get(&["index"]) {
            let health = row
                .get(&["health"])
                .filter(|it| matches!(*it, "red" | "yellow"));
            let is_closed = row.get(&["status"]) == Some("close");
            found.extend(health.map(|it| row.fact(index, "index_health", it, None)));
            found.extend(is_closed.then(|| row.fact(index, "index_health", "closed", None)));
        } else if let Some(cluster) = row.get(&["cluster"]) {
            let health = row
                .get(&["status"])
                .filter(|it| matches!(*it, "red" | "yellow"));
            let unassigned = row.number(&["unassign", "unassigned_shards"]);
            found.extend(health.map(|it| row.fact(cluster, "cluster_health", it, unassigned)));
        }
    }
    found
}
