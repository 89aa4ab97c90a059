//! Readers for metrics, configuration, diffs and command output.

pub(crate) mod bounds;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod csv;
pub(crate) mod diff;
pub(crate) mod document;
pub(crate) mod json;
pub(crate) mod metrics;
pub(crate) mod objects;
pub(crate) mod plan;
pub(crate) mod series;
pub(crate) mod spans;
pub(crate) mod sql;
pub(crate) mod table;
pub(crate) mod together;
pub(crate) mod units;

use chrono::{DateTime, Utc};

use crate::citation::Citation;
use crate::logs::TextLine;
use crate::time::parse_utc;

impl TextLine<'_> {
    /// Returns the place of the whole quotable line.
    pub(crate) fn citation(&self) -> Citation {
        Citation {
            byte_start: self.start,
            byte_end: self.end,
            line_start: self.number,
            line_end: self.number,
            quote: self.quote.to_owned(),
        }
    }
}

/// A command line printed above its output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommandHeader {
    pub(crate) command: String,
    pub(crate) observed_at: Option<DateTime<Utc>>,
}

/// Reads `$ command`, `user@host:~$ command`, `# command`, `# <time> command`, and what is typed at the prompt
/// of a client of a database: `shop=> select 1` is a command of psql.
pub(crate) fn command_header(text: &str) -> Option<CommandHeader> {
    if let Some((client, typed)) = at_client(text) {
        return Some(CommandHeader {
            command: format!("{client} {typed}"),
            observed_at: None,
        });
    }
    let rest = prompt(text)?.trim();
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(time) = parse_utc(first).filter(|_| first.len() >= 19) {
        let command = after.trim().to_owned();
        return (!command.is_empty()).then_some(CommandHeader {
            command,
            observed_at: Some(time),
        });
    }
    let program = first.rsplit('/').next().unwrap_or(first);
    let shell = !text.starts_with('#') || is_known_program(program);
    let valid = program.starts_with(|c: char| c.is_ascii_alphabetic()) && shell;
    valid.then(|| CommandHeader {
        command: rest.to_owned(),
        observed_at: None,
    })
}

fn prompt(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("$ ").or_else(|| text.strip_prefix("# ")) {
        return Some(rest);
    }
    let at = text.find("$ ").or_else(|| text.find("# "))?;
    let before = &text[..at];
    let shell = before.contains('@') && before.len() <= 80 && !before.trim_start().contains(' ')
        || (before.starts_with('[') && before.contains('@') && before.ends_with(']'));
    shell.then(|| &text[at + 2..])
}

/// First words of what is typed at a prompt of psql.
const STATEMENTS: [&str; 22] = [
    "select", "show", "explain", "with", "table", "values", "analyze", "vacuum", "begin", "commit",
    "rollback", "alter", "update", "delete", "insert", "create", "drop", "set", "reset", "copy",
    "reindex", "call",
];

/// Returns the client of a database behind whose prompt something was typed, and what.
fn at_client(text: &str) -> Option<(&'static str, &str)> {
    let typed = |prompt: &str| {
        let typed = text.strip_prefix(prompt)?.trim();
        typed
            .starts_with(|it: char| it.is_ascii_alphabetic())
            .then_some(typed)
    };
    if let Some(typed) = typed("mysql> ") {
        return Some(("mysql", typed));
    }
    let at = text.find("=> ").or_else(|| text.find("=# "))?;
    let (database, typed) = (&text[..at], text[at + 3..].trim());
    let is_name = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    let first = typed.split([' ', ';', '(']).next()?.to_ascii_lowercase();
    let is_statement =
        STATEMENTS.contains(&first.as_str()) || typed.starts_with('\\') && typed.len() > 1;
    (!database.is_empty() && database.len() <= 63 && database.chars().all(is_name) && is_statement)
        .then_some(("psql", typed))
}

/// Programs whose output is commonly captured.
const PROGRAMS: [&str; 60] = [
    "kubectl",
    "docker",
    "systemctl",
    "journalctl",
    "df",
    "free",
    "top",
    "ps",
    "dig",
    "getent",
    "host",
    "nslookup",
    "ping",
    "curl",
    "wget",
    "netstat",
    "ss",
    "lsof",
    "uptime",
    "vmstat",
    "iostat",
    "dmesg",
    "cat",
    "tail",
    "grep",
    "ls",
    "ip",
    "ifconfig",
    "nc",
    "telnet",
    "openssl",
    "psql",
    "pg_isready",
    "pg_ctl",
    "pg_amcheck",
    "pg_checksums",
    "mysql",
    "redis-cli",
    "mongosh",
    "kafka-topics.sh",
    "kafka-consumer-groups.sh",
    "jstack",
    "jcmd",
    "du",
    "mount",
    "lsblk",
    "sysctl",
    "ulimit",
    "traceroute",
    "mtr",
    "helm",
    "podman",
    "crictl",
    "nginx",
    "php",
    "node",
    "python3",
    "sudo",
    "iotop",
    "sar",
];

/// Returns whether a word names a program whose output is commonly captured.
pub(crate) fn is_known_program(program: &str) -> bool {
    PROGRAMS.contains(&program)
}

/// Reads a number with an optional unit; returns value and unit.
pub(crate) fn number_with_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim().trim_matches(['"', '\'']);
    let end = text
        .bytes()
        .enumerate()
        .position(|(at, byte)| {
            !(byte.is_ascii_digit() || byte == b'.' || (at == 0 && byte == b'-'))
        })
        .unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim();
    (unit.len() <= 6
        && unit
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'%'))
    .then_some((value, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_time_stamped_headers_are_commands() {
        let header =
            command_header("# 2025-03-04T14:20:00Z curl -s localhost:8081/metrics").unwrap();
        assert_eq!(header.command, "curl -s localhost:8081/metrics");
        assert_eq!(
            header.observed_at.unwrap().to_rfc3339(),
            "2025-03-04T14:20:00+00:00"
        );
        assert_eq!(
            command_header("$ getent hosts db").unwrap().command,
            "getent hosts db"
        );
        assert_eq!(
            command_header("root@db1:~# df -h").unwrap().command,
            "df -h"
        );
        assert!(command_header("# HELP http_requests_total Requests").is_none());
        assert!(command_header("# A heading of a document").is_none());
        for (line, command) in [
            ("shop=> select 1;", "psql select 1;"),
            ("shop=# \\d orders", "psql \\d orders"),
            ("mysql> show processlist;", "mysql show processlist;"),
        ] {
            assert_eq!(command_header(line).unwrap().command, command);
        }
        for line in [
            "key=> value",
            "a b=> select 1",
            "shop=> ",
            "mysql> ",
            "=> select 1",
        ] {
            assert!(command_header(line).is_none(), "{line}");
        }
    }

    #[test]
    fn units_are_split_off() {
        assert_eq!(number_with_unit("512Mi"), Some((512.0, "Mi")));
        assert_eq!(number_with_unit("\"5\""), Some((5.0, "")));
        assert_eq!(number_with_unit("10.0.0.1"), None);
    }
}
