//! Whether a text is TOML.

use super::Problem;

/// Returns where a text stops to be TOML.
pub(super) fn check(text: &str) -> Option<Problem> {
    let error = toml::from_str::<toml::Table>(text).err()?;
    let message = error.message();
    if message.contains("recursion") {
        return None;
    }
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..at).unwrap_or_default();
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Some(Problem {
        line,
        column: before[start..].chars().count() + 1,
        text: message.lines().collect::<Vec<_>>().join(", "),
    })
}
