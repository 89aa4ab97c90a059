//! Finds catalogue patterns in lines: one literal scan per line, expressions only on candidates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::{Catalogue, Indicator, Indicators, Signatures};
use crate::analysis::PatternHit;
use crate::event::LineSample;
use crate::fingerprint;
use crate::logs::TextLine;
use crate::message::line_template;
use crate::time::to_utc;

/// Compiled patterns behind a literal prefilter.
#[derive(Debug)]
pub(crate) struct PatternSet {
    patterns: Vec<(String, Regex)>,
    literals: Option<AhoCorasick>,
    /// Patterns that need each literal.
    owners: Vec<Vec<u32>>,
}

impl PatternSet {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        Self::build(&catalogue_patterns(catalogue))
    }

    fn build(texts: &[String]) -> Self {
        let mut patterns = Vec::new();
        let mut literals: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for text in texts {
            let Ok(regex) = RegexBuilder::new(text).case_insensitive(true).build() else {
                continue;
            };
            let number = patterns.len() as u32;
            for literal in required_literals(text).unwrap_or_default() {
                literals.entry(literal).or_default().push(number);
            }
            patterns.push((text.clone(), regex));
        }
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(literals.keys());
        Self {
            patterns,
            literals: automaton.ok(),
            owners: literals.into_values().collect(),
        }
    }
}

/// Counts the lines each pattern matches.
#[derive(Debug)]
pub(crate) struct PatternCounter {
    signatures: Signatures,
    hits: Vec<Option<Hit>>,
    /// Last line a pattern was tried on, so that it is tried once per line.
    tried: Vec<u64>,
    lines: u64,
}

#[derive(Debug)]
struct Hit {
    count: u64,
    first: LineSample,
    last: LineSample,
    component: Option<String>,
    template: String,
}

impl PatternCounter {
    pub(crate) fn new(signatures: Signatures) -> Self {
        let count = signatures.patterns().patterns.len();
        Self {
            signatures,
            hits: (0..count).map(|_| None).collect(),
            tried: vec![0; count],
            lines: 0,
        }
    }

    /// Counts the patterns that match a line; `masked` is its masked message.
    pub(crate) fn count(
        &mut self,
        line: &TextLine<'_>,
        masked: &str,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        let set = self.signatures.patterns();
        let Some(literals) = &set.literals else {
            return;
        };
        self.lines += 1;
        let text = unescaped(line.text);
        let is_probe = is_of_probe(&text);
        for found in literals.find_overlapping_iter(text.as_ref()) {
            for &pattern in &set.owners[found.pattern().as_usize()] {
                let slot = pattern as usize;
                if self.tried[slot] == self.lines {
                    continue;
                }
                self.tried[slot] = self.lines;
                if is_probe && !set.patterns[slot].0.contains("robe") {
                    continue;
                }
                if set.patterns[slot].1.is_match(&text) {
                    hit(&mut self.hits[slot], line, masked, time, component);
                }
            }
        }
    }

    /// Returns the patterns that matched, in catalogue order.
    pub(crate) fn finish(self) -> Vec<PatternHit> {
        let texts = self
            .signatures
            .patterns()
            .patterns
            .iter()
            .map(|pattern| &pattern.0);
        let hits = texts
            .zip(self.hits)
            .filter_map(|(text, hit)| Some((text, hit?)));
        hits.map(|(text, hit)| PatternHit {
            pattern: text.clone(),
            signature: fingerprint::template(&hit.template),
            template: hit.template,
            count: hit.count,
            first_seen: hit.first.time.and_then(to_utc),
            last_seen: hit.last.time.and_then(to_utc),
            component: hit.component,
            first: hit.first.citation(),
            last: hit.last.citation(),
        })
        .collect()
    }
}

fn hit(
    slot: &mut Option<Hit>,
    line: &TextLine<'_>,
    masked: &str,
    time: Option<i64>,
    component: Option<&str>,
) {
    let hit = slot.get_or_insert_with(|| Hit {
        count: 0,
        first: sample(line, time),
        last: LineSample::default(),
        component: component.map(ToOwned::to_owned),
        template: if masked.is_empty() {
            line_template(line.quote)
        } else {
            masked.to_owned()
        },
    });
    hit.count += 1;
    line.quote.clone_into(&mut hit.last.text);
    (hit.last.start, hit.last.end, hit.last.line) = (line.start, line.end, line.number);
    hit.last.time = time;
}

/// Messages inside JSON escape their quotation marks, which the patterns do not.
fn unescaped(text: &str) -> Cow<'_, str> {
    if memchr::memmem::find(text.as_bytes(), b"\\\"").is_some() {
        Cow::Owned(text.replace("\\\"", "\""))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a probe met is told by the entries for probes; its refused connection is no one else's.
fn is_of_probe(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"probe failed").is_some()
}

fn sample(line: &TextLine<'_>, time: Option<i64>) -> LineSample {
    LineSample {
        text: line.quote.to_owned(),
        start: line.start,
        end: line.end,
        line: line.number,
        time,
    }
}

fn catalogue_patterns(catalogue: &Catalogue) -> Vec<String> {
    let mut patterns: Vec<String> = Vec::new();
    for entry in &catalogue.entries {
        patterns.extend(entry.patterns.iter().cloned());
        collect(&entry.indicators, &mut patterns);
        entry
            .causes
            .iter()
            .for_each(|cause| collect(&cause.indicators, &mut patterns));
    }
    let mut seen = std::collections::HashSet::new();
    patterns.retain(|pattern| seen.insert(pattern.clone()));
    patterns
}

fn collect(indicators: &Indicators, patterns: &mut Vec<String>) {
    let lists = [
        &indicators.direct,
        &indicators.indirect,
        &indicators.counter_direct,
        &indicators.counter_indirect,
    ];
    lists
        .into_iter()
        .flatten()
        .for_each(|indicator| collect_one(indicator, patterns));
}

fn collect_one(indicator: &Indicator, patterns: &mut Vec<String>) {
    match indicator {
        Indicator::Log(pattern) => patterns.push(pattern.clone()),
        Indicator::All(list) | Indicator::Any(list) => {
            list.iter().for_each(|inner| collect_one(inner, patterns));
        }
        _ => {}
    }
}

/// Returns literals of which every match contains at least one, ignoring case.
pub(crate) fn required_literals(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let literals = required(&hir)?;
    literals
        .iter()
        .all(|literal| literal.len() >= 3)
        .then_some(literals)
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![
            std::str::from_utf8(&literal.0).ok()?.to_ascii_lowercase(),
        ]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(required)
            .max_by_key(|literals| literals.iter().map(String::len).min()),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Vec<String>>> = branches.iter().map(required).collect();
            all.map(|lists| lists.into_iter().flatten().collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_literal_is_required() {
        assert_eq!(
            required_literals(r"pool \d+ - not available"),
            Some(vec![" - not available".into()])
        );
        assert_eq!(
            required_literals(r"(no space|disk quota) \w+").map(|l| l.len()),
            Some(2)
        );
        assert_eq!(required_literals(r"\d+"), None);
    }

    #[test]
    fn quotation_marks_inside_json_are_read_as_such() {
        assert_eq!(
            unescaped(r#"secret \"a\" not found"#),
            "secret \"a\" not found"
        );
        assert!(matches!(unescaped(r"C:\temp"), Cow::Borrowed(_)));
    }

    #[test]
    fn every_catalogue_pattern_has_a_literal() {
        for pattern in catalogue_patterns(crate::catalogue()) {
            assert!(
                required_literals(&pattern).is_some(),
                "no literal in {pattern}"
            );
        }
    }
}
