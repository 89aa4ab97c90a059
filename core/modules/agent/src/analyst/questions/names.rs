//! What a question wants to know of the names in the data.

use super::super::words::{flattened, has_phrase, is_stop_word, words};
use super::counted::{self, Window};
use super::phrases::ENTITIES;

/// Names of a kind that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// The kind's name in an analysis.
    pub(crate) kind: &'static str,
    /// Words of the lines that count; empty for all lines.
    pub(crate) among: String,
    /// Whether those in most lines come first, not those with most errors.
    pub(crate) by_lines: bool,
    /// The time the lines are of.
    pub(crate) window: Option<Window>,
}

const QUANTITIES: [&str; 10] = [
    "most",
    "top",
    "often",
    "many",
    "frequent",
    "frequently",
    "busiest",
    "main",
    "least",
    "total",
];
/// Words that ask without telling lines apart.
const ASKING: [&str; 34] = [
    "show",
    "list",
    "print",
    "name",
    "names",
    "ip",
    "address",
    "different",
    "distinct",
    "unique",
    "affected",
    "involved",
    "try",
    "tries",
    "tried",
    "trying",
    "attempt",
    "attempts",
    "attempted",
    "appear",
    "appears",
    "occur",
    "occurs",
    "cause",
    "causes",
    "caused",
    "log",
    "logs",
    "file",
    "lines",
    "line",
    "count",
    "number",
    "using",
];

/// Returns the names that a text asks for.
pub(super) fn names(text: &str) -> Option<Names> {
    let within = counted::window(text);
    let window = within.as_ref().map(|(window, _)| *window);
    let text = within.as_ref().map_or(text, |(_, rest)| rest);
    let flat = flattened(text);
    let (_, kind) = ENTITIES.iter().find(|(word, _)| has_phrase(&flat, word))?;
    let is_kind = |word: &str| ENTITIES.iter().any(|(name, _)| *name == word);
    let all = words(text);
    let telling = all.iter().filter(|word| {
        let lower = word.lower.as_str();
        !is_stop_word(lower)
            && !is_kind(lower)
            && !QUANTITIES.contains(&lower)
            && !ASKING.contains(&lower)
            && !word.raw.contains('.')
    });
    Some(Names {
        kind,
        among: telling.map(|word| word.raw).collect::<Vec<_>>().join(" "),
        by_lines: all
            .iter()
            .any(|word| QUANTITIES.contains(&word.lower.as_str())),
        window,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_count_are_told_by_the_words_that_are_left() {
        for (text, kind, among, by_lines) in [
            ("which hosts are affected", "host", "", false),
            (
                "which IP addresses try the most passwords",
                "ip",
                "passwords",
                true,
            ),
            ("list the users in auth.log", "user", "", false),
            (
                "which services report timeouts",
                "service",
                "report timeouts",
                false,
            ),
            ("how many different ips are there", "ip", "", true),
            ("which client IP had the most errors", "ip", "errors", true),
            ("which client had most 5xx", "ip", "5xx", true),
            ("which users failed to log in", "user", "failed", false),
            ("which pods are not ready", "pod", "ready", false),
            ("which node does cart run on", "node", "cart run", false),
        ] {
            let expected = Names {
                kind,
                among: among.to_owned(),
                by_lines,
                window: None,
            };
            assert_eq!(names(text), Some(expected), "{text}");
        }
        assert_eq!(names("which way now"), None);
        let within = names("which services failed after 10:15").unwrap();
        assert_eq!(within.among, "failed");
        assert!(within.window.is_some());
    }
}
