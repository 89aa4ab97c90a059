//! What a sentence disagrees with: a cause that is ruled out, a part that is fine, or what was said.

use super::topics;
use super::words::{Sentence, flattened};

/// A disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The words that say so.
    pub(crate) sentence: String,
    pub(crate) what: Denied,
}

/// What is disagreed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Something that is named is ruled out.
    Named(String),
    /// Something that is named was seen to be in order.
    Fine(String),
    /// What was said before, whatever it was.
    Unnamed,
}

/// Ways to disagree without a name, as the whole of what is said.
const UNNAMED: [&str; 43] = [
    "wrong",
    "that is wrong",
    "that's wrong",
    "this is wrong",
    "you are wrong",
    "you're wrong",
    "not true",
    "that is not true",
    "that's not true",
    "not right",
    "that is not right",
    "that's not right",
    "that is not it",
    "that's not it",
    "this is not it",
    "that isn't it",
    "it isn't",
    "it is not",
    "it is not that",
    "it's not that",
    "not that",
    "incorrect",
    "not correct",
    "that is incorrect",
    "that's incorrect",
    "that is not correct",
    "that's not correct",
    "i disagree",
    "i don't agree",
    "i do not agree",
    "i don't think so",
    "i do not think so",
    "that can't be",
    "that cannot be",
    "that is not the cause",
    "that's not the cause",
    "the cause is wrong",
    "the conclusion is wrong",
    "your conclusion is wrong",
    "the diagnosis is wrong",
    "your diagnosis is wrong",
    "the analysis is wrong",
    "your analysis is wrong",
];
/// What stands before something that is ruled out.
const RULES_OUT: [&str; 26] = [
    "not because of",
    "not due to",
    "not caused by",
    "it is not",
    "it's not",
    "it isn't",
    "it was not",
    "it wasn't",
    "this is not",
    "this isn't",
    "that is not",
    "that's not",
    "that isn't",
    "cause is not",
    "cause isn't",
    "problem is not",
    "problem isn't",
    "reason is not",
    "don't think it's",
    "don't think it is",
    "do not think it is",
    "do not think it's",
    "it can't be",
    "it cannot be",
    "rule out",
    "ruled out",
];
/// What stands behind something that is ruled out.
const RULED_OUT: [&str; 22] = [
    "is ruled out",
    "are ruled out",
    "was ruled out",
    "has been ruled out",
    "can be ruled out",
    "is not the cause",
    "isn't the cause",
    "is not the root cause",
    "isn't the root cause",
    "was not the cause",
    "wasn't the cause",
    "is not the problem",
    "isn't the problem",
    "is not the reason",
    "isn't the reason",
    "is not the issue",
    "isn't the issue",
    "is not to blame",
    "is not it",
    "has nothing to do with it",
    "has nothing to do with this",
    "is not involved",
];
/// What stands behind something that was seen to be in order.
const FINE: [&str; 24] = [
    "is fine",
    "are fine",
    "was fine",
    "were fine",
    "looks fine",
    "look fine",
    "seems fine",
    "works fine",
    "is ok",
    "are ok",
    "was ok",
    "looks ok",
    "is okay",
    "are okay",
    "looks okay",
    "is healthy",
    "are healthy",
    "looks healthy",
    "is in order",
    "is not full",
    "isn't full",
    "is all right",
    "looks good",
    "is normal",
];
/// Words in front that neither name nor deny.
const LEADS: [&str; 14] = [
    "no", "nope", "but", "sorry", "well", "actually", "hmm", "and", "so", "i", "think", "believe",
    "that", "we",
];
/// Words in front of a phrase that belong to it.
const AROUND: [&str; 11] = [
    "the", "can", "you", "to", "root", "have", "could", "it", "is", "it's", "was",
];
const DETERMINERS: [&str; 8] = ["the", "a", "an", "our", "my", "your", "any", "this"];
/// Words that name nothing which could be at fault.
const NAMELESS: [&str; 30] = [
    "it",
    "that",
    "this",
    "everything",
    "all",
    "problem",
    "cause",
    "reason",
    "issue",
    "one",
    "case",
    "first",
    "last",
    "only",
    "same",
    "time",
    "way",
    "thing",
    "good",
    "bad",
    "statement",
    "now",
    "there",
    "what",
    "rest",
    "point",
    "question",
    "answer",
    "root",
    "here",
];
/// Longest name of a part.
const NAME_WORDS_MAX: usize = 8;

/// Returns what a sentence disagrees with; a question disagrees with nothing.
pub(crate) fn denial(sentence: &Sentence<'_>) -> Option<Denial> {
    if sentence.is_question() {
        return None;
    }
    let clauses: Vec<String> = clauses(sentence.text).map(flattened).collect();
    let is_objection = clauses
        .first()
        .is_some_and(|first| ["no", "nope"].contains(&first.split(' ').next().unwrap_or_default()));
    let named = clauses.iter().find_map(|clause| ruled_out(clause));
    let fine = || {
        let fine = clauses.iter().find_map(|clause| in_order(clause))?;
        // Said against something, it rules that out.
        Some(if is_objection {
            Denied::Named(fine)
        } else {
            Denied::Fine(fine)
        })
    };
    let unnamed = || clauses.iter().any(|clause| is_unnamed(clause));
    let what = named
        .map(Denied::Named)
        .or_else(fine)
        .or_else(|| unnamed().then_some(Denied::Unnamed))?;
    Some(Denial {
        sentence: sentence.text.to_owned(),
        what,
    })
}

/// The parts of a sentence that can deny on their own; a reason denies nothing.
fn clauses(text: &str) -> impl Iterator<Item = &str> {
    const REASONS: [&str; 4] = [" because ", " since ", " as ", " for the "];
    text.split([',', ';', '—', ':'])
        .flat_map(|part| part.split(" but "))
        .map(move |part| {
            let lower = part.to_ascii_lowercase();
            // "not because of x" denies x itself.
            let ends = REASONS.iter().filter_map(|reason| {
                let at = lower.find(reason)?;
                (!lower[..at].ends_with("not")).then_some(at)
            });
            ends.min().map_or(part, |at| &part[..at])
        })
}

fn ruled_out(clause: &str) -> Option<String> {
    let behind = RULED_OUT.iter().find_map(|phrase| before(clause, phrase));
    if let Some(said) = behind {
        return name(said, true);
    }
    let (phrase, said) = RULES_OUT
        .iter()
        .find_map(|phrase| Some((*phrase, after(clause, phrase)?)))?;
    name(
        said,
        phrase.ends_with("out") || phrase.ends_with("of") || phrase.ends_with("by"),
    )
}

fn in_order(clause: &str) -> Option<String> {
    let said = FINE.iter().find_map(|phrase| before(clause, phrase))?;
    name(said, true)
}

fn is_unnamed(clause: &str) -> bool {
    let words: Vec<&str> = clause.split(' ').collect();
    (0..words.len().min(3)).any(|start| {
        words[..start].iter().all(|word| LEADS.contains(word))
            && UNNAMED.contains(&words[start..].join(" ").as_str())
    })
}

/// Returns the words before a phrase that ends a clause, or that only a time follows.
fn before<'a>(clause: &'a str, phrase: &str) -> Option<&'a str> {
    let (said, rest) = clause.split_once(&format!(" {phrase}"))?;
    const ENDINGS: [&str; 6] = ["", " now", " again", " here", " too", " anyway"];
    ENDINGS.contains(&rest).then_some(said)
}

/// Returns the words after a phrase at the beginning of a clause.
fn after<'a>(clause: &'a str, phrase: &str) -> Option<&'a str> {
    let (lead, said) = clause.split_once(&format!("{phrase} "))?;
    let lead = lead.trim();
    let leads = lead.is_empty()
        || lead
            .split(' ')
            .all(|word| LEADS.contains(&word) || AROUND.contains(&word));
    leads.then_some(said)
}

/// Returns a name; one without article must be that of an area that people suspect.
fn name(said: &str, is_bare_name: bool) -> Option<String> {
    let mut words: Vec<&str> = said.split(' ').collect();
    while words.first().is_some_and(|word| LEADS.contains(word)) {
        words.remove(0);
    }
    let has_article = words.first().is_some_and(|word| DETERMINERS.contains(word));
    if has_article {
        words.remove(0);
    }
    let is_name = words.iter().any(|word| !NAMELESS.contains(word))
        && !words.first().is_some_and(|word| NAMELESS.contains(word))
        && words.len() <= NAME_WORDS_MAX;
    let name = words.join(" ");
    let is_known = has_article || is_bare_name || topics::of_text(&name).is_some();
    (is_name && is_known).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::words::sentences;
    use super::*;

    fn denied(text: &str) -> Option<Denied> {
        sentences(text)
            .iter()
            .find_map(denial)
            .map(|denial| denial.what)
    }

    #[test]
    fn what_is_ruled_out_is_named() {
        for (text, name) in [
            ("it is not the pool", "pool"),
            ("No, it's not DNS.", "dns"),
            ("I think it's not the pool size", "pool size"),
            ("I don't think it is the database", "database"),
            ("the disk is ruled out because df shows 40 %", "disk"),
            ("We can rule out the network", "network"),
            ("no, the problem is not the database", "database"),
            ("DNS has nothing to do with it", "dns"),
            ("no, the disk is fine", "disk"),
            ("it is not because of the deployment", "deployment"),
            ("the connection pool is not the cause", "connection pool"),
        ] {
            assert_eq!(denied(text), Some(Denied::Named(name.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_fine_was_only_seen_to_be_so() {
        let disk = Some(Denied::Fine("disk".to_owned()));
        assert_eq!(denied("the disk is fine"), disk);
        assert_eq!(denied("everything is fine"), None);
    }

    #[test]
    fn disagreement_may_name_nothing() {
        for text in [
            "that is wrong",
            "No, that's not it.",
            "I disagree",
            "wrong!",
        ] {
            assert_eq!(denied(text), Some(Denied::Unnamed), "{text}");
        }
    }

    #[test]
    fn reports_and_questions_deny_nothing() {
        for text in [
            "it is not working",
            "it is not reachable since 14:05",
            "this is not the first time",
            "is it not the pool?",
            "it is not fixed",
            "nothing changed",
            "the service is not responding",
            "no, not yet",
        ] {
            assert_eq!(denied(text), None, "{text}");
        }
    }
}
