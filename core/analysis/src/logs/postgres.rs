//! What PostgreSQL logs of its own work, beyond single lines.

mod jit;
mod lock_waits;
mod parameters;
mod plans;
mod vacuums;

use lock_waits::LockWaits;
use parameters::Parameters;
use plans::Plans;
use vacuums::Vacuums;

use super::TextLine;
use crate::analysis::{Change, CommandRun};
use crate::event::LineEvent;
use crate::template::FormTable;

/// Collects it while lines pass by.
#[derive(Debug, Default)]
pub(crate) struct Postgres {
    plans: Plans,
    lock_waits: LockWaits,
    vacuums: Vacuums,
    parameters: Parameters,
}

impl Postgres {
    /// Takes an event that was just added to the table.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, table: &FormTable, form: u32) {
        self.plans.add(event, table, form);
        self.lock_waits.add(event, table, form);
        self.vacuums.add(event, table, form);
        self.parameters.add(event, table, form);
    }

    /// Takes a line that carries on the last event.
    pub(crate) fn carry_on(&mut self, line: &TextLine<'_>) {
        self.plans.carry_on(line);
        self.lock_waits.carry_on(line);
        self.vacuums.carry_on(line);
    }

    /// Returns what it amounts to, as what a tool tells.
    pub(crate) fn runs(&mut self) -> Vec<CommandRun> {
        let runs = [
            self.lock_waits.runs(),
            self.vacuums.runs(),
            self.plans.runs(),
        ];
        runs.into_iter().flatten().collect()
    }

    /// Returns the parameters that were taken over, and what changed in how statements are run.
    pub(crate) fn changes(self, file: &str) -> Vec<Change> {
        let mut changes = self.parameters.changes(file);
        changes.extend(self.plans.finish(file));
        changes
    }
}
