//! The part of a log line that says something: without time, level and process.

use super::words::is_stop_word;

/// Fields of JSON lines that hold the message, most telling first.
const FIELDS: [&str; 5] = ["\"message\"", "\"msg\"", "\"error\"", "\"err\"", "\"log\""];
const LEVELS: [&str; 12] = [
    "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE",
    "LOG", "UTC",
];

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
    bare.is_empty()
        || is_time
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
        ] {
            assert_eq!(message(line), expected, "{line}");
        }
    }
}
