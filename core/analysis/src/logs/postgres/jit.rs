//! Statements whose time goes into just-in-time compilation, as the plans of auto_explain tell.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use regex::Regex;

use super::plans::{STATEMENT_SHOWN, STATEMENTS_MAX};
use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::event::LineSample;
use crate::time::to_utc;

const TOLD_MAX: usize = 5;
/// Compilation that takes less, in milliseconds, or less of a statement's time is not dear.
const MS_MIN: f64 = 100.0;
const SHARE_MIN: f64 = 0.4;
const SEEN_MIN: u32 = 2;

static TIMING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*Timing: Generation .*\bTotal (?P<ms>\d+(?:\.\d+)?) ms").ok());

/// Returns the milliseconds of compilation that a line of a plan tells.
pub(super) fn milliseconds(line: &str) -> Option<f64> {
    let found = TIMING.as_ref()?.captures(line)?;
    found["ms"].parse().ok()
}

/// Adds up the executions that were mostly compiled.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    statements: HashMap<String, Sum, FixedState>,
}

#[derive(Debug)]
struct Sum {
    seen: u32,
    compiled_ms: f64,
    total_ms: f64,
    first: LineSample,
}

impl Compiled {
    /// Takes one execution of a statement, with how long it was compiled and how long it took in all.
    pub(super) fn add(
        &mut self,
        statement: &str,
        compiled_ms: f64,
        total_ms: f64,
        line: &LineSample,
    ) {
        if compiled_ms < MS_MIN || compiled_ms < SHARE_MIN * total_ms {
            return;
        }
        if let Some(known) = self.statements.get_mut(statement) {
            known.seen += 1;
            known.compiled_ms += compiled_ms;
            known.total_ms += total_ms;
        } else if self.statements.len() < STATEMENTS_MAX {
            let fresh = Sum {
                seen: 1,
                compiled_ms,
                total_ms,
                first: line.clone(),
            };
            self.statements.insert(statement.to_owned(), fresh);
        }
    }

    /// Returns the statements that were compiled longest, as what a tool tells.
    pub(super) fn runs(&self) -> Vec<CommandRun> {
        let mut dear: Vec<(&String, &Sum)> = self.statements.iter().collect();
        dear.retain(|(_, sum)| sum.seen >= SEEN_MIN);
        dear.sort_by(|one, other| {
            let by_time = other.1.compiled_ms.total_cmp(&one.1.compiled_ms);
            by_time.then_with(|| one.0.cmp(other.0))
        });
        let told = dear.into_iter().take(TOLD_MAX);
        told.map(|(statement, sum)| sum.run(statement)).collect()
    }
}

impl Sum {
    fn run(&self, statement: &str) -> CommandRun {
        let times = f64::from(self.seen);
        let shown: String = statement.chars().take(STATEMENT_SHOWN).collect();
        let fact = CommandFact {
            object: shown,
            key: "jit_time".to_owned(),
            value: format!(
                "{:.0} of {:.0} ms ({} executions)",
                self.compiled_ms / times,
                self.total_ms / times,
                self.seen
            ),
            number: Some((self.compiled_ms / times).round()),
            citation: self.first.citation(),
        };
        CommandRun {
            command: Some(format!("jit of {}", fact.object)),
            tool: "log".to_owned(),
            observed_at: self.first.time.and_then(to_utc),
            until: None,
            outcome: CommandOutcome::Unknown,
            citation: fact.citation.clone(),
            facts: vec![fact],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, analyze};

    #[test]
    fn statements_that_are_mostly_compiled_are_told() {
        let mut log = String::new();
        for minute in 0..6 {
            log.push_str(&format!(
                "2026-11-18 11:{minute:02}:10.475 CET [3310] app@catalog LOG:  duration: 1409.849 ms  plan:\n\
                 \tQuery Text: select o.id from offers o where o.status = 'NEW'\n\
                 \tSort  (cost=618417.37..618426.37 rows=212 width=14) (actual time=1408.8..1409.3 rows=30 loops=1)\n\
                 \tJIT:\n\
                 \t  Functions: 14\n\
                 \t  Timing: Generation 11.1 ms (Deform 3.2 ms), Inlining 120.1 ms, Optimization 602.7 ms, Emission 469.5 ms, Total 1203.6 ms\n"
            ));
        }
        let options = Options {
            file_name: Some("postgresql.log".to_owned()),
            ..Options::default()
        };
        let analysis = analyze(log.as_bytes(), options);
        let mut facts = analysis.commands.iter().flat_map(|it| &it.facts);
        let told = facts.find(|it| it.key == "jit_time").unwrap();
        assert_eq!(told.value, "1204 of 1410 ms (6 executions)");
        assert!(told.object.starts_with("select o.id"), "{}", told.object);
        let found = analysis.findings.iter();
        let mut found = found.filter(|it| it.statement.contains("just-in-time compilation"));
        assert!(found.next().is_some(), "{:#?}", analysis.findings);
    }

    #[test]
    fn a_short_compilation_is_not_dear() {
        let mut compiled = Compiled::default();
        for (compiled_ms, total_ms) in [(20.0, 30.0), (300.0, 9_000.0)] {
            for _ in 0..3 {
                compiled.add("select ?", compiled_ms, total_ms, &LineSample::default());
            }
        }
        assert!(compiled.runs().is_empty());
    }
}
