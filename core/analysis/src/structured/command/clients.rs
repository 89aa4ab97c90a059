//! What clients of databases and of TLS print: rows, plans, counters, dates.

use super::layout::Report;
use crate::structured::number_with_unit;
use crate::structured::plan::{Step, table_of};
use crate::structured::table::entry;
use crate::structured::units::bytes_of_unit;

/// Rows that a filter throws away from which a scan of the whole table is worth a word.
const ROWS_MIN: f64 = 1_000.0;
/// What `columns` holds while a plan is read, before the name of the table.
const SCANNED: &str = "seq scan";

/// What `columns` holds while the answer to `show max_connections` is read.
pub(super) const MAX_CONNECTIONS: &str = "max_connections";

/// Reports what a line of a plan or of a setting shows; `columns` holds the table that is scanned,
/// or the setting.
pub(super) fn plan(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    if text.trim() == MAX_CONNECTIONS {
        *columns = vec![MAX_CONNECTIONS.to_owned()];
        return;
    }
    if columns.first().is_some_and(|it| it == MAX_CONNECTIONS)
        && let Ok(number) = text.trim().parse::<u32>()
    {
        report(
            "postgresql",
            MAX_CONNECTIONS,
            text.trim(),
            Some(f64::from(number)),
        );
        columns.clear();
        return;
    }
    misjudged(text, report);
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
    }
}

/// Reports a step on a table that returned far more rows than the planner expected.
fn misjudged(text: &str, report: &mut Report<'_>) {
    let Some(step) = Step::of(text).filter(|it| it.is_misjudged()) else {
        return;
    };
    if let Some(table) = table_of(&step.does).filter(|_| step.came >= Some(ROWS_MIN)) {
        report(table, "rows_misjudged", &step.told(), None);
    }
}

/// Reports the counters of `redis-cli info` that tell how the server fares.
pub(super) fn redis(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    const TOLD: [&str; 15] = [
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
        "keyspace_hits",
        "keyspace_misses",
        "maxmemory_policy",
        "cluster_state",
    ];
    if let Some((key, value)) = text.trim().split_once(':')
        && TOLD.contains(&key)
    {
        report("redis", key, value, value.parse().ok());
    } else if text.starts_with("id=") {
        redis_client(text, report);
    } else {
        slow_log(text.trim(), columns, report);
    }
}

/// A line of the list of clients, by the name of the client or its address.
fn redis_client(text: &str, report: &mut Report<'_>) {
    let value = |key: &str| {
        let mut words = text.split_ascii_whitespace();
        words
            .find_map(|word| word.strip_prefix(key))
            .filter(|it| !it.is_empty())
    };
    let address = value("addr=")
        .and_then(|it| it.rsplit_once(':'))
        .map(|(host, _)| host);
    if let Some(who) = value("name=").or(address) {
        let idle = value("idle=").and_then(|it| it.parse().ok());
        report(who, "client", value("cmd=").unwrap_or_default(), idle);
    }
}

/// A line of the slow log; `columns` holds the microseconds of the entry that is read.
fn slow_log(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    if let Some(micros) = text.strip_prefix("3) (integer) ") {
        *columns = vec![micros.to_owned()];
    } else if let Some(command) = text.strip_prefix("4) 1) ")
        && let Some(micros) = columns.first().and_then(|it| it.parse::<f64>().ok())
    {
        let value = format!("{:.0} ms", micros / 1e3);
        report(
            command.trim_matches('"'),
            "slow_command",
            &value,
            Some(micros),
        );
    }
}

/// Reports the health of a search cluster; `columns` holds its name.
pub(super) fn cluster_health(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    if let Some(name) = entry(text, "cluster_name") {
        *columns = vec![name.to_owned()];
    }
    let health = entry(text, "status").filter(|it| matches!(*it, "red" | "yellow"));
    if let (Some(name), Some(health)) = (columns.first(), health) {
        let shards = entry(text, "unassigned_shards").and_then(|it| it.parse().ok());
        report(name, "cluster_health", health, shards);
    }
}

/// Reports the size of a directory.
pub(super) fn directory(text: &str, report: &mut Report<'_>) {
    if let Some((size, path)) = text.split_once('\t')
        && let Some((number, unit)) = number_with_unit(size)
    {
        // Without a unit, sizes are blocks of one kibibyte.
        let unit = if unit.is_empty() { "K" } else { unit };
        let Some(scale) = bytes_of_unit(unit) else {
            return;
        };
        report(path.trim(), "size", size.trim(), Some(number * scale));
    }
}

/// Returns whether a line tells the size of a directory.
pub(super) fn is_directory(text: &str) -> bool {
    text.split_once('\t').is_some_and(|(size, path)| {
        let is_size = size.starts_with(|first: char| first.is_ascii_digit());
        is_size && number_with_unit(size).is_some() && path.starts_with(['/', '.'])
    })
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
            plan(line, &mut columns, &mut |object, key, value, _| {
                found.push((object.to_owned(), key.to_owned(), value.to_owned()));
            });
        }
        found
    }

    fn keys(lines: &[&str]) -> Vec<String> {
        facts(lines).into_iter().map(|(_, key, _)| key).collect()
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
    fn a_step_that_returns_far_more_rows_than_expected_is_told() {
        let step = |came: u32| {
            format!(
                "   ->  Index Scan using s_batch on public.stage s  (cost=0.42..8.44 rows=1 width=38) (actual time=0.021..912.114 rows={came} loops=1)"
            )
        };
        let told = facts(&[&step(405_243)]);
        let expected = (
            "stage".to_owned(),
            "rows_misjudged".to_owned(),
            "Index Scan using s_batch on public.stage s returned 405243 rows where 1 were expected"
                .to_owned(),
        );
        assert_eq!(told, [expected]);
        assert!(facts(&[&step(40)]).is_empty());
        assert!(facts(&[&step(400)]).is_empty(), "few rows");
    }

    #[test]
    fn counters_and_verdicts_are_read() {
        let mut found = Vec::new();
        let mut take = |_: &str, key: &str, _: &str, number: Option<f64>| {
            found.push((key.to_owned(), number));
        };
        redis("connected_clients:12", &mut Vec::new(), &mut take);
        redis("redis_mode:standalone", &mut Vec::new(), &mut take);
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
