//! What every match of an expression must contain.

use regex_syntax::hir::{Hir, HirKind};

use super::literals::LITERAL_MIN;

/// Returns literals of which every match contains at least one, ignoring case.
pub(super) fn required_literals(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let literals = required(&hir)?;
    literals
        .iter()
        .all(|literal| literal.len() >= LITERAL_MIN)
        .then_some(literals)
}

/// Returns whether a pattern is one or several literals and nothing else.
pub(super) fn is_plain(pattern: &str) -> bool {
    fn whole(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Literal(_) => true,
            HirKind::Capture(capture) => whole(&capture.sub),
            HirKind::Alternation(branches) => branches.iter().all(whole),
            _ => false,
        }
    }
    let switches = pattern.contains("(?");
    !switches && regex_syntax::parse(pattern).is_ok_and(|hir| whole(&hir))
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![
            std::str::from_utf8(&literal.0).ok()?.to_ascii_lowercase(),
        ]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(required)
            .max_by_key(|literals| literals.iter().map(String::len).min()),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Vec<String>>> = branches.iter().map(required).collect();
            all.map(|lists| lists.into_iter().flatten().collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_literal_is_required() {
        assert_eq!(
            required_literals(r"pool \d+ - not available"),
            Some(vec![" - not available".into()])
        );
        assert_eq!(
            required_literals(r"(no space|disk quota) \w+").map(|l| l.len()),
            Some(2)
        );
        assert_eq!(required_literals(r"\d+"), None);
    }

    #[test]
    fn a_pattern_of_literals_alone_needs_no_expression() {
        assert!(is_plain("disk is full") && is_plain("(no space|disk quota)"));
        for pattern in ["full .* now", "full|no space?", r"\bfull", "(?-i)FULL"] {
            assert!(!is_plain(pattern), "{pattern}");
        }
    }
}
