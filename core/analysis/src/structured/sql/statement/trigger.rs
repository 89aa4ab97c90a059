//! Statements that create or drop a trigger, which make each change of a row do more.

use std::sync::LazyLock;

use regex::Regex;

use super::{GoesOn, Statement, Statements, bare, compiled, direction};

/// What stands between the name of a trigger and that of its table.
static ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^\s*(?:(?:before|after|instead\s+of|for)\s+(?:insert|update|delete|truncate)\b[^;]*?\s)?on\s+(?:only\s+)?(?<table>NAME)",
    )
});

/// The beginning of such a text, whose table stands on a later line.
static BEGINS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"^\s*(?:--.*)?$|^\s*(?:before|after|instead\s+of|for)\b[^;]*$"));

/// Reads what stands behind the name of a trigger.
pub(super) fn trigger(verb: &str, name: &str, rest: &str) -> Option<Statements> {
    let mut told = Statements::default();
    if let Some(found) = ON.as_ref()?.captures(rest) {
        told.found = vec![on(verb, name, &found["table"])];
        told.goes_on = behind(verb);
    } else if verb == "create" && BEGINS.as_ref()?.is_match(rest) {
        told.goes_on = GoesOn::Trigger(name.to_owned());
    } else {
        return None;
    }
    Some(told)
}

/// Reads a line behind the one that names a new trigger.
pub(crate) fn goes_on(name: &str, text: &str) -> Option<Statements> {
    const WORDS: [&str; 12] = [
        "before", "after", "instead", "for", "or", "of", "insert", "update", "delete", "truncate",
        "on", "--",
    ];
    let lower = text.trim_start().to_ascii_lowercase();
    if !lower.is_empty() && !WORDS.iter().any(|word| lower.starts_with(word)) {
        return None;
    }
    trigger("create", name, text).or_else(|| {
        let behind_events = format!("for update {}", text.trim_start());
        trigger("create", name, &behind_events)
    })
}

fn on(verb: &str, name: &str, table: &str) -> Statement {
    Statement {
        verb: verb.to_owned(),
        path: format!("trigger {name} on table {}", bare(table)),
        after: None,
        direction: direction(verb),
        secret: false,
    }
}

fn behind(verb: &str) -> GoesOn {
    match verb {
        "create" => GoesOn::Body { quoted: false },
        _ => GoesOn::Statement,
    }
}
