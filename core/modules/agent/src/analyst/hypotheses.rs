//! Hypotheses from the catalogue, what links evidence to them, and how they produce the symptom.

use std::collections::BTreeMap;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Hypothesis, HypothesisCategory, HypothesisKind, HypothesisSource,
    HypothesisStatus, LinkBasis, Prediction, Stance,
};
use faultmaven_proto::evidence::v1::{Candidate, Indication, IndicationStrength};

use super::candidates::{
    causes, conditions, has_as_cause, has_shown_cause, is_consequence, supports,
};
use super::fit::comes_as_ever;
use super::harvest::Symptoms;
use super::needs::command_how;
use super::plan::{Plan, Sighting};
use super::relevance::Relevance;
use super::situation::{Situation, is_final};
use super::statement::clipped;
use super::subject::subject;
use crate::convert::moment;
use crate::reply::text::verbatim;

const STATEMENT_MAX: usize = 500;
const MECHANISM_MAX: usize = 1_000;
const PREDICTIONS_MAX: usize = 3;
const PREDICTION_MAX: usize = 300;
/// What a hypothesis explains when it is the problem itself.
pub(crate) const PROBLEM: &str = "problem";

/// Hypotheses of this turn by catalogue id, each under its id or its name in the plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    pub(crate) by_catalogue_id: BTreeMap<String, String>,
    /// The condition that explains the problem best.
    pub(crate) main_condition: Option<String>,
}

/// Adds what the catalogue makes of the data.
pub(crate) fn cast(
    plan: &mut Plan,
    situation: &Situation,
    relevance: &Relevance,
    symptoms: &Symptoms,
) -> Cast {
    let mut cast = Cast::default();
    let mut chosen = conditions(situation, relevance);
    let best = chosen.first().map(|best| best.catalogue_id.clone());
    // Consequences come first, so that what they come from can name them.
    chosen.sort_by_key(|candidate| !is_consequence(candidate));
    for (at, condition) in chosen.iter().copied().enumerate() {
        let consequence = chosen[..at]
            .iter()
            .find(|known| is_consequence(known) && has_as_cause(situation, known, condition))
            .and_then(|known| cast.by_catalogue_id.get(&known.catalogue_id));
        let explained = consequence.cloned().unwrap_or_else(|| PROBLEM.to_owned());
        let Some(handle) = add(plan, situation, condition, explained) else {
            continue;
        };
        if best.as_ref() == Some(&condition.catalogue_id) || cast.main_condition.is_none() {
            cast.main_condition = Some(handle.clone());
        }
        cast.by_catalogue_id
            .insert(condition.catalogue_id.clone(), handle.clone());
        for cause in causes(situation, condition) {
            if let Some(cause_handle) = add(plan, situation, cause, handle.clone()) {
                cast.by_catalogue_id
                    .insert(cause.catalogue_id.clone(), cause_handle);
            }
        }
    }
    link_indications(plan, situation, &cast, symptoms);
    cast
}

/// Returns the category that a word of the catalogue names.
pub(crate) fn category(word: &str) -> HypothesisCategory {
    let name = format!("HYPOTHESIS_CATEGORY_{}", word.to_uppercase());
    match HypothesisCategory::from_str_name(&name) {
        None | Some(HypothesisCategory::Unspecified) => HypothesisCategory::Other,
        Some(known) => known,
    }
}

/// Returns a link of evidence to a hypothesis.
pub(crate) fn link(
    hypothesis: &str,
    evidence: &str,
    basis: LinkBasis,
    stance: Stance,
    reasoning: &str,
) -> case_pb::LinkEvidence {
    case_pb::LinkEvidence {
        hypothesis: hypothesis.to_owned(),
        evidence: evidence.to_owned(),
        stance: stance.into(),
        basis: basis.into(),
        strength: 0.0,
        reasoning: clipped(reasoning, MECHANISM_MAX),
        answers_evidence: String::new(),
    }
}

/// Returns the id or name of a candidate's hypothesis; none when it is settled.
fn add(
    plan: &mut Plan,
    situation: &Situation,
    candidate: &Candidate,
    explains: String,
) -> Option<String> {
    if let Some(known) = situation.by_catalogue_id(&candidate.catalogue_id) {
        let is_open = !is_final(known.status());
        if is_open || !is_seen_after_all(situation, known, candidate) {
            return is_open.then(|| known.hypothesis_id.clone());
        }
    }
    let reference = plan.hypothesis_reference();
    // What explains the problem itself is told with the part it is about.
    let names_part = candidate.explains.is_empty();
    let about = names_part.then(|| subject(situation, candidate)).flatten();
    let unsaid = about.filter(|about| !candidate.statement.contains(about.as_str()));
    let statement = unsaid.map_or_else(
        || candidate.statement.clone(),
        |about| format!("{} ({about})", candidate.statement.trim_end_matches('.')),
    );
    let kind = match candidate.kind.as_str() {
        "cause" if !has_shown_cause(situation, candidate) => HypothesisKind::Cause,
        _ => HypothesisKind::Condition,
    };
    plan.push(Op::AddHypothesis(case_pb::AddHypothesis {
        r#ref: reference.clone(),
        statement: clipped(&statement, STATEMENT_MAX),
        rationale: clipped(&rationale(candidate), MECHANISM_MAX),
        kind: kind.into(),
        category: category(&candidate.category).into(),
        explains,
        source: HypothesisSource::Analyst.into(),
        catalogue_id: candidate.catalogue_id.clone(),
        predictions: predictions(candidate),
        ..Default::default()
    }));
    Some(reference)
}

/// Returns whether new data show what words alone had ruled out.
fn is_seen_after_all(situation: &Situation, known: &Hypothesis, candidate: &Candidate) -> bool {
    let is_word =
        |basis: LinkBasis| matches!(basis, LinkBasis::UserRuleOut | LinkBasis::UserObservation);
    let mut refutations = known
        .links
        .iter()
        .filter(|link| link.stance() == Stance::Refutes);
    let mut seen = candidate.indications.iter().filter(|it| supports(it));
    known.status() == HypothesisStatus::Refuted
        && refutations.all(|link| is_word(link.basis()))
        && seen.any(|it| {
            let cited = it.citation.as_ref();
            cited.is_some_and(|cited| situation.is_new_file(&cited.file_id))
        })
}

fn rationale(candidate: &Candidate) -> String {
    match candidate.indications.iter().find(|found| supports(found)) {
        Some(found) => found.statement.clone(),
        None => "a known cause of the condition; nothing speaks for or against it yet".to_owned(),
    }
}

fn predictions(candidate: &Candidate) -> Vec<Prediction> {
    let checks = candidate.checks.iter().take(PREDICTIONS_MAX);
    checks
        .map(|check| Prediction {
            if_true: clipped(&check.if_true, PREDICTION_MAX),
            if_false: clipped(&check.if_false, PREDICTION_MAX),
            how: match check.command.trim() {
                "" => String::new(),
                command => command_how(command),
            },
        })
        .collect()
}

fn link_indications(plan: &mut Plan, situation: &Situation, cast: &Cast, symptoms: &Symptoms) {
    for candidate in &situation.assessment.candidates {
        let Some(handle) = cast.by_catalogue_id.get(&candidate.catalogue_id) else {
            continue;
        };
        let mut supporting = Vec::new();
        let relevance = situation.relevance();
        for indication in apart(&candidate.indications) {
            // What comes as often as ever has led to nothing new.
            if !candidate.explains.is_empty() && comes_as_ever(indication, relevance) {
                continue;
            }
            if let Some(evidence) = link_one(plan, situation, handle, indication) {
                supporting.push(evidence);
            }
        }
        explain(plan, situation, candidate, handle, &supporting, symptoms);
    }
}

/// Of lines that tell of one event, such as an error and its details, one counts.
fn apart(indications: &[Indication]) -> Vec<&Indication> {
    const LINES_OF_AN_EVENT: i64 = 3;
    let mut kept: Vec<&Indication> = Vec::new();
    for found in indications {
        let is_same = |known: &&Indication| {
            let cited = known.citation.as_ref().zip(found.citation.as_ref());
            found.observed_from.is_some()
                && known.observed_from == found.observed_from
                && known.observed_to == found.observed_to
                && known.strength == found.strength
                && cited.is_some_and(|(one, other)| {
                    one.file_id == other.file_id
                        && (one.line_start - other.line_start).abs() <= LINES_OF_AN_EVENT
                })
        };
        if !kept.iter().any(is_same) {
            kept.push(found);
        }
    }
    kept
}

/// Links one indication and returns its evidence when it speaks for the candidate.
fn link_one(
    plan: &mut Plan,
    situation: &Situation,
    handle: &str,
    indication: &Indication,
) -> Option<String> {
    let cited = indication.citation.as_ref()?;
    if !supports(indication) && shows_the_time_after_a_fix(situation, &cited.file_id) {
        return None;
    }
    let sighting = Sighting {
        citation: cited,
        signature: &indication.signature,
        text: claim(indication),
        from: moment(indication.observed_from.as_ref()),
        to: moment(indication.observed_to.as_ref()),
    };
    let evidence = plan.cite(situation, EvidenceKind::Causal, sighting)?;
    let (basis, stance) = match indication.strength() {
        IndicationStrength::Direct if is_change(situation, indication) => {
            (LinkBasis::ChangeSetsCondition, Stance::Supports)
        }
        IndicationStrength::Direct => (LinkBasis::DirectIndicator, Stance::Supports),
        IndicationStrength::Indirect => (LinkBasis::IndirectIndicator, Stance::Supports),
        IndicationStrength::CounterDirect => (LinkBasis::CounterIndicatorDirect, Stance::Refutes),
        IndicationStrength::CounterIndirect => {
            (LinkBasis::CounterIndicatorIndirect, Stance::Refutes)
        }
        IndicationStrength::Unspecified => return None,
    };
    if !is_linked(situation, handle, &evidence) {
        plan.link(link(
            handle,
            &evidence,
            basis,
            stance,
            &indication.statement,
        ));
    }
    supports(indication).then_some(evidence)
}

/// Says how a cause produces the symptom, once there is evidence for it.
fn explain(
    plan: &mut Plan,
    situation: &Situation,
    candidate: &Candidate,
    handle: &str,
    supporting: &[String],
    symptoms: &Symptoms,
) {
    let known = situation
        .investigation
        .hypotheses
        .iter()
        .find(|known| known.hypothesis_id == handle);
    let is_explained = known.is_some_and(|known| !known.mechanism.is_empty());
    if supporting.is_empty() || candidate.mechanism.is_empty() || is_explained {
        return;
    }
    let mut evidence: Vec<String> = supporting.iter().take(3).cloned().collect();
    evidence.extend(symptoms.onset_reference.clone());
    let cited: Vec<String> = evidence.iter().map(|name| format!("[{name}]")).collect();
    let mechanism = format!("{} {}", candidate.mechanism.trim(), cited.join(" "));
    plan.push(Op::SetMechanism(case_pb::SetMechanism {
        hypothesis: handle.to_owned(),
        mechanism: clipped(&mechanism, MECHANISM_MAX),
        evidence,
    }));
}

/// Returns whether a hypothesis has this evidence already.
pub(crate) fn is_linked(situation: &Situation, handle: &str, evidence: &str) -> bool {
    situation.investigation.hypotheses.iter().any(|known| {
        known.hypothesis_id == handle && known.links.iter().any(|link| link.evidence_id == evidence)
    })
}

/// Returns whether a file shows the time after something was done about the problem.
///
/// What is normal again then says nothing about what was wrong before.
pub(crate) fn shows_the_time_after_a_fix(situation: &Situation, file_id: &str) -> bool {
    if !situation.aftermath.absences.is_empty() && situation.is_new_file(file_id) {
        return true;
    }
    let actions = &situation.investigation.actions;
    let first = actions
        .iter()
        .flat_map(|action| &action.attempts)
        .map(|attempt| attempt.reported_turn)
        .min();
    let file = situation
        .assessment
        .files
        .iter()
        .find(|file| file.file_id == file_id);
    first
        .zip(file)
        .is_some_and(|(turn, file)| file.uploaded_at_turn >= turn)
}

/// Returns whether an indication quotes a change that the data show.
fn is_change(situation: &Situation, indication: &Indication) -> bool {
    let Some(cited) = &indication.citation else {
        return false;
    };
    situation.assessment.changes.iter().any(|change| {
        change
            .citation
            .as_ref()
            .is_some_and(|changed| overlap(changed, cited))
    })
}

/// Returns whether two citations quote common bytes.
pub(crate) fn overlap(
    one: &faultmaven_proto::evidence::v1::FileCitation,
    other: &faultmaven_proto::evidence::v1::FileCitation,
) -> bool {
    one.file_id == other.file_id
        && one.byte_start < other.byte_end
        && other.byte_start < one.byte_end
}

fn claim(indication: &Indication) -> String {
    let quote = indication
        .citation
        .as_ref()
        .map_or("", |cited| cited.quote.as_str());
    let times = match indication.count {
        0 | 1 => String::new(),
        count => format!(" occurs {count} times"),
    };
    format!("“{}”{times}", verbatim(quote, 240))
}

#[cfg(test)]
#[path = "hypotheses_tests.rs"]
mod tests;
