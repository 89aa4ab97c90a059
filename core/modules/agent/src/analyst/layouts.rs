//! What the output of a command is known by, whatever its form: aligned, delimited or as a document.

use std::collections::BTreeSet;

use faultmaven_proto::evidence::v1::{DataClass, Line};
use regex::RegexBuilder;

use super::restored::FileLines;

/// Lines that may hold the heading, or the names of a record.
const HEAD: usize = 8;
/// Share of the columns a statement selects that a heading has to name.
const SELECTED_SHARE: f64 = 0.6;
/// Words of a statement that name no column.
const SQL: &[&str] = &[
    "select", "count", "left", "round", "now", "max", "min", "sum", "as", "distinct", "desc", "and",
];
/// A cell that says no, in a table.
const NO: &str = r"(?:^|[|,\t])\s*(?:f|false)\s*(?:[|,\t]|$)";

/// An output, by what a command calls it.
struct Layout {
    /// What the command names.
    named: &'static str,
    columns: &'static [&'static str],
    /// What makes a row tell something; none where each row does.
    telling: &'static str,
}

const fn layout(
    named: &'static str,
    columns: &'static [&'static str],
    telling: &'static str,
) -> Layout {
    Layout {
        named,
        columns,
        telling,
    }
}

const LAYOUTS: [Layout; 24] = [
    layout(
        "pg_stat_activity",
        &[
            "pid",
            "usename",
            "application_name",
            "client_addr",
            "state",
            "wait_event",
            "wait_event_type",
            "query",
            "query_start",
            "xact_start",
            "backend_start",
            "blocked_by",
            "pg_blocking_pids",
        ],
        r"idle in transaction|\block\b|\{\d",
    ),
    layout(
        "pg_replication_slots",
        &[
            "slot_name",
            "slot_type",
            "plugin",
            "active",
            "active_pid",
            "restart_lsn",
            "confirmed_flush_lsn",
            "wal_status",
        ],
        r"\bactive\W+(?:f|false)\b|\blost\b|\bunreserved\b|\bextended\b",
    ),
    layout(
        "pg_prepared_xacts",
        &["transaction", "gid", "prepared", "owner", "database"],
        "",
    ),
    layout(
        "pg_locks",
        &["locktype", "relation", "mode", "granted", "pid"],
        r"accessexclusivelock|\bgranted\W+(?:f|false)\b",
    ),
    layout(
        "pg_stat_replication",
        &[
            "application_name",
            "client_addr",
            "state",
            "sent_lsn",
            "replay_lsn",
            "write_lag",
            "flush_lag",
            "replay_lag",
            "sync_state",
        ],
        "",
    ),
    layout(
        "pg_stat_archiver",
        &[
            "archived_count",
            "last_archived_wal",
            "failed_count",
            "last_failed_wal",
        ],
        "",
    ),
    layout("pg_database", &["datname", "age", "datfrozenxid"], ""),
    layout(
        "pg_sequences",
        &["sequencename", "last_value", "max_value", "schemaname"],
        "",
    ),
    layout(
        "pg_stat_user_tables",
        &[
            "relname",
            "seq_scan",
            "seq_tup_read",
            "idx_scan",
            "n_live_tup",
            "n_dead_tup",
        ],
        "",
    ),
    layout(
        "pg_stat_statements",
        &[
            "calls",
            "mean_exec_time",
            "total_exec_time",
            "queryid",
            "query",
        ],
        "",
    ),
    layout(
        "processlist",
        &[
            "id", "user", "host", "db", "command", "time", "state", "info",
        ],
        r"\block|waiting",
    ),
    layout(
        "df ",
        &[
            "filesystem",
            "size",
            "used",
            "avail",
            "available",
            "mounted",
            "inodes",
            "iused",
        ],
        r"\b(?:9\d|100)%",
    ),
    layout(
        "free ",
        &["total", "used", "free", "shared", "available"],
        "",
    ),
    layout(
        "kubectl get",
        &["name", "ready", "status", "restarts", "age"],
        r"crashloop|error|evicted|pending|oomkilled|imagepull|\b0/\d",
    ),
    layout(
        "kubectl get events",
        &["last", "seen", "type", "reason", "object", "message"],
        r"warning|failed|back-?off|kill|evict|unhealthy",
    ),
    layout(
        "kubectl top",
        &["pod", "name", "cpu", "cores", "memory", "bytes"],
        "",
    ),
    layout("kubectl rollout history", &["revision", "change-cause"], ""),
    layout(
        "docker stats",
        &["container", "cpu", "mem", "usage", "limit", "pids"],
        "",
    ),
    layout(
        "ps ",
        &["pid", "user", "cpu", "mem", "vsz", "rss", "stat", "command"],
        "",
    ),
    layout(
        "kubectl describe",
        &[
            "name",
            "namespace",
            "labels",
            "annotations",
            "status",
            "node",
        ],
        r"reason|exit code|last state|failed|back-?off",
    ),
    layout(
        "redis-cli",
        &[
            "used_memory",
            "used_memory_human",
            "maxmemory",
            "maxmemory_policy",
            "redis_version",
            "connected_clients",
            "maxmemory-policy",
        ],
        r"maxmemory|used_memory",
    ),
    layout(
        "kafka-consumer-groups",
        &[
            "group",
            "topic",
            "partition",
            "current-offset",
            "log-end-offset",
            "lag",
        ],
        "",
    ),
    layout(
        "kafka-topics",
        &["topic", "partition", "leader", "replicas", "isr"],
        r"leader\W+(?:none|-1)|isr",
    ),
    layout(
        "chronyc",
        &["reference", "stratum", "leap", "system", "offset"],
        r"system time|leap|offset",
    ),
];

/// Returns whether a file has the shape of what a command prints.
pub(super) fn is_output_of(command: &str, file: &FileLines) -> bool {
    if file.file.data_class() == DataClass::Logs {
        return false;
    }
    let head = head(file);
    let command = command.to_lowercase();
    selects(&command, &head)
        || named_in(&command).any(|layout| {
            has_columns(layout, &head) || is_named_after(&file.file.filename, layout.named)
        })
}

/// Returns the command whose output a file has the shape of, as far as it is a known one.
pub(super) fn command_of(file: &FileLines) -> Option<&'static str> {
    if file.file.data_class() == DataClass::Logs {
        return None;
    }
    let head = head(file);
    let known = LAYOUTS.iter().find(|layout| has_columns(layout, &head))?;
    Some(known.named.trim())
}

/// Returns whether a command can have printed data of the file's class.
pub(super) fn may_print(command: &str, file: &FileLines) -> bool {
    const LOGS: [&str; 6] = ["logs", "journalctl", "dmesg", "tail ", "/log", ".log"];
    const DIFFS: [&str; 3] = ["git ", "diff", "history"];
    let names = |parts: &[&str]| parts.iter().any(|part| command.contains(part));
    match file.file.data_class() {
        DataClass::Logs | DataClass::ErrorReport => names(&LOGS) || names(&["grep"]),
        DataClass::Diff => names(&DIFFS),
        DataClass::Trace | DataClass::Profile | DataClass::Archive | DataClass::Binary => false,
        _ => true,
    }
}

/// Returns the rows of an output that tell something, at most so many.
pub(super) fn telling_rows<'a>(command: &str, file: &'a FileLines, max: usize) -> Vec<&'a Line> {
    let command = command.to_lowercase();
    let rows = || {
        let lines = file.lines.iter().enumerate();
        lines.filter(|(at, line)| is_row(*at, &line.text, file))
    };
    let patterns = named_in(&command).filter_map(|layout| pattern(layout.telling));
    let patterns: Vec<regex::Regex> = patterns.collect();
    let tells = |line: &Line| patterns.iter().any(|it| it.is_match(&line.text));
    let telling: Vec<&Line> = rows()
        .map(|(_, line)| line)
        .filter(|it| tells(it))
        .collect();
    let shown = match telling.is_empty() {
        true => rows().map(|(_, line)| line).collect(),
        false => telling,
    };
    shown.into_iter().take(max).collect()
}

fn pattern(telling: &str) -> Option<regex::Regex> {
    let wanted = match telling {
        "" => return None,
        telling => format!("{telling}|{NO}"),
    };
    RegexBuilder::new(&wanted)
        .case_insensitive(true)
        .build()
        .ok()
}

fn head(file: &FileLines) -> BTreeSet<String> {
    let head = file.lines.iter().take(HEAD);
    words(head.map(|line| line.text.as_str()))
}

fn named_in(command: &str) -> impl Iterator<Item = &'static Layout> {
    LAYOUTS
        .iter()
        .filter(move |layout| command.contains(layout.named))
}

/// Words that mark the layout: three, or two of which one is no word of the language.
fn has_columns(layout: &Layout, head: &BTreeSet<String>) -> bool {
    let found = layout.columns.iter().filter(|it| head.contains(**it));
    let found: Vec<&&str> = found.collect();
    let is_own = |name: &&&str| name.contains(['_', '-']);
    found.len() >= 3 || found.len() == 2 && found.iter().any(is_own)
}

/// A file is named after what it holds: `pg_locks.txt`, `pg-locks-1.csv`.
fn is_named_after(file_name: &str, named: &str) -> bool {
    let name = file_name.to_lowercase().replace(['-', '.', ' '], "_");
    named.contains('_') && name.contains(named)
}

/// Returns whether a heading names what a statement selects.
fn selects(command: &str, head: &BTreeSet<String>) -> bool {
    let Some((_, rest)) = command.split_once("select ") else {
        return false;
    };
    let list = rest.split(" from ").next().unwrap_or(rest);
    let mut wanted = words([list]);
    wanted.retain(|it| !SQL.contains(&it.as_str()) && !it.bytes().all(|it| it.is_ascii_digit()));
    let found = wanted.iter().filter(|it| head.contains(*it)).count();
    found >= 2 && found as f64 >= SELECTED_SHARE * wanted.len() as f64
}

fn words<'a>(lines: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let is_of_a_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let parts = lines
        .into_iter()
        .flat_map(|line| line.split(move |letter: char| !is_of_a_name(letter)));
    parts
        .filter(|part| part.contains(char::is_alphanumeric))
        .map(|part| part.trim_matches('-').to_lowercase())
        .collect()
}

/// A line of data: neither heading, rule, prompt nor count of rows.
fn is_row(at: usize, line: &str, file: &FileLines) -> bool {
    let text = line.trim();
    let is_rule = text.chars().all(|it| "-+=| ".contains(it));
    let is_count = text.starts_with('(') && text.contains(" row");
    let is_prompt = text.starts_with(['$', '#']) || text.contains("=# ") || text.contains("=> ");
    let next = file.lines.get(at + 1).map_or("", |it| it.text.trim());
    let heads_a_table = next.starts_with("--") && next.chars().all(|it| "-+| ".contains(it));
    let has_digits = text.contains(|it: char| it.is_ascii_digit());
    let is_heading = heads_a_table || at == 0 && !has_digits && file.lines.len() > 1;
    !(text.is_empty() || is_rule || is_count || is_prompt || is_heading)
}

#[cfg(test)]
#[path = "layouts_tests.rs"]
mod tests;
