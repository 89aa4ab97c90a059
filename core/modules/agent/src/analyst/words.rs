//! Sentences, words and stems of what people write.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};

/// Words before a signal that are searched for a negation.
const NEGATION_REACH: usize = 3;
pub(crate) const NEGATIONS: [&str; 17] = [
    "not", "no", "never", "without", "none", "nothing", "isn't", "aren't", "wasn't", "weren't",
    "doesn't", "don't", "didn't", "hasn't", "haven't", "won't", "neither",
];
const YES_NO_OPENERS: [&str; 24] = [
    "is", "are", "was", "were", "am", "do", "does", "did", "has", "have", "had", "can", "could",
    "will", "would", "should", "shall", "may", "might", "isn't", "aren't", "doesn't", "didn't",
    "hasn't",
];
const STOP_WORDS: [&str; 121] = [
    "a", "about", "add", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as",
    "at", "be", "because", "been", "before", "being", "but", "by", "can", "could", "did", "do",
    "does", "doing", "due", "each", "else", "even", "ever", "every", "for", "from", "get", "gets",
    "getting", "give", "gives", "got", "had", "has", "have", "having", "he", "help", "her", "here",
    "hi", "hello", "how", "i", "if", "in", "into", "is", "it", "it's", "its", "just", "like", "me",
    "more", "most", "my", "no", "not", "now", "of", "on", "only", "or", "our", "out", "over",
    "please", "see", "seen", "she", "should", "since", "so", "some", "still", "than", "thanks",
    "that", "that's", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "today", "too", "under", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "would", "yes", "you", "your",
];

/// A sentence as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sentence<'a> {
    /// Without its closing mark.
    pub(crate) text: &'a str,
    asks: bool,
}

/// A word and its lower-case form without the punctuation around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) raw: &'a str,
    pub(crate) lower: String,
}

impl<'a> Sentence<'a> {
    /// Returns the words.
    pub(crate) fn words(&self) -> Vec<Word<'a>> {
        words(self.text)
    }

    /// Returns whether the sentence ends with a question mark or begins like a question.
    pub(crate) fn is_question(&self) -> bool {
        self.asks || self.presupposes()
    }

    /// Returns whether the sentence asks for a reason and so takes its symptom for granted.
    pub(crate) fn presupposes(&self) -> bool {
        let lower = self.text.trim_start().to_lowercase();
        [
            "why ",
            "how come ",
            "what is causing ",
            "what's causing ",
            "what causes ",
            "what caused ",
        ]
        .iter()
        .any(|opener| lower.starts_with(opener))
    }

    /// Returns the statement that a question follows behind a comma: "it is down, what now?"
    pub(crate) fn before_its_question(&self) -> Option<Sentence<'a>> {
        const QUESTION_WORDS: [&str; 9] = [
            "what", "why", "how", "which", "who", "where", "when", "please", "any",
        ];
        let (before, _) = self.text.rsplit_once(", ").filter(|_| self.asks)?;
        let statement = Sentence {
            text: before.trim(),
            asks: false,
        };
        let first = statement.words().first()?.lower.clone();
        let asks =
            QUESTION_WORDS.contains(&first.as_str()) || YES_NO_OPENERS.contains(&first.as_str());
        (!asks).then_some(statement)
    }

    /// Returns whether the answer would be yes or no.
    pub(crate) fn is_yes_no_question(&self) -> bool {
        self.asks && self.opens_yes_no()
    }

    /// Returns whether the sentence begins like a question that is answered by yes or no.
    pub(crate) fn opens_yes_no(&self) -> bool {
        let words = self.words();
        let first = words.first();
        first.is_some_and(|first| YES_NO_OPENERS.contains(&first.lower.as_str()))
    }
}

/// Returns the sentences of a text.
pub(crate) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let ends_word = letters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = letter == '\n' || (matches!(letter, '.' | '?' | '!') && ends_word);
        if ends {
            push_sentence(&mut found, &text[start..at], letter == '?');
            start = at + letter.len_utf8();
        }
    }
    push_sentence(&mut found, &text[start..], false);
    found
}

fn push_sentence<'a>(found: &mut Vec<Sentence<'a>>, text: &'a str, asks: bool) {
    let text = text.trim().trim_end_matches(['.', '?', '!']).trim_end();
    if !text.is_empty() {
        found.push(Sentence { text, asks });
    }
}

/// Returns the words of a text.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    text.split_whitespace()
        .map(|raw| {
            let raw = raw.trim_matches(|letter: char| {
                !letter.is_alphanumeric() && !matches!(letter, '/' | '_' | '$' | '<' | '>')
            });
            Word {
                raw,
                lower: raw.to_lowercase().replace('’', "'"),
            }
        })
        .filter(|word| !word.raw.is_empty())
        .collect()
}

/// Returns the text in lower case with single blanks and without punctuation around words.
pub(crate) fn flattened(text: &str) -> String {
    let words = words(text);
    let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
    lower.join(" ")
}

/// Returns whether a phrase stands in a flattened text as whole words.
pub(crate) fn has_phrase(flat: &str, phrase: &str) -> bool {
    flat.match_indices(phrase).any(|(at, _)| {
        let before = flat[..at].chars().next_back();
        let after = flat[at + phrase.len()..].chars().next();
        before.is_none_or(|letter| letter == ' ') && after.is_none_or(|letter| letter == ' ')
    })
}

/// Returns whether a negation stands within three words before position `at`.
pub(crate) fn is_negated(words: &[Word<'_>], at: usize) -> bool {
    words[at.saturating_sub(NEGATION_REACH)..at]
        .iter()
        .any(|word| NEGATIONS.contains(&word.lower.as_str()))
}

/// Returns whether a word carries no content of its own.
pub(crate) fn is_stop_word(lower: &str) -> bool {
    STOP_WORDS.contains(&lower)
}

/// Returns the words that a name such as `RedisException` is joined of; none when it is one word.
fn parts_of(word: &str) -> Vec<&str> {
    const PART_MIN: usize = 3;
    let bytes = word.as_bytes();
    let mut begins: Vec<usize> = (1..bytes.len())
        .filter(|&at| bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase())
        .collect();
    // Keys of documents, which begin small (`nodeName`), are in every one of them.
    let is_name = bytes.first().is_some_and(u8::is_ascii_uppercase);
    if begins.is_empty() || !is_name || !bytes.is_ascii() {
        return Vec::new();
    }
    begins.insert(0, 0);
    let ends = begins.iter().skip(1).copied().chain([word.len()]);
    let parts = begins.iter().zip(ends).map(|(&from, to)| &word[from..to]);
    let is_word =
        |part: &&str| part.len() >= PART_MIN && part.bytes().all(|it| it.is_ascii_alphabetic());
    parts.filter(is_word).collect()
}

/// Returns the stems of the content words of a text; parts of compound names count one by one.
pub(crate) fn content_stems(text: &str) -> BTreeSet<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    text.split(|letter: char| !letter.is_alphanumeric())
        .flat_map(|word| std::iter::once(word).chain(parts_of(word)))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 2 && !is_stop_word(word))
        .map(|word| stemmer.stem(&word).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_names_do_not_end_a_sentence() {
        let found = sentences("Since 14:05 app.log shows errors. Why? It is slow!");
        let texts: Vec<&str> = found.iter().map(|sentence| sentence.text).collect();
        assert_eq!(
            texts,
            ["Since 14:05 app.log shows errors", "Why", "It is slow"]
        );
        assert!(found[1].is_question() && !found[2].is_question());
    }

    #[test]
    fn joined_names_count_by_their_words_too() {
        let stems = content_stems("RedisException in CheckoutService: x9");
        for stem in ["redisexcept", "redi", "except", "checkout", "servic", "x9"] {
            assert!(stems.contains(stem), "{stem}: {stems:?}");
        }
        assert_eq!(parts_of("aBcDeF09"), Vec::<&str>::new());
        assert_eq!(parts_of("nodeName"), Vec::<&str>::new());
        assert_eq!(parts_of("HTTPError"), Vec::<&str>::new());
    }

    #[test]
    fn questions_are_told_apart() {
        for (text, yes_no, presupposes) in [
            ("Is checkout failing?", true, false),
            ("Why does checkout answer 500?", false, true),
            ("what is causing the timeouts", false, true),
            ("Which hosts are affected?", false, false),
            ("checkout answers 500", false, false),
        ] {
            let sentence = sentences(text)[0];
            assert_eq!(sentence.is_yes_no_question(), yes_no, "{text}");
            assert_eq!(sentence.presupposes(), presupposes, "{text}");
        }
    }

    #[test]
    fn a_negation_reaches_three_words() {
        for (text, at, negated) in [
            ("we do not see errors", 4, true),
            ("no more errors", 2, true),
            ("not sure but there are errors", 5, false),
            ("there are errors", 2, false),
        ] {
            assert_eq!(is_negated(&words(text), at), negated, "{text}");
        }
    }

    #[test]
    fn stems_join_forms_and_split_compounds() {
        let stems = content_stems("checkout-eu requests timed out");
        assert!(stems.contains("checkout") && stems.contains("eu"));
        assert!(!content_stems("requesting").is_disjoint(&stems));
        assert!(content_stems("why is it that").is_empty());
    }

    #[test]
    fn phrases_match_whole_words_only() {
        assert!(has_phrase("it works again now", "works again"));
        assert!(!has_phrase("it works against us", "works again"));
    }
}
