//! Parameters that PostgreSQL says it took over when its configuration was read again.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::event::{LineEvent, LineSample};
use crate::fingerprint;
use crate::logs::by_form::ByForm;
use crate::logs::schema::without_password;
use crate::structured::config::{is_secret, shown};
use crate::structured::sql::password_at;
use crate::template::FormTable;
use crate::time::to_utc;

const CHANGES_MAX: usize = 40;

/// Quotes are escaped in records of JSON, and doubled in rows.
static TAKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"parameter \\?"{1,2}(?P<key>[\w.]{1,63})\\?"{1,2} (?:changed to \\?"{1,2}(?P<value>[^"\\]*)|removed from configuration file, reset to default)"#,
    )
    .ok()
});

/// Collects the parameters while lines pass by.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// Whether lines of each form tell one.
    telling: ByForm<bool>,
    taken: Vec<(String, Option<String>, LineSample)>,
}

impl Parameters {
    /// Takes an event that was just added to the table.
    pub(super) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        let found = || TAKEN.as_ref().and_then(|it| it.captures(event.quote));
        let tells = || event.quote.contains("parameter ") && found().is_some();
        let tells = *self.telling.get(table, form, tells);
        if !tells || self.taken.len() >= CHANGES_MAX {
            return;
        }
        let line = without_password(LineSample::of(event));
        if let Some((found, line)) = found().zip(line) {
            let value = found.name("value").map(|it| it.as_str().to_owned());
            let key = found["key"].to_owned();
            self.taken.push((key, value, line));
        }
    }

    /// Returns what was taken over, in order of the lines.
    pub(super) fn changes(&self, file: &str) -> Vec<Change> {
        let secret = |key: &str, it: &str| is_secret(key, it) || password_at(it).is_some();
        let changes = self.taken.iter().map(|(key, value, line)| Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("parameter", key),
            file: file.to_owned(),
            component: None,
            path: format!("parameter {key}"),
            before: None,
            after: value.as_deref().map(|it| shown(it, secret(key, it))),
            direction: ChangeDirection::Replaced,
            secret: value.as_deref().is_some_and(|it| secret(key, it)),
            changed_at: line.time.and_then(to_utc),
            citation: line.citation(),
        });
        changes.collect()
    }
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
