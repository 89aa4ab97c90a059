//! What only the user decides: the rules read it off the user's words, whatever a model makes of them.

use crate::analyst::classify;
use crate::analyst::observations::Seen;
use crate::analyst::words::{flattened, has_phrase, sentences};

/// A decision that a model says the user has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Accepts,
    Rejects,
    Tried,
    CannotGet,
    Ends,
}

const YES: [&str; 20] = [
    "yes",
    "ok",
    "okay",
    "agreed",
    "sure",
    "go ahead",
    "do it",
    "do that",
    "doing",
    "will do",
    "we will",
    "we'll",
    "i will",
    "i'll",
    "let's",
    "sounds good",
    "good idea",
    "applying",
    "going to",
    "accept",
];
const NO: [&str; 20] = [
    "no",
    "not",
    "won't",
    "don't",
    "can't",
    "cannot",
    "never",
    "rather",
    "reject",
    "rejected",
    "refuse",
    "decline",
    "declined",
    "skip",
    "too risky",
    "too dangerous",
    "out of the question",
    "forget",
    "drop that",
    "isn't",
];
const LACKS: [&str; 16] = [
    "don't have",
    "do not have",
    "don't keep",
    "do not keep",
    "not available",
    "no longer available",
    "does not exist",
    "doesn't exist",
    "there is no",
    "there are no",
    "no such",
    "nobody has",
    "impossible",
    "not possible",
    "is gone",
    "lost",
];
const TRIED: [&str; 3] = ["tried", "did not help", "didn't help"];
const ENDS: [&str; 6] = [
    "close it",
    "close this",
    "close the",
    "stop",
    "that is all",
    "that's all",
];

/// Returns whether the sentences that a quote is from make a decision.
pub(super) fn is_made(decision: Decision, text: &str, quote: &str) -> bool {
    let quote = flattened(quote);
    let quoted: Vec<&str> = sentences(text)
        .iter()
        .filter(|sentence| {
            let said = flattened(sentence.text);
            has_phrase(&said, &quote) || has_phrase(&quote, &said)
        })
        .map(|sentence| sentence.text)
        .collect();
    let said = quoted.join(". ");
    let flat = flattened(&said);
    let reading = classify::read(&said, false);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    let seen =
        |holds: &dyn Fn(&Seen) -> bool| reading.observations.iter().any(|it| holds(&it.what));
    let is_done = || seen(&|it| matches!(it, Seen::Done { .. }));
    match decision {
        Decision::Accepts => is_done() || has(&YES) && !has(&NO),
        Decision::Rejects => reading.refuses || !reading.denials.is_empty() || has(&NO),
        Decision::Tried => {
            is_done() || has(&TRIED) || seen(&|it| matches!(it, Seen::Gone | Seen::StillThere))
        }
        Decision::CannotGet => reading.refuses || has(&LACKS),
        Decision::Ends => reading.asks_to_stop || reading.asks_to_resolve || has(&ENDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_read_off_the_sentence_of_its_quote() {
        use Decision::{Accepts, CannotGet, Ends, Rejects, Tried};
        let text = "The pool had five connections. We set it back to 50. We have no access to the node. \
                    A failover is too risky today. The errors are still there. You can close the case.";
        for (quote, decisions) in [
            ("pool had five connections", &[][..]),
            ("set it back to 50", &[Accepts, Tried]),
            ("access to the node", &[Rejects, CannotGet]),
            ("A failover is too risky", &[Rejects]),
            ("errors are still there", &[Tried]),
            ("close the case", &[Ends]),
        ] {
            for decision in [Accepts, Rejects, Tried, CannotGet, Ends] {
                let expected = decisions.contains(&decision);
                assert_eq!(
                    is_made(decision, text, quote),
                    expected,
                    "{quote}: {decision:?}"
                );
            }
        }
    }
}
