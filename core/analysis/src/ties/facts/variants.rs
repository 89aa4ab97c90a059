//! Workloads that run beside another of the same name, as a canary does, and are pointed elsewhere.

use std::collections::BTreeMap;

use super::{Placed, fact};
use crate::clues::Setting;
use crate::ties::Known;

/// Ends of the names of such workloads.
const ENDS: [&str; 10] = [
    "-canary", "-blue", "-green", "-next", "-beta", "-preview", "-shadow", "-b", "-v2", "-new",
];
/// Words in addresses that are meant for trying things out.
const TRIALS: [&str; 6] = ["sandbox", "staging", "test", "dev", "mock", "localhost"];
/// Values of one workload that are told.
const TOLD_MAX: usize = 3;
const HOST_SHOWN: usize = 100;

/// The settings of one object by their keys, with the position of their file.
type Settings<'a> = BTreeMap<&'a str, (usize, &'a Setting)>;

/// Returns addresses that point a variant to another place than the workload it stands beside; of an
/// address nothing but scheme, host and port is told.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let mut by_object: BTreeMap<(&str, &str), Settings<'_>> = BTreeMap::new();
    for (file, setting) in &known.settings {
        let object = (setting.namespace.as_str(), setting.object.as_str());
        let settings = by_object.entry(object).or_default();
        settings.insert(&setting.key, (*file, setting));
    }
    let mut facts = Vec::new();
    for ((space, object), settings) in &by_object {
        let bases = ENDS
            .iter()
            .filter_map(|end| Some((*end, object.strip_suffix(end)?)));
        let mut beside =
            bases.filter_map(|(end, base)| Some((end, base, by_object.get(&(*space, base))?)));
        let Some((end, base, others)) = beside.next() else {
            continue;
        };
        let differing = settings.iter().filter_map(|(key, (file, own))| {
            let (_, other) = others.get(key)?;
            let (own_place, other_place) = (place(&own.value)?, place(&other.value)?);
            leads_elsewhere(&own_place, &other_place, end).then(|| {
                let value = format!("{key} leads to {own_place}, and to {other_place} in {base}");
                let object = (*object).to_owned();
                (*file, fact(object, "variant_differs", value, &own.citation))
            })
        });
        facts.extend(differing.take(TOLD_MAX));
    }
    facts
}

/// Returns scheme, host and port of an address that holds no login.
fn place(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let is_plain = !value.contains('@') && !value.contains('?') && !host.is_empty();
    is_plain.then(|| {
        format!(
            "{scheme}://{}",
            host.chars().take(HOST_SHOWN).collect::<String>()
        )
    })
}

/// Whether two addresses differ by more than the name of the variant, and one is meant for trials or
/// neither is of the variant itself.
fn leads_elsewhere(one: &str, other: &str, end: &str) -> bool {
    let is_trial = |value: &str| {
        let lower = value.to_ascii_lowercase();
        let mut words = lower.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|word| TRIALS.contains(&word))
    };
    let (bare, other_bare) = (one.replace(end, ""), other.replace(end, ""));
    bare != other_bare && (is_trial(one) != is_trial(other) || bare.len() == one.len())
}
