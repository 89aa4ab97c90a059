//! Finds catalogue patterns in lines: one literal scan per line, expressions only on candidates.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::literals::Literals;
use super::required::Required;
use super::{Catalogue, Indicator, Indicators, Signatures};
use crate::analysis::PatternHit;
use crate::event::LineSample;
use crate::fingerprint;
use crate::logs::TextLine;
use crate::message::line_template;
use crate::time::to_utc;

static PROBE_FAILED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("probe failed"));

/// Patterns behind a literal prefilter.
#[derive(Debug)]
pub(crate) struct PatternSet {
    patterns: Vec<Pattern>,
    literals: Literals,
    /// Patterns that need each literal.
    owners: Vec<Vec<u32>>,
}

/// An expression that is compiled when it is first tried, which most never are.
#[derive(Debug)]
struct Pattern {
    text: String,
    /// Whether each of its literals is all of it, so that one that is found is a match.
    plain: bool,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Returns whether it matches a text that holds one of its literals.
    fn is_match(&self, text: &str) -> bool {
        if self.plain {
            return true;
        }
        let compile = || {
            let mut builder = RegexBuilder::new(&self.text);
            builder.case_insensitive(true).build().ok()
        };
        let regex = self.regex.get_or_init(compile).as_ref();
        regex.is_some_and(|regex| regex.is_match(text))
    }
}

impl PatternSet {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        Self::build(&catalogue_patterns(catalogue))
    }

    fn build(texts: &[String]) -> Self {
        let mut literals: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let patterns = (0..).zip(texts);
        let patterns = patterns.map(|(number, text)| {
            let required = Required::of(text);
            let plain = required.as_ref().is_some_and(|it| it.is_plain);
            for literal in required.into_iter().flat_map(|it| it.literals) {
                literals.entry(literal).or_default().push(number);
            }
            Pattern {
                text: text.clone(),
                plain,
                regex: OnceLock::new(),
            }
        });
        let patterns = patterns.collect();
        Self {
            patterns,
            literals: Literals::new(literals.keys().map(String::as_str)),
            owners: literals.into_values().collect(),
        }
    }
}

/// Finds the patterns that match a line.
#[derive(Debug)]
pub(crate) struct PatternFinder {
    signatures: Signatures,
    /// Last line a pattern was tried on, so that it is tried once per line.
    tried: Vec<u64>,
    lines: u64,
}

/// Counts the lines each pattern matches.
#[derive(Debug)]
pub(crate) struct PatternCounter {
    finder: PatternFinder,
    found: Vec<u32>,
    hits: Vec<Option<Hit>>,
}

#[derive(Debug)]
struct Hit {
    count: u64,
    first: LineSample,
    last: LineSample,
    component: Option<String>,
    template: String,
}

/// When something was said first and last, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    first: Option<i64>,
    last: Option<i64>,
    count: u64,
}

impl Span {
    pub(crate) fn new(
        first: Option<DateTime<Utc>>,
        last: Option<DateTime<Utc>>,
        count: u64,
    ) -> Self {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        Self {
            first: first.map(micros),
            last: last.map(micros),
            count,
        }
    }
}

impl PatternFinder {
    pub(crate) fn new(signatures: Signatures) -> Self {
        Self {
            tried: vec![0; signatures.patterns().patterns.len()],
            signatures,
            lines: 0,
        }
    }

    /// Returns another one for the same patterns.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.signatures.clone())
    }

    /// Appends the numbers of the patterns that match a line.
    pub(crate) fn find(&mut self, text: &str, matching: &mut Vec<u32>) {
        let set = self.signatures.patterns();
        self.lines += 1;
        let text = unescaped(text);
        let mut is_probe = None;
        set.literals.find(text.as_bytes(), &mut |literal| {
            for &number in &set.owners[literal] {
                let tried = &mut self.tried[number as usize];
                if std::mem::replace(tried, self.lines) == self.lines {
                    continue;
                }
                let pattern = &set.patterns[number as usize];
                let is_probe = *is_probe.get_or_insert_with(|| is_of_probe(&text));
                let others = is_probe && !pattern.text.contains("robe");
                if !others && pattern.is_match(&text) {
                    matching.push(number);
                }
            }
        });
    }
}

impl PatternCounter {
    pub(crate) fn new(signatures: Signatures) -> Self {
        let finder = PatternFinder::new(signatures);
        Self {
            hits: finder
                .signatures
                .patterns()
                .patterns
                .iter()
                .map(|_| None)
                .collect(),
            found: Vec::new(),
            finder,
        }
    }

    /// Returns a finder of the same patterns for another thread.
    pub(crate) fn finder(&self) -> PatternFinder {
        self.finder.fresh()
    }

    /// Counts the patterns that match a line; `masked` is its masked message.
    pub(crate) fn count(
        &mut self,
        line: &TextLine<'_>,
        masked: &str,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        self.finder.find(line.text, &mut found);
        self.count_found(line, masked, time, component, &found);
        self.found = found;
    }

    /// Counts the patterns that were found to match a line.
    pub(crate) fn count_found(
        &mut self,
        line: &TextLine<'_>,
        masked: &str,
        time: Option<i64>,
        component: Option<&str>,
        found: &[u32],
    ) {
        for &number in found {
            self.hit(number as usize, line, masked, time, component);
        }
    }

    /// Counts the patterns that match what was said several times.
    pub(crate) fn count_span(&mut self, line: &TextLine<'_>, about: Option<&str>, span: Span) {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        self.finder.find(line.text, &mut found);
        for &number in &found {
            let slot = number as usize;
            let before = self.hits[slot].as_ref();
            let is_first = before.is_none_or(|hit| match (hit.first.time, span.first) {
                (Some(first), Some(time)) => time < first,
                _ => false,
            });
            // Documents keep no order of time.
            let later = before.map(|hit| &hit.last);
            let later = later.filter(|last| last.time > span.last).cloned();
            self.hit(slot, line, "", span.last, about);
            if let Some(hit) = &mut self.hits[slot] {
                hit.count += span.count.saturating_sub(1);
                if is_first {
                    hit.first = line.sample(span.first);
                }
                if let Some(later) = later {
                    hit.last = later;
                }
            }
        }
        self.found = found;
    }

    /// Returns the patterns that matched, in catalogue order.
    pub(crate) fn finish(self) -> Vec<PatternHit> {
        let patterns = &self.finder.signatures.patterns().patterns;
        let texts = patterns.iter().map(|pattern| &pattern.text);
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

    fn hit(
        &mut self,
        slot: usize,
        line: &TextLine<'_>,
        masked: &str,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        let hit = self.hits[slot].get_or_insert_with(|| Hit {
            count: 0,
            first: line.sample(time),
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
}

/// Messages inside JSON escape their quotation marks and those of rows double them, which the patterns
/// do not.
fn unescaped(text: &str) -> Cow<'_, str> {
    let escapes = memchr::memchr(b'\\', text.as_bytes()).is_some();
    let is_row = text.starts_with(|it: char| it.is_ascii_digit());
    if escapes && text.contains("\\\"") {
        Cow::Owned(text.replace("\\\"", "\""))
    } else if is_row && memchr::memmem::find(text.as_bytes(), b"\"\"").is_some() {
        Cow::Owned(text.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a probe met is told by the entries for probes; its refused connection is no one else's.
fn is_of_probe(text: &str) -> bool {
    PROBE_FAILED.find(text.as_bytes()).is_some()
}

fn catalogue_patterns(catalogue: &Catalogue) -> Vec<String> {
    let mut patterns: Vec<String> = Vec::new();
    for entry in &catalogue.entries {
        patterns.extend(entry.patterns.iter().chain(&entry.recovery).cloned());
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

#[cfg(test)]
#[path = "matcher_lines_tests.rs"]
mod lines_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::required::required_literals;

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
