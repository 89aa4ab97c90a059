//! Configuration of good and of bad times, file by file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, DifferenceKind, SIGNIFICANT};
use crate::analysis::{Analysis, ConfigValue};

/// Returns the values that are changed, added or removed between two versions of a file.
pub(super) fn configuration(good: &[&Analysis], bad: &[&Analysis]) -> Vec<Difference> {
    let (good, bad) = (values(good), values(bad));
    let mut versions = namesakes(&good, &bad);
    let mut taken: BTreeSet<usize> = versions.values().copied().collect();
    let mut pairs = Vec::new();
    for (at, (_, after)) in bad.iter().enumerate() {
        let open = good.iter().enumerate();
        let open = open.filter(|(from, _)| !versions.contains_key(&at) && !taken.contains(from));
        for (from, (_, before)) in open {
            let likeness = after.likeness(before);
            pairs.extend(likeness.map(|it| (Reverse(it), at, from)));
        }
    }
    pairs.sort_unstable();
    for (_, at, from) in pairs {
        if !versions.contains_key(&at) && taken.insert(from) {
            versions.insert(at, from);
        }
    }
    let versions = versions.into_iter();
    versions
        .flat_map(|(at, from)| {
            let ((file, after), (before_file, before)) = (&bad[at], &good[from]);
            before.against(*before_file, after, *file)
        })
        .collect()
}

/// Returns the files whose name without its folder stands once on each side, so that all others alone are
/// laid beside each other.
fn namesakes(good: &[(usize, Values<'_>)], bad: &[(usize, Values<'_>)]) -> BTreeMap<usize, usize> {
    let (good, bad) = (once_each(good), once_each(bad));
    let found = bad
        .into_iter()
        .filter_map(|(name, at)| Some((at?, *good.get(name)?.as_ref()?)));
    found.collect()
}

/// Returns the place of each name; none where several files have it.
fn once_each<'a>(files: &[(usize, Values<'a>)]) -> BTreeMap<&'a str, Option<usize>> {
    let mut places: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (at, (_, values)) in files.iter().enumerate() {
        if let Some(name) = values.base() {
            let place = places.entry(name);
            place.and_modify(|it| *it = None).or_insert(Some(at));
        }
    }
    places
}

/// A path, and which one it is of those that a file holds several times, as for documents of one file.
type Key<'a> = (&'a str, usize);

/// The values of one file.
struct Values<'a> {
    name: Option<&'a str>,
    by_key: BTreeMap<Key<'a>, &'a ConfigValue>,
}

/// Returns the values of the files that have any, each with the position of its file.
fn values<'a>(files: &[&'a Analysis]) -> Vec<(usize, Values<'a>)> {
    let files = files.iter().enumerate();
    let files = files.filter(|(_, analysis)| !analysis.values.is_empty());
    files
        .map(|(file, analysis)| {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            let keyed = analysis.values.iter().map(|value| {
                let count = seen.entry(&value.path).or_default();
                *count += 1;
                ((value.path.as_str(), *count), value)
            });
            let values = Values {
                by_key: keyed.collect(),
                name: analysis.file_name.as_deref(),
            };
            (file, values)
        })
        .collect()
}

/// What two files have in common, the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kin {
    Paths,
    Base,
    Name,
}

impl<'a> Values<'a> {
    /// The name of the file without its folder.
    fn base(&self) -> Option<&'a str> {
        self.name.and_then(|name| name.rsplit('/').next())
    }

    /// How likely another file is an earlier version, if it may be one: by its name, by equal values, and by
    /// paths in common, which are to be most of them where the names differ.
    fn likeness(&self, other: &Self) -> Option<(Kin, usize, usize)> {
        let (mut common, mut equal) = (0, 0);
        for (key, is) in &self.by_key {
            if let Some(was) = other.by_key.get(key) {
                common += 1;
                equal += usize::from(was.value == is.value);
            }
        }
        if self.name.is_some() && self.name == other.name {
            Some((Kin::Name, equal, common))
        } else if self.name.is_some() && self.base() == other.base() {
            Some((Kin::Base, equal, common))
        } else {
            let most = common > 0 && common * 2 >= self.by_key.len().min(other.by_key.len());
            most.then_some((Kin::Paths, common, equal))
        }
    }

    fn against(&self, file: usize, after: &Self, after_file: usize) -> Vec<Difference> {
        let told = after.by_key.iter().filter_map(|(key, is)| {
            let was = self.by_key.get(key);
            let kind = match was {
                None => DifferenceKind::ConfigAdded,
                Some(was) if was.value != is.value => DifferenceKind::ConfigChanged,
                Some(_) => return None,
            };
            Some(difference(kind, was.copied(), is, after_file))
        });
        let removed = self.by_key.iter();
        let removed = removed.filter(|(key, _)| !after.by_key.contains_key(*key));
        let removed =
            removed.map(|(_, was)| difference(DifferenceKind::ConfigRemoved, Some(was), was, file));
        told.chain(removed).collect()
    }
}

fn difference(
    kind: DifferenceKind,
    was: Option<&ConfigValue>,
    cited: &ConfigValue,
    file: usize,
) -> Difference {
    const UNSET: &str = "not set";
    let in_good = kind == DifferenceKind::ConfigRemoved;
    let bad = if in_good { UNSET } else { &cited.value };
    Difference {
        kind,
        subject: cited.path.clone(),
        good: was.map_or(UNSET, |it| &it.value).to_owned(),
        bad: bad.to_owned(),
        per_minute: None,
        rate_ratio: None,
        // A value that is another one tells more than one that is set for the first time.
        significance: match kind {
            DifferenceKind::ConfigChanged => SIGNIFICANT * 2.0,
            _ => SIGNIFICANT * 1.5,
        },
        in_good,
        file,
        citation: cited.citation.clone(),
    }
}
