//! Passages in the order of what they say about a question (BM25).

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use crate::posting::entries;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// So that one long document does not fill the answer.
const PER_DOCUMENT: usize = 3;

/// How much text there is to search.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statistics {
    pub(crate) documents: u64,
    pub(crate) chunks: u64,
    pub(crate) words: u64,
}

impl Statistics {
    /// Returns what a term that `holders` chunks hold tells about a subject.
    pub(crate) fn weight(&self, holders: u64) -> f64 {
        let holders = holders.min(self.chunks) as f64;
        (1.0 + (self.chunks as f64 - holders + 0.5) / (holders + 0.5)).ln()
    }

    fn average_length(&self) -> f64 {
        (self.words as f64 / self.chunks.max(1) as f64).max(1.0)
    }
}

/// A passage that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    /// The number of the document.
    pub(crate) document: i64,
    pub(crate) chunk: u32,
    pub(crate) section: u32,
    pub(crate) score: f64,
}

/// Which documents are looked at.
#[derive(Debug)]
pub(crate) enum Wanted {
    Only(HashSet<i64>),
    AllBut(HashSet<i64>),
}

impl Wanted {
    fn has(&self, document: i64) -> bool {
        match self {
            Self::Only(wanted) => wanted.contains(&document),
            Self::AllBut(unwanted) => !unwanted.contains(&document),
        }
    }
}

/// The passages that hold at least one term.
#[derive(Debug)]
pub(crate) struct Ranking {
    average_length: f64,
    wanted: Wanted,
    hits: HashMap<(i64, u32), Hit>,
}

impl Ranking {
    pub(crate) fn new(statistics: &Statistics, wanted: Wanted) -> Self {
        Self {
            average_length: statistics.average_length(),
            wanted,
            hits: HashMap::new(),
        }
    }

    /// Adds the packed entries of one term in one document.
    pub(crate) fn add(&mut self, document: i64, packed: &[u8], weight: f64) {
        if !self.wanted.has(document) {
            return;
        }
        for entry in entries(packed) {
            let frequency = f64::from(entry.frequency);
            let length = f64::from(entry.length) / self.average_length;
            let norm = frequency + K1 * (1.0 - B + B * length);
            let hit = self.hits.entry((document, entry.chunk)).or_insert(Hit {
                document,
                chunk: entry.chunk,
                section: entry.section,
                score: 0.0,
            });
            hit.score += weight * frequency * (K1 + 1.0) / norm;
        }
    }

    /// Returns the documents of the best passages.
    pub(crate) fn leading_documents(&self, max: usize) -> Vec<i64> {
        let mut seen = HashSet::new();
        let hits = sorted(self.hits.values().copied().collect());
        let documents = hits.into_iter().map(|hit| hit.document);
        documents
            .filter(|document| seen.insert(*document))
            .take(max)
            .collect()
    }

    /// Returns the best passages: one under each heading, few of each document.
    pub(crate) fn best(self, max: usize) -> Vec<Hit> {
        let mut of_document: HashMap<i64, usize> = HashMap::new();
        let mut best = sorted(best_of_sections(self.hits.into_values()));
        best.retain(|hit| {
            let count = of_document.entry(hit.document).or_default();
            *count += 1;
            *count <= PER_DOCUMENT
        });
        best.truncate(max);
        best
    }
}

fn best_of_sections(hits: impl Iterator<Item = Hit>) -> Vec<Hit> {
    let mut best: HashMap<(i64, u32), Hit> = HashMap::new();
    for hit in hits {
        match best.entry((hit.document, hit.section)) {
            Slot::Vacant(slot) => {
                slot.insert(hit);
            }
            Slot::Occupied(mut slot) => {
                if precedes(&hit, slot.get()).is_lt() {
                    slot.insert(hit);
                }
            }
        }
    }
    best.into_values().collect()
}

fn sorted(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_unstable_by(precedes);
    hits
}

/// Orders by score; of equal passages the newer document and the earlier passage come first.
fn precedes(left: &Hit, right: &Hit) -> std::cmp::Ordering {
    right
        .score
        .total_cmp(&left.score)
        .then(right.document.cmp(&left.document))
        .then(left.chunk.cmp(&right.chunk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posting::{Entry, Packer};

    const STATISTICS: Statistics = Statistics {
        documents: 10,
        chunks: 100,
        words: 10_000,
    };

    fn packed(entries: &[(u32, u32, u32, u32)]) -> Vec<u8> {
        let mut packer = Packer::default();
        for &(chunk, section, frequency, length) in entries {
            packer.push(Entry {
                chunk,
                section,
                frequency,
                length,
            });
        }
        packer.finish()
    }

    #[test]
    fn the_score_is_that_of_bm25() {
        let mut ranking = Ranking::new(&STATISTICS, Wanted::AllBut(HashSet::new()));
        ranking.add(1, &packed(&[(0, 0, 2, 100)]), STATISTICS.weight(4));
        let hit = ranking.best(1)[0];
        let weight = (1.0_f64 + (100.0 - 4.0 + 0.5) / 4.5).ln();
        assert!((hit.score - weight * 2.0 * 2.2 / 3.2).abs() < 1e-12);
    }

    #[test]
    fn rare_terms_and_short_passages_tell_more() {
        assert!(STATISTICS.weight(1) > STATISTICS.weight(50));
        assert!(STATISTICS.weight(1_000) > 0.0);
        let mut ranking = Ranking::new(&STATISTICS, Wanted::AllBut(HashSet::new()));
        ranking.add(1, &packed(&[(0, 0, 1, 200), (1, 1, 1, 50)]), 1.0);
        assert_eq!(ranking.best(9)[0].chunk, 1);
    }

    #[test]
    fn one_passage_stands_for_its_heading_and_few_for_a_document() {
        let mut ranking = Ranking::new(&STATISTICS, Wanted::Only([1, 2].into()));
        let entries = [
            (0, 0, 1, 50),
            (1, 0, 2, 50),
            (2, 1, 1, 50),
            (3, 2, 1, 50),
            (4, 3, 1, 50),
        ];
        ranking.add(1, &packed(&entries), 1.0);
        ranking.add(2, &packed(&[(0, 0, 1, 500)]), 1.0);
        ranking.add(3, &packed(&[(0, 0, 9, 50)]), 1.0);
        let best = ranking.best(9);
        let places: Vec<_> = best.iter().map(|hit| (hit.document, hit.chunk)).collect();
        assert_eq!(places, [(1, 1), (1, 2), (1, 3), (2, 0)]);
    }
}
