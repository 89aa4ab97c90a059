//! Bodies that events print below their heads without indenting them: statements in SQL.

use std::sync::LazyLock;

use regex::Regex;

struct Patterns {
    /// A statement, anywhere in a line.
    statement: Regex,
    /// The beginning of a statement.
    opening: Regex,
    /// The beginning of a clause.
    clause: Regex,
    /// The end of a line that says a statement follows.
    announced: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| compile().ok());

fn compile() -> Result<Patterns, regex::Error> {
    let verbs = r"select|insert\s+into|delete\s+from|update\s+\S+|merge\s+into|with\s+\w+\s+as";
    let clauses = r"from|where|and|or|(?:(?:natural|left|right|full|inner|cross)\s+)?(?:outer\s+)?join|on|group\s+by|order\s+by|having|limit|offset|union|values|set|returning|using|case|when|else|end";
    Ok(Patterns {
        statement: Regex::new(&format!(r"(?i)\b(?:{verbs})\b"))?,
        opening: Regex::new(&format!(r"^(?i)(?:{verbs})(?:\s|$)"))?,
        clause: Regex::new(&format!(r"^(?i)(?:{clauses}|{verbs})(?:[\s(;]|$)"))?,
        announced: Regex::new(r"(?i)(?:\b(?:sql|query|statement)\W*|:\s*)$")?,
    })
}

/// Returns whether a line belongs to the statement that the line `before` holds or announces.
pub(super) fn carries_on(before: &str, line: &str) -> bool {
    let Some(patterns) = PATTERNS.as_ref() else {
        return false;
    };
    let is_clause = patterns.clause.is_match(line);
    is_clause && (patterns.statement.is_match(before) || patterns.clause.is_match(before))
        || patterns.opening.is_match(line) && patterns.announced.is_match(before)
}

/// Returns whether a line opens an object or a list that the following ones hold.
pub(super) fn opens_value(line: &str) -> bool {
    matches!(line.trim_end(), "{" | "[")
}

#[cfg(test)]
mod tests {
    use super::carries_on;

    #[test]
    fn clauses_carry_on_statements_and_sentences_do_not() {
        for (before, line, expected) in [
            ("12:00 DEBUG org.hibernate.SQL:", "select o.id", true),
            (
                "LOG:  duration: 5 ms  statement: SELECT *",
                "FROM orders",
                true,
            ),
            ("FROM orders", "WHERE id = 1", true),
            ("12:00 INFO started", "and went on", false),
            ("12:00 INFO started", "SELECT 1", false),
            ("12:00 INFO statement: SELECT 1", "listening on 80", false),
        ] {
            assert_eq!(carries_on(before, line), expected, "{before} / {line}");
        }
    }
}
