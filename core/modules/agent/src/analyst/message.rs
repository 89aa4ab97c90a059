//! The part of a log line that says something: without time, level and process.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::words::is_stop_word;

/// Fields of JSON lines that hold the message, most telling first.
const FIELDS: [&str; 5] = ["\"message\"", "\"msg\"", "\"error\"", "\"err\"", "\"log\""];
const LEVELS: [&str; 12] = [
    "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE",
    "LOG", "UTC",
];

/// Fields of JSON lines that say what was done, and those that say why it failed.
const SAID: [&str; 5] = ["message", "msg", "event", "body", "log"];
const REASONS: [&str; 7] = [
    "error",
    "err",
    "error.message",
    "exception",
    "reason",
    "cause",
    "detail",
];

/// Returns what a quoted line says, for people: of a line in JSON its message and the reason it gives;
/// other lines stay as they are.
pub(crate) fn said(quote: &str) -> Cow<'_, str> {
    let line = quote.trim();
    let parsed = Some(line).filter(|line| line.starts_with('{'));
    let parsed = parsed.and_then(|line| serde_json::from_str::<Map<String, Value>>(line).ok());
    let Some(fields) = parsed else {
        return Cow::Borrowed(quote);
    };
    let first_of = |names: &[&str]| names.iter().find_map(|name| text(fields.get(*name)?));
    let reason = first_of(&REASONS);
    match (first_of(&SAID), reason) {
        (Some(said), Some(reason)) if !said.contains(&reason) => {
            Cow::Owned(format!("{said}: {reason}"))
        }
        (Some(said), _) => Cow::Owned(said),
        (None, Some(reason)) => Cow::Owned(reason),
        (None, None) => Cow::Borrowed(quote),
    }
}

/// A text, or the message within an object; of several lines the first.
fn text(value: &Value) -> Option<String> {
    let told = match value {
        Value::String(told) => told.as_str(),
        Value::Object(fields) => {
            let inner = ["message", "msg", "type", "code"];
            inner.iter().find_map(|name| fields.get(*name)?.as_str())?
        }
        _ => return None,
    };
    let first = told.lines().find(|line| !line.trim().is_empty())?;
    Some(first.trim().to_owned())
}

/// Returns the message of a quoted line.
pub(crate) fn message(quote: &str) -> &str {
    let line = quote.trim();
    if line.starts_with(['{', '"'])
        && let Some(found) = FIELDS.iter().find_map(|field| value(line, field))
    {
        return found;
    }
    let mut rest = line;
    while let Some((first, tail)) = rest.split_once(char::is_whitespace) {
        if !is_preamble(first) || tail.trim().is_empty() {
            break;
        }
        rest = tail.trim_start();
    }
    rest
}

fn value<'a>(line: &'a str, field: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(field)?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('"')?;
    let mut escaped = false;
    let end = rest.find(|letter: char| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|text| text.contains(' '))
}

/// Times, levels, numbers of processes and names of threads come before the message.
fn is_preamble(word: &str) -> bool {
    let bare = word.trim_matches(|it: char| !it.is_alphanumeric());
    let has_digits = bare.contains(|it: char| it.is_ascii_digit());
    let is_time = has_digits
        && bare
            .chars()
            .all(|it| it.is_ascii_digit() || "-:./,TZ+".contains(it));
    let is_level = LEVELS.contains(&bare.to_uppercase().as_str()) && !is_stop_word(bare);
    let is_level_field = word.starts_with("level=") || word.starts_with("time=");
    // `E, [2026-03-04T10:00:00 #7] ERROR -- : it broke`, `10.0.0.5 - - [04/Mar/2026:10:00:00 +0000] "GET`.
    let is_letter = bare.len() == 1 && word.ends_with(',');
    let is_bracket = word.starts_with('[') && has_digits && bare.contains(':');
    bare.is_empty()
        || is_time
        || is_letter
        || is_bracket
        || is_level
        || is_level_field
        || word.starts_with('[') && word.ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_level_and_thread_are_left_out() {
        for (line, expected) in [
            (
                "2026-03-25 15:20:00,000 INFO pricing.deploy: starting version 2.4.1",
                "pricing.deploy: starting version 2.4.1",
            ),
            (
                "2026-07-07T12:10:00Z WARN api-gw auth: token rejected",
                "api-gw auth: token rejected",
            ),
            (
                "[2026-08-14 09:08:24,512] ERROR [main] it broke",
                "it broke",
            ),
            (
                r#"{"level": 50, "msg": "redis error \"x\" here", "n": 1}"#,
                r#"redis error \"x\" here"#,
            ),
            (
                r#""message": "Error: secret not found","#,
                "Error: secret not found",
            ),
            ("KeyError: 'loyalty_tier'", "KeyError: 'loyalty_tier'"),
            (
                "E, [2026-11-18T19:02:34.286728 #7] ERROR -- : Quote failed: 503",
                "Quote failed: 503",
            ),
            (
                r#"10.0.0.5 - - [18/Nov/2026:19:02:43 +0000] "POST /pay HTTP/1.1" 500 12"#,
                r#""POST /pay HTTP/1.1" 500 12"#,
            ),
        ] {
            assert_eq!(message(line), expected, "{line}");
        }
    }

    #[test]
    fn a_line_in_json_is_said_in_words() {
        for (line, expected) in [
            (
                r#"{"level": 50, "msg": "request failed", "err": {"message": "getaddrinfo EAI_AGAIN orders"}}"#,
                "request failed: getaddrinfo EAI_AGAIN orders",
            ),
            (
                r#"{"message": "column \"x\" does not exist", "error_severity": "ERROR"}"#,
                "column \"x\" does not exist",
            ),
            (r#"{"a": 1}"#, r#"{"a": 1}"#),
            ("ERROR {x} broke", "ERROR {x} broke"),
        ] {
            assert_eq!(said(line), expected);
        }
    }
}
