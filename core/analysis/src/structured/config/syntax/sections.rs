//! Whether the headings of an INI file are whole.

use super::Problem;

/// Returns the first heading without its closing bracket.
pub(super) fn check(text: &str) -> Option<Problem> {
    let at = text.lines().position(|line| {
        let line = line.trim_end();
        line.starts_with('[') && !line.contains(']') && !line.contains('=')
    })?;
    let line = text.lines().nth(at)?.trim_end();
    Some(Problem {
        line: at + 1,
        column: line.chars().count() + 1,
        text: "the heading has no closing bracket".to_owned(),
    })
}
