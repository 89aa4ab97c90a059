//! Values of one object that differ between two exports, or between two versions in one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Citation, Described, Setting, quote_signature};
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::evidence::v1 as pb;

use super::Listed;
use crate::convert;
use crate::entity::file::Model;

const ALTERED_MAX: usize = 60;
/// An object of which more differs was made anew.
const OF_AN_OBJECT_MAX: usize = 12;
/// Objects that one export may hold in two versions; of others, two values belong to two containers.
const VERSIONED: &str = "configmap/";
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

/// A value with the file it stands in.
type Seen<'a> = (&'a Model, &'a Setting);

/// Returns what was changed between exports, oldest value first, with both places.
pub(super) fn between(listed: &[Listed]) -> Vec<pb::ObservedChange> {
    let described = described(listed);
    let mut told = described.values().filter_map(|seen| versions(seen));
    let objects: Vec<pb::ObservedChange> = told.by_ref().flatten().take(ALTERED_MAX).collect();
    let mut values: BTreeMap<(&str, &str, &str), Vec<Seen<'_>>> = BTreeMap::new();
    for Listed { file, clues, .. } in listed {
        let settings = clues.settings.iter().filter(|it| !it.object.is_empty());
        for setting in settings {
            let object = (setting.namespace.as_str(), setting.object.as_str());
            let is_compared = described.get(&object).is_some_and(|it| it.len() > 1);
            if !is_compared {
                let of = (object.0, object.1, setting.key.as_str());
                values.entry(of).or_default().push((file, setting));
            }
        }
    }
    let altered = values.into_values().filter_map(|mut seen| {
        seen.sort_by_key(|(file, setting)| (age(file), setting.citation.byte_start));
        let ((old, before), (new, after)) = pair(&seen)?;
        let change = Altered {
            object: &after.object,
            key: &after.key,
            before: Some((old, &before.value, &before.citation)),
            after: Some((new, &after.value, &after.citation)),
            at: None,
        };
        change.told((old, &before.citation), (new, &after.citation))
    });
    let room = ALTERED_MAX - objects.len();
    let mut all = objects;
    all.extend(altered.take(room));
    all
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

/// Returns what differs between the newest export of an object and the one before it.
fn versions(seen: &[(&Model, &Described)]) -> Option<Vec<pb::ObservedChange>> {
    let mut seen = seen.to_vec();
    seen.sort_by(|one, other| {
        let order = |it: &Described| (it.generation, it.version);
        let is_told = |it: &Described| it.generation.is_some() || it.version.is_some();
        let by_version = order(one.1).cmp(&order(other.1));
        let by_age = age(one.0).cmp(&age(other.0));
        if is_told(one.1) && is_told(other.1) {
            by_version.then(by_age)
        } else {
            by_age
        }
    });
    let [.., (old, before), (new, after)] = seen.as_slice() else {
        return None;
    };
    let keys: BTreeSet<&String> = before.values.keys().chain(after.values.keys()).collect();
    let at = after.changed_at.filter(|it| before.changed_at < Some(*it));
    let altered: Vec<pb::ObservedChange> = keys
        .into_iter()
        .filter(|key| {
            let text = |of: &Described| of.values.get(*key).map(|it| it.0.clone());
            text(before) != text(after)
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
    (altered.len() <= OF_AN_OBJECT_MAX).then_some(altered)
}

/// The value that counts now, and the last other one before it.
fn pair<'a>(seen: &[Seen<'a>]) -> Option<(Seen<'a>, Seen<'a>)> {
    let after = *seen.last()?;
    let is_other = |it: &&Seen<'a>| it.1.value != after.1.value;
    let before = *seen.iter().rev().find(is_other)?;
    let in_one_file = before.0.file_id == after.0.file_id;
    // Two containers may have a variable of one name each.
    let is_ambiguous = [before, after].iter().any(|(file, setting)| {
        let mut of_file = seen.iter().filter(|it| it.0.file_id == file.file_id);
        of_file.any(|it| it.1.value != setting.value)
    });
    let is_versioned = after.1.object.starts_with(VERSIONED);
    (if in_one_file {
        is_versioned
    } else {
        !is_ambiguous
    })
    .then_some((before, after))
}

/// What a file is older by: its turn, then what its name says, then the order of names.
fn age(file: &Model) -> (i32, i32, String, DateTime<Utc>) {
    let name = file.filename.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let said = words.find_map(|word| {
        let is_older = OLDER.contains(&word);
        (is_older || NEWER.contains(&word)).then_some(if is_older { -1 } else { 1 })
    });
    (
        file.uploaded_at_turn,
        said.unwrap_or(0),
        name.clone(),
        file.uploaded_at,
    )
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
        let place = if older.0.file_id == newer.0.file_id {
            format!("within {}", newer.0.filename)
        } else {
            format!("from {} to {}", older.0.filename, newer.0.filename)
        };
        let what = match (self.before, self.after) {
            (Some((_, from, _)), Some((_, to, _))) => format!("changed from {from} to {to}"),
            (Some((_, from, _)), None) => format!("was removed, it was {from}"),
            (None, Some((_, to, _))) => format!("was added, it is {to}"),
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
