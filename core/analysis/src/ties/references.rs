//! Secrets, config maps and storage classes that objects need, beside those that are there.

use std::collections::HashSet;

use super::{Cause, Heard, Known, Tie, bare, is_near};
use crate::clues::{Reference, Store, StoreKind};
use crate::finding::Severity;

/// Returns references to secrets, config maps, keys or storage classes that do not exist.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let references = known.each(|it| &it.clues.references);
    let stores = known.each(|it| &it.clues.stores);
    let met: HashSet<Named<'_>> = references
        .iter()
        .filter(|(_, it)| it.satisfied)
        .map(|(_, it)| named(it))
        .collect();
    let mut told: HashSet<(&str, Option<&str>)> = HashSet::new();
    let mut ties = Vec::new();
    for (file, reference) in references.iter().copied() {
        let by_name = (reference.name.as_str(), reference.key.as_deref());
        if met.contains(&named(reference)) || told.contains(&by_name) {
            continue;
        }
        if let Some(tie) = missing(known, file, reference, &stores) {
            told.insert(by_name);
            ties.push(tie);
        }
    }
    ties
}

/// Namespace, kind, name and key of what is needed.
type Named<'a> = (&'a str, StoreKind, &'a str, Option<&'a str>);

fn named(reference: &Reference) -> Named<'_> {
    (
        &reference.namespace,
        reference.kind,
        &reference.name,
        reference.key.as_deref(),
    )
}

fn missing(
    known: &Known<'_>,
    file: usize,
    reference: &Reference,
    stores: &[(usize, &Store)],
) -> Option<Tie> {
    let mut of_kind = stores
        .iter()
        .map(|(_, store)| *store)
        .filter(|it| it.kind == reference.kind && it.namespace == reference.namespace)
        .peekable();
    of_kind.peek()?;
    let of_kind: Vec<&Store> = of_kind.collect();
    let found = of_kind.iter().find(|it| it.name == reference.name);
    let store = format!("{}/{}", reference.kind.as_str(), reference.name);
    let statement = match (found, &reference.key) {
        (Some(found), Some(key)) if !found.keys.contains(key) => {
            let near = found.keys.iter().find(|it| is_near(it, key));
            let near = near.map_or_else(String::new, |it| format!("; it has {it}"));
            format!(
                "{} needs key {key} of {store}, which has no such key{near}",
                reference.object
            )
        }
        (Some(_), _) => return None,
        (None, _) => {
            let near = of_kind.iter().find(|it| is_near(&it.name, &reference.name));
            let near = near.map_or_else(String::new, |it| format!("; there is {}", it.name));
            format!(
                "{} needs {store}, which does not exist{near}",
                reference.object
            )
        }
    };
    let says = |it: &&Heard<'_>| {
        let is_named = it.lower.contains(&reference.name.to_lowercase());
        is_named && (it.lower.contains("not found") || it.lower.contains("couldn't find key"))
    };
    let heard: Vec<&Heard<'_>> = known.heard.iter().filter(says).collect();
    let is_class = reference.kind == StoreKind::StorageClass;
    if heard.is_empty() && !is_class && !is_down(known, reference) {
        return None;
    }
    let name = bare(&reference.object);
    let cause = Cause {
        id: Some(match is_class {
            true => "kubernetes.storage_class_missing",
            false => "kubernetes.config_error",
        }),
        severity: Severity::Error,
        statement,
        component: crate::pod_name::bare(name).to_owned(),
        file,
        place: &reference.place,
        heard,
    };
    Some(cause.tie())
}

/// Returns whether a pod of the object is not ready.
fn is_down(known: &Known<'_>, reference: &Reference) -> bool {
    let name = bare(&reference.object);
    let pods = known.offers.iter().flat_map(|it| &it.inventory.pods);
    let mut own = pods.filter(|pod| pod.workload == name || pod.name == name);
    own.any(|pod| !pod.ready)
}
