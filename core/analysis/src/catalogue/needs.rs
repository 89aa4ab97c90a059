//! What a text must hold for a pattern to match it, so that most patterns need not be compiled.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::required::required_literals;

/// Patterns whose literals are kept.
const KEPT_MAX: usize = 10_000;

/// The literals of which a match holds one; none when every text may match.
static LITERALS: LazyLock<Mutex<HashMap<String, Option<AhoCorasick>>>> =
    LazyLock::new(Mutex::default);

/// Returns whether a pattern, ignoring case, may match one of these texts.
pub(super) fn may_match<'a>(pattern: &str, mut texts: impl Iterator<Item = &'a str>) -> bool {
    literals(pattern).is_none_or(|literals| texts.any(|text| literals.is_match(text)))
}

fn literals(pattern: &str) -> Option<AhoCorasick> {
    // The map holds nothing that a panic could leave half done.
    let mut kept = LITERALS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(pattern) {
        return known.clone();
    }
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    let needed = required_literals(pattern).filter(|all| all.iter().all(|it| it.is_ascii()));
    let literals = needed.and_then(|needed| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(needed)
            .ok()
    });
    kept.insert(pattern.to_owned(), literals.clone());
    literals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_a_needed_literal_are_told() {
        let may = |pattern: &str, text: &str| may_match(pattern, [text].into_iter());
        assert!(may("no space left|disk full", "ERROR: Disk FULL"));
        assert!(!may("no space left|disk full", "all is well"));
        assert!(may(r"\d+", "no digits, yet nothing is needed"));
        assert!(!may_match("disk full", std::iter::empty()));
    }
}
