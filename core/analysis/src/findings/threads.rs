//! Findings about thread dumps: many threads that wait for one lock.

use super::events::describe;
use super::{finding, shorten};
use crate::analysis::{Analysis, Template};
use crate::finding::{Finding, FindingKind, Severity};

/// Threads waiting for one lock that make a pile-up.
const PILE: u64 = 5;

/// Locks that many threads of a dump wait for.
pub(super) fn contention(analysis: &Analysis) -> Vec<Finding> {
    let waiting = analysis
        .templates
        .iter()
        .filter(|template| template.text.starts_with("waiting to lock"));
    waiting.filter_map(pile_up).collect()
}

fn pile_up(template: &Template) -> Option<Finding> {
    let lock = template.parameters.iter().flat_map(|it| &it.top).next();
    let waiting = lock.map_or(template.count, |lock| lock.count);
    if waiting < PILE {
        return None;
    }
    let owner = shorten(template.example.quote.trim(), 160);
    let statement = format!("{waiting} threads wait for one lock: \"{owner}\"");
    let citations = vec![template.example.clone(), template.last.clone()];
    let mut found = finding(
        FindingKind::LockContention,
        Severity::Error,
        &statement,
        citations,
    );
    describe(&mut found, template);
    found.count = waiting;
    Some(found)
}
