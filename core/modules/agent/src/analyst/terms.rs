//! Search patterns from what people call things.

use std::collections::BTreeMap;

use chrono::{NaiveTime, Timelike};

use super::questions::Window;
use super::words::{Word, content_stems, is_stop_word, words};

/// What stands before a clock time in a line; access logs write a colon between day and time.
pub(crate) const CLOCK_BEGINS: &str = r"(?:^|[T \[]|/\d{4}:)";
const DAY: u32 = 24 * 60;
const TERMS_MAX: usize = 3;
/// Words that say how bad a line is instead of what it is about.
const LEVELS: [&str; 11] = [
    "error", "errors", "fail", "fails", "failing", "failure", "failures", "failed", "problem",
    "problems", "lines",
];
/// Lines that say of themselves that something failed: by their level in capitals, by one in small letters
/// where a level stands, by a field, or by the status of an answer. "SQL Error: 0" in a warning is none.
const ERROR_LINES: &str = r#"(?-i:\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT)\b)|(?:^|\d[\])Z]?[|\s]+)(?:error|fatal|critical|crit|severe|panic|emerg|alert)\b|(?:[:\])] |\[)(?:error|fatal|critical|crit|severe|panic|emerg|alert)[:\]]|\b(?:level|severity|lvl|error_severity)"?\s*[=:]\s*"?(?:error|fatal|critical|crit|panic|emerg|alert)\b|" 5\d\d(?:\s|$)|\bstatus(?:_?code)?"?\s*[=:]\s*"?5\d\d\b"#;

/// Lines that name an exception.
pub(crate) const EXCEPTIONS: &str = r"(?-i:\b[A-Za-z]\w*(?:\.\w+)*(?:Exception|Error)(?:[^\w(.]|$))|^panic: |^Traceback \(most recent";
/// Frames of a stack trace.
pub(crate) const FRAMES: &str = r"^\s+at \S+\(|^\s*File \x22.*\x22, line \d+|^goroutine \d+ \[|^\s+at .+:\d+:\d+\)?$|^\s+from \S+:\d+:in ";

/// Words of lines that tell trouble.
pub(crate) const GRAVE: [&str; 10] = [
    "error",
    "fatal",
    "panic",
    "fail",
    "exception",
    "critical",
    "refused",
    "timed out",
    "denied",
    "backoff",
];

/// Lines that say of something that it failed, whatever their level.
const FAILURES: &str = r"\bfail(?:s|ed|ing|ure|ures)?\b|\binvalid user\b|\bdenied\b";

/// Lines that report that somebody got in.
const LOGIN_LINES: &str = r"\baccepted (password|publickey|keyboard-interactive|certificate|gssapi)|\bsession opened for user\b|\b(logged|signed) in\b|\b(login|logon|sign-?in|authentication) (was |is )?(successful|succeeded|success|ok)\b|\b(successful|successfully) (login|logon|authenticated|logged)|\blogin_success|\bnew session \d+ of user\b";

/// Returns a pattern for lines with all telling words of a text, in any order.
pub(crate) fn pattern(text: &str) -> Option<String> {
    let parts = parts(text);
    (!parts.is_empty()).then(|| in_any_order(&parts))
}

/// Returns the patterns of the telling words of a text; levels count where nothing else is named.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let words = words(text);
    let telling = telling(&words);
    let mut parts: Vec<String> = telling.iter().map(|word| start_of(word.raw)).collect();
    parts.dedup();
    if parts.is_empty() && asks_for_failures(&words) {
        parts.push(format!("(?:{ERROR_LINES}|{FAILURES})"));
    } else if parts.is_empty() && asks_for_errors(&words) {
        parts.push(error_lines());
    }
    parts
}

/// Returns a pattern for lines that say of themselves that something failed.
pub(crate) fn error_lines() -> String {
    format!("(?:{ERROR_LINES})")
}

/// Returns a pattern for lines that tell trouble, whatever their level.
pub(crate) fn trouble() -> String {
    format!("(?:{ERROR_LINES}|{})", GRAVE.join("|"))
}

/// Returns a pattern for lines that report a login that succeeded.
pub(crate) fn logins() -> &'static str {
    LOGIN_LINES
}

/// Returns in words what the parts of a text look for.
pub(crate) fn described(text: &str) -> String {
    let words = words(text);
    let telling: Vec<&str> = telling(&words).iter().map(|word| word.raw).collect();
    if telling.is_empty() && asks_for_failures(&words) {
        return "a failure".to_owned();
    }
    if telling.is_empty() && asks_for_errors(&words) {
        return "an error level or a status 5xx".to_owned();
    }
    telling.join(" and ")
}

/// Returns a pattern for a text as it is written, not as a part of a longer word.
pub(crate) fn literal(text: &str) -> String {
    let text = text.trim();
    let edge = |letter: Option<char>| match letter {
        Some(letter) if letter.is_alphanumeric() || letter == '_' => r"\b",
        _ => "",
    };
    let (before, after) = (edge(text.chars().next()), edge(text.chars().next_back()));
    format!("{before}{}{after}", regex::escape(text))
}

/// Returns a pattern for lines that are written in whole minutes of a day, without the last one.
pub(crate) fn minutes(window: &Window) -> String {
    let minute = |time: NaiveTime| time.hour() * 60 + time.minute();
    let (from, to) = (minute(window.from), minute(window.to));
    let length = match (to + DAY - from) % DAY {
        0 => 1,
        length => length,
    };
    let all = (from..from + length).map(|minute| minute % DAY);
    let mut hours: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for minute in all {
        let known = hours.entry(minute / 60).or_default();
        known.push(format!("{:02}", minute % 60));
    }
    let hours = hours.iter().map(|(hour, minutes)| match minutes.len() {
        60 => format!(r"{hour:02}:[0-5]\d"),
        _ => format!("{hour:02}:(?:{})", minutes.join("|")),
    });
    let hours: Vec<String> = hours.collect();
    format!(r"(?:{CLOCK_BEGINS}(?:{})\b)", hours.join("|"))
}

fn asks_for_errors(words: &[Word<'_>]) -> bool {
    words
        .iter()
        .any(|word| LEVELS.contains(&word.lower.as_str()))
}

fn asks_for_failures(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| word.lower.starts_with("fail"))
}

fn telling<'a, 'b>(words: &'b [Word<'a>]) -> Vec<&'b Word<'a>> {
    let telling = words
        .iter()
        .filter(|word| !is_stop_word(&word.lower) && !LEVELS.contains(&word.lower.as_str()));
    telling.take(TERMS_MAX).collect()
}

/// A word matches all its forms; a code or a name only itself.
fn start_of(raw: &str) -> String {
    let is_word = raw.chars().all(char::is_alphabetic);
    if let Some(class) = status_class(raw) {
        return class;
    }
    let stem = content_stems(raw).into_iter().next();
    match stem.filter(|stem| is_word && raw.to_lowercase().starts_with(stem.as_str())) {
        Some(stem) => format!(r"\b{}", regex::escape(&stem)),
        None => regex::escape(raw),
    }
}

/// A class of answers stands in lines as one of its codes: "5xx" as 503.
fn status_class(raw: &str) -> Option<String> {
    let class = raw.to_ascii_lowercase();
    let digit = class.strip_suffix("xx").filter(|digit| digit.len() == 1)?;
    let is_class = digit.bytes().all(|it| (b'1'..=b'5').contains(&it));
    is_class
        .then(|| format!(r#"(?:" |\bstatus(?:_?code)?"?\s*[=:]\s*"?|\bHTTP/[\d.]+ ){digit}\d\d\b"#))
}

/// Returns a pattern for lines with all parts, in any order.
pub(crate) fn in_any_order(parts: &[String]) -> String {
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
        assert!(finds(
            "failed",
            "Failed password for invalid user admin from 10.0.0.7"
        ));
        let access = r#"10.0.0.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 503 12"#;
        assert!(finds("errors", access) && finds("5xx", access) && !finds("4xx", access));
        assert!(!finds("errors", r#"10.0.0.7 "GET /a HTTP/1.1" 200 512"#));
    }

    #[test]
    fn errors_without_more_are_lines_of_that_level() {
        assert!(finds("errors", "2025-03-04 ERROR it broke"));
        assert!(finds("the errors", "level=error msg=x"));
        assert!(finds("it fail", "UTC [77] FATAL:  remaining slots"));
        for line in [
            "Error: connect ECONNREFUSED",
            "sshd[7]: error: PAM: authentication failure",
            "2026/03/04 10:00:00 [error] 7#7: upstream timed out",
            r#"{"level":"error","msg":"x"}"#,
        ] {
            assert!(finds("errors", line), "{line}");
        }
        for line in [
            "INFO max-errors=5",
            "2026-11-24 10:20:00,001 WARN [exec-3] o.h.SqlExceptionHelper - SQL Error: 0, SQLState: null",
            "2026-11-24 10:20:00,001 INFO report - error budget is fine",
        ] {
            assert!(!finds("errors", line), "{line}");
        }
        assert_eq!(pattern("the"), None);
    }

    fn matches(pattern: &str, line: &str) -> bool {
        regex::Regex::new(pattern).unwrap().is_match(line)
    }

    #[test]
    fn a_literal_text_is_no_part_of_a_longer_word() {
        for (text, line, expected) in [
            ("HikariPool-1", "WARN HikariPool-1 - x", true),
            ("HikariPool-1", "WARN HikariPool-10 - x", false),
            ("183.62.140.25", "from 183.62.140.253 port 1", false),
            ("status=", "status=500", true),
        ] {
            assert_eq!(matches(&literal(text), line), expected, "{text}: {line}");
        }
    }

    #[test]
    fn the_minutes_of_a_window_end_before_its_last() {
        let clock = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let pattern = |from, to| minutes(&Window { from, to });
        let short = pattern(clock(14, 10), clock(14, 15));
        for (line, expected) in [
            ("2025-03-04T14:10:00.001Z ERROR", true),
            ("Dec 10 14:14:59 host", true),
            ("[10/Oct/2000:14:12:36 -0700]", true),
            ("2025-03-04T14:15:00.001Z ERROR", false),
            ("2025-03-04T09:14:10Z ERROR", false),
        ] {
            assert_eq!(matches(&short, line), expected, "{line}");
        }
        let midnight = pattern(clock(23, 59), clock(0, 1));
        assert!(matches(&midnight, "Dec 10 23:59:10 x") && matches(&midnight, "Dec 11 00:00:10 x"));
        assert!(!matches(&midnight, "Dec 11 00:01:10 x"));
    }
}
