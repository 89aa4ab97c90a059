//! The values of an object that people set, by their paths.

use std::collections::{BTreeMap, HashSet};

use crate::citation::Citation;
use crate::structured::config::{Entry, is_secret};
use crate::structured::json::{Node, Record};

/// Lines of a text that differ; a text with more of them is another one.
const LINES_MAX: usize = 4;
/// Parts of an object that say nothing of how it should be.
const NO_WISHES: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];
/// Keys that the cluster fills in.
const ASSIGNED: [&str; 20] = [
    "clusterIP",
    "clusterIPs",
    "ipFamilies",
    "ipFamilyPolicy",
    "healthCheckNodePort",
    "nodePort",
    "nodeName",
    "podIP",
    "podIPs",
    "hostIP",
    "hostIPs",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "claimRef",
    "volumeName",
    "caBundle",
    "finalizers",
];
/// Parts of a pod, or of a container, that are compared by themselves or say nothing.
const PARTS: [&str; 5] = [
    "containers",
    "initContainers",
    "name",
    "terminationMessagePath",
    "terminationMessagePolicy",
];
/// Kinds whose annotations configure what serves them.
const ANNOTATED: [&str; 3] = ["Ingress", "Service", "Namespace"];
/// Annotations that tools leave for themselves.
const NOTES: [&str; 6] = [
    "kubectl.kubernetes.io/",
    "meta.helm.sh/",
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "field.cattle.io/",
    "endpoints.kubernetes.io/",
];

/// A value as text, and what it was read from.
#[derive(Debug)]
pub(crate) struct Value<'a> {
    pub(crate) text: String,
    pub(crate) node: &'a Node,
}

impl Value<'_> {
    /// Returns the place of a line of a text of several lines.
    pub(super) fn line(&self, record: &Record, line: &str) -> Option<Citation> {
        let mut from = self.node.value_at;
        record.cite_line(&mut from, self.node.end, line)
    }
}

/// Returns the values of the parts that say how an object should be.
pub(in crate::structured::objects) fn wishes(object: &Node) -> BTreeMap<String, Value<'_>> {
    let mut found = BTreeMap::new();
    let parts = object.object().iter();
    for (key, node) in parts.filter(|(key, _)| !NO_WISHES.contains(&key.as_str())) {
        leaves(node, key.clone(), &mut found);
    }
    let kind = object.text("kind").unwrap_or_default();
    if ANNOTATED.contains(&kind) {
        for (key, node) in object.members("metadata.annotations") {
            if !NOTES.iter().any(|note| key.starts_with(note)) {
                leaves(node, format!("annotation {key}"), &mut found);
            }
        }
    }
    found
}

/// Returns what a container, or a pod besides its containers, sets.
pub(in crate::structured::objects) fn settings_of(holder: &Node) -> BTreeMap<String, Value<'_>> {
    let mut found = BTreeMap::new();
    for (key, node) in holder.object() {
        if !PARTS.contains(&key.as_str()) {
            leaves_of(key, node, key.clone(), &mut found);
        }
    }
    found.retain(|path, _| !path.ends_with("].name"));
    found
}

/// Takes what stands under a key; arguments are taken by their flags.
fn leaves_of<'a>(key: &str, node: &'a Node, path: String, found: &mut BTreeMap<String, Value<'a>>) {
    if matches!(key, "args" | "command") {
        arguments(node.list(), &path, found);
    } else {
        leaves(node, path, found);
    }
}

fn leaves<'a>(node: &'a Node, path: String, found: &mut BTreeMap<String, Value<'a>>) {
    for (key, value) in node.object() {
        if ASSIGNED.contains(&key.as_str()) {
            continue;
        }
        leaves_of(key, value, format!("{path}.{key}"), found);
    }
    for (at, value) in node.list().iter().enumerate() {
        let name = value.text("name");
        let key = name.map_or_else(|| at.to_string(), ToOwned::to_owned);
        leaves(value, format!("{path}[{key}]"), found);
    }
    if let Some(text) = node.as_written() {
        let text = text.to_owned();
        found.insert(path, Value { text, node });
    }
}

/// Takes arguments by their flags, so that one more of them moves no other.
fn arguments<'a>(list: &'a [Node], path: &str, found: &mut BTreeMap<String, Value<'a>>) {
    let mut flag = None;
    for node in list {
        let Some(text) = node.as_written() else {
            continue;
        };
        let (key, text) = match (text.split_once('='), flag.take()) {
            (Some((key, value)), _) if key.starts_with('-') => (key, value),
            (_, Some(flag)) if !is_flag(text) => (flag, text),
            _ if is_flag(text) => {
                flag = Some(text);
                (text, "")
            }
            _ => (text, text),
        };
        let text = text.to_owned();
        found.insert(format!("{path}[{key}]"), Value { text, node });
    }
}

fn is_flag(text: &str) -> bool {
    let name = text.trim_start_matches('-');
    name.len() < text.len() && name.starts_with(|it: char| it.is_ascii_alphabetic())
}

/// Returns the lines in which two texts differ, pair by pair where as many came as went.
pub(super) fn lines(before: &str, after: &str) -> Vec<(Option<String>, Option<String>)> {
    let only = |text: &str, other: &str| -> Vec<String> {
        let known: HashSet<&str> = other.lines().map(str::trim).collect();
        let lines = text.lines().map(str::trim);
        let own = lines.filter(|line| !line.is_empty() && !known.contains(line));
        own.map(ToOwned::to_owned).collect()
    };
    let (gone, come) = (only(before, after), only(after, before));
    if gone.len() != come.len() || gone.len() > LINES_MAX {
        let joined = |lines: Vec<String>| {
            let some: Vec<String> = lines.into_iter().take(LINES_MAX).collect();
            (!some.is_empty()).then(|| some.join("; "))
        };
        let pair = (joined(gone), joined(come));
        return if pair == (None, None) {
            Vec::new()
        } else {
            vec![pair]
        };
    }
    let pairs = gone.into_iter().zip(come);
    pairs.map(|(old, new)| (Some(old), Some(new))).collect()
}

/// Returns whether a line of a text sets a secret.
pub(in crate::structured::objects) fn gives_away(text: &str) -> bool {
    text.split("; ").any(|line| {
        let entry = Entry::parse(line);
        entry.is_some_and(|it| it.value.is_some_and(|value| is_secret(it.key, value)))
    })
}
