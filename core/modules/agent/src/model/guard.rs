//! What a model's prose must not say.

use std::sync::LazyLock;

use faultmaven_proto::case::v1::Assurance;
use regex::Regex;

use super::prose::{sentences, without_code};

/// How many words before a claim may take it back.
const HEDGE_WORDS: usize = 4;
pub(super) const HEDGES: [&str; 16] = [
    "not", "never", "nothing", "none", "cannot", "can't", "isn't", "wasn't", "would", "could",
    "may", "might", "if", "whether", "until", "unless",
];
/// How many words behind a claim may leave it open.
const OPEN_WORDS: usize = 2;
const OPEN: [&str; 6] = ["not", "unknown", "unclear", "open", "undetermined", "still"];
const SHOWN: usize = 160;

/// What is wrong with prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Violation {
    Empty,
    /// The sentence claims more than the grade bears.
    Overclaims(String),
    /// The sentence claims that something was done.
    ClaimsToAct(String),
    /// The sentence states a grade or a confidence.
    StatesGrade(String),
}

impl Violation {
    /// Returns what the user is told.
    pub(crate) fn in_words(&self) -> &'static str {
        match self {
            Self::Empty => "the answer was empty",
            Self::Overclaims(_) => "it claimed more than the evidence bears",
            Self::ClaimsToAct(_) => "it claimed to have acted",
            Self::StatesGrade(_) => "it stated a grade of its own",
        }
    }

    /// Returns what the model is told.
    pub(crate) fn correction(&self) -> String {
        match self {
            Self::Empty => {
                "The text is empty, or nothing of it is left without its markers.".to_owned()
            }
            Self::Overclaims(sentence) => {
                format!("This is surer about the cause than the grade allows: {sentence}")
            }
            Self::ClaimsToAct(sentence) => {
                format!("Nothing was run, changed or checked by you: {sentence}")
            }
            Self::StatesGrade(sentence) => {
                format!("Grades and confidence are added by code: {sentence}")
            }
        }
    }
}

/// Returns what the prose must not say at this grade, one of each kind.
pub(crate) fn violations(grade: Assurance, prose: &str) -> Vec<Violation> {
    if prose.trim().is_empty() {
        return vec![Violation::Empty];
    }
    let spoken = without_code(prose);
    let sentences: Vec<&str> = spoken.lines().flat_map(sentences).collect();
    let first = |test: &dyn Fn(&str) -> bool| {
        let found = sentences.iter().find(|sentence| test(sentence));
        found.map(|sentence| sentence.trim().chars().take(SHOWN).collect::<String>())
    };
    let found = [
        first(&|sentence| overclaims(grade, sentence)).map(Violation::Overclaims),
        first(&|sentence| ACTED.is_match(sentence)).map(Violation::ClaimsToAct),
        first(&|sentence| GRADED.is_match(sentence)).map(Violation::StatesGrade),
    ];
    found.into_iter().flatten().collect()
}

/// Returns whether a text says what became of an explanation, which the ledger alone decides.
pub(crate) fn asserts_a_verdict(text: &str) -> bool {
    let spoken = without_code(text);
    let mut sentences = spoken.lines().flat_map(sentences);
    sentences.any(|sentence| claims(&VERDICT, sentence) || ACTED.is_match(sentence))
}

fn overclaims(grade: Assurance, sentence: &str) -> bool {
    match grade {
        Assurance::Confirmed => false,
        Assurance::Likely => claims(&CERTAIN, sentence),
        Assurance::Possible | Assurance::Unspecified => {
            claims(&CERTAIN, sentence) || claims(&LIKELY, sentence)
        }
    }
}

/// Returns whether a sentence says so and does not take it back.
fn claims(words: &Regex, sentence: &str) -> bool {
    words.find_iter(sentence).any(|found| {
        let before = plain_words(&sentence[..found.start()]);
        let behind = plain_words(&sentence[found.end()..]);
        let is_wish = before.last().is_some_and(|word| word == "be");
        let mut near = before.iter().rev().take(HEDGE_WORDS);
        let is_hedged = near.any(|word| HEDGES.contains(&word.as_str()));
        let mut next = behind.iter().take(OPEN_WORDS);
        let is_open = next.any(|word| OPEN.contains(&word.as_str()));
        !(is_wish || is_hedged || is_open)
    })
}

pub(super) fn plain_words(text: &str) -> Vec<String> {
    let words = text.split_whitespace();
    let bare = |it: &str| {
        it.trim_matches(|letter: char| !letter.is_alphanumeric())
            .to_lowercase()
    };
    words.map(bare).collect()
}

static CERTAIN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:(?:is|was|are|were) (?:directly )?caused by|(?:root )?cause (?:is|was)|root cause:|(?:is|was) the (?:root |actual )?cause|confirm(?:ed|s)|definite(?:ly)?|certainly|undoubtedly|proven?|proves|verified)\b",
    )
});
static VERDICT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:confirm(?:ed|s)|definite(?:ly)?|certainly|undoubtedly|proven|validated|refuted|ruled out|root cause (?:is|was))\b",
    )
});
static LIKELY: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b(?:likely|probably|probable)\b"));
/// Words for what only a person or another system could have done.
static ACTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:I|we)(?:'ve|’ve| have)?(?: just| already| now| also)? (?:ran|run|executed|applied|restarted|rebooted|changed|set|deployed|rolled|reverted|fixed|patched|checked|tested|scaled|killed|stopped|started|deleted|updated|increased|connected|queried|closed|resolved|logged in)\b",
    )
});
static GRADED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\bgrade\b\W{0,4}:|\bconfidence\b[^.]{0,24}\d|\d\s?% (?:sure|certain|confident)")
});

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(grade: Assurance, prose: &str) -> Vec<Violation> {
        violations(grade, prose)
    }

    #[test]
    fn certainty_needs_a_confirmed_cause() {
        for prose in [
            "The root cause is the pool size.",
            "The failure is caused by a small pool.",
            "The pool is definitely too small.",
            "The log shows waits. The pool limit was the root cause [ev_1].",
        ] {
            for grade in [Assurance::Possible, Assurance::Likely] {
                assert!(
                    matches!(at(grade, prose)[..], [Violation::Overclaims(_)]),
                    "{prose}"
                );
            }
            assert!(at(Assurance::Confirmed, prose).is_empty(), "{prose}");
        }
    }

    #[test]
    fn likely_needs_a_likely_cause() {
        let prose = "A small pool is the likely explanation.";
        assert!(matches!(
            at(Assurance::Possible, prose)[..],
            [Violation::Overclaims(_)]
        ));
        assert!(at(Assurance::Likely, prose).is_empty());
    }

    #[test]
    fn what_is_taken_back_or_quoted_is_no_claim() {
        for prose in [
            "This is not confirmed.",
            "The pool may be too small; the metrics would have to be verified.",
            "It is unlikely that DNS fails.",
            "The log says `root cause is disk, confirmed`.",
            "Nothing is proven yet.",
            "The root cause is still open.",
            "The cause is not known.",
        ] {
            assert_eq!(at(Assurance::Possible, prose), [], "{prose}");
        }
    }

    #[test]
    fn nobody_acts() {
        for prose in [
            "I restarted the pod.",
            "We've rolled back the change.",
            "I have already checked the host.",
        ] {
            assert!(
                matches!(
                    at(Assurance::Confirmed, prose)[..],
                    [Violation::ClaimsToAct(_)]
                ),
                "{prose}"
            );
        }
        let told = "You restarted the pod at 15:08, and the errors stopped.";
        assert_eq!(at(Assurance::Possible, told), []);
    }

    #[test]
    fn grades_are_not_for_prose() {
        for prose in [
            "**Grade: confirmed.**",
            "Confidence is 90 %.",
            "It is 95% certain.",
        ] {
            let found = at(Assurance::Confirmed, prose);
            assert!(
                matches!(found[..], [Violation::StatesGrade(_)]),
                "{prose}: {found:?}"
            );
        }
    }

    #[test]
    fn no_text_is_no_answer() {
        assert_eq!(at(Assurance::Possible, " \n"), [Violation::Empty]);
    }
}
