//! A model's text: its sentences, its markers, and what must not reach a client.

use std::sync::LazyLock;

use faultmaven_kit::text::escape_control;
use regex::{Captures, Regex};

const TEXT_MAX: usize = 8_000;
const BLOCK: &str = "```";

/// Prose whose markers all name something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prose {
    pub(crate) text: String,
    /// The evidence it cites, in order.
    pub(crate) evidence_ids: Vec<String>,
    /// Markers that name nothing.
    pub(crate) unknown: Vec<String>,
    /// Sentences without grounds, each with the reason.
    pub(crate) groundless: Vec<(&'static str, String)>,
}

/// Returns the text with markers resolved by `resolve`; a sentence that loses all of its markers
/// goes, and so does one that `problem` finds to have no grounds.
pub(crate) fn settled(
    text: &str,
    resolve: impl Fn(&str) -> Option<String>,
    problem: impl Fn(&str) -> Option<&'static str>,
) -> Prose {
    let mut prose = Prose::default();
    let mut lines = Vec::new();
    let mut in_block = false;
    for line in harmless(text).lines() {
        if line.trim_start().starts_with(BLOCK) {
            in_block = !in_block;
            lines.push(line.trim_end().to_owned());
            continue;
        }
        if in_block {
            let quoted = format!("`{}`", line.trim().replace('`', ""));
            if !prose.is_groundless(&quoted, &problem) {
                lines.push(line.trim_end().to_owned());
            }
            continue;
        }
        let kept: String = sentences(line)
            .into_iter()
            .filter(|sentence| !prose.is_groundless(sentence, &problem))
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|sentence| prose.settle(sentence, &resolve))
            .collect();
        let says_something = kept.chars().any(char::is_alphabetic);
        if says_something || line.trim().is_empty() {
            lines.push(kept.trim_end().to_owned());
        }
    }
    prose.text = lines.join("\n").trim().to_owned();
    prose
}

impl Prose {
    fn is_groundless(
        &mut self,
        sentence: &str,
        problem: &impl Fn(&str) -> Option<&'static str>,
    ) -> bool {
        let reason = problem(sentence);
        let found = reason.map(|reason| (reason, sentence.trim().to_owned()));
        self.groundless.extend(found);
        reason.is_some()
    }

    fn settle(
        &mut self,
        sentence: &str,
        resolve: &impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let mut found = 0;
        let mut known = 0;
        let text = MARKERS.replace_all(sentence, |group: &Captures<'_>| {
            let names = group[1].split([',', ';', ' ']).filter(|it| !it.is_empty());
            let mut resolved = Vec::new();
            for name in names {
                found += 1;
                match resolve(name) {
                    Some(id) => resolved.push(id),
                    None => self.unknown.push(name.to_owned()),
                }
            }
            known += resolved.len();
            self.remember(&resolved);
            let markers: Vec<String> = resolved.iter().map(|id| format!("[{id}]")).collect();
            markers.join(" ")
        });
        (found == 0 || known > 0).then(|| text.into_owned())
    }

    fn remember(&mut self, ids: &[String]) {
        for id in ids.iter().filter(|id| id.starts_with("ev_")) {
            if !self.evidence_ids.contains(id) {
                self.evidence_ids.push(id.clone());
            }
        }
    }
}

/// Returns the sentences of a line, each with the blanks and markers behind it.
pub(crate) fn sentences(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut in_code) = (0, false);
    for (at, letter) in line.char_indices() {
        if letter == '`' {
            in_code = !in_code;
        }
        if at < start || in_code || !matches!(letter, '.' | '!' | '?') {
            continue;
        }
        if let Some(end) = BEHIND.find(&line[at + 1..]) {
            let end = at + 1 + end.end();
            found.push(&line[start..end]);
            start = end;
        }
    }
    if start < line.len() {
        found.push(&line[start..]);
    }
    found
}

/// Returns what stands between backticks, blanks joined.
pub(crate) fn quoted(text: &str) -> Vec<String> {
    let found = CODE.find_iter(text).map(|code| {
        let words: Vec<&str> = code.as_str().split_whitespace().collect();
        words.join(" ").trim_matches('`').trim().to_owned()
    });
    found.collect()
}

/// Returns the text without what stands between backticks.
pub(crate) fn without_code(text: &str) -> String {
    CODE.replace_all(text, "``").into_owned()
}

/// Returns Markdown that loads nothing, links nowhere, and draws no buttons.
fn harmless(text: &str) -> String {
    let text: String = text.trim().chars().take(TEXT_MAX).collect();
    let text = escape_control(&text).replace(['✅', '❌'], "");
    let mut safe = String::with_capacity(text.len());
    let mut rest = 0;
    for code in CODE.find_iter(&text) {
        safe.push_str(&without_markup(&text[rest..code.start()]));
        safe.push_str(code.as_str());
        rest = code.end();
    }
    safe.push_str(&without_markup(&text[rest..]));
    safe
}

/// Returns Markdown that loads nothing and links nowhere.
pub(super) fn without_markup(text: &str) -> String {
    let text = text.replace('<', "‹").replace("![", "[");
    text.replace("](", "] (")
}

static MARKERS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\[((?:ev_|\$|doc:)[^\[\]\n]{1,200})\]"));
/// What may stand between the end of a sentence and the next one.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r#"^[)"”*_]*(?:\s*\[(?:ev_|\$|doc:)[^\[\]\n]{1,200}\][.]?)*(?:\s+|$)"#)
});
static CODE: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?s)```.*?```|`[^`\n]*`"));

#[expect(clippy::expect_used, reason = "the patterns are constants")]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "ev_1" | "doc:7" => Some(name.to_owned()),
            "$a" => Some("ev_2".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn markers_become_ids_and_unfounded_sentences_go() {
        let text = "Waits begin at 14:05 [ev_1]. The disk is full. [ev_9] It took 3.5 s [$a, ev_9].\n- only this [$b]\nSee the runbook [doc:7].";
        let prose = settled(text, known, |_| None);
        assert_eq!(
            prose.text,
            "Waits begin at 14:05 [ev_1]. It took 3.5 s [ev_2].\nSee the runbook [doc:7]."
        );
        assert_eq!(prose.evidence_ids, ["ev_1", "ev_2"]);
        assert_eq!(prose.unknown, ["ev_9", "ev_9", "$b"]);
    }

    #[test]
    fn sentences_without_grounds_go() {
        let text = "It says `no space left`. It waits.\n```\nrm -rf /\ndf -h\n```";
        let problem = |it: &str| {
            let is_bad = it.contains("no space") || it.contains("rm -rf");
            is_bad.then_some("quote_not_found")
        };
        let prose = settled(text, known, problem);
        assert_eq!(prose.text, "It waits.\n```\ndf -h\n```");
        assert_eq!(prose.groundless.len(), 2);
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(
            sentences("One (a.b). Two `x. y` go. [ev_1] Three?"),
            ["One (a.b). ", "Two `x. y` go. [ev_1] ", "Three?"]
        );
    }

    #[test]
    fn nothing_is_loaded_linked_or_drawn() {
        let text = "![x](http://evil/?q) <img src=y> `a<b` [✅ Yes] [❌ No] [here](http://evil)";
        let prose = settled(text, known, |_| None);
        assert_eq!(
            prose.text,
            "[x] (http://evil/?q) ‹img src=y> `a<b` [ Yes] [ No] [here] (http://evil)"
        );
    }
}
