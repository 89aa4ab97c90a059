//! The words that start an investigation whose statement stands.

use faultmaven_proto::case::v1::{CaseStatus, Investigation, TurnPath};

use super::{BARE_REPLY_MAX, Command, YES, bare, command_to};
use crate::analyst::situation::{statement_of, status_of};

/// Words around a request that ask for nothing themselves.
pub(super) const COURTESIES: [&str; 14] = [
    "yes", "yep", "yeah", "ok", "okay", "sure", "please", "let's", "now", "then", "and", "so",
    "just", "to",
];
const WISHES: [&str; 4] = ["i want", "we want", "i'd like", "we can"];
/// What is asked for, without courtesies.
const STARTS: [&str; 21] = [
    "start",
    "start it",
    "start investigating",
    "start investigation",
    "start the investigation",
    "start an investigation",
    "start your investigation",
    "start with the investigation",
    "begin",
    "begin investigating",
    "begin the investigation",
    "investigate",
    "investigate it",
    "investigate this",
    "investigate that",
    "investigate the problem",
    "investigate this problem",
    "go",
    "go ahead",
    "go ahead with the investigation",
    "proceed",
];

/// Returns the command that words mean where only the start of the investigation is left to say.
pub(super) fn command(text: &str, investigation: &Investigation) -> Option<Command> {
    let can_start = status_of(investigation) == CaseStatus::Inquiry
        && !statement_of(investigation).trim().is_empty()
        && text.chars().count() <= BARE_REPLY_MAX
        && !text.contains('?');
    if !can_start {
        return None;
    }
    let said = bare(text);
    let agrees = YES.contains(&said.as_str()) && !was_just_declined(investigation);
    (agrees || asks_to_start(&said)).then(|| command_to(CaseStatus::Investigating))
}

/// Returns whether words without punctuation ask for the start and for nothing else.
fn asks_to_start(said: &str) -> bool {
    let is_courtesy = |word: &&str| COURTESIES.contains(word);
    let wished = WISHES.iter().find_map(|wish| said.strip_prefix(wish));
    let words: Vec<&str> = wished.unwrap_or(said).split_whitespace().collect();
    let first = words.iter().position(|word| !is_courtesy(word));
    let last = words.iter().rposition(|word| !is_courtesy(word));
    let Some((first, last)) = first.zip(last) else {
        return false;
    };
    STARTS.contains(&words[first..=last].join(" ").as_str())
}

/// An "ok" behind a "no" acknowledges the answer to it.
fn was_just_declined(investigation: &Investigation) -> bool {
    let last = investigation.recent_turns.last();
    last.is_some_and(|turn| turn.path() == TurnPath::Handshake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_to_start_are_told_from_other_words() {
        for said in [
            "start the investigation",
            "yes start investigating",
            "please investigate",
            "investigate",
            "ok let's start",
            "go ahead please",
            "i want to start the investigation now",
        ] {
            assert!(asks_to_start(said), "{said}");
        }
        for said in [
            "start the server",
            "investigate the proxy",
            "don't start the investigation",
            "yes",
            "stop the investigation",
            "it started at noon",
            "",
        ] {
            assert!(!asks_to_start(said), "{said}");
        }
    }
}
