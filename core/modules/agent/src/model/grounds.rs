//! What a model's text may rest on: what it was shown, and what of its changes is left.

use std::collections::BTreeSet;

use super::guard::{HEDGES, plain_words};
use super::prose::{quoted, without_code};
use crate::analyst::words::content_stems;

/// Shorter spans between backticks are names, not quotes.
const QUOTE_WORDS: usize = 3;
const REFUSED_STEMS: usize = 2;
/// A sentence with this share of the words of a refused part says the same.
const RESTATES: f64 = 0.75;

/// The grounds of one answer.
#[derive(Debug, Default)]
pub(crate) struct Grounds {
    /// Everything that was shown or is left, blanks joined.
    shown: String,
    /// The words of parts that were refused.
    refused: Vec<BTreeSet<String>>,
}

impl Grounds {
    /// Adds a text that may be quoted.
    pub(crate) fn show(&mut self, text: &str) {
        for word in text.split_whitespace() {
            self.shown.push_str(word);
            self.shown.push(' ');
        }
        self.shown.push('\n');
    }

    /// Adds what must not be said, for it does not hold.
    pub(crate) fn refuse(&mut self, text: &str) {
        let stems = content_stems(text);
        if stems.len() >= REFUSED_STEMS {
            self.refused.push(stems);
        }
    }

    /// Returns why a sentence cannot be said, if so.
    pub(crate) fn problem(&self, sentence: &str) -> Option<&'static str> {
        let mut quotes = quoted(sentence).into_iter();
        let is_invented =
            |quote: String| quote.split(' ').count() >= QUOTE_WORDS && !self.shown.contains(&quote);
        if quotes.any(is_invented) {
            return Some("quote_not_found");
        }
        self.restates(sentence).then_some("dependency_dropped")
    }

    /// Who asks or guesses asserts nothing.
    fn restates(&self, sentence: &str) -> bool {
        if self.refused.is_empty() || sentence.trim_end().ends_with('?') {
            return false;
        }
        let words = plain_words(&without_code(sentence));
        if words.iter().any(|word| HEDGES.contains(&word.as_str())) {
            return false;
        }
        let said = content_stems(sentence);
        let mut refused = self.refused.iter();
        refused.any(|stems| {
            let shared = stems.intersection(&said).count();
            shared as f64 >= RESTATES * stems.len() as f64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grounds() -> Grounds {
        let mut grounds = Grounds::default();
        grounds.show("14:05 ERROR  pool: request timed\nout after 30000ms");
        grounds.refuse("The disk of db-1 is full");
        grounds
    }

    #[test]
    fn quotes_are_of_what_was_shown() {
        let grounds = grounds();
        for sentence in [
            "It says `request timed out after 30000ms`.",
            "The pool `HikariPool-1` is empty.",
        ] {
            assert_eq!(grounds.problem(sentence), None, "{sentence}");
        }
        let invented = "It says `No space left on device`.";
        assert_eq!(grounds.problem(invented), Some("quote_not_found"));
    }

    #[test]
    fn what_was_refused_is_not_said_without_its_marker_either() {
        let grounds = grounds();
        let again = "So db-1 has a full disk.";
        assert_eq!(grounds.problem(again), Some("dependency_dropped"));
        for sentence in [
            "Whether the disk of db-1 is full is open.",
            "Is the disk of db-1 full?",
            "The disk of the balancer is fast.",
        ] {
            assert_eq!(grounds.problem(sentence), None, "{sentence}");
        }
    }
}
