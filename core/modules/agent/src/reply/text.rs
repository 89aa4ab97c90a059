//! Foreign text made harmless, and the small forms of an answer.

use chrono::{DateTime, Timelike as _, Utc};
use faultmaven_kit::text::escape_control;
use faultmaven_proto::evidence::v1::FileCitation;

/// Longer words are cut.
const WORD_MAX: usize = 30;

/// Returns foreign text as inline code that no renderer interprets.
pub(crate) fn inert(text: &str, max: usize) -> String {
    let text = disarmed(&shortened(&text.trim().replace('\n', " ⏎ "), max));
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let needs_room = text.starts_with('`') || text.ends_with('`') || text.is_empty();
    let room = if needs_room { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// Returns foreign text without the characters that Markdown and HTML give a meaning to; what stands
/// between backticks stays a quote, letter by letter.
pub(crate) fn plain(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = shortened(&line, max);
    let mut parts = line.split('`').enumerate().peekable();
    let mut plain = String::with_capacity(line.len());
    while let Some((index, part)) = parts.next() {
        let is_open = index % 2 == 1;
        match parts.peek() {
            Some(_) if is_open && !part.trim().is_empty() => plain.push_str(&inert(part, max)),
            None if is_open => plain.push_str(&format!("'{}", without_markup(part))),
            _ => plain.push_str(&without_markup(part)),
        }
    }
    plain
}

/// Returns foreign text letter by letter on one line, for claims, which are shown as code.
pub(crate) fn verbatim(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    disarmed(&shortened(&line, max))
}

fn without_markup(text: &str) -> String {
    let replaced = |letter| match letter {
        '<' => '‹',
        '>' => '›',
        '[' => '(',
        ']' => ')',
        '*' => '∗',
        '|' => '¦',
        other => other,
    };
    disarmed(text).chars().map(replaced).collect()
}

/// Returns a moment as people read it.
pub(crate) fn clock(time: DateTime<Utc>) -> String {
    let pattern = if time.nanosecond() < 1_000_000 {
        "%Y-%m-%d %H:%M:%S UTC"
    } else {
        "%Y-%m-%d %H:%M:%S%.3f UTC"
    };
    time.format(pattern).to_string()
}

/// Returns a span of time, the day said once.
pub(crate) fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    if from == to {
        return clock(from);
    }
    let until = clock(to);
    let until = match until.split_once(' ') {
        Some((_, time)) if from.date_naive() == to.date_naive() => time.to_owned(),
        _ => until,
    };
    format!("{} to {until}", clock(from).trim_end_matches(" UTC"))
}

/// Returns the place of a citation.
pub(crate) fn place(cited: &FileCitation) -> String {
    place_of(&cited.filename, cited.line_start, cited.line_end)
}

/// Returns lines of a file as a place.
pub(crate) fn place_of(file_name: &str, line_start: i64, line_end: i64) -> String {
    if line_end > line_start {
        return inert(&format!("{file_name}:{line_start}-{line_end}"), 300);
    }
    inert(&format!("{file_name}:{line_start}"), 300)
}

/// Returns `1 line`, `600 lines`.
pub(crate) fn counted(count: i64, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

/// Returns names joined as in a sentence.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// Returns a text with its first letter in upper case.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Marks that clients turn into buttons, links or blanks must not come out of a file.
fn disarmed(text: &str) -> String {
    escape_control(text)
        .replace('✅', "\\u{2705}")
        .replace('❌', "\\u{274c}")
        .replace("[ev_", "[ ev_")
        .replace("[doc:", "[ doc:")
        .replace("[$", "[ $")
        .replace("{{", "{ {")
}

fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    // A word is not cut in two where it is short.
    let word = cut.rfind(char::is_whitespace);
    if let Some(end) = word.filter(|end| cut.len() - end <= WORD_MAX) {
        cut.truncate(end);
    }
    cut.push('…');
    cut
}

fn longest_run(text: &str, of: char) -> usize {
    let mut longest = 0;
    let mut current = 0;
    for letter in text.chars() {
        current = if letter == of { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_fence() {
        for (text, expected) in [
            ("a", "`a`"),
            ("a `b` c", "``a `b` c``"),
            ("`b`", "`` `b` ``"),
            ("x\ny", "`x ⏎ y`"),
            ("[✅ Yes]", "`[\\u{2705} Yes]`"),
            ("see [ev_000000000000]", "`see [ ev_000000000000]`"),
            ("\u{1b}[31mred", "`\\u{1b}[31mred`"),
        ] {
            assert_eq!(inert(text, 200), expected);
        }
    }

    #[test]
    fn plain_text_has_no_markup() {
        let text = plain("<img src=x> [a](b) *c* `d\n# e", 200);
        for mark in ['<', '>', '[', ']', '*', '`', '\n'] {
            assert!(!text.contains(mark), "{text}");
        }
    }

    #[test]
    fn a_quote_in_plain_text_keeps_its_letters() {
        for (text, expected) in [
            ("no *route* to `[::]:8443`", "no ∗route∗ to `[::]:8443`"),
            ("`a|b` <c> `d", "`a|b` ‹c› 'd"),
            ("`` <b>", " ‹b›"),
        ] {
            assert_eq!(plain(text, 200), expected);
        }
    }

    #[test]
    fn long_text_is_cut_inside_the_fence() {
        let text = inert(&"x".repeat(500), 100);
        assert!(text.ends_with("…`") && text.chars().count() == 102);
        assert_eq!(inert("one two three", 10), "`one two…`");
    }

    #[test]
    fn times_show_what_matters() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (from, to) = (
            time("2025-03-04T13:35:00Z"),
            time("2025-03-04T14:14:59.001Z"),
        );
        assert_eq!(span(from, to), "2025-03-04 13:35:00 to 14:14:59.001 UTC");
        assert_eq!(clock(from), "2025-03-04 13:35:00 UTC");
    }
}
