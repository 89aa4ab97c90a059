mod laws;

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;
use proptest::prelude::*;

use self::laws::{check_ledger, is_legal};
use super::Ledger;
use crate::turn::sample::{
    Story, attempt, cause, command, evidence, link, mechanism, said, say, solution, statement,
};

const CAUSES: [&str; 4] = [
    "pool limit too low",
    "name resolution fails",
    "disk is full",
    "certificate expired",
];
const FILES: [&str; 3] = ["a", "b", "c"];

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

#[derive(Debug, Clone)]
enum Move {
    Statement(bool),
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
const STATUSES: [pb::CaseStatus; 3] = [
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

fn any_move() -> impl Strategy<Value = Move> {
    let number = 0..12_i64;
    let cause = 0..CAUSES.len();
    prop_oneof![
        1 => any::<bool>().prop_map(Move::Statement),
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

fn op(story: &Story, turn_number: i32, what: &Move) -> Op {
    let hypothesis = |index| hypothesis_name(&story.ledger, index);
    match what {
        Move::Statement(eu) => statement(if *eu {
            "500 in the EU"
        } else {
            "checkout answers 500"
        }),
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

#[derive(Debug, Clone)]
struct Turn {
    moves: Vec<Move>,
    reply: i32,
    command: Option<usize>,
}

fn any_turn() -> impl Strategy<Value = Turn> {
    let command = proptest::option::weighted(0.05, 0..STATUSES.len());
    (
        proptest::collection::vec(any_move(), 0..12),
        0..5_i32,
        command,
    )
        .prop_map(|(moves, reply, command)| Turn {
            moves,
            reply,
            command,
        })
}

fn draft(story: &Story, turn: &Turn) -> pb::TurnDraft {
    let turn_number = story.case.current_turn + 1;
    let ops = turn
        .moves
        .iter()
        .map(|what| op(story, turn_number, what))
        .collect();
    pb::TurnDraft {
        pending_reply: turn.reply,
        command: turn.command.and_then(|to| command(STATUSES[to]).command),
        ..say("something", ops)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_sequence_of_turns_reaches_an_illegal_state(
        turns in proptest::collection::vec(any_turn(), 1..10)
    ) {
        let mut story = Story::investigating();
        for turn in &turns {
            let before = story.clone();
            // A refused command leaves the case as it was.
            let Ok(applied) = story.attempt(draft(&story, turn)) else { continue };
            story.case = applied.case;
            story.ledger = applied.ledger;
            story.case.check_invariants(!story.ledger.evidence.is_empty()).unwrap();
            check_ledger(&story.ledger);
            let from = before.case.status;
            let to = story.case.status;
            prop_assert!(from == to || from.next().contains(&to));
            prop_assert_eq!(story.case.current_turn, before.case.current_turn + 1);
            for known in &before.ledger.hypotheses {
                let now = story.ledger.hypothesis(&known.hypothesis_id).unwrap();
                prop_assert!(is_legal(known, now), "{:?} to {:?}", known.status, now.status);
                prop_assert_eq!(&now.statement, &known.statement);
            }
        }
    }

    #[test]
    fn the_order_of_operations_within_a_turn_does_not_matter(
        turns in proptest::collection::vec(any_turn(), 1..4),
        last in proptest::collection::vec(any_move(), 0..14),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let mut story = Story::investigating();
        for turn in &turns {
            let quiet = Turn { command: None, reply: 0, ..turn.clone() };
            story.take(draft(&story, &quiet));
        }
        let mut rotated: Vec<Move> = last.iter().rev().cloned().collect();
        if !rotated.is_empty() {
            let by = shuffled.index(rotated.len());
            rotated.rotate_left(by);
        }
        let plain = |moves: Vec<Move>| {
            let moves = moves
                .into_iter()
                .filter(|what| !matches!(what, Move::Statement(_) | Move::Offer(_)))
                .collect();
            draft(&story, &Turn { moves, reply: 0, command: None })
        };
        let one = story.attempt(plain(last)).unwrap();
        let other = story.attempt(plain(rotated)).unwrap();
        prop_assert_eq!(one.ledger.hypotheses, other.ledger.hypotheses);
        prop_assert_eq!(one.ledger.evidence, other.ledger.evidence);
        prop_assert_eq!(one.ledger.actions, other.ledger.actions);
    }
}
