//! The name of who speaks, behind the level.

use super::is_component_word;
use crate::level::Level;

/// Splits `crate::module: message` and `crate::module] message`.
pub(super) fn module_path(tail: &str) -> Option<(&str, &str)> {
    let named = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':');
    let length = tail.bytes().take_while(named).count();
    // The colon behind the path was taken for a part of it.
    let (path, message) = match tail[length..].strip_prefix("] ") {
        Some(message) => (&tail[..length], message),
        None => (
            tail[..length].strip_suffix(':')?,
            tail[length..].strip_prefix(' ')?,
        ),
    };
    let nested = path.as_bytes().windows(2).any(|pair| pair == b"::");
    nested.then(|| (path, message.trim_start()))
}

/// Splits `name: message` or `name.in.dots : message`, `name:message` for Python's basic layout.
pub(super) fn leading_component(tail: &str, named: bool) -> Option<(&str, &str)> {
    let end = tail
        .bytes()
        .take(80)
        .position(|b| matches!(b, b' ' | b'\t' | b':' | b'('))?;
    let word = &tail[..end];
    let rest = &tail[end..];
    if rest.starts_with('\t') {
        return caller(tail);
    }
    let dotted = word.bytes().any(|byte| matches!(byte, b'.' | b'$' | b'/'));
    if !is_component_word(word) || Level::from_word(word).is_some() {
        return None;
    }
    if rest.starts_with("://") || word.ends_with("Exception") || word.ends_with("Error") {
        return None;
    }
    let spaced = rest.trim_start();
    let after = spaced
        .strip_prefix(':')
        .or_else(|| spaced.strip_prefix("- ").filter(|_| dotted))
        .or_else(|| spaced.strip_prefix("-- ").filter(|_| dotted));
    let message = after?;
    let glued = !message.starts_with(' ') && !message.is_empty();
    if glued && message.as_bytes()[0].is_ascii_digit() {
        return caller(tail);
    }
    if (glued || named) && !dotted {
        return None;
    }
    Some((word, message.trim_start()))
}

/// Splits `file.go:10<TAB>message`.
fn caller(tail: &str) -> Option<(&str, &str)> {
    let (source, message) = tail.split_once('\t')?;
    (!source.contains(' ') && !source.is_empty()).then_some((source, message))
}
