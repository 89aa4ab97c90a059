//! What a sentence says was seen or done: times, scope, changes, presence, absence.

use super::clock_time::{self, WrittenTime};
use super::words::{Sentence, Word, flattened, has_phrase, is_negated, is_stop_word};

/// Something the user has seen or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observation {
    /// The words that say so.
    pub(crate) sentence: String,
    pub(crate) what: Seen,
}

/// What was seen or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Since(WrittenTime),
    Region(String),
    Users(String),
    Change {
        kind: &'static str,
        at: Option<WrittenTime>,
    },
    NothingChanged,
    StillThere,
    Gone,
    /// The user has carried something out.
    Done {
        at: Option<WrittenTime>,
    },
}

const NOTHING_CHANGED: [&str; 13] = [
    "nothing changed",
    "nothing has changed",
    "nothing was changed",
    "no changes",
    "no change",
    "no deployments",
    "no deployment",
    "nothing was deployed",
    "didn't change anything",
    "did not change anything",
    "we did not deploy",
    "we didn't deploy",
    "nothing was released",
];
const GONE: [&str; 16] = [
    "works again",
    "working again",
    "work again",
    "is gone",
    "are gone",
    "went away",
    "back to normal",
    "is fixed",
    "recovered",
    "no more errors",
    "no longer",
    "is resolved",
    "fixed it",
    "solved",
    "all good now",
    "fixed",
];
const STILL: [&str; 17] = [
    "still",
    "down again",
    "failing again",
    "fails again",
    "happening again",
    "happened again",
    "keeps",
    "persists",
    "continues",
    "same error",
    "not fixed",
    "didn't help",
    "did not help",
    "no change",
    "not better",
    "came back",
    "is back",
];
const DONE: [&str; 30] = [
    "restarted",
    "rebooted",
    "reverted",
    "rolled back",
    "set it",
    "set back",
    "changed it back",
    "put it back",
    "applied",
    "increased",
    "decreased",
    "raised",
    "lowered",
    "scaled",
    "redeployed",
    "patched",
    "replaced",
    "renewed",
    "cleared",
    "deleted",
    "freed",
    "extended",
    "reconfigured",
    "did that",
    "did it",
    "done that",
    "ran it",
    "executed",
    "fixed",
    "done",
];
/// Verbs of change with the type of the fact; whatever a pattern covers first wins.
const CHANGES: [(&str, &str); 20] = [
    ("deployed", "deployment"),
    ("released", "deployment"),
    ("rolled out", "deployment"),
    ("upgraded", "deployment"),
    ("updated", "deployment"),
    ("merged", "code"),
    ("refactored", "code"),
    ("scaled", "scaling"),
    ("resized", "scaling"),
    ("migrated", "data"),
    ("imported", "data"),
    ("switched", "infrastructure"),
    ("moved", "infrastructure"),
    ("replaced", "infrastructure"),
    ("renewed", "infrastructure"),
    ("rotated", "infrastructure"),
    ("changed", "config"),
    ("enabled", "config"),
    ("disabled", "config"),
    ("reconfigured", "config"),
];
const REGIONS: [&str; 12] = [
    "eu", "us", "uk", "apac", "emea", "latam", "europe", "asia", "americas", "na", "germany",
    "india",
];

/// Returns whether a word says that something was done.
pub(crate) fn is_done_verb(lower: &str) -> bool {
    DONE.contains(&lower)
}

/// Returns what a sentence observes; one that asks for a reason tells time and scope only.
pub(crate) fn observations(sentence: &Sentence<'_>) -> Vec<Observation> {
    let flat = flattened(sentence.text);
    let words = sentence.words();
    let time = clock_time::find(sentence.text);
    let mut seen = Vec::new();
    let since = ["since", "from", "started", "starting", "began"]
        .iter()
        .any(|word| has_phrase(&flat, word));
    if let Some(time) = time.filter(|_| since) {
        seen.push(Seen::Since(time));
    }
    seen.extend(regions(&words).map(Seen::Region));
    seen.extend(users(&flat));
    if sentence.presupposes() {
        return cited(sentence, seen);
    }
    if NOTHING_CHANGED
        .iter()
        .any(|phrase| has_phrase(&flat, phrase))
    {
        seen.push(Seen::NothingChanged);
    } else if let Some(kind) = change(&flat, &words) {
        seen.push(Seen::Change { kind, at: time });
    }
    if states(&flat, &words, &DONE) {
        seen.push(Seen::Done { at: time });
    }
    if states(&flat, &words, &GONE) {
        seen.push(Seen::Gone);
    } else if STILL.iter().any(|phrase| has_phrase(&flat, phrase)) {
        seen.push(Seen::StillThere);
    }
    cited(sentence, seen)
}

fn cited(sentence: &Sentence<'_>, seen: Vec<Seen>) -> Vec<Observation> {
    let cite = |what| Observation {
        sentence: sentence.text.to_owned(),
        what,
    };
    seen.into_iter().map(cite).collect()
}

/// Returns whether one of the phrases is said and not denied.
fn states(flat: &str, words: &[Word<'_>], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        has_phrase(flat, phrase) && position(words, phrase).is_none_or(|at| !is_negated(words, at))
    })
}

fn position(words: &[Word<'_>], phrase: &str) -> Option<usize> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    words.windows(parts.len()).position(|window| {
        window
            .iter()
            .zip(&parts)
            .all(|(word, part)| word.lower == *part)
    })
}

fn change(flat: &str, words: &[Word<'_>]) -> Option<&'static str> {
    // "Here is what changed" announces a change and does not say which.
    if ["what changed", "what has changed", "what was changed"]
        .iter()
        .any(|it| has_phrase(flat, it))
    {
        return None;
    }
    CHANGES
        .iter()
        .find(|(verb, _)| states(flat, words, &[verb]))
        .map(|(_, kind)| *kind)
}

fn regions(words: &[Word<'_>]) -> impl Iterator<Item = String> {
    let named = words.iter().enumerate().filter_map(|(at, word)| {
        let introduces_region = words.get(at + 1).is_some_and(|next| {
            matches!(
                next.lower.as_str(),
                "region" | "datacenter" | "zone" | "site"
            )
        });
        let is_known = REGIONS.contains(&word.lower.as_str()) && is_spelled_as_name(word);
        let fits = is_known || is_cloud_region(&word.lower);
        (fits || introduces_region && !is_stop_word(&word.lower)).then(|| word.raw.to_owned())
    });
    named.filter(|name| name.chars().count() <= 60)
}

/// Short names of regions are words of the language unless they are written in capitals.
fn is_spelled_as_name(word: &Word<'_>) -> bool {
    let is_short = word.lower.len() <= 2;
    if is_short {
        word.raw.chars().all(char::is_uppercase)
    } else {
        word.raw.chars().next().is_some_and(char::is_uppercase)
    }
}

/// For example `eu-west-1` or `us-central1`.
fn is_cloud_region(lower: &str) -> bool {
    const AREAS: [&str; 8] = ["us", "eu", "ap", "ca", "sa", "me", "af", "asia"];
    let mut parts = lower.split('-');
    let area = parts.next().is_some_and(|area| AREAS.contains(&area));
    area && lower.contains('-') && lower.ends_with(|last: char| last.is_ascii_digit())
}

fn users(flat: &str) -> Option<Seen> {
    const QUANTITIES: [&str; 10] = [
        "all", "some", "many", "most", "few", "several", "only", "every", "no", "half",
    ];
    let (before, who) = ["users", "customers", "clients", "tenants"]
        .iter()
        .find_map(|who| {
            flat.split_once(&format!(" {who}"))
                .map(|(before, _)| (before, *who))
        })?;
    let quantity = before.rsplit(' ').next()?;
    let counts = quantity.bytes().all(|byte| byte.is_ascii_digit()) && !quantity.is_empty();
    let tells = QUANTITIES.contains(&quantity) || counts || quantity.ends_with('%');
    tells.then(|| Seen::Users(format!("{quantity} {who}")))
}
