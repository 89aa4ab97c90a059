//! Policies that let in namespaces of which none exists.

use super::{Placed, fact};
use crate::clues::{ListedSpace, Peer, Selector};
use crate::ties::Known;

/// Fewer namespaces are no list of all.
const SPACES_MIN: usize = 2;
const SHOWN: usize = 3;

/// Returns policies with a rule that looks for namespaces by labels that none of those listed has.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let spaces: Vec<&ListedSpace> = known
        .each(|it| &it.clues.related.spaces)
        .into_iter()
        .map(|(_, space)| space)
        .collect();
    if spaces.len() < SPACES_MIN {
        return Vec::new();
    }
    let policies = known.each(|it| &it.clues.policies).into_iter();
    let found = policies.filter_map(|(file, policy)| {
        let is_listed = spaces.iter().any(|space| space.name == policy.namespace);
        let rules = policy.ingress.as_ref().filter(|_| is_listed)?;
        let mut peers = rules.iter().flat_map(|rule| &rule.peers);
        let nobody = peers.find_map(|peer| finds_nobody(peer, &spaces))?;
        let object = format!("networkpolicy/{}", policy.name);
        let value = format!("{}: {}", nobody.words(), others(nobody, &spaces));
        Some((
            file,
            fact(object, "policy_admits_nobody", value, &policy.place),
        ))
    });
    found.collect()
}

fn finds_nobody<'a>(peer: &'a Peer, spaces: &[&ListedSpace]) -> Option<&'a Selector> {
    let wanted = peer.spaces.as_ref()?;
    let is_found = spaces.iter().any(|space| wanted.fits(&space.labels));
    (!is_found).then_some(wanted)
}

/// What the namespaces have under the same keys.
fn others(wanted: &Selector, spaces: &[&ListedSpace]) -> String {
    let key = wanted.tests.first().map_or("", |test| test.key.as_str());
    let labelled = spaces.iter().filter_map(|space| {
        let value = space.labels.get(key)?;
        Some(format!("{} has {key}={value}", space.name))
    });
    let labelled: Vec<String> = labelled.take(SHOWN).collect();
    if labelled.is_empty() {
        return "no namespace has such a label".to_owned();
    }
    format!("no namespace is labelled so; {}", labelled.join(", "))
}
