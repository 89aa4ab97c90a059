//! How much two cases have in common.

use std::cmp::Ordering;

use crate::ledger::similarity::words;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// What a case has in common with another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Likeness {
    pub(crate) shared_signatures: usize,
    /// BM25 of the statement.
    pub(crate) nearness: f64,
}

impl Likeness {
    /// Returns whether there is anything in common at all.
    pub(crate) fn is_any(&self) -> bool {
        self.shared_signatures > 0 || self.nearness > 0.0
    }

    /// Signatures decide, words only among equals.
    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        let by_signatures = self.shared_signatures.cmp(&other.shared_signatures);
        by_signatures.then(self.nearness.total_cmp(&other.nearness))
    }
}

/// Returns how near each text is to the wanted one: its BM25 score, 0 without a word in common.
pub(crate) fn nearness(wanted: &str, texts: &[&str]) -> Vec<f64> {
    let mut wanted: Vec<String> = words(wanted).collect();
    wanted.sort();
    wanted.dedup();
    let documents: Vec<Vec<String>> = texts.iter().map(|text| words(text).collect()).collect();
    let total: usize = documents.iter().map(Vec::len).sum();
    let mean = number(total) / number(documents.len().max(1));
    let weight = |word: &String| {
        let having = documents.iter().filter(|it| it.contains(word)).count();
        let rarity = (number(documents.len() - having) + 0.5) / (number(having) + 0.5);
        rarity.ln_1p()
    };
    let weights: Vec<f64> = wanted.iter().map(weight).collect();
    let score = |document: &Vec<String>| {
        let length = 1.0 - B + B * number(document.len()) / mean.max(1.0);
        let parts = wanted.iter().zip(&weights).map(|(word, weight)| {
            let count = number(document.iter().filter(|it| *it == word).count());
            weight * count * (K1 + 1.0) / (count + K1 * length)
        });
        parts.sum()
    };
    documents.iter().map(score).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are a few hundred cases with a few hundred words each"
)]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_count_more_than_common_ones_and_others_nothing() {
        let texts = [
            "checkout fails since the certificate expired",
            "checkout fails",
            "login fails",
            "a disk is full",
        ];
        let scores = nearness("certificates of checkout fail", &texts);
        assert!(scores[0] > scores[1] && scores[1] > scores[2], "{scores:?}");
        assert!(scores[3].abs() < 1e-9, "{scores:?}");
        assert_eq!(nearness("", &texts), [0.0; 4]);
        assert!(nearness("checkout", &[]).is_empty());
    }

    #[test]
    fn signatures_come_before_words() {
        let likeness = |shared_signatures, nearness| Likeness {
            shared_signatures,
            nearness,
        };
        assert_eq!(likeness(1, 0.0).cmp(&likeness(0, 9.0)), Ordering::Greater);
        assert_eq!(likeness(1, 0.5).cmp(&likeness(1, 0.7)), Ordering::Less);
        assert!(likeness(1, 0.0).is_any() && !likeness(0, 0.0).is_any());
    }
}
