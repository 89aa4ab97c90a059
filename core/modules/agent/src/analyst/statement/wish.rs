//! What a user wants done to the problem statement.

use super::super::words::{flattened, has_phrase};
use super::{one_line, starts_with};

const ADDITIONS: [&str; 13] = [
    "add that ",
    "please add that ",
    "also add that ",
    "add: ",
    "add ",
    "also note that ",
    "note that ",
    "please note that ",
    "include that ",
    "mention that ",
    "also mention that ",
    "and add that ",
    "append that ",
];
const REPLACEMENTS: [&str; 10] = [
    "change it to ",
    "change the statement to ",
    "change the problem statement to ",
    "reword it to ",
    "rewrite it to ",
    "rewrite it as ",
    "it should say ",
    "make it ",
    "the statement should be ",
    "the problem statement should be ",
];
const DENIALS: [&str; 10] = [
    "not the problem",
    "not the issue",
    "not our problem",
    "not what is wrong",
    "that's not it",
    "that is not it",
    "that's wrong",
    "that is wrong",
    "not correct",
    "wrong problem",
];
const CORRECTIONS: [&str; 8] = [
    "the real problem is ",
    "the actual problem is ",
    "the real issue is ",
    "the actual issue is ",
    "the problem is ",
    "our problem is ",
    "the issue is ",
    "what is wrong is ",
];
/// What a user wants done to the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rewrite {
    Add(String),
    Replace(String),
}

/// Returns the wish to rewrite the statement that a message expresses.
pub(crate) fn rewrite(text: &str) -> Option<Rewrite> {
    let text = text.trim();
    let rest = |openers: &[&str]| {
        let opener = openers.iter().find(|opener| starts_with(text, opener))?;
        let rest = text[opener.len()..].trim().trim_end_matches(['.', '!']);
        let rest = rest.trim_matches(['"', '“', '”']).trim();
        (!rest.is_empty()).then(|| one_line(rest))
    };
    rest(&REPLACEMENTS)
        .or_else(|| corrected(text))
        .map(|text| {
            if is_scope(&text) {
                Rewrite::Add(text)
            } else {
                Rewrite::Replace(text)
            }
        })
        .or_else(|| {
            rest(&ADDITIONS)
                .or_else(|| narrowed(text))
                .map(Rewrite::Add)
        })
}

/// Returns what an agreement narrows the problem to: "yes but only the EU".
fn narrowed(text: &str) -> Option<String> {
    const AGREEMENTS: [&str; 5] = ["yes but ", "yes, but ", "ok but ", "ok, but ", "but "];
    let opener = AGREEMENTS.iter().find(|it| starts_with(text, it))?;
    let rest = text[opener.len()..].trim().trim_end_matches(['.', '!']);
    let narrows = starts_with(rest, "only ") && !rest.ends_with('?');
    narrows.then(|| one_line(rest))
}

/// Whom or when it concerns narrows the problem and is none by itself.
fn is_scope(text: &str) -> bool {
    const OPENERS: [&str; 6] = [
        "only for ",
        "only in ",
        "only on ",
        "only at ",
        "just for ",
        "limited to ",
    ];
    OPENERS.iter().any(|opener| starts_with(text, opener))
}

/// Returns what the problem is said to be instead: "no, that is not it; the problem is x".
fn corrected(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let flat = flattened(text);
    let is_denied = flat.starts_with("no ") || DENIALS.iter().any(|it| has_phrase(&flat, it));
    let opener = CORRECTIONS.iter().find(|it| {
        lower.contains(*it) && (is_denied || it.contains("real") || it.contains("actual"))
    })?;
    let at = lower.find(opener)? + opener.len();
    let rest = text[at..].trim().trim_end_matches(['.', '!']).trim();
    let rest = rest.strip_prefix("that ").unwrap_or(rest);
    let says_what = !rest.is_empty() && !rest.starts_with("not ") && !text.ends_with('?');
    says_what.then(|| one_line(rest))
}

#[cfg(test)]
mod tests {
    use super::super::rewritten;
    use super::*;

    #[test]
    fn wishes_to_rewrite_are_understood() {
        let current = "checkout answers 500 since 14:05";
        for (text, expected) in [
            (
                "add that only the EU region is affected",
                "checkout answers 500 since 14:05; only the EU region is affected",
            ),
            ("Change it to \"EU checkout fails\".", "EU checkout fails"),
            (
                "No, this is not the problem. The problem is that login is slow.",
                "login is slow",
            ),
            ("The actual problem is a full disk", "a full disk"),
            (
                "yes but only POST /api/orders",
                "checkout answers 500 since 14:05; only POST /api/orders",
            ),
            (
                "No, the problem is only for some users",
                "checkout answers 500 since 14:05; only for some users",
            ),
        ] {
            let wish = rewrite(text).unwrap();
            assert_eq!(rewritten(current, &wish), expected, "{text}");
        }
        for text in [
            "only the EU region is affected",
            "no, this is not the problem",
            "The problem is that login is slow",
            "no, the problem is not the database",
        ] {
            assert_eq!(rewrite(text), None, "{text}");
        }
    }
}
