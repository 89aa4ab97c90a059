//! What is told of an operation that became slow.

use super::Operation;
use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::event::LineSample;
use crate::time::to_utc;

/// An operation that became slow.
pub(super) struct Slow<'a> {
    pub(super) operation: &'a Operation,
    /// The beginning of the first slow bucket.
    pub(super) since: i64,
    /// The end of the last one, where it is as fast as before again.
    pub(super) until: Option<i64>,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) lines: u32,
    pub(super) line: &'a LineSample,
}

impl Slow<'_> {
    pub(super) fn run(&self) -> CommandRun {
        let name = &self.operation.name;
        let (before, after) = (told(self.before), told(self.after));
        let (since, until) = (to_utc(self.since), self.until.and_then(to_utc));
        let end = until.map_or_else(
            || "on".to_owned(),
            |it| format!("to {}", it.format("%H:%M")),
        );
        let from = since.map_or_else(String::new, |time| {
            format!(" from {} UTC {end}", time.format("%Y-%m-%d %H:%M"))
        });
        let component = self.operation.component.as_deref();
        let fact = CommandFact {
            object: component.unwrap_or_default().to_owned(),
            key: "slow_operation".to_owned(),
            value: format!(
                "“{name}” takes {after}{from}, {before} before ({} lines)",
                self.lines
            ),
            number: Some((self.after / self.before.max(1.0)).round()),
            citation: self.line.citation(),
        };
        CommandRun {
            command: Some(name.clone()),
            tool: "log".to_owned(),
            observed_at: since,
            until,
            outcome: CommandOutcome::Unknown,
            citation: fact.citation.clone(),
            facts: vec![fact],
        }
    }
}

fn told(ms: f64) -> String {
    match ms {
        1_000.0.. => format!("{:.1} s", ms / 1_000.0),
        _ => format!("{ms:.0} ms"),
    }
}
