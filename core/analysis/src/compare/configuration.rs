//! Configuration of good and of bad times, file by file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Difference, DifferenceKind, Named, SIGNIFICANT};
use crate::analysis::ConfigValue;

/// Folders by which files are told apart whose names stand several times.
const FOLDERS_MAX: usize = 8;
/// Files that may share what marks a file; more share what marks none.
const SHARED_MAX: usize = 200;
/// Files without a namesake that each is laid beside, those that share most marks with it.
const STRANGERS_MAX: usize = 200;

/// Returns the values that are changed, added or removed between two versions of a file.
pub(super) fn configuration(good: &[Named<'_>], bad: &[Named<'_>]) -> Vec<Difference> {
    let mut sides = Sides {
        good: values(good),
        bad: values(bad),
        versions: BTreeMap::new(),
        taken: BTreeSet::new(),
    };
    for folders in (0..=FOLDERS_MAX).rev() {
        sides.pair_namesakes(folders);
    }
    sides.pair_alike();
    sides.differences()
}

/// The files of both sides, and which are two versions of one.
struct Sides<'a> {
    good: Vec<(usize, Values<'a>)>,
    bad: Vec<(usize, Values<'a>)>,
    /// The place in `good` of the version before, by the place in `bad`.
    versions: BTreeMap<usize, usize>,
    /// The places in `good` of all of them.
    taken: BTreeSet<usize>,
}

impl Sides<'_> {
    /// Pairs the files whose name within so many folders stands once on each side among those that are
    /// open.
    fn pair_namesakes(&mut self, folders: usize) {
        let good = once_each(&self.good, folders, |at| !self.taken.contains(&at));
        let bad = once_each(&self.bad, folders, |at| !self.versions.contains_key(&at));
        let found = bad
            .into_iter()
            .filter_map(|(name, at)| Some((at?, *good.get(name)?.as_ref()?)));
        for (at, from) in found.collect::<Vec<_>>() {
            self.pair(at, from);
        }
    }

    /// Pairs the files that are open by what they have in common, the most alike first.
    fn pair_alike(&mut self) {
        let strangers = (0..self.good.len()).filter(|from| !self.taken.contains(from));
        let by_mark = by_mark(strangers.map(|from| (from, &self.good[from].1)));
        let mut pairs = Vec::new();
        for at in (0..self.bad.len()).filter(|at| !self.versions.contains_key(at)) {
            for from in sharers(&self.bad[at].1, &by_mark) {
                let likeness = self.bad[at].1.likeness(&self.good[from].1);
                pairs.extend(likeness.map(|it| (Reverse(it), at, from)));
            }
        }
        pairs.sort_unstable();
        for (_, at, from) in pairs {
            self.pair(at, from);
        }
    }

    /// Takes two files as versions of one, unless one of them is another's.
    fn pair(&mut self, at: usize, from: usize) {
        if !self.versions.contains_key(&at) && self.taken.insert(from) {
            self.versions.insert(at, from);
        }
    }

    fn differences(&self) -> Vec<Difference> {
        let pairs = self.versions.iter().map(|(&at, &from)| {
            let ((file, after), (before_file, before)) = (&self.bad[at], &self.good[from]);
            before.against(*before_file, after, *file)
        });
        pairs.flatten().collect()
    }
}

/// Returns the place of each name among the files that are open; none where several have it.
fn once_each<'a>(
    files: &[(usize, Values<'a>)],
    folders: usize,
    is_open: impl Fn(usize) -> bool,
) -> BTreeMap<&'a str, Option<usize>> {
    let mut places: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let open = files.iter().enumerate().filter(|(at, _)| is_open(*at));
    for (at, (_, values)) in open {
        let place = places.entry(within(values.name, folders));
        place.and_modify(|it| *it = None).or_insert(Some(at));
    }
    places
}

/// A path, and which one it is of those that a file holds several times, as for documents of one file.
type Key<'a> = (&'a str, usize);

/// The values of one file.
struct Values<'a> {
    name: &'a str,
    by_key: BTreeMap<Key<'a>, &'a ConfigValue>,
}

/// Returns the values of the files that have any, each with the position of its file.
fn values<'a>(files: &[Named<'a>]) -> Vec<(usize, Values<'a>)> {
    let files = files.iter().enumerate();
    let files = files.filter(|(_, (_, analysis))| !analysis.values.is_empty());
    files
        .map(|(file, (name, analysis))| {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            let keyed = analysis.values.iter().map(|value| {
                let count = seen.entry(&value.path).or_default();
                *count += 1;
                ((value.path.as_str(), *count), value)
            });
            let values = Values {
                by_key: keyed.collect(),
                name,
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
}

/// Returns the end of a path: the name of a file, and of so many of the folders around it.
fn within(path: &str, folders: usize) -> &str {
    let mut slashes = path.rmatch_indices('/');
    slashes.nth(folders).map_or(path, |(at, _)| &path[at + 1..])
}

/// What a file may share with an earlier version of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'a> {
    Base(&'a str),
    Path(Key<'a>),
    Value(Key<'a>, &'a str),
}

/// Returns the files that bear each mark.
fn by_mark<'v, 'a: 'v>(
    files: impl Iterator<Item = (usize, &'v Values<'a>)>,
) -> BTreeMap<Mark<'a>, Vec<usize>> {
    let mut by_mark: BTreeMap<Mark<'_>, Vec<usize>> = BTreeMap::new();
    for (from, values) in files {
        for mark in values.marks() {
            by_mark.entry(mark).or_default().push(from);
        }
    }
    by_mark
}

/// Returns the files that share the most marks with one.
fn sharers<'a>(values: &Values<'a>, by_mark: &BTreeMap<Mark<'a>, Vec<usize>>) -> Vec<usize> {
    let files = values.marks().filter_map(|mark| by_mark.get(&mark));
    let telling = files.filter(|files| files.len() <= SHARED_MAX).flatten();
    let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
    for &from in telling {
        *shared.entry(from).or_default() += 1;
    }
    let mut most: Vec<(usize, usize)> = shared.into_iter().collect();
    most.sort_by_key(|&(_, count)| Reverse(count));
    most.truncate(STRANGERS_MAX);
    most.into_iter().map(|(from, _)| from).collect()
}

impl<'a> Values<'a> {
    fn marks(&self) -> impl Iterator<Item = Mark<'a>> {
        let values = self.by_key.iter();
        let values = values.flat_map(|(&key, it)| [Mark::Path(key), Mark::Value(key, &it.value)]);
        std::iter::once(Mark::Base(within(self.name, 0))).chain(values)
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
        if within(self.name, 0) == within(other.name, 0) {
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
