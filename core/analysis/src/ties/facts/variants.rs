//! Workloads that run beside another of the same name, as a canary does, and are set up otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::{Placed, fact};
use crate::clues::Setting;
use crate::ties::Known;

/// Ends of the names of such workloads.
const ENDS: [&str; 10] = [
    "-canary", "-blue", "-green", "-next", "-beta", "-preview", "-shadow", "-b", "-v2", "-new",
];
/// Words in values that are meant for trying things out.
const TRIALS: [&str; 7] = [
    "sandbox",
    "staging",
    "test",
    "dev",
    "mock",
    "dummy",
    "localhost",
];
/// Values of one workload that are told.
const TOLD_MAX: usize = 3;

/// Returns values that point a variant to another place than the workload it stands beside.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let mut by_object: BTreeMap<(&str, &str), Vec<(usize, &Setting)>> = BTreeMap::new();
    for (file, setting) in &known.settings {
        let object = (setting.namespace.as_str(), setting.object.as_str());
        by_object.entry(object).or_default().push((*file, setting));
    }
    let mut facts = Vec::new();
    for ((space, object), settings) in &by_object {
        let bases = ENDS.iter().filter_map(|end| object.strip_suffix(end));
        let Some((base, others)) = bases
            .filter_map(|base| Some((base, by_object.get(&(*space, base))?)))
            .next()
        else {
            continue;
        };
        let mut seen = BTreeSet::new();
        let differing = settings.iter().filter_map(|(file, own)| {
            let mut same = others.iter().filter(|(_, it)| it.key == own.key);
            let (_, other) = same.next()?;
            (leads_elsewhere(&own.value, &other.value) && seen.insert(&own.key))
                .then_some((*file, *own, *other))
        });
        facts.extend(differing.take(TOLD_MAX).map(|(file, own, other)| {
            let value = format!(
                "{} is {}, and {} in {base}",
                own.key, own.value, other.value
            );
            let object = (*object).to_owned();
            (file, fact(object, "variant_differs", value, &own.citation))
        }));
    }
    facts
}

/// Whether two addresses differ, or one value of two is meant for trials.
fn leads_elsewhere(one: &str, other: &str) -> bool {
    let is_trial = |value: &str| {
        let lower = value.to_ascii_lowercase();
        let mut words = lower.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|word| TRIALS.contains(&word))
    };
    let is_address = |value: &str| value.contains("://");
    one != other && (is_address(one) && is_address(other) || is_trial(one) != is_trial(other))
}
