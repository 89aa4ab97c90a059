//! What a message is: its classes and what each of them carries.

use super::denial::{Denial, Denied, denial};
use super::observations::{self, Observation, Seen, is_done_verb, observations};
use super::questions::{self, Question};
use super::symptoms::{self, ProblemType};
use super::taken_back::takes_back;
use super::words::{Sentence, Word, content_stems, flattened, has_phrase, is_stop_word, sentences};
use super::{closing, spelling};

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) reports: Vec<Report>,
    pub(crate) observations: Vec<Observation>,
    /// What the user suspects.
    pub(crate) suspicion: Option<String>,
    /// What the user disagrees with.
    pub(crate) denials: Vec<Denial>,
    /// Whether the user takes back what was said before.
    pub(crate) takes_back: bool,
    pub(crate) refuses: bool,
    pub(crate) asks_to_stop: bool,
    pub(crate) asks_to_resolve: bool,
    pub(crate) question: Option<Question>,
    pub(crate) asks_for_knowledge: bool,
    /// Whether something is asked in a form that no rule knows.
    pub(crate) is_unclear: bool,
}

impl Reading {
    /// Returns whether the message asks in a form that no rule knows, and says nothing else.
    pub(crate) fn only_unclear(&self) -> bool {
        self.is_unclear
            && *self
                == Self {
                    is_unclear: true,
                    ..Self::default()
                }
    }

    /// Returns whether the message asks for something and states nothing.
    pub(crate) fn only_asks(&self) -> bool {
        let asks = self.question.is_some() || self.asks_for_knowledge || self.is_unclear;
        let states = !self.reports.is_empty()
            || !self.observations.is_empty()
            || self.suspicion.is_some()
            || !self.denials.is_empty()
            || self.takes_back
            || self.refuses
            || self.asks_to_stop
            || self.asks_to_resolve;
        asks && !states
    }
}

/// A sentence that says what is wrong with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) sentence: String,
    pub(crate) kind: ProblemType,
    /// The word that is said to be in trouble.
    pub(crate) object: String,
    /// Whether the sentence asks for the reason.
    pub(crate) is_question: bool,
}

const GREETINGS: [&str; 14] = [
    "hi",
    "hello",
    "hey",
    "hello there",
    "hi there",
    "good morning",
    "good afternoon",
    "good evening",
    "good day",
    "thanks",
    "thank you",
    "many thanks",
    "cheers",
    "hello faultmaven",
];
const SUSPICIONS: [&str; 23] = [
    "could it be ",
    "could this be ",
    "can it be ",
    "might it be ",
    "may it be ",
    "is it possibly ",
    "is it maybe ",
    "maybe it's ",
    "maybe it is ",
    "perhaps it's ",
    "i think it's ",
    "i think it is ",
    "i suspect ",
    "my guess is ",
    "i bet it's ",
    "i believe it's ",
    "we suspect ",
    "we think it's ",
    "we think it is ",
    "the root cause is ",
    "the cause is ",
    "the culprit is ",
    "it is caused by ",
];
/// What something is said to be that is no suspect: "I think it is fixed".
const NO_SUSPECTS: [&str; 18] = [
    "not", "unknown", "unclear", "still", "fixed", "gone", "removed", "found", "clear", "over",
    "resolved", "solved", "ok", "okay", "fine", "down", "up", "working",
];
const REFUSALS: [&str; 14] = [
    "can't get",
    "cannot get",
    "can not get",
    "can't access",
    "cannot access",
    "no access",
    "don't have access",
    "do not have access",
    "not allowed",
    "no permission",
    "can't run",
    "cannot run",
    "unable to get",
    "not possible to get",
];
const STOPS: [&str; 8] = [
    "close this case",
    "close the case",
    "stop the investigation",
    "let's stop here",
    "stop here",
    "give up",
    "we can stop",
    "you can close",
];
/// Returns whether the whole text is a greeting.
pub(crate) fn is_greeting(text: &str) -> bool {
    GREETINGS.contains(&flattened(text).as_str())
}

/// Returns what a message says; questions about data count only where there are data.
pub(crate) fn read(text: &str, has_data: bool) -> Reading {
    let flat = flattened(text);
    let asks_to_resolve = closing::asks_to_resolve(text);
    let mut reading = Reading {
        refuses: REFUSALS.iter().any(|phrase| has_phrase(&flat, phrase)),
        asks_to_stop: !asks_to_resolve
            && (STOPS.iter().any(|phrase| has_phrase(&flat, phrase)) || closing::is_stop(&flat)),
        asks_to_resolve,
        ..Reading::default()
    };
    for sentence in sentences(text) {
        if asks_to_resolve && closing::is_wish(sentence.text) {
            let besides = closing::besides(sentence.text);
            let seen = besides.iter().flat_map(observations);
            reading.observations.extend(seen);
            continue;
        }
        if let Some(asked) = asked_of_the_talk(sentence.text) {
            reading.question.get_or_insert(asked);
            continue;
        }
        if !sentence.is_question() && takes_back(sentence.text) {
            reading.takes_back = true;
            continue;
        }
        if let Some(denial) = denial(&sentence) {
            reading.observations.extend(observations(&sentence));
            if let Some(suspected) = suspicion_beside(&sentence, &denial) {
                reading.suspicion.get_or_insert(suspected);
            }
            reading.denials.push(denial);
            continue;
        }
        if let Some(suspected) = suspicion(&sentence) {
            reading.suspicion.get_or_insert(suspected);
            continue;
        }
        if sentence.is_question() && !sentence.presupposes() {
            if let Some(statement) = sentence.before_its_question() {
                read_statement(&mut reading, &statement);
            }
            read_question(&mut reading, &sentence, has_data);
            continue;
        }
        let request = questions::command(&sentence).filter(|_| !sentence.presupposes());
        if let Some(request) = request {
            if has_data || request.is_about_the_case() {
                reading.question.get_or_insert(request);
            }
            continue;
        }
        if questions::asks_unmarked(&sentence) || is_mistyped_question(&sentence) {
            read_question(&mut reading, &sentence, has_data);
            continue;
        }
        read_statement(&mut reading, &sentence);
    }
    observations::join_fix_and_effect(&mut reading.observations, text);
    reading
}

/// Returns what a sentence asks of what was said or handed over before.
fn asked_of_the_talk(text: &str) -> Option<Question> {
    if questions::is_taken_back(text) {
        return Some(Question::TakeBack);
    }
    questions::why(&flattened(text))
}

/// What says that the symptom is gone reports none.
fn read_statement(reading: &mut Reading, sentence: &Sentence<'_>) {
    let seen = observations(sentence);
    if !seen.iter().any(|it| it.what == Seen::Gone) {
        reading.reports.extend(report(sentence));
    }
    reading.observations.extend(seen);
}

fn read_question(reading: &mut Reading, sentence: &Sentence<'_>, has_data: bool) {
    if reading.question.is_some() {
        return;
    }
    let mistyped = || {
        let right = spelling::corrected(sentence.text)?;
        questions::question(sentences(&right).first()?)
    };
    let asked = questions::question(sentence).or_else(mistyped);
    let about_data = asked.filter(|asked| has_data || asked.is_about_the_case());
    reading.asks_for_knowledge |= about_data.is_none() && questions::asks_for_knowledge(sentence);
    reading.is_unclear |= about_data.is_none() && !reading.asks_for_knowledge;
    reading.question = about_data;
}

/// What a sentence suspects that denies something else: "I think it is a leak, the limit is fine".
fn suspicion_beside(sentence: &Sentence<'_>, denial: &Denial) -> Option<String> {
    let suspected = suspicion(sentence)?;
    let (Denied::Named(denied) | Denied::Fine(denied)) = &denial.what else {
        return None;
    };
    let is_other = content_stems(denied).is_disjoint(&content_stems(&suspected));
    is_other.then_some(suspected)
}

/// Returns whether a sentence asks once its mistyped first word is put right.
fn is_mistyped_question(sentence: &Sentence<'_>) -> bool {
    let Some(right) = spelling::corrected(sentence.text) else {
        return false;
    };
    let first = |text: &str| text.split(' ').next().map(str::to_owned);
    let right_sentences = sentences(&right);
    let asks = right_sentences
        .first()
        .is_some_and(questions::asks_unmarked);
    asks && first(&right) != first(sentence.text)
}

fn suspicion(sentence: &Sentence<'_>) -> Option<String> {
    let lower = sentence.text.to_lowercase();
    let (opener, at) = SUSPICIONS
        .iter()
        .find_map(|opener| lower.find(opener).map(|at| (*opener, at)))?;
    // Lower-casing may change lengths outside ASCII; then the lower-case text serves.
    let rest = sentence
        .text
        .get(at + opener.len()..)
        .unwrap_or_else(|| &lower[at + opener.len()..]);
    let rest = rest.split([',', ';']).next().unwrap_or(rest).trim();
    let rest = ["a ", "an ", "the ", "that "]
        .iter()
        .find_map(|article| rest.strip_prefix(article))
        .unwrap_or(rest);
    let suspected: String = rest.chars().take(120).collect();
    let first = suspected.split(' ').next().unwrap_or_default();
    let is_suspect = !suspected.is_empty() && !NO_SUSPECTS.contains(&first.to_lowercase().as_str());
    is_suspect.then_some(suspected)
}

fn report(sentence: &Sentence<'_>) -> Option<Report> {
    let words = sentence.words();
    let symptom = symptoms::find(&words).or_else(|| symptoms::lack(&words, sentence.text))?;
    let object = object(&words, symptom.position)?;
    Some(Report {
        sentence: sentence.text.to_owned(),
        kind: symptom.kind,
        object,
        is_question: sentence.presupposes(),
    })
}

/// Returns the first word that can be in trouble: a service, host, path or code.
fn object(words: &[Word<'_>], symptom: usize) -> Option<String> {
    let is_object = |at: usize, word: &Word<'_>| {
        at != symptom
            && word.lower.chars().count() >= 2
            && !is_stop_word(&word.lower)
            && !word
                .lower
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-'))
            && !is_done_verb(&word.lower)
            && word.lower != "all"
    };
    let found = words
        .iter()
        .enumerate()
        .find(|(at, word)| is_object(*at, word));
    found.map(|(_, word)| word.raw.to_owned())
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
