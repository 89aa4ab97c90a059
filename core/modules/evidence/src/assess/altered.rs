//! Values of one object that differ between two exports.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Citation, Described, StoreKind, quote_signature};
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::evidence::v1 as pb;

use super::Listed;
use crate::convert;
use crate::entity::file::Model;

mod rollouts;

use rollouts::Rollouts;

const ALTERED_MAX: usize = 60;
/// An object of which more differs was made anew.
const OF_AN_OBJECT_MAX: usize = 12;
const VALUE_SHOWN: usize = 120;
/// Words of file names that tell which of two is the older, and which the newer.
const OLDER: [&str; 7] = [
    "old",
    "before",
    "prev",
    "previous",
    "earlier",
    "good",
    "yesterday",
];
const NEWER: [&str; 6] = ["new", "after", "now", "current", "bad", "today"];

/// Returns what was changed between exports, with both places; versions within a file are compared
/// where it is read. What has no time of its own has that of the rollout that took it up.
pub(super) fn between(listed: &[Listed], known: &[pb::ObservedChange]) -> Vec<pb::ObservedChange> {
    let objects = described(listed);
    let mut spaces: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (namespace, object) in objects.keys() {
        spaces.entry(object).or_default().insert(namespace);
    }
    let rollouts = Rollouts::of(known);
    let mut altered = Vec::new();
    for ((namespace, object), seen) in objects {
        if altered.len() >= ALTERED_MAX {
            break;
        }
        let files: Vec<&Model> = seen.iter().map(|(file, _)| *file).collect();
        let Some((newest, mut changes)) = versions(seen) else {
            continue;
        };
        if changes.iter().any(|it| it.change_time.is_none()) {
            let before = listed.iter().map(|it| &it.file);
            let before = before.filter(|it| rank(it) < rank(newest));
            let others = files.into_iter().filter(|it| it.file_id != newest.file_id);
            let older: HashSet<&str> = before.chain(others).map(|it| it.file_id.as_str()).collect();
            let workloads = taken_up_by(listed, namespace, object);
            let is_clear = |name: &&str| spaces.get(*name).is_none_or(|it| it.len() == 1);
            let taken_up = rollouts.only(&workloads, |file| older.contains(file));
            if let Some((workload, at)) = taken_up.filter(|_| workloads.iter().all(is_clear)) {
                for change in changes.iter_mut().filter(|it| it.change_time.is_none()) {
                    change.change_time = Some(at);
                    let told = format!(", taken up by the new pods of {workload}");
                    change.description.push_str(&told);
                }
            }
        }
        altered.extend(changes);
    }
    altered.truncate(ALTERED_MAX);
    altered
}

/// Returns an object, or what runs with it if it is a config map.
fn taken_up_by<'a>(listed: &'a [Listed], namespace: &str, object: &'a str) -> BTreeSet<&'a str> {
    let Some(map) = object.strip_prefix("configmap/") else {
        return BTreeSet::from([object]);
    };
    let references = listed.iter().flat_map(|it| &it.clues.references);
    references
        .filter(|it| it.kind == StoreKind::ConfigMap)
        .filter(|it| it.name == map && it.namespace == namespace)
        .map(|it| it.object.as_str())
        .collect()
}

/// Returns the objects of all files, each with the files that describe it.
fn described(listed: &[Listed]) -> BTreeMap<(&str, &str), Vec<(&Model, &Described)>> {
    let mut objects: BTreeMap<(&str, &str), Vec<(&Model, &Described)>> = BTreeMap::new();
    for Listed { file, clues, .. } in listed {
        for one in &clues.described {
            let seen = objects.entry((&one.namespace, &one.object)).or_default();
            // Versions within a file are compared where it is read; the last one counts.
            match seen
                .last_mut()
                .filter(|(known, _)| known.file_id == file.file_id)
            {
                Some(last) => last.1 = one,
                None => seen.push((file, one)),
            }
        }
    }
    objects
}

/// Returns the newest export of an object, and what differs between it and the one before.
fn versions<'a>(
    mut seen: Vec<(&'a Model, &Described)>,
) -> Option<(&'a Model, Vec<pb::ObservedChange>)> {
    if seen.iter().all(|(_, it)| it.version.is_some()) {
        seen.sort_by_key(|(_, it)| it.version);
    } else {
        seen.sort_by_cached_key(|(file, _)| age(file));
    }
    let [.., (old, before), (new, after)] = seen.as_slice() else {
        return None;
    };
    // Of values that were not all taken, a missing one may be there.
    let is_whole = !before.cut && !after.cut;
    let keys: BTreeSet<&String> = before.values.keys().chain(after.values.keys()).collect();
    let at = after.changed_at.filter(|it| before.changed_at < Some(*it));
    let altered: Vec<pb::ObservedChange> = keys
        .into_iter()
        .filter(|key| {
            let text = |of: &Described| of.values.get(*key).map(|it| it.0.clone());
            let (old, new) = (text(before), text(after));
            old != new && (is_whole || old.is_some() && new.is_some())
        })
        .filter_map(|key| {
            let change = Altered {
                object: &after.object,
                key,
                before: before
                    .values
                    .get(key)
                    .map(|(text, at)| (*old, text.as_str(), at)),
                after: after
                    .values
                    .get(key)
                    .map(|(text, at)| (*new, text.as_str(), at)),
                at,
            };
            change.told((old, &before.place), (new, &after.place))
        })
        .collect();
    (altered.len() <= OF_AN_OBJECT_MAX).then_some((*new, altered))
}

/// What a file is older by: its turn, then what its name says, then the order of names.
fn age(file: &Model) -> (i32, i32, String, DateTime<Utc>) {
    let (turn, said) = rank(file);
    (turn, said, file.filename.to_lowercase(), file.uploaded_at)
}

fn rank(file: &Model) -> (i32, i32) {
    let name = file.filename.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let said = words.find_map(|word| {
        let is_older = OLDER.contains(&word);
        (is_older || NEWER.contains(&word)).then_some(if is_older { -1 } else { 1 })
    });
    (file.uploaded_at_turn, said.unwrap_or(0))
}

/// A value with its file and its place.
type Valued<'a> = (&'a Model, &'a str, &'a Citation);

/// A value of an object in two exports.
struct Altered<'a> {
    object: &'a str,
    key: &'a str,
    before: Option<Valued<'a>>,
    after: Option<Valued<'a>>,
    at: Option<DateTime<Utc>>,
}

impl Altered<'_> {
    /// Returns the change; what is missing in an export is cited at the name of its object.
    fn told(
        &self,
        older: (&Model, &Citation),
        newer: (&Model, &Citation),
    ) -> Option<pb::ObservedChange> {
        let Self { object, key, .. } = self;
        let place = format!("from {} to {}", older.0.filename, newer.0.filename);
        let clip = |value: &str| value.chars().take(VALUE_SHOWN).collect::<String>();
        let what = match (self.before, self.after) {
            (Some((_, from, _)), Some((_, to, _))) => {
                format!("changed from {} to {}", clip(from), clip(to))
            }
            (Some((_, from, _)), None) => format!("was removed, it was {}", clip(from)),
            (None, Some((_, to, _))) => format!("was added, it is {}", clip(to)),
            (None, None) => return None,
        };
        let cite = |value: Option<Valued<'_>>, (file, place): (&Model, &Citation)| {
            let citation = value.map_or(place, |(_, _, citation)| citation);
            Some(convert::finding::citation(file, citation.clone()))
        };
        let text = |value: Option<Valued<'_>>| value.map(|it| it.1.to_owned()).unwrap_or_default();
        Some(pb::ObservedChange {
            description: format!("{key} of {object} {what}, {place}"),
            change_type: "config".to_owned(),
            change_time: self.at.map(timestamp),
            key: (*key).to_owned(),
            before: text(self.before),
            after: text(self.after),
            citation: cite(self.after, newer),
            signature: quote_signature(&format!("{object} {key}")),
            before_citation: cite(self.before, older),
        })
    }
}
