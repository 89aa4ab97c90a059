//! What changed between two versions of an object.

mod applied;
mod values;

use chrono::{DateTime, Utc};

use super::changes::{RESTLESS, written_by_people};
use super::name;
use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::structured::config::{is_secret, shown};
use crate::structured::diff::direction;
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;
pub(crate) use applied::edits;
pub(super) use values::{Value, gives_away, settings_of, wishes};

/// Values of one object that are told.
const VALUES_MAX: usize = 6;
const VALUE_MAX: usize = 200;

/// Returns what a newer version sets to another value; `noted` is when it was written down.
pub(crate) fn changes_between(
    before: &Node,
    newer: &Record,
    noted: Option<DateTime<Utc>>,
) -> Vec<Change> {
    let object = &newer.root;
    let kind = object.text("kind").unwrap_or_default();
    let generation = |node: &Node| node.number("metadata.generation");
    let is_same = generation(before).is_some() && generation(before) == generation(object);
    // Annotations that configure an ingress count as no new generation.
    if is_left_alone(kind, before) || is_same && kind != "Ingress" {
        return Vec::new();
    }
    let versions = Versions {
        newer,
        is_secret: kind == "Secret",
        time: time_of(before, object).or(noted),
    };
    let (old, new) = (wishes(before), wishes(object));
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort();
    paths.dedup();
    let altered = paths.into_iter().flat_map(|path| {
        let pair = (old.get(path), new.get(path));
        versions.altered(path, pair)
    });
    altered.take(VALUES_MAX).collect()
}

/// Returns the name of an object that people wrote anew after the version before.
pub(crate) fn rewritten(before: &Node, newer: &Node) -> Option<String> {
    time_of(before, newer)?;
    let kind = newer.text("kind")?.to_ascii_lowercase();
    Some(format!("{kind}/{}", name(newer)))
}

/// Returns that an object was taken away.
pub(crate) fn removal(last: &Record, noted: Option<DateTime<Utc>>) -> Option<Change> {
    let object = &last.root;
    let kind = object.text("kind")?;
    if RESTLESS.contains(&kind) {
        return None;
    }
    let deleted = object
        .text("metadata.deletionTimestamp")
        .and_then(parse_utc);
    let path = format!("{}/{}", kind.to_ascii_lowercase(), name(object));
    Some(Change {
        kind: ChangeKind::Config,
        signature: fingerprint::config("kubernetes", &path),
        file: String::new(),
        component: Some(name(object).to_owned()),
        path,
        before: None,
        after: None,
        direction: ChangeDirection::Removed,
        secret: false,
        changed_at: deleted.or(noted),
        citation: last.cite(object.get("metadata.name")?)?,
    })
}

/// Controllers rewrite some objects all the time, and leases are kept in others.
fn is_left_alone(kind: &str, object: &Node) -> bool {
    const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
    let notes = object.get("metadata.annotations");
    RESTLESS.contains(&kind) || notes.is_some_and(|it| it.member(LEADER).is_some())
}

/// When people wrote the newer version, as far as it says so.
fn time_of(before: &Node, newer: &Node) -> Option<DateTime<Utc>> {
    let time = |object: &Node| written_by_people(object)?.as_text().and_then(parse_utc);
    let written = time(newer)?;
    time(before)
        .is_none_or(|former| former < written)
        .then_some(written)
}

/// The newer of two versions.
struct Versions<'a> {
    newer: &'a Record,
    is_secret: bool,
    time: Option<DateTime<Utc>>,
}

impl Versions<'_> {
    /// Returns what became of the value at a path; the lines that differ of a text of several.
    fn altered(&self, path: &str, pair: (Option<&Value<'_>>, Option<&Value<'_>>)) -> Vec<Change> {
        let (before, after) = pair;
        let told = |value: Option<&Value<'_>>| value.map(|it| it.text.clone());
        let (old, new) = (told(before), told(after));
        if old == new {
            return Vec::new();
        }
        if let (Some(old), Some(new), Some(value)) = (&old, &new, after)
            && old.contains('\n')
            && new.contains('\n')
        {
            let lines = values::lines(old, new).into_iter();
            let changes = lines.filter_map(|(old, new)| {
                let at = new.as_deref().and_then(|line| value.line(self.newer, line));
                self.change(path, old, new, at)
            });
            return changes.collect();
        }
        let at = after.and_then(|it| self.newer.cite(it.node));
        self.change(path, old, new, at).into_iter().collect()
    }

    fn change(
        &self,
        path: &str,
        before: Option<String>,
        after: Option<String>,
        at: Option<Citation>,
    ) -> Option<Change> {
        let object = &self.newer.root;
        // The value of a variable is as secret as its name says.
        let key = path.strip_suffix(".value").unwrap_or(path);
        let tells = |value: &Option<String>| {
            let text = value.as_deref();
            text.is_some_and(|it| is_secret(key, it) || values::gives_away(it))
        };
        let secret = self.is_secret || tells(&before) || tells(&after);
        let mask = |value: Option<String>| {
            let cut = value.map(|it| it.chars().take(VALUE_MAX).collect::<String>());
            cut.map(|it| shown(&it, secret))
        };
        // A quote would give a secret away.
        let named = || self.newer.cite(object.get("metadata.name")?);
        let citation = at.filter(|_| !secret).or_else(named)?;
        let kind = object.text("kind").unwrap_or_default();
        let path = format!("{}/{} {path}", kind.to_ascii_lowercase(), name(object));
        Some(Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("kubernetes", &path),
            file: String::new(),
            component: Some(name(object).to_owned()),
            direction: direction(before.as_deref(), after.as_deref()),
            path,
            before: mask(before),
            after: mask(after),
            secret,
            changed_at: self.time,
            citation,
        })
    }
}
