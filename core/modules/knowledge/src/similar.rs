//! Documents that say much the same as a text.

use std::collections::HashMap;

use crate::access::ScopeFilter;
use crate::document::DocumentType;
use crate::error::Error;
use crate::rank::{Hit, Ranking, Statistics};
use crate::review::Review;
use crate::search::{Found, Searcher, answer, terms};

/// How many terms stand for a text.
const KEY_TERMS: usize = 40;

/// What is compared with the library.
#[derive(Debug, Clone)]
pub(crate) struct Likeness {
    pub(crate) text: String,
    /// The number of the document the text is of.
    pub(crate) itself: Option<i64>,
    pub(crate) document_type: Option<DocumentType>,
    /// None compares with what is not hidden.
    pub(crate) reviews: Vec<Review>,
    pub(crate) max_results: usize,
}

impl Searcher {
    /// Returns one passage of each similar document; its score is the share of key terms it has.
    pub(crate) async fn similar(
        &self,
        filter: &ScopeFilter,
        likeness: &Likeness,
    ) -> Result<Vec<Found>, Error> {
        let statistics = self.store.statistics(filter).await?;
        let frequencies = terms(&likeness.text);
        let all: Vec<String> = frequencies.keys().cloned().collect();
        let mut holders = HashMap::new();
        for some in all.chunks(TERMS_AT_ONCE) {
            holders.extend(self.store.holders(filter, some).await?);
        }
        let key = KeyTerms::of(&frequencies, &holders, &statistics);
        let postings = self.store.postings(filter, &key.terms(), None).await?;
        let wanted = self.wanted(filter, likeness.document_type, &[], &likeness.reviews);
        let mut ranking = Ranking::new(&statistics, wanted.await?);
        let mut shared: HashMap<i64, f64> = HashMap::new();
        for posting in postings {
            if likeness.itself == Some(posting.document_number) {
                continue;
            }
            let weight = key.weight(&posting.term);
            *shared.entry(posting.document_number).or_default() += weight;
            ranking.add(posting.document_number, &posting.entries, weight);
        }
        let hits = nearest(ranking, &shared, key.total(), likeness.max_results);
        let passages = self.store.passages(filter, &hits).await?;
        Ok(answer(&hits, 1.0, passages, &key.weights))
    }
}

/// A statement takes a limited number of values.
const TERMS_AT_ONCE: usize = 500;

/// The terms that tell most about a text.
struct KeyTerms {
    weights: HashMap<String, f64>,
}

impl KeyTerms {
    fn of(
        frequencies: &HashMap<String, f64>,
        holders: &HashMap<String, u64>,
        statistics: &Statistics,
    ) -> Self {
        let mut weighed: Vec<(&String, f64, f64)> = frequencies
            .iter()
            .map(|(term, frequency)| {
                let held = holders.get(term).copied().unwrap_or_default();
                let weight = statistics.weight(held);
                (term, weight, weight * (1.0 + frequency.ln()))
            })
            .collect();
        weighed.sort_by(|left, right| right.2.total_cmp(&left.2).then(left.0.cmp(right.0)));
        weighed.truncate(KEY_TERMS);
        let weights = weighed.into_iter();
        Self {
            weights: weights
                .map(|(term, weight, _)| (term.clone(), weight))
                .collect(),
        }
    }

    fn terms(&self) -> Vec<String> {
        self.weights.keys().cloned().collect()
    }

    fn weight(&self, term: &str) -> f64 {
        self.weights.get(term).copied().unwrap_or_default()
    }

    fn total(&self) -> f64 {
        self.weights.values().sum()
    }
}

/// Returns the best passage of each of the documents that share most.
fn nearest(ranking: Ranking, shared: &HashMap<i64, f64>, total: f64, max: usize) -> Vec<Hit> {
    let mut nearest: Vec<Hit> = Vec::new();
    for hit in ranking.best(usize::MAX) {
        if nearest.iter().any(|other| other.document == hit.document) {
            continue;
        }
        let share =
            shared.get(&hit.document).copied().unwrap_or_default() / total.max(f64::MIN_POSITIVE);
        nearest.push(Hit {
            score: share.min(1.0),
            ..hit
        });
    }
    nearest.sort_by(|left, right| {
        let by_share = right.score.total_cmp(&left.score);
        by_share.then(left.document.cmp(&right.document))
    });
    nearest.truncate(max);
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_and_repeated_terms_stand_for_a_text() {
        let frequencies: HashMap<String, f64> = (0..100)
            .map(|number| (format!("common{number:03}"), 1.0))
            .chain([("pool".to_owned(), 5.0), ("rare".to_owned(), 1.0)])
            .collect();
        let holders = frequencies.keys().map(|term| {
            let held = if term == "rare" { 1 } else { 50 };
            (term.clone(), held)
        });
        let statistics = Statistics {
            documents: 100,
            chunks: 100,
            words: 10_000,
        };
        let key = KeyTerms::of(&frequencies, &holders.collect(), &statistics);
        assert_eq!(key.weights.len(), KEY_TERMS);
        assert!(key.weight("rare") > key.weight("pool"));
        assert!(key.weights.contains_key("pool"));
    }
}
