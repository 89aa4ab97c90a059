//! What objects show to be wrong beside those of the same or other files.

mod bindings;
mod environments;
mod foreign;
mod mesh;
mod ports;
mod schedules;
mod spaces;
mod variants;

use std::collections::BTreeMap;

use super::{Known, OF_A_KIND_MAX};
use crate::analysis::{CommandFact, CommandRun};
use crate::citation::Citation;

/// A fact with the position of the file that it is cited from.
type Placed = (usize, CommandFact);

/// Returns what the objects of all files show, each with the position of the file that is cited.
pub(super) fn runs(known: &Known<'_>) -> Vec<(usize, CommandRun)> {
    let kinds = [
        foreign::facts(known),
        schedules::facts(known),
        bindings::facts(known),
        mesh::facts(known),
        environments::facts(known),
        ports::facts(known),
        variants::facts(known),
        spaces::facts(known),
    ];
    let mut by_file: BTreeMap<usize, Vec<CommandFact>> = BTreeMap::new();
    for kind in kinds {
        for (file, fact) in kind.into_iter().take(OF_A_KIND_MAX) {
            by_file.entry(file).or_default().push(fact);
        }
    }
    let runs = by_file.into_iter();
    runs.filter_map(|(file, facts)| Some((file, CommandRun::exported(facts)?)))
        .collect()
}

fn fact(object: String, key: &str, value: String, place: &Citation) -> CommandFact {
    CommandFact {
        object,
        key: key.to_owned(),
        value,
        number: None,
        citation: place.clone(),
    }
}

/// Of objects that several files list, keeps those of the last one.
fn last<'a, T, const PARTS: usize>(
    mut listed: Vec<(usize, &'a T)>,
    named: impl Fn(&'a T) -> [&'a str; PARTS],
) -> Vec<(usize, &'a T)> {
    let files: BTreeMap<[&str; PARTS], usize> =
        listed.iter().map(|(file, it)| (named(it), *file)).collect();
    listed.retain(|(file, it)| files.get(&named(it)) == Some(file));
    listed
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
