//! Hypotheses from runbooks that treat a failure like this one: something to test, and never more.

use std::collections::HashMap;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    CaseStatus, DroppedPart, EvidenceKind, Hypothesis, HypothesisKind, HypothesisSource,
    Investigation,
};

use super::hypotheses::PROBLEM;
use super::runbook::{Cause, causes, readable};
use super::situation::{is_final, statement_of, status_of};
use super::statement::{clipped, without_data};

/// From this similarity on, a runbook treats a failure like this one.
const SIMILARITY: f64 = 0.60;
/// How many runbooks seed hypotheses.
pub(crate) const DOCUMENTS: usize = 2;
const CAUSES: usize = 3;
const PRIOR_DEFAULT: f64 = 0.30;
/// What a runbook that says the very same adds to the prior.
const PRIOR_GAIN: f64 = 0.2;
const RATIONALE_MAX: usize = 1_000;
const EXCERPT_MAX: usize = 200;
const QUOTES_MAX: usize = 6;

/// A runbook of the library, and how much it has of what the case is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runbook {
    pub(crate) document_id: String,
    pub(crate) version: i32,
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) similarity: f64,
}

/// What runbooks add to a turn.
#[derive(Debug, Default)]
pub(crate) struct Seeds {
    pub(crate) ops: Vec<Op>,
    pub(crate) skipped: Vec<DroppedPart>,
}

impl Seeds {
    /// Notes what becomes no hypothesis, and why.
    pub(crate) fn skip(&mut self, reason: &str, excerpt: &str) {
        self.skipped.push(DroppedPart {
            op: "add_hypothesis".to_owned(),
            reason: reason.to_owned(),
            excerpt: clipped(excerpt, EXCERPT_MAX),
        });
    }
}

/// Returns whether runbooks are asked: the investigation begins, or its root is lost.
pub(crate) fn are_due(before: &Investigation, after: &Investigation) -> bool {
    let is_investigated = |it: &Investigation| status_of(it) == CaseStatus::Investigating;
    let has_root = |it: &Investigation| it.hypotheses.iter().any(|known| known.root);
    // Roots that contradict each other are there still.
    let is_contested = after.hypotheses.iter().any(|known| known.contested);
    let is_lost = has_root(before) && !has_root(after) && !is_contested;
    is_investigated(after) && (!is_investigated(before) || is_lost)
}

/// Returns what the case is about, in words that other cases of the kind share: no times, no counts.
pub(crate) fn subject(after: &Investigation) -> String {
    let conditions = open_conditions(after).map(|it| it.statement.as_str());
    let shows = |kind| matches!(kind, EvidenceKind::Symptom | EvidenceKind::Causal);
    let evidence = after.evidence.iter();
    let quotes = evidence
        .filter(|it| !it.withdrawn && !it.file_id.is_empty() && shows(it.category()))
        .map(|it| it.quote.as_str());
    let said = [without_data(statement_of(after))].into_iter();
    let texts: Vec<&str> = said
        .chain(conditions)
        .chain(quotes.take(QUOTES_MAX))
        .collect();
    let text = texts.join("\n");
    let words = text.split(|letter: char| !letter.is_alphabetic());
    let words: Vec<&str> = words.filter(|word| word.chars().count() >= 2).collect();
    words.join(" ")
}

/// Returns whether a runbook is about a failure like the one of the case.
pub(crate) fn is_alike(similarity: f64) -> bool {
    similarity >= SIMILARITY
}

/// Returns hypotheses from runbooks, the most similar first; `names` are those of ids of this turn.
pub(crate) fn sow(
    runbooks: &[Runbook],
    after: &Investigation,
    names: &HashMap<String, String>,
) -> Seeds {
    let mut seeds = Seeds::default();
    for (at, runbook) in runbooks.iter().enumerate() {
        if at >= DOCUMENTS {
            seeds.skip("limit_reached", &runbook.title);
            continue;
        }
        let causes = causes(&runbook.content);
        if causes.is_empty() {
            seeds.skip("no_cause_named", &runbook.title);
        }
        let explains = explained(runbook, after, names);
        for cause in causes {
            if seeds.ops.len() < CAUSES {
                let number = seeds.ops.len() + 1;
                seeds.ops.push(seed(runbook, &cause, &explains, number));
            } else {
                seeds.skip("limit_reached", &cause.statement);
            }
        }
    }
    seeds
}

fn seed(runbook: &Runbook, cause: &Cause, explains: &str, number: usize) -> Op {
    let Runbook {
        title,
        version,
        similarity,
        ..
    } = runbook;
    let mechanism = match cause.mechanism.as_str() {
        "" => String::new(),
        mechanism => format!(": {mechanism}"),
    };
    let rationale = format!(
        "the runbook “{title}” (version {version}, similarity {similarity:.2}) names it{mechanism}"
    );
    Op::AddHypothesis(case_pb::AddHypothesis {
        r#ref: format!("$seed{number}"),
        statement: cause.statement.clone(),
        rationale: clipped(&rationale, RATIONALE_MAX),
        kind: HypothesisKind::Cause.into(),
        category: cause.category.into(),
        explains: explains.to_owned(),
        prior: Some(PRIOR_DEFAULT + PRIOR_GAIN * similarity),
        source: HypothesisSource::Knowledge.into(),
        document_id: runbook.document_id.clone(),
        ..Default::default()
    })
}

/// Returns the likeliest condition of the case that the runbook speaks of, else the problem.
fn explained(runbook: &Runbook, after: &Investigation, names: &HashMap<String, String>) -> String {
    let text = readable(&runbook.content).to_lowercase();
    let spoken_of = open_conditions(after)
        .filter(|condition| text.contains(&without_part(&condition.statement).to_lowercase()))
        .max_by(|one, other| one.likelihood.total_cmp(&other.likelihood));
    let Some(condition) = spoken_of else {
        return PROBLEM.to_owned();
    };
    // What this turn creates has to be known by its name, so that it comes first.
    let mut named: Vec<&String> = names
        .iter()
        .filter(|(_, id)| **id == condition.hypothesis_id)
        .map(|(name, _)| name)
        .collect();
    named.sort_unstable();
    let name = named.first().copied();
    name.unwrap_or(&condition.hypothesis_id).clone()
}

fn open_conditions(after: &Investigation) -> impl Iterator<Item = &Hypothesis> {
    let hypotheses = after.hypotheses.iter();
    hypotheses.filter(|it| it.kind() == HypothesisKind::Condition && !is_final(it.status()))
}

/// Returns a statement without the part it is about, which differs from case to case.
fn without_part(statement: &str) -> &str {
    let cut = statement.rsplit_once(" (");
    match cut {
        Some((before, part)) if part.ends_with(')') => before,
        _ => statement,
    }
}

#[cfg(test)]
#[path = "seeds_tests.rs"]
mod tests;
