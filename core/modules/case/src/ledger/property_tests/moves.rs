//! What a turn may hold: sense, nonsense, and what a model says that nobody holds back.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;
use proptest::prelude::*;

use crate::ledger::Ledger;
use crate::turn::sample::{Story, attempt, cause, evidence, link, mechanism, said, solution};

const CAUSES: [&str; 4] = [
    "the pool limit is too low",
    "name resolution fails",
    "disk is full",
    "certificate expired",
];
pub(super) const FILES: [&str; 3] = ["a", "b", "c"];

fn evidence_id(number: i64) -> String {
    format!("ev_{number:012x}")
}

/// Returns the reference of a hypothesis of this diff, or the id a cause got before.
fn hypothesis_name(ledger: &Ledger, index: usize) -> String {
    let known = ledger
        .hypotheses
        .iter()
        .rev()
        .find(|hypothesis| hypothesis.statement == CAUSES[index]);
    match known {
        Some(known) => known.hypothesis_id.clone(),
        None => format!("${index}"),
    }
}

/// One operation of a turn.
#[derive(Debug, Clone)]
pub(super) enum Move {
    Statement {
        eu: bool,
        /// Evidence that no longer counts once the revision is confirmed.
        drops: Option<i64>,
    },
    Evidence {
        kind: usize,
        file: usize,
        number: i64,
    },
    Said {
        kind: usize,
        number: i64,
    },
    Cause {
        index: usize,
        explains: Option<usize>,
    },
    Mechanism {
        index: usize,
        number: i64,
    },
    Link {
        index: usize,
        number: i64,
        basis: usize,
    },
    /// What a model says that nobody holds back.
    Judge {
        index: usize,
        number: i64,
        supports: bool,
        strength: f64,
    },
    Suspect {
        index: usize,
        prior: f64,
    },
    Merge(usize, usize),
    Conclude,
    Agree(usize),
    Retire(usize),
    Solution(usize),
    Attempt {
        action: usize,
        failed: bool,
        number: i64,
    },
    Offer(usize),
}

const KINDS: [pb::EvidenceKind; 5] = [
    pb::EvidenceKind::Symptom,
    pb::EvidenceKind::Causal,
    pb::EvidenceKind::SymptomAbsence,
    pb::EvidenceKind::CausalAbsence,
    pb::EvidenceKind::Resolution,
];
const BASES: [pb::LinkBasis; 7] = [
    pb::LinkBasis::DirectIndicator,
    pb::LinkBasis::OnsetAfterChange,
    pb::LinkBasis::IndirectIndicator,
    pb::LinkBasis::CounterIndicatorDirect,
    pb::LinkBasis::CounterIndicatorIndirect,
    pb::LinkBasis::UserAssertion,
    pb::LinkBasis::UserRuleOut,
];
pub(super) const STATUSES: [pb::CaseStatus; 3] = [
    pb::CaseStatus::Investigating,
    pb::CaseStatus::Resolved,
    pb::CaseStatus::Closed,
];

/// Also what no honest analyst offers.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.8),
        Just(0.5),
        Just(5.0),
        Just(-1.0),
        Just(f64::NAN),
        Just(f64::INFINITY)
    ]
}

pub(super) fn any_move() -> impl Strategy<Value = Move> {
    let number = 0..16_i64;
    let cause = 0..CAUSES.len();
    prop_oneof![
        1 => (any::<bool>(), proptest::option::of(number.clone()))
            .prop_map(|(eu, drops)| Move::Statement { eu, drops }),
        4 => (0..KINDS.len(), 0..FILES.len(), number.clone())
            .prop_map(|(kind, file, number)| Move::Evidence { kind, file, number }),
        1 => (0..KINDS.len(), number.clone()).prop_map(|(kind, number)| Move::Said { kind, number }),
        3 => (cause.clone(), proptest::option::of(cause.clone()))
            .prop_map(|(index, explains)| Move::Cause { index, explains }),
        2 => (cause.clone(), number.clone())
            .prop_map(|(index, number)| Move::Mechanism { index, number }),
        6 => (cause.clone(), number.clone(), 0..BASES.len())
            .prop_map(|(index, number, basis)| Move::Link { index, number, basis }),
        4 => (cause.clone(), number.clone(), any::<bool>(), any_number())
            .prop_map(|(index, number, supports, strength)| Move::Judge {
                index, number, supports, strength,
            }),
        2 => (cause.clone(), any_number()).prop_map(|(index, prior)| Move::Suspect { index, prior }),
        1 => (cause.clone(), cause.clone()).prop_map(|(keep, gone)| Move::Merge(keep, gone)),
        1 => Just(Move::Conclude),
        1 => (0..3_usize).prop_map(Move::Agree),
        1 => cause.clone().prop_map(Move::Retire),
        1 => cause.prop_map(Move::Solution),
        1 => (0..3_usize, any::<bool>(), number)
            .prop_map(|(action, failed, number)| Move::Attempt { action, failed, number }),
        1 => (0..STATUSES.len()).prop_map(Move::Offer),
    ]
}

pub(super) fn op(story: &Story, turn_number: i32, what: &Move) -> Op {
    let hypothesis = |index| hypothesis_name(&story.ledger, index);
    match what {
        Move::Statement { eu, drops } => revision(*eu, *drops),
        Move::Evidence { kind, file, number } => {
            evidence(&format!("$e{number}"), KINDS[*kind], FILES[*file], *number)
        }
        Move::Said { kind, number } => said("", KINDS[*kind], turn_number, *number),
        Move::Cause { index, explains } => {
            let explains = explains.map_or_else(String::new, hypothesis);
            cause(&format!("${index}"), CAUSES[*index], &explains)
        }
        Move::Mechanism { index, number } => mechanism(&hypothesis(*index), &evidence_id(*number)),
        Move::Link {
            index,
            number,
            basis,
        } => link(&hypothesis(*index), &evidence_id(*number), BASES[*basis]),
        Move::Judge { .. } | Move::Suspect { .. } | Move::Merge(..) | Move::Conclude => {
            of_a_model(story, what)
        }
        Move::Agree(action) => Op::AcceptAction(pb::AcceptAction {
            action_id: action_id(&story.ledger, *action),
        }),
        Move::Retire(index) => Op::RetireHypothesis(pb::RetireHypothesis {
            hypothesis_id: hypothesis(*index),
            reason: String::new(),
        }),
        Move::Solution(index) => solution("", &hypothesis(*index)),
        Move::Attempt {
            action,
            failed,
            number,
        } => {
            let outcome = if *failed {
                pb::AttemptOutcome::Failed
            } else {
                pb::AttemptOutcome::Succeeded
            };
            let id = action_id(&story.ledger, *action);
            attempt(&id, outcome, &evidence_id(*number))
        }
        Move::Offer(to) => Op::ProposeTransition(pb::ProposeTransition {
            to: STATUSES[*to].into(),
            ..pb::ProposeTransition::default()
        }),
    }
}

fn revision(eu: bool, drops: Option<i64>) -> Op {
    let text = if eu {
        "500 in the EU"
    } else {
        "checkout answers 500"
    };
    Op::ProposeStatement(pb::ProposeStatement {
        text: text.to_owned(),
        proposed_by: pb::Proposer::Analyst.into(),
        dropped_evidence_ids: drops.map(evidence_id).into_iter().collect(),
    })
}

fn of_a_model(story: &Story, what: &Move) -> Op {
    let hypothesis = |index| hypothesis_name(&story.ledger, index);
    match what {
        Move::Judge {
            index,
            number,
            supports,
            strength,
        } => judged(
            &hypothesis(*index),
            &evidence_id(*number),
            *supports,
            *strength,
        ),
        Move::Suspect { index, prior } => suspected(*index, *prior),
        Move::Merge(keep, gone) => Op::MergeHypotheses(pb::MergeHypotheses {
            keep: hypothesis(*keep),
            drop: hypothesis(*gone),
        }),
        _ => Op::Conclude(pb::Conclude {
            reasoning: "it is so".to_owned(),
            caveats: Vec::new(),
        }),
    }
}

fn judged(hypothesis: &str, evidence: &str, supports: bool, strength: f64) -> Op {
    let stance = if supports {
        pb::Stance::Supports
    } else {
        pb::Stance::Refutes
    };
    Op::Link(pb::LinkEvidence {
        hypothesis: hypothesis.to_owned(),
        evidence: evidence.to_owned(),
        stance: stance.into(),
        basis: pb::LinkBasis::ModelJudgement.into(),
        strength,
        ..pb::LinkEvidence::default()
    })
}

/// A cause that a model brings up, under a name that the diff may have given before.
fn suspected(index: usize, prior: f64) -> Op {
    Op::AddHypothesis(pb::AddHypothesis {
        r#ref: format!("${index}"),
        statement: CAUSES[index].to_owned(),
        kind: pb::HypothesisKind::Cause.into(),
        category: pb::HypothesisCategory::Network.into(),
        source: pb::HypothesisSource::Model.into(),
        prior: Some(prior),
        ..pb::AddHypothesis::default()
    })
}

fn action_id(ledger: &Ledger, at: usize) -> String {
    let action = ledger.actions.get(at);
    action.map_or_else(|| "sol_none".to_owned(), |action| action.action_id.clone())
}
