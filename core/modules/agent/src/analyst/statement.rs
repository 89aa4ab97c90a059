//! The problem statement: made from reports, rewritten at the user's word.

use super::classify::Report;
use super::symptoms::{self, is_failure_status};
use super::words::{Sentence, Word, sentences, words};

mod dropped;
mod wish;

pub(crate) use dropped::dropped;

pub(crate) use wish::{Rewrite, rewrite};

const STATEMENT_MAX: usize = 1_000;
/// Begins what data add to a statement.
const DATA_MARK: &str = "the data show ";
/// Longest first sentence that is taken over when nothing was proposed.
pub(crate) const DERIVED_MAX: usize = 300;

const OPENERS: [&str; 12] = [
    "hi",
    "hello",
    "hey",
    "please help",
    "help",
    "good morning",
    "good afternoon",
    "so",
    "well",
    "ok",
    "okay",
    "hi there",
];

/// Returns the statement after a wish to rewrite it.
pub(crate) fn rewritten(current: &str, rewrite: &Rewrite) -> String {
    match rewrite {
        Rewrite::Replace(text) => clipped(text, STATEMENT_MAX),
        Rewrite::Add(text) => joined(current, text),
    }
}

/// Returns the statement with a report added, or the report when there was none.
pub(crate) fn with_report(current: &str, report: &Report) -> String {
    joined(current, &declared(report))
}

/// Returns the statement with what the data say about it; what they said first stays.
pub(crate) fn with_data(current: &str, data: &str) -> String {
    if current.contains(DATA_MARK) {
        return current.to_owned();
    }
    joined(current, &format!("{DATA_MARK}{data}"))
}

/// Returns the part of a statement that data added nothing to.
pub(crate) fn without_data(statement: &str) -> &str {
    let before = statement.split(DATA_MARK).next();
    before.map_or(statement, |before| before.trim_end_matches([';', ' ']))
}

/// Returns a report as a statement: a question for the reason becomes what it presupposes.
pub(crate) fn declared(report: &Report) -> String {
    let text = one_line(&report.sentence);
    let text = without_request(without_opener(&text));
    if !report.is_question {
        return clipped(text, STATEMENT_MAX);
    }
    clipped(&presupposed(text), STATEMENT_MAX)
}

/// Returns the first sentence of a message, short enough for a statement.
pub(crate) fn first_sentence(text: &str) -> Option<String> {
    let sentence = sentences(text).into_iter().next()?;
    let report = Report {
        sentence: sentence.text.to_owned(),
        kind: symptoms::ProblemType::Other,
        object: String::new(),
        is_question: Sentence::presupposes(&sentence),
    };
    Some(clipped(&declared(&report), DERIVED_MAX))
}

fn starts_with(text: &str, opener: &str) -> bool {
    text.get(..opener.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(opener))
}

fn joined(current: &str, addition: &str) -> String {
    let current = current.trim().trim_end_matches('.');
    if current.is_empty() {
        return clipped(addition, STATEMENT_MAX);
    }
    if current.to_lowercase().contains(&addition.to_lowercase()) {
        return current.to_owned();
    }
    clipped(&format!("{current}; {addition}"), STATEMENT_MAX)
}

fn without_opener(text: &str) -> &str {
    let Some((first, rest)) = text.split_once([',', ':']) else {
        return text;
    };
    let opener = first.trim().to_lowercase();
    if OPENERS.contains(&opener.as_str()) && !rest.trim().is_empty() {
        return rest.trim();
    }
    text
}

/// Takes off what follows the report: "it fails, please find out why".
fn without_request(text: &str) -> &str {
    const REQUESTS: [&str; 9] = [
        ", please",
        ", can you",
        ", could you",
        ", what ",
        ", why",
        ", how ",
        ", here ",
        ", any ",
        ", help",
    ];
    let lower = text.to_lowercase();
    let cut = REQUESTS
        .iter()
        .filter_map(|request| lower.find(request))
        .min();
    // Lower-casing may move places outside ASCII; then the text stays whole.
    cut.and_then(|at| text.get(..at)).unwrap_or(text)
}

/// Turns "why does X answer 500" into "X answers 500" and "why is X slow" into "X is slow".
fn presupposed(text: &str) -> String {
    let all = words(text);
    let opener = if starts_with(text, "how come") { 2 } else { 1 };
    let rest: Vec<&str> = text.split_whitespace().skip(opener).collect();
    let Some(auxiliary) = all.get(opener).map(|word| word.lower.clone()) else {
        return text.to_owned();
    };
    let starts_with_why = all
        .first()
        .is_some_and(|word| word.lower == "why" || word.lower == "how");
    if !starts_with_why {
        return text.to_owned();
    }
    match auxiliary.as_str() {
        "does" => with_verb(&rest[1..], third_person),
        "do" | "did" => rest[1..].join(" "),
        "is" | "are" | "was" | "were" | "has" | "have" | "can" | "can't" | "cannot" | "isn't"
        | "aren't" | "doesn't" | "don't" | "won't" | "couldn't" => {
            with_auxiliary(&auxiliary, &rest[1..])
        }
        _ => rest.join(" "),
    }
}

const VERBS: [&str; 32] = [
    "answer", "return", "respond", "fail", "crash", "hang", "throw", "give", "report", "show",
    "die", "restart", "drop", "refuse", "reject", "lose", "take", "keep", "stop", "get", "run",
    "time", "log", "send", "deny", "freeze", "break", "abort", "need", "consume", "use", "produce",
];

fn with_verb(rest: &[&str], inflect: impl Fn(&str) -> String) -> String {
    let verb = rest
        .iter()
        .position(|word| VERBS.contains(&word.to_lowercase().as_str()));
    let inflected = rest.iter().enumerate().map(|(at, word)| match verb {
        Some(verb) if verb == at => inflect(word),
        _ => (*word).to_owned(),
    });
    inflected.collect::<Vec<_>>().join(" ")
}

fn third_person(verb: &str) -> String {
    if verb.ends_with('s') || verb.ends_with("sh") || verb.ends_with("ch") {
        return format!("{verb}es");
    }
    match verb
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']))
    {
        Some(stem) => format!("{stem}ies"),
        None => format!("{verb}s"),
    }
}

/// Puts the auxiliary behind the subject, which ends where the symptom or a verb form begins.
fn with_auxiliary(auxiliary: &str, rest: &[&str]) -> String {
    let joined = rest.join(" ");
    let all = words(&joined);
    let is_predicate = |at: usize, word: &Word<'_>| {
        let form = word.lower.as_str();
        at > 0
            && (form.ends_with("ing")
                || matches!(
                    form,
                    "so" | "not" | "be" | "been" | "able" | "start" | "work"
                )
                || VERBS.contains(&form))
    };
    let by_form = all
        .iter()
        .enumerate()
        .find(|(at, word)| is_predicate(*at, word))
        .map(|(at, _)| at);
    let by_symptom = symptoms::find(&all)
        .map(|symptom| symptom.position)
        .filter(|at| *at > 0);
    match by_form.into_iter().chain(by_symptom).min() {
        Some(at) if at <= rest.len() => {
            let (subject, predicate) = rest.split_at(at);
            format!("{} {auxiliary} {}", subject.join(" "), predicate.join(" "))
        }
        _ => joined,
    }
}

/// Returns the words of a statement by which its symptom is found in data: codes and exceptions.
pub(crate) fn codes(statement: &str) -> Vec<String> {
    let all = words(statement);
    let telling = all.iter().filter(|word| {
        is_failure_status(word.lower.trim_end_matches('s')) || symptoms::is_exception_name(word.raw)
    });
    telling
        .map(|word| word.raw.trim_end_matches('s').to_owned())
        .collect()
}

/// Returns a text cut to a number of characters.
pub(crate) fn clipped(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Returns a text without line breaks and runs of blanks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::classify;

    fn statement(text: &str) -> String {
        declared(&classify::read(text, false).reports[0])
    }

    #[test]
    fn a_report_becomes_a_statement() {
        for (text, expected) in [
            (
                "Why does checkout answer 500 since 14:05?",
                "checkout answers 500 since 14:05",
            ),
            (
                "Why is the login page so slow?",
                "the login page is so slow",
            ),
            (
                "why are orders failing since noon",
                "orders are failing since noon",
            ),
            (
                "Why did the import crash last night?",
                "the import crash last night",
            ),
            ("Hi, checkout answers 500", "checkout answers 500"),
            ("Payments are down.", "Payments are down"),
            (
                "why does the proxy deny requests with 403?",
                "the proxy denies requests with 403",
            ),
        ] {
            assert_eq!(statement(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_already_is_not_said_twice() {
        let wish = Rewrite::Add("since 14:05".to_owned());
        assert_eq!(
            rewritten("checkout fails since 14:05", &wish),
            "checkout fails since 14:05"
        );
    }

    #[test]
    fn what_the_data_show_is_said_once() {
        let once = with_data("checkout answers 500", "600 lines");
        assert_eq!(once, "checkout answers 500; the data show 600 lines");
        assert_eq!(with_data(&once, "700 lines"), once);
    }

    #[test]
    fn codes_are_found_again() {
        let text = "checkout answers 500s with NullPointerException";
        assert_eq!(codes(text), ["500", "NullPointerException"]);
    }
}
