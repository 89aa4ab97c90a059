//! What clients of databases and of TLS print: rows, plans, counters, dates.

use super::layout::Report;

/// Rows that a filter throws away from which a scan of the whole table is worth a word.
const ROWS_MIN: f64 = 1_000.0;
/// What `columns` holds while a plan is read, before the name of the table.
const SCANNED: &str = "seq scan";

/// Reports what a line of a `psql` table or plan shows; `columns` holds the heading.
pub(super) fn table(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    if let Some((_, scanned)) = text.split_once("Seq Scan on ") {
        let name = scanned.split(' ').next().unwrap_or_default();
        *columns = vec![SCANNED.to_owned(), name.to_owned()];
        return;
    }
    if let Some((_, rows)) = text.split_once("Rows Removed by Filter: ") {
        let removed = rows.trim().parse::<f64>().ok();
        if let [kind, name] = columns.as_slice()
            && kind == SCANNED
            && removed.is_some_and(|removed| removed >= ROWS_MIN)
        {
            report(&name.clone(), "seq_scan", rows.trim(), removed);
        }
        return;
    }
    let is_rule = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'-' | b'+'));
    if is_rule || text.starts_with('(') {
        return;
    }
    let cells: Vec<&str> = text.split('|').map(str::trim).collect();
    let is_heading = cells.len() > 1 && cells.iter().all(|cell| is_name(cell));
    if is_heading && columns.len() != cells.len() {
        *columns = cells.iter().map(|cell| (*cell).to_owned()).collect();
        return;
    }
    row(&cells, columns, report);
}

fn row(cells: &[&str], columns: &[String], report: &mut Report<'_>) {
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        cells.get(at).copied().filter(|cell| !cell.is_empty())
    };
    let who = cell("usename").or_else(|| cell("pid")).unwrap_or("session");
    if let Some(state) = cell("state").filter(|state| state.starts_with("idle in transaction")) {
        report(who, "idle_in_transaction", state, None);
    }
    if cell("wait_event_type") == Some("Lock") {
        let blocker = cell("blocked_by").unwrap_or("another session");
        report(who, "waits_for_lock", blocker, None);
    }
    if let (Some(slot), Some("f")) = (cell("slot_name"), cell("active")) {
        report(slot, "slot_inactive", "f", None);
    }
    if let (Some(slot), Some("lost")) = (cell("slot_name"), cell("wal_status")) {
        report(slot, "slot_lost", "lost", None);
    }
}

fn is_name(cell: &str) -> bool {
    let starts = cell.starts_with(|first: char| first.is_ascii_lowercase());
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '?');
    starts && cell.chars().all(is_word)
}

/// Reports the counters of `redis-cli info` that tell how the server fares.
pub(super) fn redis(text: &str, report: &mut Report<'_>) {
    const TOLD: [&str; 12] = [
        "uptime_in_seconds",
        "loading",
        "connected_clients",
        "maxclients",
        "used_memory",
        "maxmemory",
        "rdb_last_bgsave_status",
        "aof_last_write_status",
        "master_link_status",
        "rejected_connections",
        "evicted_keys",
        "cluster_state",
    ];
    if let Some((key, value)) = text.trim().split_once(':')
        && TOLD.contains(&key)
    {
        report("redis", key, value, value.parse().ok());
    }
}

/// Reports the verdict of `openssl` on a chain, and how long a certificate is valid.
pub(super) fn certificate(text: &str, report: &mut Report<'_>) {
    const BOUNDS: [(&str, &str); 4] = [
        ("notBefore=", "not_before"),
        ("notAfter=", "not_after"),
        ("Not Before:", "not_before"),
        ("Not After :", "not_after"),
    ];
    let line = text.trim_start();
    let bound = BOUNDS
        .iter()
        .find_map(|(start, key)| Some((line.strip_prefix(start)?, *key)));
    if let Some((time, key)) = bound {
        report("certificate", key, time.trim(), None);
        return;
    }
    let Some((_, verdict)) = text
        .split_once("erify return code: ")
        .or_else(|| text.split_once("erify error:num="))
    else {
        return;
    };
    let end = verdict
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(verdict.len());
    let code = verdict[..end].parse().ok();
    report("certificate", "verify_code", verdict.trim(), code);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lines: &[&str]) -> Vec<(String, String, String)> {
        let mut columns = Vec::new();
        let mut found = Vec::new();
        for line in lines {
            table(line, &mut columns, &mut |object, key, value, _| {
                found.push((object.to_owned(), key.to_owned(), value.to_owned()));
            });
        }
        found
    }

    fn keys(lines: &[&str]) -> Vec<String> {
        facts(lines).into_iter().map(|(_, key, _)| key).collect()
    }

    #[test]
    fn sessions_that_hold_or_await_locks_are_told() {
        let shown = [
            " pid | usename  |        state        | wait_event_type | blocked_by ",
            "-----+----------+---------------------+-----------------+------------",
            " 589 | backfill | idle in transaction | Client          | {}",
            " 910 | shop     | active              | Lock            | {589}",
            " 911 | shop     | active              |                 | {}",
            "(3 rows)",
        ];
        let found = facts(&shown);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].0, "backfill");
        assert_eq!(found[1].1, "waits_for_lock");
    }

    #[test]
    fn slots_without_a_reader_are_told() {
        let heading = " slot_name | active | wal_status ";
        assert_eq!(
            keys(&[heading, "---+---", " analytics | f | extended "]),
            ["slot_inactive"]
        );
        assert_eq!(keys(&[heading, " db_2 | t | reserved "]), [""; 0]);
    }

    #[test]
    fn a_scan_counts_when_its_filter_throws_rows_away() {
        let scan = " Seq Scan on parcels  (cost=0.00..86516.43 rows=3 width=15)";
        let many = "   Rows Removed by Filter: 2499997";
        let few = "   Rows Removed by Filter: 12";
        assert_eq!(keys(&[scan, many]), ["seq_scan"]);
        assert_eq!(keys(&[scan, few]), [""; 0]);
        assert_eq!(keys(&[" Index Scan using a on b", many]), [""; 0]);
    }

    #[test]
    fn counters_and_verdicts_are_read() {
        let mut found = Vec::new();
        let mut take = |_: &str, key: &str, _: &str, number: Option<f64>| {
            found.push((key.to_owned(), number));
        };
        redis("connected_clients:12", &mut take);
        redis("redis_mode:standalone", &mut take);
        certificate(
            "Verify return code: 10 (certificate has expired)",
            &mut take,
        );
        certificate("notAfter=Nov 28 17:34:36 2026 GMT", &mut take);
        assert_eq!(
            found,
            [
                ("connected_clients".to_owned(), Some(12.0)),
                ("verify_code".to_owned(), Some(10.0)),
                ("not_after".to_owned(), None)
            ]
        );
    }
}
