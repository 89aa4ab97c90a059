//! What an object says otherwise than the manifest that was applied last: an edit by hand.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::values::{Value, wishes};
use super::{VALUES_MAX, Versions, is_left_alone, written_by_people};
use crate::analysis::Change;
use crate::structured::json::{Node, Record};
use crate::structured::units::quantity;
use crate::time::parse_utc;

/// Where `kubectl apply` keeps the manifest.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Replicas are what an autoscaler, and who scales, sets; to none only people do.
const REPLICAS: &str = "spec.replicas";

/// Returns the values that were set by something else than the manifest that was applied last.
pub(crate) fn edits(record: &Record) -> Vec<Change> {
    let object = &record.root;
    let kind = object.text("kind").unwrap_or_default();
    // Secrets are written in one form and kept in another.
    if kind == "Secret" || is_left_alone(kind, object) {
        return Vec::new();
    }
    let notes = object.get("metadata.annotations");
    let noted = notes.and_then(|it| it.member(APPLIED)?.as_text());
    let Some(applied) = noted.and_then(Node::parse) else {
        return Vec::new();
    };
    let (mut old, new) = (wishes(&applied), wishes(object));
    old.retain(|path, value| {
        let names = path.ends_with("].name");
        !names && !value.text.is_empty() && !is_as_applied(path, value, &new)
    });
    let versions = Versions {
        newer: record,
        is_secret: false,
        time: edited(object),
    };
    let came = added(kind, &applied, &new);
    let came = came.flat_map(|(path, value)| versions.altered(path, (None, Some(value))));
    let altered = old.iter().flat_map(|(path, value)| {
        let pair = (Some(value), new.get(path));
        versions.altered(path, pair)
    });
    altered.chain(came).take(VALUES_MAX).collect()
}

/// Returns whether a value is in force, however it is written there.
fn is_as_applied(path: &str, applied: &Value<'_>, live: &BTreeMap<String, Value<'_>>) -> bool {
    let Some(live) = live.get(path) else {
        // Lists whose items have no names may have been sorted, and fields of old renamed.
        return !is_named(path);
    };
    let same = match quantity(&applied.text).zip(quantity(&live.text)) {
        Some((old, new)) => old == new,
        None => applied.text.trim() == live.text.trim(),
    };
    same || path == REPLICAS && live.text != "0"
}

/// Returns whether what a path leads to can be missing only because it was taken away.
fn is_named(path: &str) -> bool {
    path.starts_with("data.") || path.contains(".env[") || path.contains(".resources.")
}

/// Keys of a configuration that the manifest does not have.
fn added<'a>(
    kind: &str,
    applied: &Node,
    live: &'a BTreeMap<String, Value<'a>>,
) -> impl Iterator<Item = (&'a String, &'a Value<'a>)> {
    let known = (kind == "ConfigMap").then(|| applied.members("data"));
    let known: Vec<String> = known
        .into_iter()
        .flatten()
        .map(|(key, _)| format!("data.{key}"))
        .collect();
    let entries = live.iter().filter(|(path, _)| path.starts_with("data."));
    entries.filter(move |(path, _)| !known.is_empty() && !known.contains(path))
}

/// When people last wrote the object, if that was not the manifest.
fn edited(object: &Node) -> Option<DateTime<Utc>> {
    let applies = object.items("metadata.managedFields").iter();
    let applies = applies.filter(|it| {
        let manager = it.text("manager").unwrap_or_default();
        manager.contains("apply")
    });
    let time = |node: &Node| node.as_text().and_then(parse_utc);
    let applied = applies.filter_map(|it| time(it.get("time")?)).max();
    let written = time(written_by_people(object)?)?;
    applied.is_none_or(|it| it < written).then_some(written)
}

#[cfg(test)]
#[path = "applied_tests.rs"]
mod tests;
