//! Search patterns from what people call things.

use super::words::{content_stems, is_stop_word, words};

const TERMS_MAX: usize = 3;
/// Words that say how bad a line is instead of what it is about.
const LEVELS: [&str; 11] = [
    "error", "errors", "fail", "fails", "failing", "failure", "failures", "failed", "problem",
    "problems", "lines",
];
/// Lines that say of themselves that something failed.
const ERROR_LINES: &str = r#"\b(ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT)\b|(level|severity|lvl)"?\s*[=:]\s*"?(error|fatal|critical)"#;

/// Returns a pattern for lines with all telling words of a text, in any order.
pub(crate) fn pattern(text: &str) -> Option<String> {
    let words = words(text);
    let asks_for_errors = words
        .iter()
        .any(|word| LEVELS.contains(&word.lower.as_str()));
    let telling = words
        .iter()
        .filter(|word| !is_stop_word(&word.lower) && !LEVELS.contains(&word.lower.as_str()));
    let mut parts: Vec<String> = telling.map(|word| start_of(word.raw)).collect();
    parts.dedup();
    parts.truncate(TERMS_MAX);
    match parts.as_slice() {
        [] => asks_for_errors.then(|| ERROR_LINES.to_owned()),
        parts => Some(in_any_order(parts)),
    }
}

/// A word matches all its forms; a code or a name only itself.
fn start_of(raw: &str) -> String {
    let is_word = raw.chars().all(char::is_alphabetic);
    let stem = content_stems(raw).into_iter().next();
    match stem.filter(|stem| is_word && raw.to_lowercase().starts_with(stem.as_str())) {
        Some(stem) => format!(r"\b{}", regex::escape(&stem)),
        None => regex::escape(raw),
    }
}

fn in_any_order(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        several => {
            let orders = (0..several.len()).map(|at| {
                let mut rest = several.to_vec();
                let first = rest.remove(at);
                format!("{first}.*({})", in_any_order(&rest))
            });
            orders.collect::<Vec<_>>().join("|")
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::RegexBuilder;

    use super::*;

    fn finds(text: &str, line: &str) -> bool {
        let pattern = pattern(text).unwrap();
        let regex = RegexBuilder::new(&pattern).case_insensitive(true).build();
        regex.unwrap().is_match(line)
    }

    #[test]
    fn words_match_in_any_order_and_form() {
        assert!(finds("refused connections", "dial tcp: connection refused"));
        assert!(finds("timeouts", "request timeout after 3 s"));
        assert!(finds("500 errors", "POST /checkout status=500"));
        assert!(!finds("500 errors", "POST /checkout status=200"));
    }

    #[test]
    fn errors_without_more_are_lines_of_that_level() {
        assert!(finds("errors", "2025-03-04 ERROR it broke"));
        assert!(finds("the errors", "level=error msg=x"));
        assert!(finds("it fail", "UTC [77] FATAL:  remaining slots"));
        assert!(!finds("errors", "INFO max-errors=5"));
        assert_eq!(pattern("the"), None);
    }
}
