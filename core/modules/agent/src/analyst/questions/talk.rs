//! Questions about what was said and weighed: why, what for, which of two, what is missing.

use super::super::topics;
use super::super::words::{flattened, has_phrase};
use super::Question;

/// Whole questions for the reasons of what was said last.
const WHY: [&str; 18] = [
    "why",
    "why so",
    "why that",
    "why is that",
    "why is that so",
    "why do you think so",
    "why do you think that",
    "why do you say so",
    "why do you say that",
    "how so",
    "how come",
    "what makes you think so",
    "what makes you think that",
    "how do you know",
    "how do you know that",
    "on what grounds",
    "what is that based on",
    "based on what",
];
/// How a question for the reason of the problem itself begins, which a pronoun names.
const WHY_IT: [&str; 10] = [
    "why is it",
    "why is this",
    "why was it",
    "why are they",
    "why does it",
    "why does this",
    "why did it",
    "why did this",
    "why did that",
    "why do they",
];
/// Longest question that names the problem by a pronoun alone.
const PRONOUN_WORDS_MAX: usize = 5;
const FOR: [&str; 10] = [
    "what speaks for ",
    "what supports ",
    "what is the evidence for ",
    "what's the evidence for ",
    "what evidence is there for ",
    "what evidence do you have for ",
    "why do you think it is ",
    "why do you think it's ",
    "why do you suspect ",
    "what points to ",
];
const NEEDS: [&str; 17] = [
    "what do you need",
    "what else do you need",
    "what data do you need",
    "what is missing",
    "what's missing",
    "what are you missing",
    "what do you miss",
    "what would help",
    "what would you need",
    "what would make you sure",
    "what would make it likely",
    "what would make it confirmed",
    "what would confirm it",
    "what would prove it",
    "what would decide",
    "what can i give you",
    "what should i upload",
];
const TRACE: [&str; 6] = [
    "stack trace",
    "stacktrace",
    "stack traces",
    "stacktraces",
    "backtrace",
    "traceback",
];
const EXCEPTIONS: [&str; 8] = [
    "which exception",
    "which exceptions",
    "what exception",
    "what exceptions",
    "the exception",
    "the exceptions",
    "what kind of exception",
    "what is the exception",
];
/// How a choice between suspects begins.
const CHOICES: [&str; 12] = [
    "is it",
    "was it",
    "is that",
    "was that",
    "is this",
    "is it more",
    "is the cause",
    "was the cause",
    "is the problem",
    "so is it",
    "so was it",
    "is it rather",
];
const DETERMINERS: [&str; 6] = ["a ", "an ", "the ", "our ", "some ", "my "];
/// Words that a suspect does not begin with.
const NO_SUSPECT: [&str; 16] = [
    "same", "first", "only", "case", "problem", "end", "cause", "root", "right", "wrong", "good",
    "bad", "time", "reason", "issue", "way",
];

/// Returns what a question asks of the conversation and the ledger.
pub(super) fn question(text: &str) -> Option<Question> {
    let flat = flattened(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    if let Some(why) = why(&flat) {
        return Some(why);
    }
    if let Some(named) = named_after(&flat, &FOR) {
        return Some(Question::For(named));
    }
    let asks_more = ["how", "when", "since", "why", "is", "are", "does"]
        .iter()
        .any(|opener| flat.split(' ').next() == Some(opener));
    if has(&TRACE) && !asks_more && !flat.ends_with(" mean") {
        return Some(Question::StackTrace);
    }
    if has(&EXCEPTIONS) && !asks_more && !flat.ends_with(" mean") {
        return Some(Question::Exceptions);
    }
    if has(&NEEDS) {
        return Some(Question::Needs);
    }
    choice(&flat).map(Question::Weigh)
}

/// Returns the question for reasons that a text is; one that tells a problem of its own is none.
pub(crate) fn why(flat: &str) -> Option<Question> {
    let bare = ["but ", "and ", "so ", "ok ", "okay "]
        .iter()
        .find_map(|lead| flat.strip_prefix(lead))
        .unwrap_or(flat);
    if WHY.contains(&bare) {
        return Some(Question::Why);
    }
    let is_short = bare.split(' ').count() <= PRONOUN_WORDS_MAX;
    let names_it = WHY_IT.iter().any(|opener| {
        bare.strip_prefix(opener)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    (is_short && names_it).then_some(Question::Cause)
}

/// The suspects that a question puts up: "was it the pool size or a leak".
fn choice(flat: &str) -> Option<Vec<String>> {
    let rest = CHOICES
        .iter()
        .filter_map(|opener| flat.strip_prefix(&format!("{opener} ")))
        .min_by_key(|rest| rest.len())?;
    let rest = ["because of ", "due to ", "caused by "]
        .iter()
        .find_map(|link| rest.strip_prefix(link))
        .unwrap_or(rest);
    let suspects: Vec<&str> = rest.split(" or ").map(str::trim).collect();
    let are_named = suspects.len() > 1 && suspects.iter().any(|it| is_named(it));
    let is_one = suspects.len() == 1 && is_named(suspects[0]);
    let names: Vec<String> = suspects.iter().map(|it| bare_name(it).to_owned()).collect();
    let may_be = |name: &String| {
        let first = name.split(' ').next().unwrap_or_default();
        !first.is_empty() && !NO_SUSPECT.contains(&first)
    };
    ((are_named || is_one) && names.iter().all(may_be)).then_some(names)
}

fn is_named(suspect: &str) -> bool {
    bare_name(suspect) != suspect || topics::of_text(suspect).is_some()
}

fn named_after(flat: &str, openers: &[&str]) -> Option<String> {
    let named = openers
        .iter()
        .find_map(|opener| flat.strip_prefix(opener))?;
    let named = bare_name(named.trim());
    (!named.is_empty()).then(|| named.to_owned())
}

fn bare_name(name: &str) -> &str {
    let bare = DETERMINERS.iter().find_map(|it| name.strip_prefix(it));
    bare.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_suspects_are_asked_for() {
        let names = |all: &[&str]| {
            Some(Question::Weigh(
                all.iter().map(|it| (*it).to_owned()).collect(),
            ))
        };
        for (text, expected) in [
            ("why?", Some(Question::Why)),
            ("why do you think so", Some(Question::Why)),
            ("WHY IS IT DOWN???", Some(Question::Cause)),
            (
                "so was it the pool size or a leak?",
                names(&["pool size", "leak"]),
            ),
            ("is it a leak?", names(&["leak"])),
            ("is it dns?", names(&["dns"])),
            ("is it fixed?", None),
            ("is it the same error?", None),
            (
                "what speaks for the cache?",
                Some(Question::For("cache".into())),
            ),
            ("which exception?", Some(Question::Exceptions)),
            ("show me the stack trace", Some(Question::StackTrace)),
            ("what do you need?", Some(Question::Needs)),
            ("what is missing for likely?", Some(Question::Needs)),
            ("why does checkout answer 500?", None),
            ("how often does the exception occur?", None),
        ] {
            assert_eq!(question(text), expected, "{text}");
        }
    }
}
