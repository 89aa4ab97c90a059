//! A document as what searches look at.

use std::collections::{BTreeMap, HashMap};

use crate::chunk::{Chunk, chunks};
use crate::posting::{Entry, Packer};
use crate::terms::Analyzer;

/// A word in the title or a heading tells more than one in the text.
const TITLE_WEIGHT: u32 = 2;
const HEADING_WEIGHT: u32 = 2;

/// The passages of a document and where its terms stand.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) chunks: Vec<Chunk>,
    /// Packed entries by term, in the order of the terms.
    pub(crate) postings: Vec<(String, Vec<u8>)>,
    /// How many words all chunks have together.
    pub(crate) words: u64,
}

/// Returns the index of a document.
pub(crate) fn index(title: &str, content: &str) -> Index {
    let analyzer = Analyzer::new();
    let chunks = chunks(content);
    let mut packers: BTreeMap<String, Packer> = BTreeMap::new();
    let mut words = 0;
    for (number, chunk) in (0..).zip(&chunks) {
        let mut terms = ChunkTerms::default();
        terms.add(&analyzer, title, TITLE_WEIGHT);
        terms.add(&analyzer, &chunk.heading, HEADING_WEIGHT);
        terms.add(&analyzer, &content[chunk.range.clone()], 1);
        words += u64::from(terms.words);
        for (term, frequency) in terms.frequencies {
            packers.entry(term).or_default().push(Entry {
                chunk: number,
                section: chunk.section,
                frequency,
                length: terms.words,
            });
        }
    }
    let postings = packers.into_iter();
    Index {
        postings: postings
            .map(|(term, packer)| (term, packer.finish()))
            .collect(),
        chunks,
        words,
    }
}

#[derive(Default)]
struct ChunkTerms {
    frequencies: HashMap<String, u32>,
    words: u32,
}

impl ChunkTerms {
    fn add(&mut self, analyzer: &Analyzer, text: &str, weight: u32) {
        analyzer.visit(text, |term| {
            self.words += u32::from(term.is_word);
            match self.frequencies.get_mut(term.text.as_ref()) {
                Some(frequency) => *frequency += weight,
                None => {
                    self.frequencies.insert(term.text.into_owned(), weight);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posting::entries;

    #[test]
    fn title_and_headings_are_found_in_every_chunk_below() {
        let content = "# Causes\nleak\n# Cures\nrestart";
        let index = index("Pool", content);
        let of = |wanted: &str| {
            let mut postings = index.postings.iter();
            let (_, packed) = postings.find(|(term, _)| term == wanted).unwrap();
            entries(packed)
                .map(|entry| (entry.chunk, entry.frequency))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("pool"), [(0, 2), (1, 2)]);
        assert_eq!(of("caus"), [(0, 3)]);
        assert_eq!(of("restart"), [(1, 1)]);
        assert_eq!(index.words, 8);
    }
}
