//! What the threads of one dump show together: circles of waiting, and many that wait for the same.

use std::collections::{BTreeMap, HashMap};

use super::{Contention, Thread, Wait, WaitKind};
use crate::event::LineSample;
use crate::finding::Severity;

const NAMED_MAX: usize = 4;
const PLACES_MAX: usize = 5;

impl WaitKind {
    /// Threads from which they are many, how bad that is, and what they do. Workers without work wait at
    /// channels and in calls too, so that these are hints.
    fn pile(self) -> (usize, Severity, &'static str) {
        match self {
            Self::Lock => (5, Severity::Error, "threads wait for one lock"),
            Self::Mutex => (5, Severity::Error, "goroutines wait for a lock in"),
            Self::Send => (
                20,
                Severity::Warn,
                "goroutines wait to send to a channel in",
            ),
            Self::Receive => (
                20,
                Severity::Info,
                "goroutines wait to receive from a channel in",
            ),
            Self::Condition => (
                5,
                Severity::Info,
                "threads wait for a lock or a condition in",
            ),
            Self::Call => (5, Severity::Info, "threads stand in"),
        }
    }
}

/// Returns what a dump shows.
pub(super) fn judge(threads: &[Thread]) -> Vec<Contention> {
    let owners = owners(threads);
    let mut shown = deadlocks(threads, &owners);
    shown.extend(piles(threads, &owners));
    shown
}

/// Threads that hold locks, each with the line that tells so.
type Owners<'a> = HashMap<&'a str, (usize, &'a LineSample)>;

fn owners(threads: &[Thread]) -> Owners<'_> {
    let mut owners = HashMap::new();
    for (at, thread) in threads.iter().enumerate() {
        let waits = thread.wait.as_ref().map(|it| it.lock.as_str());
        let is_held = |lock: &str| thread.released.as_deref() != Some(lock) && waits != Some(lock);
        for (lock, place) in thread.holds.iter().filter(|(lock, _)| is_held(lock)) {
            owners.entry(lock.as_str()).or_insert((at, place));
        }
    }
    owners
}

fn deadlocks(threads: &[Thread], owners: &Owners<'_>) -> Vec<Contention> {
    let blocker = |at: usize| -> Option<usize> {
        let wait = threads[at].wait.as_ref()?;
        Some(owners.get(wait.lock.as_str())?.0)
    };
    let mut done = vec![false; threads.len()];
    let mut shown = Vec::new();
    for start in 0..threads.len() {
        let (mut path, mut next) = (Vec::new(), Some(start));
        while let Some(at) = next {
            if let Some(from) = path.iter().position(|it| *it == at) {
                shown.push(deadlock(threads, owners, &path[from..]));
                break;
            }
            if std::mem::replace(&mut done[at], true) {
                break;
            }
            path.push(at);
            next = blocker(at);
        }
    }
    shown
}

fn deadlock(threads: &[Thread], owners: &Owners<'_>, circle: &[usize]) -> Contention {
    let mut names: Vec<&str> = circle.iter().map(|at| threads[*at].name.as_str()).collect();
    let waits = circle.iter().filter_map(|at| threads[*at].wait.as_ref());
    let told: Vec<String> = circle
        .iter()
        .zip(waits.clone())
        .take(NAMED_MAX)
        .filter_map(|(at, wait)| {
            let (owner, _) = owners.get(wait.lock.as_str())?;
            Some(format!(
                "\"{}\" waits for {}, which \"{}\" holds",
                threads[*at].name, wait.lock, threads[*owner].name
            ))
        })
        .collect();
    let places = waits.flat_map(|wait| {
        let held = owners.get(wait.lock.as_str()).map(|(_, place)| *place);
        std::iter::once(&wait.place).chain(held)
    });
    let places = places.take(PLACES_MAX).cloned().collect();
    let statement = format!("deadlock of {} threads: {}", circle.len(), told.join("; "));
    names.sort_unstable();
    Contention {
        statement,
        severity: Severity::Critical,
        threads: circle.len() as u64,
        places,
        key: format!("deadlock {}", names.join(" ")),
    }
}

fn piles(threads: &[Thread], owners: &Owners<'_>) -> Vec<Contention> {
    let mut piles: BTreeMap<(WaitKind, &str), Vec<&Wait>> = BTreeMap::new();
    for thread in threads {
        let Some(wait) = &thread.wait else { continue };
        let what = match wait.kind {
            WaitKind::Lock => Some(wait.lock.as_str()),
            _ => thread.top.as_deref(),
        };
        if let Some(what) = what {
            piles.entry((wait.kind, what)).or_default().push(wait);
        }
    }
    let piles = piles.into_iter();
    let many = piles.filter(|((kind, _), waits)| waits.len() >= kind.pile().0);
    many.filter_map(|((kind, what), waits)| pile(kind, what, &waits, threads, owners))
        .collect()
}

fn pile(
    kind: WaitKind,
    what: &str,
    waits: &[&Wait],
    threads: &[Thread],
    owners: &Owners<'_>,
) -> Option<Contention> {
    let (first, last) = (waits.first()?, waits.last()?);
    let (_, severity, words) = kind.pile();
    let count = waits.len();
    let owner = owners.get(what).filter(|_| kind == WaitKind::Lock);
    let longest = waits.iter().map(|it| it.minutes).max().unwrap_or(0);
    let statement = match kind {
        WaitKind::Lock => format!("{count} {words}: \"{}\"", first.place.text.trim()),
        _ => format!("{count} {words} {what}"),
    };
    let held = owner.map_or_else(String::new, |(at, _)| {
        let owner = &threads[*at];
        let top = owner.top.as_deref();
        let top = top.map_or_else(String::new, |top| format!(" in {top}"));
        format!(", which \"{}\" holds{top}", owner.name)
    });
    let minutes = match longest {
        0 => String::new(),
        longest => format!(", for up to {longest} minutes"),
    };
    let places = [&first.place, &last.place].into_iter();
    let places = places.chain(owner.map(|(_, place)| *place));
    Some(Contention {
        statement: format!("{statement}{held}{minutes}"),
        severity,
        threads: count as u64,
        places: places.cloned().collect(),
        key: format!("{words} {what}"),
    })
}
