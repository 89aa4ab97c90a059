//! Statements that set something: of servers, databases, roles, and of how tables are kept.

use std::sync::LazyLock;

use regex::Regex;

use super::{Statement, altered, bare, compiled};
use crate::structured::config::{is_secret, shown};

static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^(?:alter\s+(?:(?<kind>role|user|database)\s+(?<owner>NAME)(?:\s+in\s+database\s+NAME)?|system)\s+set\s+|set\s+(?:global|persist)\s+|set\s+@@global\.)(?<key>[\w.]+)\s*(?:=|\bto\b)\s*(?<value>'[^']*'|[^\s;,]+)",
    )
});

static STORAGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"^\s*set\s*\((?<set>[^()]*)\)"));

static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^alter\s+(?:role|user)\s+(?<name>NAME)\s+(?:with\s+)?(?:(?<limit>connection\s+limit\s+-?\d+)|valid\s+until\s+(?<until>'[^']*')|(?<password>(?:encrypted\s+)?password\b|identified\b)|(?<rights>(?:no)?(?:login|superuser|createdb|createrole|inherit|replication|bypassrls)\b))",
    )
});

/// Reads how a table is stored and kept, as in `SET (autovacuum_enabled = false)`.
pub(super) fn storage(table: &str, rest: &str) -> Vec<Statement> {
    let found = STORAGE.as_ref().and_then(|it| it.captures(rest));
    let Some(found) = found else {
        return Vec::new();
    };
    let set = found["set"].split(',').filter_map(|it| it.split_once('='));
    set.map(|(key, value)| Statement {
        after: Some(value.trim().trim_matches('\'').to_owned()),
        ..altered(&format!("{} of table {table}", key.trim()))
    })
    .collect()
}

/// Reads a setting of a server, a database or a role.
pub(super) fn setting(text: &str) -> Option<Statement> {
    let found = SETTING.as_ref()?.captures(text)?;
    let value = found["value"].trim_matches('\'').to_owned();
    let path = match (found.name("kind"), found.name("owner")) {
        (Some(kind), Some(owner)) => {
            let kind = kind.as_str().to_lowercase().replace("user", "role");
            format!("{} of {kind} {}", &found["key"], bare(owner.as_str()))
        }
        _ => found["key"].to_owned(),
    };
    let secret = is_secret(&path, &value);
    Some(Statement {
        after: Some(shown(&value, secret)),
        secret,
        ..altered(&path)
    })
}

/// Reads what a role may do, how often and until when.
pub(super) fn role(text: &str) -> Option<Statement> {
    let found = ROLE.as_ref()?.captures(text)?;
    let name = bare(&found["name"]);
    let set = |what: &str, after: &str| Statement {
        after: Some(after.trim_matches('\'').to_owned()),
        ..altered(&format!("{what} of role {name}"))
    };
    if let Some(limit) = found.name("limit") {
        let number = limit.as_str().split_whitespace().next_back()?;
        return Some(set("connection limit", number));
    }
    if let Some(until) = found.name("until") {
        return Some(set("validity", until.as_str()));
    }
    if let Some(rights) = found.name("rights") {
        return Some(set("rights", &rights.as_str().to_uppercase()));
    }
    Some(Statement {
        secret: true,
        ..altered(&format!("password of role {name}"))
    })
}
