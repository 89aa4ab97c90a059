//! How many sessions a server has, whose they are, and how many it takes.

use std::collections::BTreeMap;

use super::TableRow;
use crate::analysis::CommandFact;

/// Sessions of one application from which they are many.
const SESSIONS_MIN: f64 = 20.0;
/// Sessions in an open transaction that does nothing, from which their share is told.
const OPEN_MIN: f64 = 5.0;
const OPEN_SHARE: f64 = 0.2;
/// Sessions in all from which they may come near a limit.
const TOTAL_MIN: f64 = 10.0;
const OPEN: &str = "idle in transaction";
const LIMITS: &[&str] = &["max_connections", "max_conn", "max_conns"];
const USED: &[&str] = &[
    "count",
    "used",
    "total",
    "connections",
    "sessions",
    "numbackends",
];

pub(super) const COUNTS: &[&str] = &[
    "count",
    "sessions",
    "connections",
    "numbackends",
    "total",
    "n",
];

/// Applications that hold many sessions, and in which state.
pub(super) fn crowds(rows: &[TableRow]) -> Vec<CommandFact> {
    type Crowd<'a> = (BTreeMap<&'a str, f64>, &'a TableRow);
    let mut crowds: BTreeMap<&str, Crowd<'_>> = BTreeMap::new();
    for row in rows {
        let Some(state) = row.get(&["state"]) else {
            continue;
        };
        let Some(owner) = row.get(&["application_name", "usename", "client_addr", "datname"])
        else {
            continue;
        };
        let count = row.number(COUNTS).unwrap_or(1.0);
        let (states, _) = crowds
            .entry(owner)
            .or_insert_with(|| (BTreeMap::new(), row));
        *states.entry(state).or_default() += count;
    }
    let mut told = Vec::new();
    for (owner, (states, row)) in crowds {
        let all: f64 = states.values().sum();
        let open = states.iter().filter(|(state, _)| state.starts_with(OPEN));
        let open: f64 = open.map(|(_, count)| count).sum();
        let mut states: Vec<(&str, f64)> = states.into_iter().collect();
        states.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some(&(state, most)) = states.first() else {
            continue;
        };
        if all >= SESSIONS_MIN {
            let value = format!("{all} sessions, {most} of them {state}");
            told.push(row.fact(owner, "sessions", &value, Some(all)));
        }
        // A crowd that is mostly in this state says so itself.
        let is_told = all >= SESSIONS_MIN && state.starts_with(OPEN);
        if open >= OPEN_MIN && open >= all * OPEN_SHARE && !is_told {
            let percent = (open / all * 100.0).round();
            let value = format!("{open} of its {all} sessions ({percent} %)");
            told.push(row.fact(owner, "idle_share", &value, Some(open / all)));
        }
    }
    told
}

/// How many sessions there are in all, and how many the server takes when a row says so.
pub(super) fn total(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut found = Vec::new();
    let limit = rows.iter().find_map(|row| Some((row, row.number(LIMITS)?)));
    if let Some((row, most)) = limit {
        found.push(row.fact(
            "postgresql",
            "max_connections",
            &most.to_string(),
            Some(most),
        ));
    }
    let beside = limit.and_then(|(row, _)| Some((row, row.number(USED)?)));
    let counted = beside.or_else(|| {
        // Several tables may list the same sessions; the first of them counts.
        let first = rows.iter().find(|row| is_session(row))?;
        let names = |row: &TableRow| row.names().map(ToOwned::to_owned).collect::<Vec<String>>();
        let columns = names(first);
        let listed = rows
            .iter()
            .filter(|row| is_session(row) && names(row) == columns);
        let counts = listed.map(|row| match row.get(&["pid"]) {
            Some(_) => 1.0,
            None => row.number(COUNTS).unwrap_or(1.0),
        });
        Some((first, counts.sum()))
    });
    if let Some((row, all)) = counted.filter(|(_, all)| *all >= TOTAL_MIN) {
        found.push(row.fact("postgresql", "sessions_total", &all.to_string(), Some(all)));
    }
    found
}

/// Whether a row tells of one session, or of a number of them.
fn is_session(row: &TableRow) -> bool {
    let state = row.get(&["state"]).unwrap_or_default();
    let known = ["active", "idle", "fastpath", "disabled"];
    known.iter().any(|it| state.starts_with(it))
        && (row.get(&["pid"]).is_some() || row.number(COUNTS).is_some())
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    fn told(text: &str) -> Vec<String> {
        let analysis = analyze(text.as_bytes(), Options::default());
        let told = analysis.findings.into_iter().map(|it| it.statement);
        told.filter(|it| it.contains("of its") || it.contains("connections"))
            .collect()
    }

    const ROWS: &str = "$ psql -c 'select application_name, state, count(*) from pg_stat_activity group by 1,2'\n application_name |        state        | count \n------------------+---------------------+-------\n shop             | idle                |    60 \n shop             | idle in transaction |    22 \n report           | active              |    16 \n(3 rows)\n\n";
    const FULL: &str =
        "postgresql has 98 of 100 connections in use: further connections are turned away";
    const IDLE: &str =
        "shop is idle in transaction in 22 of its 82 sessions (27 %) and may hold locks";

    #[test]
    fn sessions_are_laid_beside_the_limit_however_it_is_told() {
        let shown = " max_connections \n-----------------\n 100\n(1 row)\n";
        let table = format!("{ROWS}$ psql -c 'SHOW max_connections'\n{shown}");
        assert_eq!(told(&table), [FULL, IDLE]);
        let bare = format!("{ROWS}$ psql -Atc 'show max_connections'\n100\n");
        assert_eq!(told(&bare), [FULL, IDLE]);
        let roomy = format!("{ROWS}$ psql -Atc 'show max_connections'\n500\n");
        assert_eq!(told(&roomy), [IDLE]);
        assert_eq!(told(ROWS), [IDLE]);
        let beside = "$ psql -c \"select count(*), current_setting('max_connections') max_connections from pg_stat_activity\"\n count | max_connections \n-------+-----------------\n    98 | 100\n(1 row)\n";
        assert_eq!(told(beside), [FULL]);
    }
}
