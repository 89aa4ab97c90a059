//! Lines as servers and clients of many languages print them.

use std::collections::BTreeSet;

use super::*;

/// An entry and a line that it must recognise, one after the other.
const RECOGNISED: &str = include_str!("../../tests/catalogue/recognised.txt");

/// Lines that tell of no failure.
const HARMLESS: &str = include_str!("../../tests/catalogue/harmless.txt");

#[test]
fn lines_of_servers_and_clients_are_recognised() {
    let mut finder = PatternFinder::new(Signatures::default());
    for (id, line) in RECOGNISED.lines().filter_map(|it| it.split_once(' ')) {
        let found = entries(&mut finder, line);
        assert!(found.contains(id), "{id} misses {line:?}, found {found:?}");
    }
}

#[test]
fn the_samples_of_every_entry_are_recognised() {
    let mut finder = PatternFinder::new(Signatures::default());
    for entry in &crate::catalogue().entries {
        for line in &entry.positive {
            let found = entries(&mut finder, line);
            assert!(found.contains(&entry.id), "{} misses {line:?}", entry.id);
        }
    }
}

#[test]
fn harmless_lines_match_no_entry() {
    let mut finder = PatternFinder::new(Signatures::default());
    for line in HARMLESS.lines() {
        let found = entries(&mut finder, line);
        assert!(found.is_empty(), "{found:?} match {line:?}");
    }
}

/// Returns the entries with a pattern that matches a line.
fn entries(finder: &mut PatternFinder, line: &str) -> BTreeSet<String> {
    let mut numbers = Vec::new();
    finder.find(line, &mut numbers);
    let set = finder.signatures.patterns();
    let texts = numbers.iter().map(|it| &set.patterns[*it as usize].text);
    let texts: BTreeSet<&String> = texts.collect();
    let all = finder.signatures.catalogue().entries.iter();
    all.filter(|entry| entry.patterns.iter().any(|it| texts.contains(it)))
        .map(|entry| entry.id.clone())
        .collect()
}
