//! Statements that are slow by a plan which expects far fewer rows than come.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Plan, SEEN_MIN, STATEMENT_SHOWN, replaced};
use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::structured::plan::{Step, table_of};
use crate::time::to_utc;

const TOLD_MAX: usize = 3;
/// Executions that are faster on average, in milliseconds, harm little.
const SLOW_MS: f64 = 1_000.0;

/// Returns the slowest of them as what a tool tells; a plan that took the place of another is told as a change.
pub(super) fn runs(statements: &HashMap<String, Vec<Plan>, FixedState>) -> Vec<CommandRun> {
    let told = statements
        .iter()
        .filter(|(_, plans)| replaced(plans).is_none());
    let mut slow: Vec<(&String, &Plan, &Step)> = told
        .filter_map(|(statement, plans)| {
            let plan = plans
                .iter()
                .max_by(|one, other| one.total_ms.total_cmp(&other.total_ms))?;
            let is_slow = plan.seen >= SEEN_MIN && plan.mean_ms() >= SLOW_MS;
            let step = plan.misjudged().filter(|_| is_slow)?;
            Some((statement, plan, step))
        })
        .collect();
    slow.sort_by(|one, other| {
        let by_time = other.1.total_ms.total_cmp(&one.1.total_ms);
        by_time.then_with(|| one.0.cmp(other.0))
    });
    let slow = slow.into_iter().take(TOLD_MAX);
    slow.map(|(statement, plan, step)| run(statement, plan, step))
        .collect()
}

fn run(statement: &str, plan: &Plan, step: &Step) -> CommandRun {
    // What a join misjudges it has from the tables below it.
    let mut misread = plan.steps.iter().rev().filter(|it| it.is_misjudged());
    let table = misread.find_map(|it| table_of(&it.does));
    let shown: String = statement.chars().take(STATEMENT_SHOWN).collect();
    let fact = CommandFact {
        object: table.unwrap_or_default().to_owned(),
        key: "rows_misjudged".to_owned(),
        value: format!(
            "{} in “{shown}”, which takes {:.1} s on average ({} executions)",
            step.told(),
            plan.mean_ms() / 1_000.0,
            plan.seen
        ),
        number: Some((plan.mean_ms() / 1_000.0).round()),
        citation: plan.first.citation(),
    };
    CommandRun {
        command: Some(format!("plan of {shown}")),
        tool: "log".to_owned(),
        observed_at: plan.first.time.and_then(to_utc),
        until: None,
        outcome: CommandOutcome::Unknown,
        citation: fact.citation.clone(),
        facts: vec![fact],
    }
}
