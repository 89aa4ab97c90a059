//! Words that agree to what is pending: "yes please", "mark it as resolved".

use faultmaven_proto::case::v1::CaseStatus;

use super::start::COURTESIES;
use super::{BARE_REPLY_MAX, YES, bare};
use crate::analyst::closing::asks_to_resolve;
use crate::analyst::words::{flattened, has_phrase};

/// Words that make an end of a case, without courtesies.
const CLOSES: [&str; 6] = [
    "close",
    "close it",
    "close this",
    "close the case",
    "close this case",
    "do that",
];
const RESOLVES: [&str; 6] = [
    "resolve",
    "resolve it",
    "resolve that",
    "mark it",
    "mark it so",
    "it is resolved",
];

/// Returns whether words confirm a pending transition to `target` and say nothing else.
pub(super) fn confirms(text: &str, target: Option<CaseStatus>) -> bool {
    if text.chars().count() > BARE_REPLY_MAX || text.contains('?') {
        return false;
    }
    let said = bare(text);
    let words: Vec<&str> = said.split_whitespace().collect();
    let agrees = words.iter().any(|word| YES.contains(word));
    if agrees
        && words
            .iter()
            .all(|word| YES.contains(word) || *word == "please")
    {
        return true;
    }
    let is_courtesy = |word: &&str| COURTESIES.contains(word);
    let first = words.iter().position(|word| !is_courtesy(word));
    let last = words.iter().rposition(|word| !is_courtesy(word));
    let core = first
        .zip(last)
        .map(|(first, last)| words[first..=last].join(" "));
    let core = core.unwrap_or_default();
    match target {
        Some(CaseStatus::Resolved) => {
            CLOSES.contains(&core.as_str())
                || RESOLVES.contains(&core.as_str())
                || asks_to_resolve(text) && !has_phrase(&flattened(text), "but")
        }
        Some(CaseStatus::Closed) => CLOSES.contains(&core.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_offered_is_confirmed_in_many_words() {
        let resolved = Some(CaseStatus::Resolved);
        for text in [
            "yes please",
            "ok, resolve it",
            "mark the case as resolved",
            "Please close it.",
            "yes, it is resolved",
            "close it, it is fixed",
        ] {
            assert!(confirms(text, resolved), "{text}");
        }
        for text in [
            "resolve it?",
            "mark it as resolved, but not yet",
            "it is not resolved",
            "close the other one",
            "please",
            "ok so what now",
        ] {
            assert!(!confirms(text, resolved), "{text}");
        }
        assert!(confirms("close it", Some(CaseStatus::Closed)));
        assert!(!confirms("resolve it", Some(CaseStatus::Closed)));
        assert!(!confirms("close it", Some(CaseStatus::Investigating)));
    }
}
