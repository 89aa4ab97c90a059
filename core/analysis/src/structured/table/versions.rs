//! What changed between two versions of an object.

use std::collections::BTreeMap;

use crate::analysis::{Change, ChangeKind};
use crate::fingerprint;
use crate::structured::config::{is_secret, shown};
use crate::structured::diff::direction;
use crate::structured::json::{Node, Record};
use crate::time::to_utc;

/// Kinds whose wishes people set, and controllers leave alone.
const KINDS: [&str; 14] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ConfigMap",
    "Service",
    "Ingress",
    "NetworkPolicy",
    "HorizontalPodAutoscaler",
    "ResourceQuota",
    "LimitRange",
    "CronJob",
    "PodDisruptionBudget",
    "Secret",
    "VirtualService",
];
/// Values of one object that are told.
const VALUES_MAX: usize = 6;
const VALUE_MAX: usize = 200;

/// Returns what a newer version sets to another value.
pub(super) fn changes(before: &Node, record: &Record, time: Option<i64>) -> Vec<Change> {
    let object = &record.root;
    let kind = object.text("kind").unwrap_or_default();
    let generation = |node: &Node| node.number("metadata.generation");
    let is_same = generation(before).is_some() && generation(before) == generation(object);
    if !KINDS.contains(&kind) || is_same {
        return Vec::new();
    }
    let (old, new) = (wishes(before), wishes(object));
    let name = object.text("metadata.name").unwrap_or("unnamed");
    let owner = format!("{}/{name}", kind.to_ascii_lowercase());
    let altered = old.keys().chain(new.keys()).filter(|path| {
        let value = |from: &BTreeMap<String, &Node>| {
            from.get(*path)
                .and_then(|node| node.as_written())
                .map(ToOwned::to_owned)
        };
        value(&old) != value(&new)
    });
    let mut paths: Vec<&String> = altered.collect();
    paths.sort();
    paths.dedup();
    let changes = paths.into_iter().filter_map(|path| {
        let told = |node: Option<&&Node>| {
            let text = node?.as_written()?;
            Some(text.chars().take(VALUE_MAX).collect::<String>())
        };
        let (before, after) = (told(old.get(path)), told(new.get(path)));
        // The value of a variable is as secret as its name says.
        let key = path.strip_suffix(".value").unwrap_or(path);
        let tells = |value: &Option<String>| value.as_ref().is_some_and(|it| is_secret(key, it));
        let secret = kind == "Secret" || tells(&before) || tells(&after);
        let mask = |value: Option<String>| value.map(|it| shown(&it, secret));
        // A quote would give a secret away.
        let at = new.get(path).copied().filter(|_| !secret);
        let at = at.or_else(|| object.get("metadata.name"))?;
        let path = format!("{owner} {path}");
        Some(Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("kubernetes", &path),
            file: String::new(),
            component: Some(name.to_owned()),
            direction: direction(before.as_deref(), after.as_deref()),
            path,
            before: mask(before),
            after: mask(after),
            secret,
            changed_at: time.and_then(to_utc),
            citation: record.cite(at)?,
        })
    });
    changes.take(VALUES_MAX).collect()
}

/// Values below the keys that say how an object should be.
fn wishes(object: &Node) -> BTreeMap<String, &Node> {
    let mut found = BTreeMap::new();
    for key in ["spec", "data"] {
        if let Some(node) = object.get(key) {
            leaves(node, key.to_owned(), &mut found);
        }
    }
    found
}

fn leaves<'a>(node: &'a Node, path: String, found: &mut BTreeMap<String, &'a Node>) {
    for (key, value) in node.object() {
        leaves(value, format!("{path}.{key}"), found);
    }
    for (at, value) in node.list().iter().enumerate() {
        let name = value.text("name");
        let key = name.map_or_else(|| at.to_string(), ToOwned::to_owned);
        leaves(value, format!("{path}[{key}]"), found);
    }
    if node.as_written().is_some() {
        found.insert(path, node);
    }
}
