//! Migrations: statements that change a schema.

pub(crate) mod statement;

use crate::analysis::{Change, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::logs::TextLine;
use statement::{GoesOn, Statement, clauses, read, trigger_goes_on};

/// Reads the statements of a migration line by line.
#[derive(Debug)]
pub(crate) struct SqlReader {
    pub(crate) changes: Vec<Change>,
    pub(crate) dropped: u64,
    limit: usize,
    file: String,
    script: Script,
}

/// Lines of one statement after another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    goes_on: GoesOn,
}

impl SqlReader {
    pub(crate) fn new(limit: usize, file_name: Option<&str>) -> Self {
        Self {
            changes: Vec::new(),
            dropped: 0,
            limit,
            file: file_name.unwrap_or_default().to_owned(),
            script: Script::default(),
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        for statement in self.script.line(line.text) {
            if self.changes.len() < self.limit {
                let cited = match statement.secret {
                    true => without_password(line.citation()),
                    false => Some(line.citation()),
                };
                let told = cited.map(|cited| change(statement, &self.file, cited));
                self.changes.extend(told);
            } else {
                self.dropped += 1;
            }
        }
    }
}

impl Script {
    /// Returns a script that goes on behind a text that ends so.
    pub(crate) fn behind(text: &str, goes_on: GoesOn) -> Self {
        let goes_on = match goes_on {
            GoesOn::Body { quoted } => behind_body(quoted, text),
            other => other,
        };
        Self { goes_on }
    }

    /// Whether the table of a new trigger is still to come.
    pub(crate) fn awaits_table(&self) -> bool {
        matches!(self.goes_on, GoesOn::Trigger(_))
    }

    /// Reads the next line.
    pub(crate) fn line(&mut self, text: &str) -> Vec<Statement> {
        if let GoesOn::Body { quoted } = self.goes_on {
            self.goes_on = behind_body(quoted, text);
            return Vec::new();
        }
        if let GoesOn::Table(table) = &self.goes_on {
            let told = clauses(table, text);
            if text.contains(';') {
                self.goes_on = GoesOn::Statement;
            }
            return told;
        }
        if let GoesOn::Trigger(name) = &self.goes_on {
            let told = trigger_goes_on(name, text).unwrap_or_default();
            *self = Self::behind(text, told.goes_on);
            return told.found;
        }
        let Some(read) = read(text, true) else {
            return Vec::new();
        };
        *self = Self::behind(text, read.goes_on);
        read.found
    }
}

/// Returns where a line leaves the text of a function, which ends behind its closing quotation.
fn behind_body(quoted: bool, text: &str) -> GoesOn {
    let marks = ["$$", "$function$", "$body$", "$BODY$"];
    let count: usize = marks.iter().map(|mark| text.matches(mark).count()).sum();
    let quoted = quoted ^ (count % 2 == 1);
    if !quoted && text.trim_end().ends_with(';') {
        GoesOn::Statement
    } else {
        GoesOn::Body { quoted }
    }
}

/// Returns a statement as a change; whoever has a time adds it.
pub(crate) fn change(statement: Statement, file: &str, citation: Citation) -> Change {
    Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("sql", &format!("{} {}", statement.verb, statement.path)),
        file: file.to_owned(),
        component: object(&statement.path),
        direction: statement.direction,
        path: statement.path,
        before: None,
        after: statement.after,
        secret: statement.secret,
        changed_at: None,
        citation,
    }
}

/// Returns the table or collection that a part of it belongs to.
fn object(path: &str) -> Option<String> {
    let marks = [" on table ", " of collection "];
    let found = marks.iter().find_map(|mark| path.rsplit_once(mark))?;
    Some(found.1.to_owned())
}

/// Returns where the password of a statement begins, if one does.
pub(crate) fn password_at(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let marks = ["password", "identified"];
    let ends = marks
        .iter()
        .filter_map(|mark| Some(lower.find(mark)? + mark.len()));
    ends.min()
}

/// Cuts a quote in front of its password; none when its bytes cannot be counted.
fn without_password(mut cited: Citation) -> Option<Citation> {
    if let Some(cut) = password_at(&cited.quote) {
        let length = cited.byte_end - cited.byte_start;
        if length != cited.quote.len() as u64 {
            return None;
        }
        cited.byte_end = cited.byte_start + cut as u64;
        cited.quote.truncate(cut);
    }
    Some(cited)
}

/// Returns whether a file is a script of statements by its name.
pub(crate) fn is_script(file_name: Option<&str>) -> bool {
    file_name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".sql"))
}
