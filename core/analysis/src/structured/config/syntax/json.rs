//! Whether a text is JSON, or several documents of it.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::Problem;

const TRAILING_COMMA: &str = "a comma stands in front of the closing bracket";

/// Returns where a text stops to be JSON; with comments it was not meant to be.
pub(super) fn check(text: &str) -> Option<Problem> {
    let commented = |line: &str| {
        let line = line.trim_start();
        line.starts_with("//") || line.starts_with("/*") || line.starts_with('#')
    };
    if text.lines().any(commented) {
        return None;
    }
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let error = documents.find_map(Result::err)?;
    let message = error.to_string();
    if message.starts_with("recursion limit") || error.classify() == Category::Io {
        return None;
    }
    let (line, column) = (error.line(), error.column().max(1));
    let words = if follows_comma(text, line, column) {
        TRAILING_COMMA.to_owned()
    } else {
        told(&message)
    };
    Some(Problem {
        line,
        column,
        text: words,
    })
}

/// Returns whether a bracket closes behind a comma; the parser complains of what it missed there.
fn follows_comma(text: &str, line: usize, column: usize) -> bool {
    let Some(found) = text.lines().nth(line - 1) else {
        return false;
    };
    let closes = matches!(found.as_bytes().get(column - 1), Some(b'}' | b']'));
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let before = text.as_bytes().get(..start + column - 1);
    closes && before.is_some_and(|before| before.trim_ascii_end().ends_with(b","))
}

/// Says in words what the parser says in its own.
fn told(message: &str) -> String {
    const WORDS: [(&str, &str); 13] = [
        ("trailing comma", TRAILING_COMMA),
        (
            "expected `,` or `}`",
            "a comma or a closing brace is missing in front of this",
        ),
        (
            "expected `,` or `]`",
            "a comma or a closing bracket is missing in front of this",
        ),
        ("expected `:`", "a colon is missing behind the key"),
        ("key must be a string", "a key must stand in double quotes"),
        (
            "expected value",
            "a value is missing, or text stands without double quotes",
        ),
        ("expected ident", "this is none of true, false and null"),
        (
            "EOF while parsing a string",
            "the file ends inside a text: the closing quote is missing",
        ),
        (
            "EOF while parsing an object",
            "the file ends inside an object: a closing brace is missing",
        ),
        (
            "EOF while parsing a list",
            "the file ends inside a list: a closing bracket is missing",
        ),
        (
            "EOF while parsing",
            "the file ends where a value should stand",
        ),
        (
            "control character",
            "a line break or control character stands inside a text: the closing quote may be missing",
        ),
        (
            "invalid escape",
            "a backslash is followed by a letter it cannot escape",
        ),
    ];
    let known = WORDS.iter().find(|(start, _)| message.starts_with(start));
    match known {
        Some((_, words)) => (*words).to_owned(),
        None => message
            .split(" at line ")
            .next()
            .unwrap_or(message)
            .to_owned(),
    }
}
