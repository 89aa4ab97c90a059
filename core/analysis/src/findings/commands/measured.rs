//! Findings about measurements of which a command prints many: only the highest, or their number, tell.

use std::collections::BTreeMap;

use super::describe;
use crate::analysis::{CommandFact, CommandRun};
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::finding;

/// Sockets in one state from which something is wrong.
const CLOSE_WAIT_MIN: usize = 20;
const SYN_SENT_MIN: usize = 5;
/// Processes in one state from which something is wrong.
const BLOCKED_MIN: usize = 3;
const ZOMBIES_MIN: usize = 10;

/// A measurement, and the value from which it is a pressure.
const MEASURED: [(&str, f64, &str); 6] = [
    ("io_wait", 30.0, "waits for disks"),
    ("swap_out", 100.0, "swaps memory out"),
    ("blocked", 8.0, "has blocked processes"),
    ("disk_busy", 90.0, "is busy"),
    ("cpu_percent", 90.0, "keeps processors busy"),
    ("memory_percent", 50.0, "holds memory"),
];

/// What the measurements of a run show.
pub(super) fn measured(run: &CommandRun) -> Vec<Finding> {
    let mut findings = highest(run);
    findings.extend(counted(run));
    findings
}

/// The highest value of each measurement and object.
fn highest(run: &CommandRun) -> Vec<Finding> {
    let mut known: BTreeMap<(usize, &str), &CommandFact> = BTreeMap::new();
    for fact in &run.facts {
        let rule = MEASURED.iter().position(|(key, ..)| *key == fact.key);
        let Some((rule, value)) = rule.zip(fact.number) else {
            continue;
        };
        if value < MEASURED[rule].1 {
            continue;
        }
        let slot = known.entry((rule, fact.object.as_str())).or_insert(fact);
        if slot.number < Some(value) {
            *slot = fact;
        }
    }
    known
        .into_iter()
        .map(|((rule, object), fact)| {
            let (key, _, does) = MEASURED[rule];
            let percent = fact.value.trim_end_matches('%');
            let how = match key {
                "swap_out" => format!("{percent} KiB a second"),
                "blocked" => percent.to_owned(),
                _ => format!("{percent} %"),
            };
            let who = if object == "system" {
                "the host"
            } else {
                object
            };
            let statement = format!("{who} {does}: {how}");
            of_fact(run, fact, Severity::Warn, &statement)
        })
        .collect()
}

/// States of which there are many.
fn counted(run: &CommandRun) -> Vec<Finding> {
    let of_state = |key: &str, value: &str| -> Vec<&CommandFact> {
        let facts = run.facts.iter();
        facts
            .filter(|it| it.key == key && it.value == value)
            .collect()
    };
    let rules: [(&str, &str, usize, &str); 4] = [
        (
            "state",
            "CLOSE_WAIT",
            CLOSE_WAIT_MIN,
            "sockets are in CLOSE_WAIT: the peer has closed, the program here has not",
        ),
        (
            "state",
            "SYN_SENT",
            SYN_SENT_MIN,
            "connections are in SYN_SENT: the peer does not answer",
        ),
        (
            "process_state",
            "D",
            BLOCKED_MIN,
            "processes wait for a disk or a mount (state D)",
        ),
        (
            "process_state",
            "Z",
            ZOMBIES_MIN,
            "processes have ended and are not collected by their parent (state Z)",
        ),
    ];
    let rules = rules.into_iter();
    rules
        .filter_map(|(key, value, least, says)| {
            let facts = of_state(key, value);
            let first = facts.first().filter(|_| facts.len() >= least)?;
            let statement = format!("{} {says}", facts.len());
            let mut found = of_fact(run, first, Severity::Warn, &statement);
            found.count = facts.len() as u64;
            found.component = None;
            Some(found)
        })
        .collect()
}

fn of_fact(run: &CommandRun, fact: &CommandFact, severity: Severity, statement: &str) -> Finding {
    let cited = vec![fact.citation.clone()];
    let mut found = finding(FindingKind::ResourcePressure, severity, statement, cited);
    describe(&mut found, run, fact);
    found
}
