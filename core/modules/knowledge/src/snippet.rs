//! The part of a passage that shows why it was found.

use std::collections::{HashMap, HashSet};

use crate::terms::Analyzer;

/// With a mark at each cut end, three hundred characters at most.
const MAX_CHARS: usize = 298;
const CUT: char = '…';

/// A term of the question in the passage, in characters.
struct Match {
    start: usize,
    end: usize,
    term: String,
    weight: f64,
}

/// Returns the part of `passage` with the most telling terms, on one line.
pub(crate) fn snippet(passage: &str, weights: &HashMap<String, f64>) -> String {
    let ends = passage.char_indices().map(|(at, _)| at);
    let borders: Vec<usize> = ends.chain([passage.len()]).collect();
    let length = borders.len() - 1;
    if length <= MAX_CHARS {
        return on_one_line(passage);
    }
    let (start, end) = best_window(&matches(passage, &borders, weights));
    let room = MAX_CHARS.saturating_sub(end - start);
    let start = start.saturating_sub(room / 3).min(length - MAX_CHARS);
    let end = start + MAX_CHARS;
    let part = &passage[borders[start]..borders[end]];
    marked(part, start > 0, end < length)
}

fn matches(passage: &str, borders: &[usize], weights: &HashMap<String, f64>) -> Vec<Match> {
    let char_at = |byte: usize| borders.partition_point(|&border| border < byte);
    let mut matches = Vec::new();
    Analyzer::new().visit(passage, |term| {
        if let Some(&weight) = weights.get(term.text.as_ref()) {
            matches.push(Match {
                start: char_at(term.range.start),
                end: char_at(term.range.end),
                term: term.text.into_owned(),
                weight,
            });
        }
    });
    matches.sort_by_key(|found| found.start);
    matches
}

fn best_window(matches: &[Match]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut best_weight = 0.0;
    for (number, first) in matches.iter().enumerate() {
        let mut terms = HashSet::new();
        let (mut weight, mut end) = (0.0, first.end);
        for found in &matches[number..] {
            if found.end > first.start + MAX_CHARS {
                break;
            }
            if terms.insert(found.term.as_str()) {
                weight += found.weight;
                end = end.max(found.end);
            }
        }
        if weight > best_weight {
            (best, best_weight) = ((first.start, end), weight);
        }
    }
    best
}

/// Drops the words that were cut in two.
fn marked(part: &str, is_cut_before: bool, is_cut_behind: bool) -> String {
    let mut text = part;
    if is_cut_before {
        text = text
            .find(char::is_whitespace)
            .map_or(text, |at| &text[at..]);
    }
    if is_cut_behind {
        text = text
            .rfind(char::is_whitespace)
            .map_or(text, |at| &text[..at]);
    }
    let mut snippet = String::new();
    snippet.extend(is_cut_before.then_some(CUT));
    snippet.push_str(&on_one_line(text));
    snippet.extend(is_cut_behind.then_some(CUT));
    snippet
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(passage: &str, terms: &[&str]) -> String {
        let weights = terms.iter().map(|term| ((*term).to_owned(), 1.0));
        snippet(passage, &weights.collect())
    }

    #[test]
    fn a_short_passage_is_its_own_snippet() {
        assert_eq!(of("pool\n  exhausted ", &["pool"]), "pool exhausted");
    }

    #[test]
    fn the_snippet_shows_most_of_the_terms() {
        let filler = "über words. ".repeat(60);
        let passage = format!("pool {filler} the pool is exhausted {filler}");
        let snippet = of(&passage, &["pool", "exhaust"]);
        assert!(snippet.contains("the pool is exhausted"));
        assert!(snippet.starts_with('…') && snippet.ends_with('…'));
        assert!(snippet.chars().count() <= 300);
    }

    #[test]
    fn without_a_match_the_snippet_is_the_beginning() {
        let snippet = of(&"word ".repeat(100), &["title"]);
        assert!(snippet.starts_with("word word"));
        assert!(snippet.chars().count() <= 300);
        assert_eq!(of(&"日".repeat(400), &[]).chars().count(), 299);
    }
}
