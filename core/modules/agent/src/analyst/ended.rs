//! Whether a sentence says that the trouble has ended, or comes no more.

use super::clock_time;
use super::observations::position;
use super::symptoms;
use super::words::{NEGATIONS, Sentence, Word, is_negated};

/// Words between the trouble and its end.
const ENDED_REACH: usize = 4;
/// What a symptom does as well as a service; the subject tells which.
const LEFT: [&str; 3] = ["is gone", "are gone", "went away"];
/// Words for the trouble itself.
const TROUBLE: [&str; 14] = [
    "errors",
    "error",
    "timeouts",
    "failures",
    "alerts",
    "exceptions",
    "crashes",
    "warnings",
    "restarts",
    "problem",
    "problems",
    "issue",
    "500s",
    "5xx",
];
/// What trouble does, and its other names.
const TROUBLES: [&str; 40] = [
    "restart",
    "restarting",
    "restarted",
    "crash",
    "crashing",
    "crashed",
    "fail",
    "fails",
    "failing",
    "failed",
    "failure",
    "hang",
    "hangs",
    "hanging",
    "die",
    "dies",
    "died",
    "killed",
    "kill",
    "kills",
    "evicted",
    "evictions",
    "oom",
    "ooms",
    "oomkilled",
    "leak",
    "leaks",
    "timeout",
    "exception",
    "alert",
    "alarm",
    "alarms",
    "outage",
    "outages",
    "happen",
    "happens",
    "happened",
    "occur",
    "occurs",
    "occurred",
];
/// What a service does; that it does so no longer is trouble.
const SERVES: [&str; 20] = [
    "work",
    "works",
    "working",
    "respond",
    "responds",
    "responding",
    "answer",
    "answers",
    "answering",
    "available",
    "reachable",
    "start",
    "starts",
    "starting",
    "connect",
    "connects",
    "able",
    "running",
    "possible",
    "healthy",
];
/// Words between a denial, the trouble and its time.
const NO_MORE_REACH: usize = 4;
/// Returns whether the trouble, not a service or a file, is said to be gone.
pub(super) fn has_left(words: &[Word<'_>]) -> bool {
    const PRONOUNS: [&str; 8] = [
        "it", "this", "that", "they", "all", "symptom", "symptoms", "issues",
    ];
    LEFT.iter().any(|phrase| {
        let Some(at) = position(words, phrase).filter(|at| !is_negated(words, *at)) else {
            return false;
        };
        let before = &words[at.saturating_sub(ENDED_REACH)..at];
        let is_trouble = |word: &Word<'_>| {
            let lower = word.lower.as_str();
            TROUBLE.contains(&lower) || PRONOUNS.contains(&lower)
        };
        before.is_empty() || before.iter().any(is_trouble)
    })
}

/// Returns whether trouble is said to have ended: "the errors stopped".
pub(super) fn has_stopped(words: &[Word<'_>]) -> bool {
    const ENDED: [&str; 5] = ["stopped", "ceased", "disappeared", "vanished", "ended"];
    words.iter().enumerate().any(|(at, word)| {
        let before = &words[at.saturating_sub(ENDED_REACH)..at];
        let names_trouble = before.iter().any(|it| TROUBLE.contains(&it.lower.as_str()));
        ENDED.contains(&word.lower.as_str()) && names_trouble && !is_negated(words, at)
    })
}

/// Returns whether trouble is said to come no more: "no errors since", "does not restart any more".
pub(super) fn comes_no_more(words: &[Word<'_>]) -> bool {
    const MORE: [&str; 4] = ["more", "further", "new", "another"];
    words.iter().enumerate().any(|(at, word)| {
        let lower = word.lower.as_str();
        let is_trouble = TROUBLE.contains(&lower) || TROUBLES.contains(&lower);
        let before = &words[at.saturating_sub(NO_MORE_REACH)..at];
        let denies = |it: &Word<'_>| {
            let lower = it.lower.as_str();
            NEGATIONS.contains(&lower) || lower == "zero"
        };
        let Some(denied) = before.iter().position(denies).filter(|_| is_trouble) else {
            return false;
        };
        let is_more = before[denied..]
            .iter()
            .any(|it| MORE.contains(&it.lower.as_str()));
        is_more || lasts_until_now(&words[at + 1..])
    }) || is_no_longer(words)
}

/// Returns whether something is no longer so that is no service: "no longer happens".
fn is_no_longer(words: &[Word<'_>]) -> bool {
    position(words, "no longer").is_some_and(|at| {
        let what = words.get(at + 2);
        what.is_none_or(|what| !SERVES.contains(&what.lower.as_str()))
    })
}

/// Returns whether the words behind the trouble reach to the present: "since", "for 6h", "any more".
fn lasts_until_now(after: &[Word<'_>]) -> bool {
    const SINGLE: [&str; 6] = [
        "since",
        "anymore",
        "again",
        "now",
        "afterwards",
        "thereafter",
    ];
    const PAIRS: [(&str, &str); 7] = [
        ("any", "more"),
        ("any", "longer"),
        ("so", "far"),
        ("until", "now"),
        ("after", "that"),
        ("ever", "since"),
        ("right", "now"),
    ];
    const LENGTHS: [&str; 8] = [
        "hours", "hour", "minutes", "minute", "days", "day", "a", "several",
    ];
    let near = &after[..after.len().min(NO_MORE_REACH)];
    near.iter().enumerate().any(|(at, word)| {
        let lower = word.lower.as_str();
        let next = near.get(at + 1).map_or("", |it| it.lower.as_str());
        let is_length = next.starts_with(|it: char| it.is_ascii_digit()) || LENGTHS.contains(&next);
        SINGLE.contains(&lower)
            || PAIRS.contains(&(lower, next))
            || matches!(lower, "for" | "in") && is_length
    })
}
/// Returns whether a sentence complains of what lasted from a time to another; who asks for what
/// the data hold between two times does not.
pub(super) fn lasted(sentence: &Sentence<'_>, words: &[Word<'_>]) -> bool {
    const ASKS: [&str; 6] = ["show", "list", "count", "find", "give", "compare"];
    let begins = words.first().map_or("", |word| word.lower.as_str());
    let asks = sentence.is_question() || ASKS.contains(&begins);
    !asks && symptoms::find(words).is_some() && clock_time::is_span(sentence.text)
}
