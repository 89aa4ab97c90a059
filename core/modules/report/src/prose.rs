//! Sentences of the ledger: what they quote, name and cite becomes a piece of its own.

use crate::appendix::Labels;
use crate::document::{Line, Span};

/// Prefixes of the ids that a sentence may cite in brackets.
const CITABLE: [&str; 3] = ["ev_", "msg_", "find_"];

impl Line {
    /// Adds a sentence in which ids of evidence become labels of the appendix.
    pub(crate) fn prose(mut self, sentence: &str, labels: &Labels) -> Self {
        self.0.extend(spans(sentence, labels));
        self
    }

    /// Adds a sentence that explains what stands before; a blank one adds nothing.
    pub(crate) fn because(self, sentence: &str, labels: &Labels) -> Self {
        if sentence.trim().is_empty() {
            return self;
        }
        self.text("—").prose(sentence, labels)
    }
}

fn spans(sentence: &str, labels: &Labels) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = sentence;
    while let Some(first) = rest.chars().next() {
        if let Some((span, after)) = special(rest, labels) {
            push_text(&mut spans, &mut plain);
            spans.extend(span);
            rest = after;
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    push_text(&mut spans, &mut plain);
    spans
}

fn push_text(spans: &mut Vec<Span>, plain: &mut String) {
    if !plain.trim().is_empty() {
        spans.push(Span::Text(plain.trim().to_owned()));
    }
    plain.clear();
}

/// Returns what stands at the start of `rest` in place of plain text, and what follows it.
fn special<'a>(rest: &'a str, labels: &Labels) -> Option<(Option<Span>, &'a str)> {
    match rest.chars().next()? {
        '“' => code(quoted(rest)?),
        '`' => code(between_backticks(rest)?),
        '[' => cited(rest, labels),
        _ => None,
    }
}

fn code<'a>((inner, after): (&str, &'a str)) -> Option<(Option<Span>, &'a str)> {
    if inner.trim().is_empty() {
        return None;
    }
    Some((Some(Span::Code(inner.to_owned())), after))
}

/// Returns what stands between the opening quotation mark and the one that closes it.
fn quoted(rest: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (at, character) in rest.char_indices() {
        match character {
            '“' => depth += 1,
            '”' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let inner = &rest['“'.len_utf8()..at];
            return Some((inner, &rest[at + '”'.len_utf8()..]));
        }
    }
    None
}

/// Returns what stands between a run of backticks and the next run of the same length.
fn between_backticks(rest: &str) -> Option<(&str, &str)> {
    let fence = rest.len() - rest.trim_start_matches('`').len();
    let mut at = fence;
    while let Some(found) = rest[at..].find('`') {
        let start = at + found;
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        if run == fence {
            return Some((rest[fence..start].trim(), &rest[start + run..]));
        }
        at = start + run;
    }
    None
}

fn cited<'a>(rest: &'a str, labels: &Labels) -> Option<(Option<Span>, &'a str)> {
    let (inner, after) = rest[1..].split_once(']')?;
    let ids: Vec<String> = inner.split(',').map(|id| id.trim().to_owned()).collect();
    if !ids.iter().all(|id| is_citable(id)) {
        return None;
    }
    let labels = labels.all(&ids);
    Some(((!labels.is_empty()).then_some(Span::Cites(labels)), after))
}

fn is_citable(id: &str) -> bool {
    let prefix = CITABLE.into_iter().find(|prefix| id.starts_with(prefix));
    prefix.is_some_and(|prefix| {
        let number = &id[prefix.len()..];
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{CAUSAL, SYMPTOM, material};

    fn read(sentence: &str) -> Vec<Span> {
        spans(sentence, &Labels::of(&material()))
    }

    fn text(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    fn code(code: &str) -> Span {
        Span::Code(code.to_owned())
    }

    #[test]
    fn what_a_sentence_quotes_or_names_is_code() {
        assert_eq!(
            read("“GET /x `y` <*>” occurs 3 times in `app.log`."),
            [
                code("GET /x `y` <*>"),
                text("occurs 3 times in"),
                code("app.log"),
                text(".")
            ]
        );
        assert_eq!(read("“a “b” c”"), [code("a “b” c")]);
        assert_eq!(read("``a`b``"), [code("a`b")]);
    }

    #[test]
    fn cited_evidence_has_its_label() {
        let labels = Span::Cites(vec!["E1".to_owned(), "E3".to_owned()]);
        assert_eq!(
            read(&format!("because [{SYMPTOM}, {CAUSAL}] so")),
            [text("because"), labels, text("so")]
        );
        assert_eq!(read("gone [ev_ffffffffffff]."), [text("gone"), text(".")]);
    }

    #[test]
    fn what_is_not_closed_or_not_an_id_stays_text() {
        for sentence in ["a “b", "it`s", "[x] y", "[ev_] z", "“” and `` ``", "[ev_0"] {
            let [Span::Text(whole)] = &read(sentence)[..] else {
                panic!("{sentence}");
            };
            assert_eq!(whole, sentence);
        }
    }
}
