//! Questions about the data of a case.

use super::words::{Sentence, flattened, has_phrase};
use super::{clock_time, symptoms};

mod asked;
mod counted;
mod names;
mod phrases;
mod take_back;
mod talk;

pub(crate) use asked::Question;
pub(crate) use counted::{Counted, Window};
pub(crate) use names::Names;
use phrases::{
    ABILITIES, AGAINST, AT_HAND, CAUSE, CHANGES, COMPARE, COUNT, COUNTS, COVERAGE, ENTITIES,
    FAILED, FIRST, FIX, KNOWLEDGE, LOGINS, NEXT_STEP, ONGOING, OVER, RATES, SEARCH, SHORT, SINCE,
    SUMMARY, UNTIL, WHAT_IT_IS,
};
pub(crate) use take_back::{is_file_name, is_taken_back};
pub(crate) use talk::why;

/// Longest request for a summary that is not a question.
const SUMMARY_WORDS_MAX: usize = 6;
/// Longer sentences that begin like a question tell something.
const UNMARKED_WORDS_MAX: usize = 10;
const RATE_WORDS_MAX: usize = 6;

/// Returns what a question asks of the data; none when it asks for something else.
pub(crate) fn question(sentence: &Sentence<'_>) -> Option<Question> {
    let flat = flattened(sentence.text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    if has(&ABILITIES) {
        return Some(Question::Abilities);
    }
    if asks_for_a_fix(&flat) {
        return Some(Question::Fix);
    }
    if let Some(asked) = talk::question(sentence.text) {
        return Some(asked);
    }
    if let Some(named) = against(&flat) {
        return Some(Question::Against(named));
    }
    if let Some(asked) = errors_within(sentence.text, &flat) {
        return Some(asked);
    }
    if let Some(asked) = by_phrase(sentence.text, &flat) {
        return Some(asked);
    }
    if asks_for_meaning(&flat) {
        return Some(Question::Meaning(subject(sentence.text)));
    }
    if let Some(at) = moment(sentence.text, &flat) {
        return Some(at);
    }
    if let Some(about_case) = about_the_case(&flat) {
        return Some(about_case);
    }
    if asks_for_logins(&flat) {
        return Some(Question::Logins);
    }
    if sentence.is_yes_no_question()
        && let Some(term) = counted::held(sentence.text)
    {
        let term = quoted(sentence.text).map_or(term, str::to_owned);
        return Some(Question::Search(term));
    }
    if sentence.is_yes_no_question() && asks_for_trouble(sentence, &flat) {
        return Some(Question::FirstErrors);
    }
    let asks_which = flat.starts_with("which ") || flat.starts_with("what ");
    if asks_which && let Some(names) = names::names(sentence.text) {
        return Some(Question::Which(names));
    }
    command(sentence)
}

/// The errors of a time: "first errors after 10:15", "what happened between 10:15 and 10:20".
fn errors_within(text: &str, flat: &str) -> Option<Question> {
    let (window, _) = counted::window(text)?;
    let wants_errors = FIRST.iter().any(|phrase| has_phrase(flat, phrase));
    let wants_all = flat.starts_with("what happened ") || flat.starts_with("what happens ");
    (wants_errors || wants_all).then(|| {
        Question::HowOften(Counted {
            term: "errors".to_owned(),
            is_literal: false,
            window: Some(window),
        })
    })
}

/// Returns what is asked with a phrase that says it all.
fn by_phrase(text: &str, flat: &str) -> Option<Question> {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(flat, phrase));
    if has(&COMPARE) {
        return Some(Question::Compare);
    }
    if asks_until(flat) {
        return Some(Question::Until);
    }
    if has(&ONGOING) {
        return Some(Question::Ongoing);
    }
    if has(&OVER) {
        return Some(Question::Over);
    }
    if has(&COUNTS) {
        return Some(how_many(text, flat));
    }
    if has(&CHANGES) {
        return Some(Question::Changes);
    }
    if has(&SINCE) {
        return Some(Question::Since);
    }
    if has(&COVERAGE) {
        return Some(Question::Coverage);
    }
    None
}

/// Names are counted one by one, a text by its lines; lines without more are what was read.
fn how_many(text: &str, flat: &str) -> Question {
    const APART: [&str; 3] = ["different", "distinct", "unique"];
    let counts_names = APART.iter().any(|word| has_phrase(flat, word));
    if let Some(names) = names::names(text).filter(|_| counts_names || only_names(text)) {
        return Question::Which(names);
    }
    let counted = counted::counted(text);
    if counted.term.is_empty() && counted.window.is_none() && has_phrase(flat, "lines") {
        return Question::Coverage;
    }
    let is_the_problem = ["", "problem", "issue", "symptom"].contains(&counted.term.as_str());
    if is_the_problem && counted.window.is_none() {
        return Question::Occurrences;
    }
    Question::HowOften(counted)
}

/// A question for the time of something asks for its end when it names one.
fn asks_until(flat: &str) -> bool {
    const ENDS: [&str; 10] = [
        "stop",
        "stopped",
        "end",
        "ended",
        "cease",
        "recover",
        "recovered",
        "over",
        "last",
        "gone",
    ];
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(flat, phrase));
    let asks_when = [
        "when did ",
        "when was ",
        "when were ",
        "when does ",
        "when is ",
    ];
    let asks_when = asks_when.iter().any(|opener| flat.starts_with(opener));
    has(&UNTIL) || asks_when && has(&ENDS)
}

/// Returns whether nothing but a kind of names is asked for: "how many users are there".
fn only_names(text: &str) -> bool {
    let kept = counted::kept(text);
    let is_kind = |word: &&str| {
        ENTITIES
            .iter()
            .any(|(name, _)| word.eq_ignore_ascii_case(name))
    };
    !kept.is_empty() && kept.iter().all(is_kind)
}

/// Returns what a request such as "show the first errors" asks of the data.
pub(crate) fn command(sentence: &Sentence<'_>) -> Option<Question> {
    let flat = flattened(sentence.text);
    let requests = [
        "show", "list", "give", "print", "what", "which", "can", "could", "please",
    ]
    .iter()
    .any(|opener| flat.starts_with(opener));
    if flat.starts_with("compare ") {
        return Some(Question::Compare);
    }
    if COUNT.iter().any(|opener| flat.starts_with(opener)) {
        return Some(how_many(sentence.text, &flat));
    }
    let is_short = flat.split(' ').count() <= SUMMARY_WORDS_MAX;
    if is_short && let Some(asked @ Question::Summary) = about_the_case(&flat) {
        return Some(asked);
    }
    let wants_told = ["just", "tell", "give", "say"]
        .iter()
        .any(|it| flat.starts_with(it));
    if wants_told && let Some(asked @ Question::Cause) = about_the_case(&flat) {
        return Some(asked);
    }
    if let Some(asked) = errors_within(sentence.text, &flat)
        && (requests || begins_with_the_first(&flat))
    {
        return Some(asked);
    }
    if requests && FIRST.iter().any(|phrase| has_phrase(&flat, phrase)) {
        return Some(Question::FirstErrors);
    }
    if requests && let Some(number) = line_number(&flat) {
        return Some(Question::Lines { number });
    }
    let lists = ["show", "list", "give", "print", "which"];
    let lists = lists.iter().any(|opener| flat.starts_with(opener));
    if (lists || flat.starts_with("who ")) && asks_for_logins(&flat) {
        return Some(Question::Logins);
    }
    if let Some(asked @ (Question::StackTrace | Question::Exceptions)) =
        talk::question(sentence.text).filter(|_| requests)
    {
        return Some(asked);
    }
    if lists && let Some(names) = names::names(sentence.text) {
        return Some(Question::Which(names));
    }
    if requests && let Some(at) = moment(sentence.text, &flat) {
        return Some(at);
    }
    search(sentence.text)
}

/// Returns what a question asks of the investigation itself.
pub(crate) fn about_the_case(flat: &str) -> Option<Question> {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(flat, phrase));
    if has(&NEXT_STEP) {
        Some(Question::NextStep)
    } else if has(&CAUSE) || WHAT_IT_IS.contains(&flat) {
        Some(Question::Cause)
    } else if has(&SUMMARY) {
        Some(Question::Summary)
    } else {
        None
    }
}

/// Returns whether a sentence asks although no mark says so: "errors per hour".
pub(crate) fn asks_unmarked(sentence: &Sentence<'_>) -> bool {
    const OPENERS: [&str; 12] = [
        "what", "which", "who", "where", "how", "show", "list", "give", "print", "count", "plot",
        "explain",
    ];
    if talk::question(sentence.text).is_some() {
        return true;
    }
    const TELLING: [&str; 7] = ["we", "i", "they", "it", "users", "is", "happens"];
    let flat = flattened(sentence.text);
    if begins_with_the_first(&flat) && errors_within(sentence.text, &flat).is_some() {
        return true;
    }
    let words: Vec<&str> = flat.split(' ').collect();
    let tells = words.get(1).is_some_and(|second| TELLING.contains(second)) && words.len() > 3;
    let opens = OPENERS.contains(&words[0]) && !tells;
    let is_rate = RATES.iter().any(|rate| flat.ends_with(rate));
    SHORT.contains(&flat.as_str())
        || words.len() <= UNMARKED_WORDS_MAX && (opens || is_rate && words.len() <= RATE_WORDS_MAX)
}

fn begins_with_the_first(flat: &str) -> bool {
    flat.starts_with("first ") || flat.starts_with("earliest ")
}

/// Returns whether a question asks how things are done or what they are.
pub(crate) fn asks_for_knowledge(sentence: &Sentence<'_>) -> bool {
    let flat = flattened(sentence.text);
    KNOWLEDGE.iter().any(|opener| flat.starts_with(opener)) && !WHAT_IT_IS.contains(&flat.as_str())
}

/// A fix of something else is a question for the knowledge base.
fn asks_for_a_fix(flat: &str) -> bool {
    let about = FIX.iter().find_map(|opener| flat.split_once(opener));
    about.is_some_and(|(_, about)| {
        let about = about
            .trim()
            .trim_end_matches(" now")
            .trim_end_matches(" then");
        AT_HAND.contains(&about)
    })
}

/// What is asked to be ruled out, without its article.
fn against(flat: &str) -> Option<String> {
    let named = AGAINST
        .iter()
        .find_map(|opener| flat.strip_prefix(opener))?;
    let named = named
        .trim()
        .trim_start_matches("the ")
        .trim_start_matches("a ");
    (!named.is_empty()).then(|| named.to_owned())
}

fn asks_for_logins(flat: &str) -> bool {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(flat, phrase));
    has(&LOGINS) && !has(&FAILED)
}

fn asks_for_meaning(flat: &str) -> bool {
    let asks = flat.starts_with("what does") || flat.starts_with("what do");
    asks && flat.ends_with(" mean") || flat.starts_with("what is the meaning of ")
}

fn asks_for_trouble(sentence: &Sentence<'_>, flat: &str) -> bool {
    let vague = [
        "wrong",
        "problem",
        "problems",
        "unusual",
        "suspicious",
        "ok",
        "okay",
        "fine",
        "healthy",
        "all right",
        "in order",
        "normal",
    ];
    symptoms::find(&sentence.words()).is_some() || vague.iter().any(|word| has_phrase(flat, word))
}

fn moment(text: &str, flat: &str) -> Option<Question> {
    let asks = ["happened", "happens", "lines", "around", "logged", "at"]
        .iter()
        .any(|word| has_phrase(flat, word));
    let written = clock_time::find(text).filter(|_| asks)?;
    let seconds_named = text.matches(':').count() >= 2;
    let pattern = if seconds_named { "%H:%M:%S" } else { "%H:%M" };
    Some(Question::At {
        clock: written.time,
        as_written: written.time.format(pattern).to_string(),
    })
}

fn line_number(flat: &str) -> Option<i64> {
    let (_, rest) = flat
        .split_once("line ")
        .or_else(|| flat.split_once("lines "))?;
    let number = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    number.parse().ok().filter(|number| *number > 0)
}

fn search(text: &str) -> Option<Question> {
    let lower = text.to_lowercase();
    if tells_of_the_search(text, &lower) {
        return None;
    }
    let opener = SEARCH.iter().find(|opener| lower.starts_with(*opener))?;
    let rest = quoted(text).or_else(|| text.get(opener.len()..))?.trim();
    let wanted: String = rest
        .trim_matches(['"', '\'', '`'])
        .chars()
        .take(200)
        .collect();
    (wanted.chars().count() >= 2).then_some(Question::Search(wanted))
}

/// "Search gives errors since 08:47" tells of a search that fails.
fn tells_of_the_search(text: &str, lower: &str) -> bool {
    const VERBS: [&str; 24] = [
        "is", "are", "was", "were", "has", "had", "does", "doesn't", "did", "didn't", "gives",
        "returns", "shows", "fails", "answers", "throws", "takes", "times", "hangs", "stopped",
        "broke", "never", "finds", "cannot",
    ];
    let second = lower.split_whitespace().nth(1).unwrap_or_default();
    let names_a_beginning =
        has_phrase(&flattened(text), "since") && clock_time::find(text).is_some();
    lower.starts_with("search ") && (VERBS.contains(&second) || names_a_beginning)
}

/// Returns what is quoted, else the words that say what the question is about; the first error is one.
fn subject(text: &str) -> String {
    let mut kept = counted::kept(text);
    kept.retain(|word| !matches!(*word, "first" | "last" | "earliest"));
    quoted(text).map_or_else(|| kept.join(" ").to_lowercase(), str::to_owned)
}

fn quoted(text: &str) -> Option<&str> {
    ['"', '`'].iter().find_map(|mark| {
        let (_, rest) = text.split_once(*mark)?;
        let (inside, _) = rest.split_once(*mark)?;
        (!inside.trim().is_empty()).then_some(inside)
    })
}

#[cfg(test)]
#[path = "questions_tests.rs"]
mod tests;
