//! Migrations: statements that change a schema.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::fingerprint;
use crate::logs::TextLine;

const STATEMENT: &str = r#"^\s*(create|drop|alter|rename|truncate)\s+(?:or\s+replace\s+)?(?:unique\s+|temporary\s+|materialized\s+)?(index|table|view|column|type|sequence|function|trigger|role|database|schema)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?(["\w.]+)"#;

static CHANGES_SCHEMA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    RegexBuilder::new(STATEMENT)
        .case_insensitive(true)
        .build()
        .ok()
});

/// Reads the statements of a migration line by line.
#[derive(Debug)]
pub(crate) struct SqlReader {
    pub(crate) changes: Vec<Change>,
    pub(crate) dropped: u64,
    limit: usize,
    file: String,
}

impl SqlReader {
    pub(crate) fn new(limit: usize, file_name: Option<&str>) -> Self {
        Self {
            changes: Vec::new(),
            dropped: 0,
            limit,
            file: file_name.unwrap_or_default().to_owned(),
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        let Some(found) = CHANGES_SCHEMA
            .as_ref()
            .and_then(|known| known.captures(line.text))
        else {
            return;
        };
        let (verb, kind) = (found[1].to_ascii_lowercase(), found[2].to_ascii_lowercase());
        let path = format!("{kind} {}", found[3].trim_matches('"'));
        let change = Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("sql", &format!("{verb} {path}")),
            file: self.file.clone(),
            component: None,
            direction: match verb.as_str() {
                "create" => ChangeDirection::Added,
                "drop" | "truncate" => ChangeDirection::Removed,
                _ => ChangeDirection::Replaced,
            },
            path,
            before: None,
            after: None,
            secret: false,
            changed_at: None,
            citation: line.citation(),
        };
        if self.changes.len() < self.limit {
            self.changes.push(change);
        } else {
            self.dropped += 1;
        }
    }
}

/// Returns whether a file is a script of statements by its name.
pub(crate) fn is_script(file_name: Option<&str>) -> bool {
    file_name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".sql"))
}
