//! What a sentence says was seen or done: times, scope, changes, presence, absence.

use super::clock_time::{self, WrittenTime};
use super::deed::{is_clean_remedy, is_remedy};
use super::ended::{comes_no_more, has_left, has_stopped, lasted};
use super::words::{self, Sentence, Word, flattened, has_phrase, is_negated, is_stop_word};

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
const GONE: [&str; 22] = [
    "stable now",
    "stable again",
    "are stable",
    "is stable",
    "healthy again",
    "healthy now",
    "works now",
    "working now",
    "fine now",
    "fine again",
    "works again",
    "working again",
    "work again",
    "back to normal",
    "is fixed",
    "recovered",
    "no more errors",
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
/// What says that something was done.
pub(super) const DONE: [&str; 30] = [
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
/// Nouns of change with the type of the fact.
const NAMED_CHANGES: [(&str, &str); 8] = [
    ("deployment of", "deployment"),
    ("deploy of", "deployment"),
    ("release of", "deployment"),
    ("rollout of", "deployment"),
    ("upgrade of", "deployment"),
    ("upgrade to", "deployment"),
    ("migration of", "data"),
    ("switch to", "infrastructure"),
];
/// Words between a verb and the particle that belongs to it.
const PARTED_REACH: usize = 7;
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
    let said = behind_answer(sentence.text);
    let flat = flattened(said);
    let words = words::words(said);
    let time = clock_time::find(sentence.text);
    let is_gone = is_gone(&flat, &words);
    let mut seen = Vec::new();
    let since = ["since", "started", "starting", "began"]
        .iter()
        .any(|word| has_phrase(&flat, word));
    let begins = since || is_from_a_time(&words) || lasted(sentence, &words);
    // The time of a fix, and that from which its effect shows, are no beginning of the trouble.
    let is_of_the_end = is_gone && clauses(sentence.text).any(|clause| ends_at(clause).is_some());
    if let Some(time) = time.filter(|_| begins && !is_of_the_end) {
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
    } else if let Some(kind) = change(&flat, &words, time.is_some())
        && (!is_gone || is_done(&flat, &words))
    {
        seen.push(Seen::Change { kind, at: time });
    }
    if is_done(&flat, &words) || is_gone && is_remedy(&words) {
        let at = clauses(sentence.text).find_map(when_done);
        seen.push(Seen::Done { at });
    }
    if is_gone {
        seen.push(Seen::Gone);
    } else if STILL.iter().any(|phrase| has_phrase(&flat, phrase)) {
        seen.push(Seen::StillThere);
    }
    cited(sentence, seen)
}

/// "No, we rolled back" answers and denies nothing of what follows.
fn behind_answer(text: &str) -> &str {
    let answer = text.split_once([',', ';']);
    let behind = answer.filter(|(first, _)| {
        let first = first.trim().to_lowercase();
        matches!(first.as_str(), "no" | "nope" | "nah")
    });
    behind.map_or(text, |(_, rest)| rest.trim_start())
}

/// Where one sentence says that the trouble is over, what another tells was done is the fix, no change
/// that may have led to it.
pub(super) fn join_fix_and_effect(observations: &mut Vec<Observation>, text: &str) {
    let is_over = observations.iter().any(|it| it.what == Seen::Gone);
    let is_told = |it: &Observation| matches!(it.what, Seen::Done { .. });
    if !is_over || observations.iter().any(is_told) {
        return;
    }
    let mut told = words::sentences(text).into_iter();
    let fix = told.find(|it| !it.is_question() && is_clean_remedy(it.text));
    if let Some(fix) = fix {
        observations
            .retain(|it| it.sentence != fix.text || !matches!(it.what, Seen::Change { .. }));
        let at = clauses(fix.text).find_map(when_done);
        observations.extend(cited(&fix, vec![Seen::Done { at }]));
    }
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

pub(super) fn position(words: &[Word<'_>], phrase: &str) -> Option<usize> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    words.windows(parts.len()).position(|window| {
        window
            .iter()
            .zip(&parts)
            .all(|(word, part)| word.lower == *part)
    })
}

/// A value may be set "from 50 to 5", which is no time.
fn is_from_a_time(words: &[Word<'_>]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let end = words.len().min(at + 3);
        let mut after = words[at + 1..end.max(at + 1)].iter();
        word.lower == "from" && after.any(|it| clock_time::find(it.raw).is_some())
    })
}

/// Returns whether something was carried out, also with words between: "set the pool back".
pub(super) fn is_done(flat: &str, words: &[Word<'_>]) -> bool {
    const PARTED: [&str; 8] = [
        "set", "put", "changed", "switched", "turned", "rolled", "brought", "reset",
    ];
    const ENDINGS: [&str; 3] = ["back", "off", "on"];
    let parted = words.iter().enumerate().any(|(at, word)| {
        let end = words.len().min(at + PARTED_REACH);
        PARTED.contains(&word.lower.as_str())
            && !is_negated(words, at)
            && words[at + 1..end.max(at + 1)]
                .iter()
                .any(|later| ENDINGS.contains(&later.lower.as_str()))
    });
    parted || states(flat, words, &DONE)
}

/// When the clause that says so was carried out; the time of its effect is another one.
fn when_done(clause: &str) -> Option<WrittenTime> {
    let all = words::words(clause);
    let tells = (is_done(&flattened(clause), &all) || is_remedy(&all))
        && !has_stopped(&all)
        && !comes_no_more(&all);
    clock_time::find(clause).filter(|_| tells)
}

/// The time in a clause that tells a fix or the end of the trouble.
fn ends_at(clause: &str) -> Option<WrittenTime> {
    let all = words::words(clause);
    let ends = is_gone(&flattened(clause), &all);
    clock_time::find(clause)
        .filter(|_| ends)
        .or_else(|| when_done(clause))
}

fn is_gone(flat: &str, words: &[Word<'_>]) -> bool {
    states(flat, words, &GONE) || has_left(words) || has_stopped(words) || comes_no_more(words)
}

pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';']).flat_map(|part| part.split(" and "))
}

fn change(flat: &str, words: &[Word<'_>], has_time: bool) -> Option<&'static str> {
    // "Here is what changed" announces a change and does not say which.
    if ["what changed", "what has changed", "what was changed"]
        .iter()
        .any(|it| has_phrase(flat, it))
    {
        return None;
    }
    let done = CHANGES
        .iter()
        .find(|(verb, _)| states(flat, words, &[verb]));
    // A change may be named instead of told; a time or two values make it one.
    let sets_value = has_phrase(flat, "set") && has_phrase(flat, "from") && has_phrase(flat, "to");
    let named = NAMED_CHANGES
        .iter()
        .find(|(name, _)| (has_time || sets_value) && states(flat, words, &[name]));
    done.or(named)
        .map(|(_, kind)| *kind)
        .or_else(|| sets_value.then_some("config"))
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

#[cfg(test)]
#[path = "observations_tests.rs"]
mod tests;
