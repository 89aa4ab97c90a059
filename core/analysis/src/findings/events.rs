//! Findings about events: known signatures, error templates, stack traces.

use regex::RegexBuilder;

use super::timing::{self, Peak};
use super::{Evidence, finding, shorten, times, words};
use crate::analysis::{Analysis, Onset, OnsetKind, PatternHit, Template};
use crate::catalogue::{Catalogue, CatalogueEntry};
use crate::citation::Citation;
use crate::constants::CITATIONS_MAX;
use crate::finding::{Finding, FindingKind, Severity};
use crate::level::Level;

/// How a moment is written in a statement.
pub(super) const INSTANT: &str = "%Y-%m-%d %H:%M:%S%.3f UTC";

/// One finding per catalogue entry that matched.
pub(super) fn signatures(analysis: &Analysis, catalogue: &Catalogue) -> Vec<Finding> {
    catalogue
        .entries
        .iter()
        .filter_map(|entry| signature(entry, analysis))
        .collect()
}

/// Error templates that no catalogue entry explains.
pub(super) fn error_templates(analysis: &Analysis, evidence: &Evidence) -> Vec<Finding> {
    let with_series = analysis.templates.iter().zip(&evidence.series);
    with_series
        .filter(|(template, _)| template.catalogue.is_empty())
        .filter_map(|(template, series)| {
            let severity = template_severity(template).filter(|it| *it >= Severity::Warn)?;
            let peak = timing::peak(template, series, evidence);
            Some(error_template(template, severity, peak.as_ref()))
        })
        .collect()
}

/// One finding per group of equal stack traces.
pub(super) fn stacks(analysis: &Analysis) -> Vec<Finding> {
    analysis
        .stacks
        .iter()
        .map(|stack| {
            let top = stack
                .frames
                .iter()
                .find(|frame| frame.application)
                .or_else(|| stack.frames.first());
            let place = top.map_or_else(String::new, |frame| format!(" at {}", frame.function));
            let root = stack
                .root_cause
                .as_deref()
                .map_or_else(String::new, |cause| format!(", caused by {cause}"));
            let statement = format!(
                "{} {} {}: {}{place}{root}",
                stack.language,
                stack.exception,
                times(stack.count),
                shorten(&stack.message, 100)
            );
            let mut found = finding(
                FindingKind::StackGroup,
                Severity::Error,
                &statement,
                [Some(&stack.citation), stack.root_citation.as_ref()]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
            );
            found.signature = stack.signature.clone();
            found.count = stack.count;
            (found.first_seen, found.last_seen) = (stack.first_seen, stack.last_seen);
            found.component = stack.component.clone();
            found
        })
        .collect()
}

/// Returns how bad the lines of a template are, by level, else by words; that something is deprecated
/// is bad some day only.
pub(crate) fn template_severity(template: &Template) -> Option<Severity> {
    let severity = match template.levels.dominant() {
        Some(Level::Fatal) => Some(Severity::Critical),
        Some(Level::Error) => Some(Severity::Error),
        Some(Level::Warn) => Some(Severity::Warn),
        Some(_) => None,
        None => words::severity(&template.example.quote),
    }?;
    let is_deprecation = || template.text.to_ascii_lowercase().contains("deprecat");
    (severity > Severity::Warn || !is_deprecation()).then_some(severity)
}

fn signature(entry: &CatalogueEntry, analysis: &Analysis) -> Option<Finding> {
    let hits: Vec<&PatternHit> = analysis
        .pattern_hits
        .iter()
        .filter(|hit| entry.patterns.contains(&hit.pattern))
        .collect();
    let first = hits.iter().min_by_key(|hit| hit.first.byte_start)?;
    let count = hits.iter().map(|hit| hit.count).max()?;
    let template = template_of(first, analysis);
    let statement = format!(
        "{}: {} in {}{}{}",
        entry.title,
        quoted(&first.first),
        times_lines(count),
        template.map_or_else(String::new, every),
        template.map_or_else(String::new, set_in)
    );
    let citations: Vec<Citation> = hits
        .iter()
        .flat_map(|hit| [hit.first.clone(), hit.last.clone()])
        .collect();
    let mut found = finding(
        FindingKind::ErrorSignature,
        entry.severity,
        &statement,
        citations,
    );
    found.signature = first.signature.clone();
    found.count = count;
    found.first_seen = hits.iter().filter_map(|hit| hit.first_seen).min();
    found.last_seen = hits.iter().filter_map(|hit| hit.last_seen).max();
    found.component = subject(entry, &first.first.quote).or_else(|| first.component.clone());
    found.signature_id = Some(entry.id.clone());
    found.template = Some(first.template.clone());
    found.recovery = recovery(entry, analysis, &hits);
    if let Some(template) = template {
        state_onset(&mut found, template);
    }
    Some(found)
}

/// Returns the line behind all of the hits of an entry that tells that it is over.
fn recovery(entry: &CatalogueEntry, analysis: &Analysis, hits: &[&PatternHit]) -> Option<Citation> {
    let all = analysis.pattern_hits.iter();
    let told: Vec<&PatternHit> = all
        .filter(|hit| entry.recovery.contains(&hit.pattern))
        .collect();
    let is_behind = |told: &PatternHit| {
        hits.iter()
            .all(|hit| match (hit.last_seen, told.last_seen) {
                (Some(failed), Some(told)) => failed <= told,
                // Where a time is missing, the order of lines tells.
                _ => hit.last.byte_start < told.last.byte_start,
            })
    };
    let count = |hits: &[&PatternHit]| hits.iter().map(|it| it.count).max();
    if entry.recovery_each && count(&told) < count(hits) {
        return None;
    }
    let last = told.into_iter().filter(|it| is_behind(it));
    let last = last.max_by_key(|it| (it.last_seen, it.last.byte_start))?;
    Some(last.last.clone())
}

/// The name of what a line is about; the word in front of its message is that of a function.
fn subject(entry: &CatalogueEntry, quote: &str) -> Option<String> {
    let pattern = entry.subject.as_deref()?;
    let regex = RegexBuilder::new(pattern).case_insensitive(true).build();
    let found = regex.ok()?.captures(quote)?.get(1)?.as_str().to_owned();
    Some(found).filter(|name| !name.is_empty())
}

fn error_template(template: &Template, severity: Severity, peak: Option<&Peak<'_>>) -> Finding {
    let who = template
        .component
        .as_deref()
        .map_or_else(String::new, |name| format!("{name}: "));
    let when = match peak.and_then(Peak::describe) {
        Some(peak) => format!(", {peak}"),
        None => set_in(template),
    };
    let statement = format!(
        "{who}\"{}\" {}{}{when}",
        shorten(&template.text, 180),
        times(template.count),
        every(template)
    );
    let mut citations = vec![template.example.clone(), template.last.clone()];
    citations.extend(peak.map(|peak| peak.bucket.line.citation()));
    let mut found = finding(FindingKind::ErrorSignature, severity, &statement, citations);
    describe(&mut found, template);
    found
}

/// The period of lines that come at a fixed interval.
fn every(template: &Template) -> String {
    let period = template.period.as_ref();
    period.map_or_else(String::new, |period| format!(", {}", period.every()))
}

fn set_in(template: &Template) -> String {
    let Some(onset) = observed(template) else {
        return String::new();
    };
    let time = onset.time.format(INSTANT);
    match template.first_seen.filter(|_| rose(template, onset)) {
        Some(first) => format!(
            ", first at {} (line {}), rose at {time} (line {})",
            first.format(INSTANT),
            template.example.line_start,
            onset.citation.line_start
        ),
        None => format!(", set in at {time}"),
    }
}

/// Whether lines of the template stand before its onset already.
pub(super) fn rose(template: &Template, onset: &Onset) -> bool {
    template.example.line_start < onset.citation.line_start
}

/// Copies what a template says about itself into a finding.
pub(super) fn describe(found: &mut Finding, template: &Template) {
    found.signature = template.signature.clone();
    found.count = template.count;
    (found.first_seen, found.last_seen) = (template.first_seen, template.last_seen);
    found.component = template.component.clone();
    found.template = Some(template.text.clone());
    state_onset(found, template);
}

/// States when a template set in, and cites the line that shows it before all others.
fn state_onset(found: &mut Finding, template: &Template) {
    let Some(onset) = observed(template) else {
        return;
    };
    found.onset = Some(onset.time);
    found.citations.retain(|known| *known != onset.citation);
    found.citations.insert(0, onset.citation.clone());
    found.citations.truncate(CITATIONS_MAX);
}

/// Returns the onset of a template if it lies within the file.
pub(crate) fn observed(template: &Template) -> Option<&Onset> {
    let onset = template.onset.as_ref();
    onset.filter(|onset| onset.kind == OnsetKind::Observed)
}

fn template_of<'a>(hit: &PatternHit, analysis: &'a Analysis) -> Option<&'a Template> {
    analysis
        .templates
        .iter()
        .find(|template| template.signature == hit.signature)
}

fn quoted(citation: &Citation) -> String {
    format!(
        "\"{}\"",
        shorten(&crate::message::line_message(&citation.quote), 150)
    )
}

fn times_lines(count: u64) -> String {
    if count == 1 {
        "1 line".to_owned()
    } else {
        format!("{count} lines")
    }
}
