//! Folds findings that tell of the same event into the one that ranks highest.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::shorten;
use crate::analysis::Analysis;
use crate::catalogue::Catalogue;
use crate::constants::{CITATIONS_MAX, STATEMENT_MAX};
use crate::finding::{Finding, FindingKind};

/// Folds ranked findings.
pub(super) fn fold(
    findings: Vec<Finding>,
    analysis: &Analysis,
    catalogue: &Catalogue,
) -> Vec<Finding> {
    let is_general = |finding: &Finding| {
        let id = finding.signature_id.as_deref();
        id.and_then(|id| catalogue.entry(id)).map(|it| it.general)
    };
    let mut kept: Vec<(Finding, BTreeSet<u64>)> = Vec::with_capacity(findings.len());
    for finding in findings {
        let lines = event_lines(&finding, analysis);
        let same = kept
            .iter_mut()
            .find(|(known, known_lines)| is_same(known, known_lines, &finding, &lines));
        match same {
            Some((known, _))
                if is_general(known) == Some(true) && is_general(&finding) == Some(false) =>
            {
                let general = std::mem::replace(known, finding);
                known.score = general.score;
                absorb(known, general);
            }
            Some((known, _)) => absorb(known, finding),
            None => kept.push((finding, lines)),
        }
    }
    kept.into_iter().map(|(finding, _)| finding).collect()
}

fn is_same(
    known: &Finding,
    known_lines: &BTreeSet<u64>,
    other: &Finding,
    lines: &BTreeSet<u64>,
) -> bool {
    let (less, more) = (known.count.min(other.count), known.count.max(other.count));
    less * 10 >= more * 9 && !known_lines.is_disjoint(lines) && !stand_apart(known, other)
}

/// Returns whether two findings cite a line in places that have nothing in common, as events of a
/// document do that stands on one line.
fn stand_apart(known: &Finding, other: &Finding) -> bool {
    let pairs = known.citations.iter().flat_map(|one| {
        let others = other.citations.iter();
        others.map(move |two| (one, two))
    });
    let mut on_one_line = pairs
        .filter(|(one, two)| one.line_start == two.line_start)
        .peekable();
    on_one_line.peek().is_some()
        && on_one_line
            .all(|(one, two)| one.byte_end <= two.byte_start || two.byte_end <= one.byte_start)
}

fn absorb(known: &mut Finding, other: Finding) {
    let both = match (known.kind, other.kind) {
        (_, FindingKind::StackGroup) => Some(format!("{}; {}", known.statement, other.statement)),
        (FindingKind::StackGroup, _) => Some(format!("{}; {}", other.statement, known.statement)),
        _ => None,
    };
    if let Some(both) = both {
        known.statement = shorten(&both, STATEMENT_MAX);
    }
    known.signature_id = known.signature_id.take().or(other.signature_id);
    known.component = known.component.take().or(other.component);
    if other.last_seen >= known.last_seen {
        known.recovery = known.recovery.take().or(other.recovery);
    }
    // The line that shows the onset stays in front.
    let later = if known.onset.is_none() && other.onset.is_some() {
        known.onset = other.onset;
        std::mem::replace(&mut known.citations, other.citations)
    } else {
        other.citations
    };
    for citation in later {
        if known.citations.len() < CITATIONS_MAX && !known.citations.contains(&citation) {
            known.citations.push(citation);
        }
    }
}

/// Lines that belong to the event; none when the finding is not about one.
fn event_lines(finding: &Finding, analysis: &Analysis) -> BTreeSet<u64> {
    match finding.kind {
        FindingKind::ErrorSignature | FindingKind::TemplateBurst | FindingKind::TemplateRare => {
            let lines = finding.citations.iter().map(|cited| cited.line_start);
            lines.collect()
        }
        FindingKind::StackGroup => {
            let trace = trace_lines(finding, analysis);
            trace.map(Iterator::collect).unwrap_or_default()
        }
        _ => BTreeSet::new(),
    }
}

fn trace_lines(finding: &Finding, analysis: &Analysis) -> Option<RangeInclusive<u64>> {
    let stack = analysis
        .stacks
        .iter()
        .find(|stack| stack.signature == finding.signature)?;
    Some(stack.event_line..=stack.last_line)
}
