//! Names, times and numbers as words.

use faultmaven_kit::clock::from_timestamp;

/// Returns the name of an enum's value as words, for instance `symptom absence`.
pub(crate) fn words(name: &str, prefix: &str) -> String {
    let name = name.strip_prefix(prefix).unwrap_or(name);
    name.to_lowercase().replace('_', " ")
}

/// Returns `text` with a capital at its start.
pub(crate) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Returns a time as people write it, in UTC and to the millisecond where it has any.
pub(crate) fn moment(time: &prost_types::Timestamp) -> String {
    let whole = time.nanos / 1_000_000 == 0;
    written(time, if whole { "%F %T UTC" } else { "%F %T%.3f UTC" })
}

/// Returns a time of the case itself, for which seconds are enough.
pub(crate) fn second(time: &prost_types::Timestamp) -> String {
    written(time, "%F %T UTC")
}

fn written(time: &prost_types::Timestamp, format: &str) -> String {
    match from_timestamp(time) {
        Some(time) => time.format(format).to_string(),
        None => "unknown time".to_owned(),
    }
}

/// Returns when something was observed; nothing when that is not known.
pub(crate) fn observed(
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> String {
    match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{} to {}", moment(from), moment(to)),
        (Some(time), _) | (None, Some(time)) => moment(time),
        (None, None) => String::new(),
    }
}

/// Returns a share or strength with two decimals.
pub(crate) fn decimal(value: f64) -> String {
    format!("{value:.2}")
}

/// Returns a count with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// Returns at most `max` characters of `text`, and whether that is all of it.
pub(crate) fn cut(text: &str, max: usize) -> (&str, bool) {
    match text.char_indices().nth(max) {
        Some((end, _)) => (&text[..end], false),
        None => (text, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enum_names_become_words() {
        assert_eq!(
            words("EVIDENCE_KIND_SYMPTOM_ABSENCE", "EVIDENCE_KIND_"),
            "symptom absence"
        );
        assert_eq!(capitalized("open"), "Open");
    }

    #[test]
    fn times_have_no_more_digits_than_they_need() {
        let time = |seconds, nanos| prost_types::Timestamp { seconds, nanos };
        assert_eq!(moment(&time(1_741_097_100, 0)), "2025-03-04 14:05:00 UTC");
        assert_eq!(
            moment(&time(1_741_097_100, 1_000_000)),
            "2025-03-04 14:05:00.001 UTC"
        );
        let (from, to) = (time(1_741_097_100, 0), time(1_741_097_101, 0));
        assert_eq!(
            observed(Some(&from), Some(&to)),
            "2025-03-04 14:05:00 UTC to 2025-03-04 14:05:01 UTC"
        );
        assert_eq!(
            observed(Some(&from), Some(&from)),
            "2025-03-04 14:05:00 UTC"
        );
        assert_eq!(observed(None, None), "");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("äöü", 2), ("äö", false));
        assert_eq!(cut("äöü", 3), ("äöü", true));
    }
}
