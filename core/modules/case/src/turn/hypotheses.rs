//! Hypotheses, their mechanisms and what links evidence to them.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::event::Event;
use super::work::{Work, required};
use crate::case::clip;
use crate::drop_reason::DropReason;
use crate::ledger::decision;
use crate::ledger::likelihood::strength;
use crate::ledger::similarity::jaccard;
use crate::ledger::{Citation, Hypothesis, Link, PROBLEM, Prediction};
use crate::limits::{
    CHAIN_MAX, CONCLUDED_REASON_MAX, DUPLICATE_JACCARD, EPSILON, HYPOTHESES_MAX,
    HYPOTHESIS_STATEMENT_MAX, MECHANISM_MAX, MODEL_PRIOR_MAX, MODEL_PRIOR_MIN, PREDICTION_TEXT_MAX,
    PREDICTIONS_MAX, PRIOR_DEFAULT, PRIOR_MAX, PRIOR_MIN, RATIONALE_MAX, REASONING_MAX,
    RESTATEMENT_JACCARD,
};
use crate::vocabulary::{
    CaseStatus, HypothesisCategory, HypothesisKind, HypothesisSource, HypothesisStatus, LinkBasis,
    Stance, Word as _,
};

/// Adds a hypothesis, or lets an older one of the same content take its links.
pub(super) fn add(work: &mut Work<'_>, op: &pb::AddHypothesis) -> Result<(), DropReason> {
    let source = HypothesisSource::from_wire(op.source).unwrap_or(HypothesisSource::Analyst);
    if work.case.status == CaseStatus::Inquiry && source != HypothesisSource::User {
        return Err(DropReason::WrongStatus);
    }
    let statement = required(&op.statement, HYPOTHESIS_STATEMENT_MAX)?;
    let kind = HypothesisKind::from_wire(op.kind).ok_or(DropReason::UnknownValue)?;
    let category = HypothesisCategory::from_wire(op.category).ok_or(DropReason::UnknownValue)?;
    let explains = explained(work, &op.explains)?;
    let supersedes = match find_double(work, &statement, category, &explains) {
        Double::None => String::new(),
        Double::Live(older) => {
            work.refs.bind(&op.r#ref, &older);
            if source != HypothesisSource::Knowledge || !is_founded(work, op, &older) {
                work.drop_part("add_hypothesis", DropReason::Duplicate, &op.statement);
            }
            return Ok(());
        }
        Double::Final(older) => superseded(work, op, &older)?,
    };
    if work.ledger.hypotheses.len() >= HYPOTHESES_MAX {
        return Err(DropReason::LimitReached);
    }
    let (mechanism, mechanism_evidence) = sourced_mechanism(work, op);
    let prior = prior(source, op.prior);
    let id = work.new_id("hyp", 6, &op.r#ref, &statement)?;
    work.refs.bind(&op.r#ref, &id);
    work.events.push(Event::HypothesisAdded(id.clone()));
    work.ledger.hypotheses.push(Hypothesis {
        hypothesis_id: id,
        created_turn: work.turn_number,
        created_at: work.taker.now,
        kind: kind_of(work, kind, &statement),
        statement,
        rationale: clip(&op.rationale, RATIONALE_MAX),
        category,
        explains,
        mechanism,
        mechanism_evidence,
        prior,
        status: HypothesisStatus::Captured,
        likelihood: prior,
        contested: false,
        root: false,
        tested_turn: 0,
        concluded_turn: 0,
        concluded_reason: String::new(),
        source,
        document_id: op.document_id.clone(),
        catalogue_id: op.catalogue_id.clone(),
        predictions: op
            .predictions
            .iter()
            .take(PREDICTIONS_MAX)
            .map(prediction)
            .collect(),
        supersedes,
        links: Vec::new(),
    });
    Ok(())
}

/// Founds on a runbook what a rule has just proposed; what is older stays as it came up.
fn is_founded(work: &mut Work<'_>, op: &pb::AddHypothesis, older: &str) -> bool {
    let turn_number = work.turn_number;
    let is_fresh = |it: &&mut Hypothesis| {
        it.created_turn == turn_number && it.source == HypothesisSource::Analyst
    };
    let Some(proposed) = work.ledger.hypothesis_mut(older).filter(is_fresh) else {
        return false;
    };
    let rationale = format!("{}; {}", proposed.rationale, op.rationale);
    proposed.rationale = clip(&rationale, RATIONALE_MAX);
    proposed.prior = prior(HypothesisSource::Knowledge, op.prior);
    proposed.likelihood = proposed.prior;
    proposed.source = HypothesisSource::Knowledge;
    proposed.document_id.clone_from(&op.document_id);
    true
}

fn prediction(prediction: &pb::Prediction) -> Prediction {
    Prediction {
        if_true: clip(&prediction.if_true, PREDICTION_TEXT_MAX),
        if_false: clip(&prediction.if_false, PREDICTION_TEXT_MAX),
        how: clip(&prediction.how, PREDICTION_TEXT_MAX),
    }
}

fn prior(source: HypothesisSource, offered: Option<f64>) -> f64 {
    let prior = offered
        .filter(|prior| prior.is_finite())
        .unwrap_or(PRIOR_DEFAULT);
    let prior = match source {
        HypothesisSource::Model => prior.clamp(MODEL_PRIOR_MIN, MODEL_PRIOR_MAX),
        _ => prior,
    };
    prior.clamp(PRIOR_MIN, PRIOR_MAX)
}

/// A hypothesis that says what the problem says explains nothing by itself.
fn kind_of(work: &Work<'_>, kind: HypothesisKind, statement: &str) -> HypothesisKind {
    let problem = &work.case.overview.statement.text;
    if jaccard(problem, statement) >= RESTATEMENT_JACCARD - EPSILON {
        return HypothesisKind::Condition;
    }
    kind
}

fn explained(work: &Work<'_>, name: &str) -> Result<String, DropReason> {
    if name.is_empty() || name == PROBLEM {
        return Ok(PROBLEM.to_owned());
    }
    let in_this_diff =
        |op: &pb::DiffOp| matches!(&op.op, Some(Op::AddHypothesis(other)) if other.r#ref == name);
    let mut ops = work.draft.diff.iter().flat_map(|diff| &diff.ops);
    if !work.refs.is_decided(name) && ops.any(in_this_diff) {
        return Err(DropReason::Cycle);
    }
    let id = work.known_hypothesis(name)?;
    // The chain holds the new hypothesis, the one it explains, and all between that and the problem.
    if work.ledger.explained_by(&id).len() + 2 > CHAIN_MAX {
        return Err(DropReason::ChainTooDeep);
    }
    Ok(id)
}

/// Another hypothesis that says the same.
enum Double {
    None,
    Live(String),
    Final(String),
}

fn find_double(
    work: &Work<'_>,
    statement: &str,
    category: HypothesisCategory,
    explains: &str,
) -> Double {
    let same = |other: &&Hypothesis| {
        other.explains == explains
            && other.category == category
            && (other.statement == statement
                || jaccard(&other.statement, statement) >= DUPLICATE_JACCARD - EPSILON)
    };
    let doubles: Vec<&Hypothesis> = work.ledger.hypotheses.iter().filter(same).collect();
    if let Some(live) = doubles.iter().find(|other| !other.status.is_final()) {
        return Double::Live(live.hypothesis_id.clone());
    }
    match doubles.last() {
        Some(settled) => Double::Final(settled.hypothesis_id.clone()),
        None => Double::None,
    }
}

/// A settled hypothesis comes back only with evidence that is newer than the decision about it.
fn superseded(work: &Work<'_>, op: &pb::AddHypothesis, older: &str) -> Result<String, DropReason> {
    let settled = work.ledger.hypothesis(older).ok_or(DropReason::UnknownId)?;
    let links = work.draft.diff.iter().flat_map(|diff| &diff.ops);
    let linked = links.filter_map(|part| match &part.op {
        Some(Op::Link(link)) if !op.r#ref.is_empty() && link.hypothesis == op.r#ref => {
            Some(&link.evidence)
        }
        _ => None,
    });
    let has_news = op.mechanism_evidence.iter().chain(linked).any(|name| {
        let id = work.refs.resolve(name).unwrap_or_default();
        work.ledger
            .active(&id)
            .is_some_and(|evidence| evidence.turn_number > settled.concluded_turn)
    });
    if has_news {
        return Ok(older.to_owned());
    }
    Err(settled_reason(settled.status))
}

fn settled_reason(status: HypothesisStatus) -> DropReason {
    match status {
        HypothesisStatus::Retired => DropReason::RetiredBefore,
        _ => DropReason::RefutedBefore,
    }
}

/// Returns the mechanism a new hypothesis comes with, unless it names no evidence.
fn sourced_mechanism(work: &mut Work<'_>, op: &pb::AddHypothesis) -> (String, Vec<String>) {
    if op.mechanism.trim().is_empty() {
        return (String::new(), Vec::new());
    }
    let evidence = work.all_active_evidence(&op.mechanism_evidence);
    match (required(&op.mechanism, MECHANISM_MAX), evidence) {
        (Ok(mechanism), Ok(evidence)) if !evidence.is_empty() => (mechanism, evidence),
        (Err(reason), _) | (_, Err(reason)) => {
            work.drop_part("set_mechanism", reason, &op.mechanism);
            (String::new(), Vec::new())
        }
        _ => {
            work.drop_part("set_mechanism", DropReason::NoSource, &op.mechanism);
            (String::new(), Vec::new())
        }
    }
}

/// Says how a cause produces the symptom.
pub(super) fn set_mechanism(work: &mut Work<'_>, op: &pb::SetMechanism) -> Result<(), DropReason> {
    let id = open_hypothesis(work, &op.hypothesis)?;
    let mechanism = required(&op.mechanism, MECHANISM_MAX)?;
    let evidence = work.all_active_evidence(&op.evidence)?;
    if evidence.is_empty() {
        return Err(DropReason::NoSource);
    }
    if let Some(hypothesis) = work.ledger.hypothesis_mut(&id) {
        hypothesis.mechanism = mechanism;
        hypothesis.mechanism_evidence = evidence;
    }
    Ok(())
}

/// Links evidence to a hypothesis; the strength follows from the basis.
pub(super) fn link(work: &mut Work<'_>, op: &pb::LinkEvidence) -> Result<(), DropReason> {
    work.expect_investigating()?;
    let id = open_hypothesis(work, &op.hypothesis)?;
    let evidence_id = work.active_evidence(&op.evidence)?;
    let stance = Stance::from_wire(op.stance).ok_or(DropReason::UnknownValue)?;
    let basis = LinkBasis::from_wire(op.basis).ok_or(DropReason::UnknownValue)?;
    expect_users_evidence(work, basis, &evidence_id)?;
    let strength = strength(basis, stance, op.strength).ok_or(DropReason::UnknownValue)?;
    let answers_evidence_id = answered(work, &id, &op.answers_evidence)?;
    if basis == LinkBasis::ModelJudgement && is_weighed_by_rules(work, &id, &evidence_id) {
        return Err(DropReason::Duplicate);
    }
    let link = Link {
        evidence_id,
        stance,
        strength,
        basis,
        reasoning: clip(&op.reasoning, REASONING_MAX),
        answers_evidence_id,
        turn_number: work.turn_number,
    };
    attach(work, &id, link)
}

/// What a rule or the user has said about a pair is not a model's to change.
fn is_weighed_by_rules(work: &Work<'_>, hypothesis_id: &str, evidence_id: &str) -> bool {
    let hypothesis = work.ledger.hypothesis(hypothesis_id);
    let mut links = hypothesis.iter().flat_map(|it| &it.links);
    links.any(|link| link.evidence_id == evidence_id && link.basis != LinkBasis::ModelJudgement)
}

/// Puts a link on a hypothesis; of one pair the newest counts.
pub(super) fn attach(work: &mut Work<'_>, id: &str, link: Link) -> Result<(), DropReason> {
    let hypothesis = work
        .ledger
        .hypothesis_mut(id)
        .ok_or(DropReason::UnknownId)?;
    let known = hypothesis
        .links
        .iter_mut()
        .find(|known| known.evidence_id == link.evidence_id);
    match known {
        None => hypothesis.links.push(link),
        Some(known) if says_the_same(known, &link) => return Err(DropReason::Duplicate),
        Some(known) => *known = link,
    }
    Ok(())
}

fn says_the_same(known: &Link, new: &Link) -> bool {
    known.stance == new.stance
        && known.basis == new.basis
        && (known.strength - new.strength).abs() < EPSILON
        && known.answers_evidence_id == new.answers_evidence_id
}

pub(super) fn open_hypothesis(work: &Work<'_>, name: &str) -> Result<String, DropReason> {
    let id = work.known_hypothesis(name)?;
    match work.ledger.hypothesis(&id) {
        Some(settled) if settled.status.is_final() => Err(settled_reason(settled.status)),
        _ => Ok(id),
    }
}

/// What the user observed, asserts or rules out must be the user's own words.
fn expect_users_evidence(
    work: &Work<'_>,
    basis: LinkBasis,
    evidence_id: &str,
) -> Result<(), DropReason> {
    let from_user = matches!(
        basis,
        LinkBasis::UserObservation | LinkBasis::UserAssertion | LinkBasis::UserRuleOut
    );
    let cites_message = work
        .ledger
        .active(evidence_id)
        .is_some_and(|evidence| matches!(evidence.citation, Citation::Message { .. }));
    if from_user && !cites_message {
        return Err(DropReason::NotAUserDecision);
    }
    Ok(())
}

/// Returns the refuting evidence that a link answers, which must refute the same hypothesis.
fn answered(work: &Work<'_>, hypothesis_id: &str, name: &str) -> Result<String, DropReason> {
    if name.is_empty() {
        return Ok(String::new());
    }
    let id = work.refs.resolve(name)?;
    let refutes = work
        .ledger
        .hypothesis(hypothesis_id)
        .is_some_and(|hypothesis| {
            hypothesis
                .links
                .iter()
                .any(|link| link.evidence_id == id && link.stance == Stance::Refutes)
        });
    if refutes {
        Ok(id)
    } else {
        Err(DropReason::UnknownId)
    }
}

/// Retires a hypothesis at the user's wish.
pub(super) fn retire(work: &mut Work<'_>, op: &pb::RetireHypothesis) -> Result<(), DropReason> {
    let id = open_hypothesis(work, &op.hypothesis_id)?;
    let turn_number = work.turn_number;
    let hypothesis = work
        .ledger
        .hypothesis_mut(&id)
        .ok_or(DropReason::UnknownId)?;
    if hypothesis.status == HypothesisStatus::Validated || hypothesis.contested {
        return Err(DropReason::GuardFailed);
    }
    let reason = match clip(&op.reason, CONCLUDED_REASON_MAX) {
        reason if reason.is_empty() => "retired by the user".to_owned(),
        reason => reason,
    };
    decision::retire(hypothesis, &reason, turn_number);
    Ok(())
}
