//! How alike two statements are, by their stemmed content words.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};

const STOP_WORDS: [&str; 62] = [
    "a", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "if", "in", "into", "is",
    "it", "its", "may", "might", "more", "of", "on", "or", "our", "since", "so", "some", "such",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "too", "was", "we", "were", "when", "which", "while", "will", "with", "would", "you",
];

/// Returns shared words over all words of both texts, 0 when one has none.
pub(crate) fn jaccard(left: &str, right: &str) -> f64 {
    let content = |text: &str| words(text).collect::<BTreeSet<String>>();
    let (left, right) = (content(left), content(right));
    let all = left.union(&right).count();
    if all == 0 {
        return 0.0;
    }
    ratio(left.intersection(&right).count(), all)
}

/// Returns the stems of the words that say something, in their order.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let text = text.to_lowercase();
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && !STOP_WORDS.contains(word));
    let stems: Vec<String> = words.map(|word| stemmer.stem(word).into_owned()).collect();
    stems.into_iter()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a statement has a few hundred words at most"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_other_forms_are_the_same() {
        let alike = jaccard(
            "The connection pool is exhausted",
            "connection pools exhausting",
        );
        assert!((alike - 1.0).abs() < 1e-9, "{alike}");
    }

    #[test]
    fn other_statements_differ() {
        assert!(jaccard("DNS resolution fails", "connection pool exhausted") < 0.1);
        assert!(jaccard("", "").abs() < 1e-9);
    }
}
