//! Mistyped words of questions: one edit is forgiven.

use super::words::{content_stems, is_stop_word};

/// Words that questions are told apart by.
const KNOWN: [&str; 44] = [
    "what",
    "which",
    "when",
    "where",
    "how",
    "who",
    "why",
    "the",
    "changed",
    "change",
    "deploy",
    "deployed",
    "errors",
    "error",
    "cause",
    "caused",
    "happened",
    "happens",
    "fixed",
    "first",
    "many",
    "often",
    "should",
    "check",
    "since",
    "until",
    "compare",
    "summary",
    "summarize",
    "exception",
    "stack",
    "trace",
    "missing",
    "speaks",
    "against",
    "problem",
    "likely",
    "still",
    "mean",
    "show",
    "lines",
    "line",
    "before",
    "after",
];
/// Words that are none of them although they differ by one edit only.
const OTHERS: [&str; 24] = [
    "fist", "list", "last", "lost", "mark", "word", "host", "hosts", "post", "meant", "shown",
    "fixes", "liked", "checks", "stuck", "stall", "track", "charge", "charged", "alter", "links",
    "lives", "clause", "man",
];
/// Shorter words are only forgiven two letters that changed places.
const SHORT: usize = 3;
/// Longer ones also a wrong letter.
const LONG: usize = 5;

/// Returns a text with its mistyped question words put right; none when there are none.
pub(crate) fn corrected(text: &str) -> Option<String> {
    let mut is_changed = false;
    let words = text.split(' ').map(|written| {
        let bare = written.trim_matches(|letter: char| !letter.is_alphanumeric());
        match meant(&bare.to_lowercase()) {
            Some(right) if !bare.is_empty() => {
                is_changed = true;
                written.replace(bare, right)
            }
            _ => written.to_owned(),
        }
    });
    let words: Vec<String> = words.collect();
    is_changed.then(|| words.join(" "))
}

fn meant(word: &str) -> Option<&'static str> {
    let is_known = KNOWN.contains(&word) || OTHERS.contains(&word) || is_stop_word(word);
    let is_plain = word.chars().all(|letter| letter.is_ascii_lowercase());
    if is_known || !is_plain || word.len() < SHORT {
        return None;
    }
    // Another form of a word is no mistake: "shows", "changes".
    let stems = content_stems(word);
    let is_form = |known: &str| stems == content_stems(known);
    let mut known = KNOWN.iter().copied();
    known.find(|known| is_one_edit(word, known) && !is_form(known))
}

/// Returns whether a word has two letters in the wrong order, one too many, too few or, if it is long, one
/// wrong letter.
fn is_one_edit(word: &str, known: &str) -> bool {
    let (word, known) = (word.as_bytes(), known.as_bytes());
    let start = word.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (rest, wanted) = (&word[start..], &known[start..]);
    match (rest, wanted) {
        ([a, b, rest @ ..], [c, d, wanted @ ..]) if a == d && b == c && rest == wanted => true,
        _ if known.len() <= SHORT => false,
        ([_, rest @ ..], wanted) if rest == wanted => true,
        (rest, [_, wanted @ ..]) if rest == wanted => true,
        ([_, rest @ ..], [_, wanted @ ..]) => start > 0 && known.len() >= LONG && rest == wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_in_a_question_word_is_forgiven() {
        for (text, expected) in [
            (
                "waht chnaged in teh deploy",
                Some("what changed in the deploy"),
            ),
            ("wat is teh cause", Some("what is the cause")),
            ("how mnay erors?", Some("how many errors?")),
            ("what changed", None),
            ("list the hosts then", None),
            ("checkout answers 500", None),
            ("shows errors and changes since noon", None),
            ("thumbnailer was killed", None),
        ] {
            assert_eq!(corrected(text).as_deref(), expected, "{text}");
        }
    }
}
