//! Whether a sentence says that the trouble has ended.

use super::observations::position;
use super::words::{Word, is_negated};

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
