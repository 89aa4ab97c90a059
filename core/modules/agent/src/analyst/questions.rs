//! Questions about the data of a case.

use chrono::NaiveTime;

use super::words::{Sentence, flattened, has_phrase};
use super::{clock_time, symptoms};

mod phrases;

use phrases::{
    CAUSE, CHANGES, COMPARE, COUNTS, COVERAGE, ENTITIES, FIRST, KNOWLEDGE, NEXT_STEP, SEARCH,
    SINCE, SUMMARY,
};

/// What a user wants to know of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    FirstErrors,
    HowOften(String),
    Which(&'static str),
    At {
        clock: NaiveTime,
        as_written: String,
    },
    Changes,
    Meaning(String),
    Search(String),
    Lines {
        number: i64,
    },
    Coverage,
    Since,
    Compare,
    /// Where the investigation stands.
    Summary,
    NextStep,
    /// What the cause is, and how sure that is.
    Cause,
}

impl Question {
    /// Returns whether the question needs no data to be answered.
    pub(crate) fn is_about_the_case(&self) -> bool {
        matches!(self, Self::Summary | Self::NextStep | Self::Cause)
    }
}

/// Longest request for a summary that is not a question.
const SUMMARY_WORDS_MAX: usize = 6;

/// Returns what a question asks of the data; none when it asks for something else.
pub(crate) fn question(sentence: &Sentence<'_>) -> Option<Question> {
    let flat = flattened(sentence.text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&flat, phrase));
    if has(&COMPARE) {
        return Some(Question::Compare);
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
    if has(&COUNTS) {
        return Some(Question::HowOften(subject(sentence.text, &flat)));
    }
    if asks_for_meaning(&flat) {
        return Some(Question::Meaning(subject(sentence.text, &flat)));
    }
    if let Some(at) = moment(sentence.text, &flat) {
        return Some(at);
    }
    if let Some(about_case) = about_the_case(&flat) {
        return Some(about_case);
    }
    if sentence.is_yes_no_question() && asks_for_trouble(sentence, &flat) {
        return Some(Question::FirstErrors);
    }
    let asks_which = flat.starts_with("which ") || flat.starts_with("what ");
    if asks_which && let Some(kind) = entity_kind(&flat) {
        return Some(Question::Which(kind));
    }
    command(sentence)
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
    let is_short = flat.split(' ').count() <= SUMMARY_WORDS_MAX;
    if is_short && let Some(asked @ Question::Summary) = about_the_case(&flat) {
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
    if lists && let Some(kind) = entity_kind(&flat) {
        return Some(Question::Which(kind));
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
    } else if has(&CAUSE) {
        Some(Question::Cause)
    } else if has(&SUMMARY) {
        Some(Question::Summary)
    } else {
        None
    }
}

/// Returns whether a question asks how things are done or what they are.
pub(crate) fn asks_for_knowledge(sentence: &Sentence<'_>) -> bool {
    let flat = flattened(sentence.text);
    KNOWLEDGE.iter().any(|opener| flat.starts_with(opener))
}

fn asks_for_meaning(flat: &str) -> bool {
    let asks = flat.starts_with("what does") || flat.starts_with("what do");
    asks && flat.ends_with(" mean") || flat.starts_with("what is the meaning of ")
}

fn asks_for_trouble(sentence: &Sentence<'_>, flat: &str) -> bool {
    let vague = ["wrong", "problem", "problems", "unusual", "suspicious"];
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

fn entity_kind(flat: &str) -> Option<&'static str> {
    ENTITIES
        .iter()
        .find(|(word, _)| has_phrase(flat, word))
        .map(|(_, kind)| *kind)
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
    let opener = SEARCH.iter().find(|opener| lower.starts_with(*opener))?;
    let rest = quoted(text).or_else(|| text.get(opener.len()..))?.trim();
    let wanted: String = rest
        .trim_matches(['"', '\'', '`'])
        .chars()
        .take(200)
        .collect();
    (wanted.chars().count() >= 2).then_some(Question::Search(wanted))
}

/// Returns what is quoted, else the words that say what the question is about.
fn subject(text: &str, flat: &str) -> String {
    if let Some(quoted) = quoted(text) {
        return quoted.to_owned();
    }
    const FILLERS: [&str; 26] = [
        "how",
        "often",
        "many",
        "much",
        "frequently",
        "does",
        "do",
        "did",
        "is",
        "are",
        "was",
        "were",
        "the",
        "this",
        "that",
        "there",
        "occur",
        "happen",
        "appear",
        "times",
        "what",
        "mean",
        "a",
        "in",
        "it",
        "of",
    ];
    let kept = flat.split(' ').filter(|word| !FILLERS.contains(word));
    kept.collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> Option<&str> {
    ['"', '`'].iter().find_map(|mark| {
        let (_, rest) = text.split_once(*mark)?;
        let (inside, _) = rest.split_once(*mark)?;
        (!inside.trim().is_empty()).then_some(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::words::sentences;

    fn asked(text: &str) -> Option<Question> {
        question(&sentences(text)[0])
    }

    #[test]
    fn questions_about_data_are_understood() {
        let ten_past = Question::At {
            clock: NaiveTime::from_hms_opt(10, 5, 0).unwrap(),
            as_written: "10:05".to_owned(),
        };
        for (text, expected) in [
            ("show the first errors", Some(Question::FirstErrors)),
            ("which hosts are affected?", Some(Question::Which("host"))),
            ("what happened at 10:05?", Some(ten_past)),
            ("what changed before that?", Some(Question::Changes)),
            ("show line 120", Some(Question::Lines { number: 120 })),
            (
                "search for \"pool exhausted\"",
                Some(Question::Search("pool exhausted".into())),
            ),
            (
                "How often does \"timed out\" occur?",
                Some(Question::HowOften("timed out".into())),
            ),
            (
                "how many 500 errors are there?",
                Some(Question::HowOften("500 errors".into())),
            ),
            ("what did you look at?", Some(Question::Coverage)),
            (
                "what does this error mean?",
                Some(Question::Meaning("error".into())),
            ),
            ("How do I restart the service?", None),
            (
                "is anything wrong in this log?",
                Some(Question::FirstErrors),
            ),
            ("could you help?", None),
            ("since when?", Some(Question::Since)),
            ("When did it start?", Some(Question::Since)),
            ("summarize", Some(Question::Summary)),
            ("what should I do first?", Some(Question::NextStep)),
            ("what is the root cause?", Some(Question::Cause)),
            ("compare with yesterday's log", Some(Question::Compare)),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }

    #[test]
    fn knowledge_is_asked_for_by_how_and_what() {
        let asks = |text: &str| asks_for_knowledge(&sentences(text)[0]);
        assert!(asks("How do I raise the pool size?"));
        assert!(asks("What is a connection pool?"));
        assert!(!asks("Which hosts?"));
    }
}
