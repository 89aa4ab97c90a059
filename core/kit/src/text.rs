//! Text that people send: trimmed, limited, and made harmless for terminals and logs.

use std::fmt::Write as _;

use crate::Fault;

const TAGS_MAX: usize = 20;
const TAG_MAX: usize = 40;

/// Returns `value` trimmed, or a fault naming `field` when it is empty or longer than `max_chars`.
pub fn checked_text(field: &str, value: &str, max_chars: usize) -> Result<String, Fault> {
    match optional_text(field, value, max_chars)? {
        Some(text) => Ok(text),
        None => Err(Fault::invalid(field, "must not be empty")),
    }
}

/// Returns `value` trimmed, `None` when nothing is left, or a fault when longer than `max_chars`.
pub fn optional_text(field: &str, value: &str, max_chars: usize) -> Result<Option<String>, Fault> {
    let text = value.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // A string of n bytes has at most n characters, so most values need no counting.
    if text.len() > max_chars && text.chars().count() > max_chars {
        return Err(Fault::invalid(
            field,
            format!("must have at most {max_chars} characters"),
        ));
    }
    if text.contains('\0') {
        return Err(Fault::invalid(field, "must not contain a NUL character"));
    }
    Ok(Some(text.to_owned()))
}

/// Returns tags in lower case, each once, in the order given; a fault names the field `tags`.
pub fn checked_tags(tags: &[String]) -> Result<Vec<String>, Fault> {
    let mut checked = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = checked_text("tags", tag, TAG_MAX)?.to_lowercase();
        if !checked.contains(&tag) {
            checked.push(tag);
        }
    }
    if checked.len() > TAGS_MAX {
        let limit = format!("must have at most {TAGS_MAX} entries");
        return Err(Fault::invalid("tags", limit));
    }
    Ok(checked)
}

/// Returns `value` with control characters spelled out, so that it cannot steer a terminal.
pub fn escape_control(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if is_harmless(character) {
            escaped.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
        }
    }
    escaped
}

fn is_harmless(character: char) -> bool {
    let bidi = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    matches!(character, '\n' | '\t') || !(character.is_control() || bidi)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_counted_in_characters() {
        assert_eq!(checked_text("title", "  äöü ", 3).unwrap(), "äöü");
        assert!(checked_text("title", "äöüß", 3).is_err());
    }

    #[test]
    fn the_fault_names_field_and_limit() {
        let fault = checked_text("title", "four", 3).unwrap_err();
        assert_eq!(fault.violations[0].field, "title");
        assert!(fault.violations[0].description.contains('3'));
    }

    #[test]
    fn blank_text_is_absent_or_refused() {
        assert_eq!(optional_text("note", " \n ", 3).unwrap(), None);
        assert!(checked_text("note", " \n ", 3).is_err());
    }

    #[test]
    fn a_nul_is_refused_because_postgresql_cannot_store_it() {
        assert!(checked_text("note", "a\0b", 9).is_err());
    }

    #[test]
    fn tags_are_lower_case_and_unique() {
        let tags = checked_tags(&["EU".into(), " eu ".into(), "db".into()]).unwrap();
        assert_eq!(tags, ["eu", "db"]);
        let many: Vec<_> = (0..21).map(|n| n.to_string()).collect();
        assert!(checked_tags(&many).is_err());
        assert!(checked_tags(&["x".repeat(41)]).is_err());
    }

    #[test]
    fn escape_sequences_lose_their_power() {
        assert_eq!(escape_control("a\x1b[31mb\n"), "a\\u{1b}[31mb\n");
        assert_eq!(escape_control("a\u{202e}b"), "a\\u{202e}b");
    }
}
