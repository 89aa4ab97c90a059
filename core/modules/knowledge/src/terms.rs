//! Text as terms: stemmed words, and identifiers kept whole besides.

use std::borrow::Cow;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

/// Longer words are data rather than language and are not indexed.
const WORD_MAX_BYTES: usize = 64;
const IDENTIFIER_MAX_BYTES: usize = 128;
/// Parts of a name in camel case that are shorter say nothing.
const PART_MIN_BYTES: usize = 3;

/// Sorted words that say nothing about a subject.
const STOP_WORDS: [&str; 64] = [
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in",
    "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "s", "should", "so", "such",
    "t", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "we",
    "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
];

/// One term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The bytes it stands in.
    pub(crate) range: Range<usize>,
    /// Whether it counts as a word; other spellings of a word do not.
    pub(crate) is_word: bool,
}

/// Finds the terms of texts.
pub(crate) struct Analyzer {
    stemmer: Stemmer,
}

impl Analyzer {
    pub(crate) fn new() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
        }
    }

    /// Hands every term of `text` to `visit`.
    pub(crate) fn visit(&self, text: &str, mut visit: impl FnMut(Term<'_>)) {
        for run in runs(text) {
            let words: Vec<_> = words(text, run.clone()).collect();
            let is_compound = words.len() > 1;
            for word in words {
                self.visit_word(text, word, &mut visit);
            }
            if is_compound && run.len() <= IDENTIFIER_MAX_BYTES {
                visit(Term {
                    text: text[run.clone()].to_lowercase().into(),
                    range: run,
                    is_word: false,
                });
            }
        }
    }

    fn visit_word(&self, text: &str, range: Range<usize>, visit: &mut impl FnMut(Term<'_>)) {
        if range.len() > WORD_MAX_BYTES {
            return;
        }
        let spelling = &text[range.clone()];
        let word = spelling.to_lowercase();
        if STOP_WORDS.binary_search(&word.as_str()).is_ok() {
            return;
        }
        let stem = self.stem(&word);
        if is_identifier(spelling) {
            self.visit_spellings(spelling, &range, (&word, &stem), visit);
        }
        visit(Term {
            text: stem,
            range,
            is_word: true,
        });
    }

    /// Visits what an identifier is also called: itself unstemmed, and its parts.
    fn visit_spellings(
        &self,
        spelling: &str,
        range: &Range<usize>,
        (word, stem): (&str, &str),
        visit: &mut impl FnMut(Term<'_>),
    ) {
        let mut also = |text: Cow<'_, str>| {
            let range = range.clone();
            visit(Term {
                text,
                range,
                is_word: false,
            });
        };
        if word != stem {
            also(word.into());
        }
        let parts = camel_case_parts(spelling);
        if parts.len() > 1 {
            for part in parts.iter().filter(|part| part.len() >= PART_MIN_BYTES) {
                let part = part.to_lowercase();
                also(self.stem(&part));
            }
        }
    }

    fn stem<'a>(&self, word: &'a str) -> Cow<'a, str> {
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            self.stemmer.stem(word)
        } else {
            Cow::Borrowed(word)
        }
    }
}

/// Returns runs of words and what joins words in identifiers, without the latter at their ends.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    ranges(text, 0, |character| {
        character.is_alphanumeric() || is_joiner(character)
    })
    .filter_map(|run| {
        let whole = &text[run.clone()];
        let start = run.start + whole.len() - whole.trim_start_matches(is_joiner).len();
        let end = run.start + whole.trim_end_matches(is_joiner).len();
        (start < end).then_some(start..end)
    })
}

fn words(text: &str, run: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    ranges(&text[run.clone()], run.start, char::is_alphanumeric)
}

/// Returns the longest ranges of characters that `belongs` accepts, moved by `offset`.
fn ranges(
    text: &str,
    offset: usize,
    belongs: impl Fn(char) -> bool,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(&belongs)?;
        let length = text[start..].find(|character| !belongs(character));
        at = length.map_or(text.len(), |length| start + length);
        Some(offset + start..offset + at)
    })
}

fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '-' | '_' | '.' | '/' | ':' | '@' | '\\' | '$' | '#' | '+' | '%' | '~'
    )
}

fn is_identifier(word: &str) -> bool {
    word.chars().skip(1).any(char::is_uppercase)
}

/// Returns `HikariPool` as `Hikari` and `Pool`, and `HTTPServer` as `HTTP` and `Server`.
fn camel_case_parts(word: &str) -> Vec<&str> {
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    let mut borders = vec![0];
    for window in characters.windows(2) {
        let [(before, left), (at, right)] = [window[0], window[1]];
        if left.is_lowercase() && right.is_uppercase() {
            borders.push(at);
        } else if left.is_uppercase() && right.is_lowercase() && before > 0 {
            borders.push(before);
        }
    }
    borders.push(word.len());
    borders.dedup();
    borders
        .windows(2)
        .map(|part| &word[part[0]..part[1]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        Analyzer::new().visit(text, |term| terms.push(term.text.into_owned()));
        terms
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn words_are_stemmed_and_stop_words_left_out() {
        let expected = ["connect", "exhaust", "connect", "pool"];
        assert_eq!(
            terms("The connections exhausted; connecting pools"),
            expected
        );
    }

    #[test]
    fn identifiers_are_kept_whole_besides_their_words() {
        let pool = terms("HikariPool-1 - timeout");
        let expected = [
            "hikari",
            "pool",
            "hikaripool",
            "1",
            "hikaripool-1",
            "timeout",
        ];
        assert_eq!(pool, expected);
        let path = terms("see /var/log/x.");
        assert_eq!(path, ["see", "var", "log", "x", "var/log/x"]);
        assert_eq!(terms("ECONNREFUSED"), ["econnrefused", "econnrefus"]);
        assert_eq!(terms("10.0.0.7:5432")[5], "10.0.0.7:5432");
    }

    #[test]
    fn names_in_camel_case_are_known_by_their_parts() {
        assert_eq!(
            camel_case_parts("HTTPServerError"),
            ["HTTP", "Server", "Error"]
        );
        assert_eq!(camel_case_parts("plain"), ["plain"]);
    }

    #[test]
    fn ranges_name_the_bytes_of_the_text() {
        let text = "größer — HikariPool-1";
        Analyzer::new().visit(text, |term| {
            assert!(
                text[term.range.clone()]
                    .to_lowercase()
                    .contains(&*term.text)
            );
        });
    }

    #[test]
    fn data_is_not_indexed() {
        assert_eq!(terms(&"x".repeat(65)), Vec::<String>::new());
        assert_eq!(terms("--- ::: ///"), Vec::<String>::new());
    }
}
