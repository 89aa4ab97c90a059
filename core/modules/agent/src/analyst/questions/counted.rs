//! What a question wants counted or searched: a text, the lines of a time, or both.

use chrono::{NaiveTime, Timelike};

use super::super::clock_time;
use super::super::words::{Word, words};

/// Lines that are to be counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Empty for every line of the window.
    pub(crate) term: String,
    /// Whether the lines hold the term as it is written, not its words in any form.
    pub(crate) is_literal: bool,
    pub(crate) window: Option<Window>,
}

/// Whole minutes of a day, without the last one; midnight begins and ends the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: NaiveTime,
    pub(crate) to: NaiveTime,
}

const TERM_MAX: usize = 200;
const LINES: [&str; 14] = [
    "line", "lines", "entry", "entries", "message", "messages", "record", "records", "rows",
    "events", "log", "logs", "file", "data",
];
const HOLDS: [&str; 13] = [
    "contain",
    "contains",
    "containing",
    "contained",
    "with",
    "mention",
    "mentions",
    "mentioning",
    "include",
    "includes",
    "including",
    "match",
    "matching",
];
const TAIL: [&str; 16] = [
    "are", "there", "is", "do", "we", "have", "in", "the", "log", "logs", "file", "files", "data",
    "total", "it", "exist",
];
const FILLERS: [&str; 50] = [
    "how",
    "often",
    "many",
    "frequently",
    "count",
    "number",
    "does",
    "do",
    "did",
    "is",
    "are",
    "was",
    "were",
    "the",
    "this",
    "that",
    "there",
    "occur",
    "occurs",
    "occurred",
    "happen",
    "happened",
    "appear",
    "appears",
    "times",
    "time",
    "what",
    "mean",
    "a",
    "an",
    "in",
    "it",
    "of",
    "all",
    "we",
    "have",
    "had",
    "has",
    "see",
    "seen",
    "you",
    "find",
    "show",
    "occurrences",
    "line",
    "lines",
    "log",
    "logs",
    "please",
    "read",
];

/// Returns what a question or a request wants counted.
pub(crate) fn counted(text: &str) -> Counted {
    let window = window(text);
    let text = window.as_ref().map_or(text, |(_, before)| before);
    let window = window.as_ref().map(|(window, _)| *window);
    if let Some(term) = super::quoted(text)
        .map(str::to_owned)
        .or_else(|| held(text))
    {
        return Counted {
            term: clipped(&term),
            is_literal: true,
            window,
        };
    }
    let kept = kept(text);
    let is_name = |word: &str| !word.chars().all(char::is_alphabetic);
    Counted {
        is_literal: kept.len() == 1 && is_name(kept[0]),
        term: clipped(&kept.join(" ")),
        window,
    }
}

/// Returns the text that lines are said or asked to hold: "is there a line with x".
pub(crate) fn held(text: &str) -> Option<String> {
    let all = words(text);
    let holds = (1..all.len()).find(|at| {
        let from = at.saturating_sub(2);
        HOLDS.contains(&all[*at].lower.as_str())
            && all[from..*at]
                .iter()
                .any(|word| LINES.contains(&word.lower.as_str()))
    })?;
    let rest = without_tail(&all[holds + 1..]);
    let rest: Vec<&str> = rest.iter().map(|word| word.raw).collect();
    (!rest.is_empty()).then(|| rest.join(" "))
}

/// Returns the words that say what a text is about.
pub(super) fn kept(text: &str) -> Vec<&str> {
    let all = words(text);
    let end = file_at_end(&all).unwrap_or(all.len());
    let telling = all[..end]
        .iter()
        .filter(|word| !FILLERS.contains(&word.lower.as_str()));
    telling.map(|word| word.raw).collect()
}

/// Takes off "are there in app.log".
fn without_tail<'a, 'b>(all: &'b [Word<'a>]) -> &'b [Word<'a>] {
    let mut end = file_at_end(all).unwrap_or(all.len());
    while end > 1 && TAIL.contains(&all[end - 1].lower.as_str()) {
        end -= 1;
    }
    &all[..end]
}

/// Where "in app.log" begins at the end of a question.
fn file_at_end(all: &[Word<'_>]) -> Option<usize> {
    let [.., before, name] = all else {
        return None;
    };
    let (stem, ending) = name.raw.rsplit_once('.')?;
    let is_file = !stem.is_empty()
        && matches!(before.lower.as_str(), "in" | "of" | "file")
        && ending.starts_with(char::is_alphabetic);
    is_file.then(|| all.len() - 2)
}

/// Returns the time that a text limits itself to, and the text without it.
pub(super) fn window(text: &str) -> Option<(Window, String)> {
    between(text).or_else(|| from_or_until(text))
}

/// The time after or before one clock time.
fn from_or_until(text: &str) -> Option<(Window, String)> {
    const OPENERS: [(&str, bool); 6] = [
        ("after ", true),
        ("since ", true),
        ("before ", false),
        ("until ", false),
        ("till ", false),
        ("up to ", false),
    ];
    let lower = text.to_ascii_lowercase();
    OPENERS.iter().find_map(|(opener, is_after)| {
        let at = lower.rfind(opener)?;
        let mut words = text[at + opener.len()..].split_whitespace();
        let time = minute(clock_time::find(words.next()?)?.time)?;
        let (from, to) = if *is_after {
            (time, NaiveTime::MIN)
        } else {
            (NaiveTime::MIN, time)
        };
        let rest: Vec<&str> = words.collect();
        Some((
            Window { from, to },
            format!("{}{}", &text[..at], rest.join(" ")),
        ))
    })
}

/// Returns the time between two clock times and the text before it.
fn between(text: &str) -> Option<(Window, String)> {
    const BOUNDS: [(&str, [&str; 2]); 2] = [
        ("between ", [" and ", " & "]),
        ("from ", [" to ", " until "]),
    ];
    let lower = text.to_ascii_lowercase();
    BOUNDS.iter().find_map(|(opener, links)| {
        let at = lower.rfind(opener)?;
        let (first, second) = links
            .iter()
            .find_map(|link| lower[at + opener.len()..].split_once(link))?;
        let from = minute(clock_time::find(first)?.time)?;
        let to = minute(clock_time::find(second)?.time)?;
        let rest = second
            .split_whitespace()
            .skip_while(|word| clock_time::find(word).is_none());
        let rest: Vec<&str> = rest.skip(1).collect();
        Some((
            Window { from, to },
            format!("{}{}", &text[..at], rest.join(" ")),
        ))
    })
}

fn minute(time: NaiveTime) -> Option<NaiveTime> {
    time.with_second(0)?.with_nanosecond(0)
}

fn clipped(text: &str) -> String {
    text.trim().chars().take(TERM_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_counted_is_told_from_the_words_around_it() {
        for (text, term, is_literal) in [
            ("how many lines contain HikariPool-1", "HikariPool-1", true),
            (
                "how many lines contain 183.62.140.253",
                "183.62.140.253",
                true,
            ),
            ("count 183.62.140.253", "183.62.140.253", true),
            ("How often does \"timed out\" occur", "timed out", true),
            (
                "how many log entries with connection refused are there",
                "connection refused",
                true,
            ),
            (
                "count the lines with status=500 in app.log",
                "status=500",
                true,
            ),
            ("how many 500 errors are there", "500 errors", false),
            ("how many timeouts in app.log", "timeouts", false),
            ("how many lines are there", "", false),
        ] {
            let found = counted(text);
            assert_eq!(
                (found.term.as_str(), found.is_literal),
                (term, is_literal),
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_between_two_others_is_a_window() {
        let clock = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let window = Window {
            from: clock(14, 10),
            to: clock(14, 15),
        };
        for text in [
            "how many errors were there between 14:10 and 14:15",
            "count the errors from 14:10 to 14:15:30 in app.log",
        ] {
            let found = counted(text);
            assert_eq!(
                (found.term.as_str(), found.window),
                ("errors", Some(window)),
                "{text}"
            );
        }
        for text in [
            "how many errors from the proxy to the database",
            "how many errors after the restart",
        ] {
            assert_eq!(counted(text).window, None, "{text}");
        }
        for (text, from, to) in [
            (
                "how many errors after 14:10?",
                clock(14, 10),
                NaiveTime::MIN,
            ),
            (
                "count the errors before 14:15 in app.log",
                NaiveTime::MIN,
                clock(14, 15),
            ),
        ] {
            let found = counted(text);
            let window = Some(Window { from, to });
            assert_eq!((found.term.as_str(), found.window), ("errors", window));
        }
    }
}
