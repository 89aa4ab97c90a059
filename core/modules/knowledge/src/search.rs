//! Searches for passages by words.

use std::collections::HashMap;

use crate::access::{ScopeFilter, scope_of};
use crate::document::{DocumentType, Scope};
use crate::entity::{chunk, document};
use crate::error::Error;
use crate::posting::count;
use crate::rank::{Hit, Ranking, Statistics, Wanted};
use crate::review::Review;
use crate::snippet::snippet;
use crate::store::{Posting, Store};
use crate::terms::Analyzer;

/// How many postings are read for the rarer terms of a question.
const POSTINGS_MAX: u64 = 4_000;
/// How many places the more frequent terms are looked up in, among the documents found by those.
const LOOKUPS_MAX: usize = 3_000;
/// Of how many documents at least, however many terms there are.
const CANDIDATES_MIN: usize = 40;
/// And at most, because each is a value of the statement.
const CANDIDATES_MAX: usize = 1_000;

/// What is searched for.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) query: String,
    pub(crate) max_results: usize,
    pub(crate) document_type: Option<DocumentType>,
    /// A document must have all of them.
    pub(crate) tag_keys: Vec<String>,
    /// None searches what is not hidden.
    pub(crate) reviews: Vec<Review>,
}

/// A passage that answers a question.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) document: document::Model,
    pub(crate) chunk: chunk::Model,
    /// The best passage has 1, the others less, all more than 0.
    pub(crate) score: f64,
    pub(crate) snippet: String,
}

/// Finds passages.
pub(crate) struct Searcher {
    pub(crate) store: Store,
}

impl Searcher {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns passages, best first.
    pub(crate) async fn search(
        &self,
        filter: &ScopeFilter,
        question: &Question,
    ) -> Result<Vec<Found>, Error> {
        let terms = terms(&question.query);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let statistics = self.store.statistics(filter).await?;
        let mut run = Run {
            store: &self.store,
            filter,
            ranking: self.ranking(filter, question, &statistics).await?,
            statistics,
            weights: terms,
        };
        run.score().await?;
        let hits = run.ranking.best(question.max_results);
        let passages = self.store.passages(filter, &hits).await?;
        let best = hits.first().map_or(1.0, |hit| hit.score);
        Ok(answer(&hits, best, passages, &run.weights))
    }

    async fn ranking(
        &self,
        filter: &ScopeFilter,
        question: &Question,
        statistics: &Statistics,
    ) -> Result<Ranking, Error> {
        let Question {
            document_type,
            tag_keys,
            reviews,
            ..
        } = question;
        let wanted = self.wanted(filter, *document_type, tag_keys, reviews);
        Ok(Ranking::new(statistics, wanted.await?))
    }

    /// Returns the documents to look at.
    pub(crate) async fn wanted(
        &self,
        filter: &ScopeFilter,
        document_type: Option<DocumentType>,
        tag_keys: &[String],
        reviews: &[Review],
    ) -> Result<Wanted, Error> {
        if document_type.is_none() && tag_keys.is_empty() && reviews.is_empty() {
            return Ok(Wanted::AllBut(self.store.hidden(filter).await?));
        }
        let reviews = match reviews {
            [] => &Review::SHOWN,
            named => named,
        };
        let store = &self.store;
        let wanted = store.wanted(filter, document_type, tag_keys, reviews);
        Ok(Wanted::Only(wanted.await?))
    }
}

/// Returns how often each term occurs in the query.
pub(crate) fn terms(query: &str) -> HashMap<String, f64> {
    let mut terms = HashMap::new();
    Analyzer::new().visit(query, |term| {
        *terms.entry(term.text.into_owned()).or_insert(0.0) += 1.0;
    });
    terms
}

/// One search while it runs.
struct Run<'a> {
    store: &'a Store,
    filter: &'a ScopeFilter,
    statistics: Statistics,
    ranking: Ranking,
    /// How much each term counts.
    weights: HashMap<String, f64>,
}

impl Run<'_> {
    async fn score(&mut self) -> Result<(), Error> {
        let terms: Vec<String> = self.weights.keys().cloned().collect();
        let holders = self.store.holders(self.filter, &terms).await?;
        let (rare, frequent) = divided(&holders);
        if rare.is_empty() {
            return Ok(());
        }
        let postings = self.store.postings(self.filter, &rare, None).await?;
        self.add(postings, |_, packed| packed);
        if frequent.is_empty() {
            return Ok(());
        }
        // They decide little, and reading them all would take most of the time.
        let candidates = (LOOKUPS_MAX / frequent.len()).clamp(CANDIDATES_MIN, CANDIDATES_MAX);
        let leading = self.ranking.leading_documents(candidates);
        let leading = Some(leading.as_slice());
        let postings = self.store.postings(self.filter, &frequent, leading).await?;
        let Statistics {
            chunks, documents, ..
        } = self.statistics;
        self.add(postings, |term, _| {
            let share = holders.get(term).copied().unwrap_or_default();
            share.saturating_mul(chunks) / documents.max(1)
        });
        Ok(())
    }

    /// Adds postings; `holders` tells how many chunks hold a term, given how many of these do.
    fn add(&mut self, postings: Vec<Posting>, holders: impl Fn(&str, u64) -> u64) {
        let mut by_term: HashMap<String, Vec<(i64, Vec<u8>)>> = HashMap::new();
        for posting in postings {
            let place = (posting.document_number, posting.entries);
            by_term.entry(posting.term).or_default().push(place);
        }
        for (term, places) in by_term {
            let held = places.iter().map(|(_, packed)| count(packed)).sum();
            let weight = self.statistics.weight(holders(&term, held));
            let weight = weight * self.weights.get(&term).copied().unwrap_or(1.0);
            for (document, packed) in places {
                self.ranking.add(document, &packed, weight);
            }
            self.weights.insert(term, weight);
        }
    }
}

/// Divides terms into those whose postings are read and those that are looked up.
fn divided(holders: &HashMap<String, u64>) -> (Vec<String>, Vec<String>) {
    let mut terms: Vec<(&String, u64)> = holders.iter().map(|(term, &n)| (term, n)).collect();
    terms.sort_unstable_by(|left, right| left.1.cmp(&right.1).then(left.0.cmp(right.0)));
    let mut read = 0;
    let (mut rare, mut frequent) = (Vec::new(), Vec::new());
    for (term, holders) in terms {
        read += holders;
        if rare.is_empty() || read <= POSTINGS_MAX {
            rare.push(term.clone());
        } else {
            frequent.push(term.clone());
        }
    }
    (rare, frequent)
}

/// Returns the passages that were hit, scored as shares of `best`.
pub(crate) fn answer(
    hits: &[Hit],
    best: f64,
    passages: Vec<(document::Model, chunk::Model)>,
    weights: &HashMap<String, f64>,
) -> Vec<Found> {
    let scores: HashMap<(i64, i64), f64> = hits
        .iter()
        .map(|hit| ((hit.document, i64::from(hit.chunk)), hit.score / best))
        .collect();
    let mut found: Vec<Found> = passages
        .into_iter()
        .filter_map(|(document, chunk)| {
            let score = scores.get(&(document.number, i64::from(chunk.chunk)));
            Some(Found {
                score: *score?,
                snippet: snippet(&chunk.content, weights),
                document,
                chunk,
            })
        })
        .collect();
    found.sort_by(|left, right| {
        let by_score = right.score.total_cmp(&left.score);
        by_score.then_with(|| place(left).cmp(&place(right)))
    });
    found
}

/// Returns where a passage stands among equal ones: personal, team, global, each newest first.
fn place(found: &Found) -> (u8, std::cmp::Reverse<i64>, i32) {
    let distance = match scope_of(&found.document.scope_key) {
        Scope::Personal => 0,
        Scope::Team(_) => 1,
        Scope::Global => 2,
    };
    let newest = std::cmp::Reverse(found.document.number);
    (distance, newest, found.chunk.chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_term_is_read_whatever_it_takes() {
        let holders = [("a", 9_000), ("b", 10_000)];
        let holders = holders.map(|(term, count)| (term.to_owned(), count)).into();
        let (rare, frequent) = divided(&holders);
        assert_eq!(
            (rare, frequent),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
    }

    #[test]
    fn few_postings_are_all_read() {
        let holders = [("a", 3_000), ("b", 3_000), ("c", 1)];
        let holders = holders.map(|(term, count)| (term.to_owned(), count)).into();
        let (rare, frequent) = divided(&holders);
        assert_eq!((rare.join(" "), frequent.len()), ("c a".to_owned(), 1));
    }

    #[test]
    fn repeated_words_count_more() {
        assert_eq!(terms("pool pools timeout")["pool"], 2.0);
    }
}
