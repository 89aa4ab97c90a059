//! How a command ended, as its output says.

use super::layout::{dig_answer, first_address, http_status};
use crate::analysis::CommandOutcome;

/// Returns how a line of output says that the command ended.
pub(crate) fn outcome(tool: &str, text: &str) -> Option<CommandOutcome> {
    let lower = text.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if !is_network(tool) {
        return None;
    }
    if is_client(tool) && !is_complaint(&lower) {
        return positive(tool, text, &lower);
    }
    if says(&[
        "nxdomain",
        "servfail",
        "could not resolve",
        "name or service not known",
        "unknown host",
        "can't find",
        "temporary failure in name resolution",
        "not found: 3",
        "no such host",
    ]) {
        return Some(CommandOutcome::NotResolved);
    }
    if says(&["connection refused", "status: refused"]) {
        return Some(CommandOutcome::Refused);
    }
    if says(&[
        "timed out",
        "no servers could be reached",
        "100% packet loss",
        "timeout",
    ]) {
        return Some(CommandOutcome::TimedOut);
    }
    if says(&[
        "no route to host",
        "network is unreachable",
        "ssl certificate problem",
        "password authentication failed",
        "access denied",
    ]) {
        return Some(CommandOutcome::Failed);
    }
    positive(tool, text, &lower)
}

fn is_network(tool: &str) -> bool {
    matches!(
        tool,
        "getent"
            | "dig"
            | "host"
            | "nslookup"
            | "ping"
            | "curl"
            | "wget"
            | "nc"
            | "telnet"
            | "psql"
            | "pg_isready"
            | "mysql"
            | "redis-cli"
            | "mongosh"
            | "openssl"
            | "traceroute"
    )
}

/// Clients print settings and rows, in which words such as "timeout" say nothing.
fn is_client(tool: &str) -> bool {
    matches!(tool, "psql" | "mysql" | "redis-cli" | "mongosh" | "openssl")
}

/// Returns whether a client speaks of itself rather than printing what it was asked for.
fn is_complaint(lower: &str) -> bool {
    const STARTS: [&str; 14] = [
        "psql",
        "mysql",
        "mongo",
        "could not connect",
        "connection to server",
        "error",
        "(error)",
        "fatal",
        "noauth",
        "wrongpass",
        "connect",
        "verify error",
        "unable to",
        "i/o error",
    ];
    STARTS
        .iter()
        .any(|start| lower.trim_start().starts_with(start))
}

fn positive(tool: &str, text: &str, lower: &str) -> Option<CommandOutcome> {
    match tool {
        "getent" => first_address(text).map(|_| CommandOutcome::Resolved),
        "dig" => dig_answer(text).map(|_| CommandOutcome::Resolved),
        "host" => lower
            .contains("has address")
            .then_some(CommandOutcome::Resolved),
        "nslookup" => {
            let answer = lower.starts_with("address:") && !text.contains('#');
            answer.then_some(CommandOutcome::Resolved)
        }
        "ping" => lower
            .contains(" 0% packet loss")
            .then_some(CommandOutcome::Succeeded),
        "nc" | "telnet" => (lower.contains("succeeded") || lower.contains("connected to"))
            .then_some(CommandOutcome::Succeeded),
        "redis-cli" => (lower.trim() == "pong").then_some(CommandOutcome::Succeeded),
        "pg_isready" if lower.ends_with("- accepting connections") => {
            Some(CommandOutcome::Succeeded)
        }
        "pg_isready" if lower.ends_with("- no response") || lower.contains("rejecting") => {
            Some(CommandOutcome::Failed)
        }
        "curl" | "wget" => http_status(text).map(|status| {
            if status >= 500 {
                CommandOutcome::Failed
            } else {
                CommandOutcome::Succeeded
            }
        }),
        _ => None,
    }
}

/// Returns the outcome of a command whose output does not say it.
pub(crate) fn default_outcome(tool: &str, silent: bool, has_facts: bool) -> CommandOutcome {
    match tool {
        "getent" if silent => CommandOutcome::NotResolved,
        _ if has_facts => CommandOutcome::Succeeded,
        _ => CommandOutcome::Unknown,
    }
}

/// Returns the outcome that weighs more: a failure over a success, the first of two failures.
pub(crate) fn worse(known: CommandOutcome, new: CommandOutcome) -> CommandOutcome {
    let rank = |outcome| match outcome {
        CommandOutcome::Unknown => 0,
        CommandOutcome::Succeeded | CommandOutcome::Resolved => 1,
        _ => 2,
    };
    if rank(new) > rank(known) { new } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_a_client_prints_are_no_outcome() {
        for (tool, line, expected) in [
            ("redis-cli", "timeout:0", None),
            ("redis-cli", "# Keyspace timeout", None),
            ("psql", " statement_timeout | 5s", None),
            (
                "redis-cli",
                "Could not connect to Redis at cache:6379: Connection refused",
                Some(CommandOutcome::Refused),
            ),
            (
                "psql",
                "psql: error: connection to server at \"db\" failed: Connection timed out",
                Some(CommandOutcome::TimedOut),
            ),
            ("redis-cli", "PONG", Some(CommandOutcome::Succeeded)),
            (
                "pg_isready",
                "db:5432 - no response",
                Some(CommandOutcome::Failed),
            ),
            (
                "pg_isready",
                "db:5432 - accepting connections",
                Some(CommandOutcome::Succeeded),
            ),
            ("df", "timeout", None),
        ] {
            assert_eq!(outcome(tool, line), expected, "{tool}: {line}");
        }
    }
}
