//! What the owner adds to the ledger between two turns.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::{Taker, Work, operations};
use crate::case::Case;
use crate::drop_reason::DropReason;
use crate::error::CaseError;
use crate::ledger::Ledger;
use crate::ledger::decision::decide;
use crate::ledger::upkeep::tidy;
use crate::limits::HYPOTHESES_MAX;

/// The name an addition gives to what it creates.
pub(crate) const NEW: &str = "$new";

/// A ledger with an addition, and the id of what was added or was there already.
#[derive(Debug)]
pub(crate) struct Amended {
    pub(crate) case: Case,
    pub(crate) ledger: Ledger,
    pub(crate) id: String,
}

/// Applies one part of a diff outside any turn; it is refused where a turn would drop it.
pub(crate) fn amend(
    case: Case,
    ledger: Ledger,
    op: Op,
    taker: Taker<'_>,
) -> Result<Amended, CaseError> {
    case.expect_open()?;
    let draft = pb::TurnDraft {
        diff: Some(pb::TurnDiff {
            ops: vec![pb::DiffOp { op: Some(op) }],
        }),
        ..Default::default()
    };
    let mut work = Work::begin(case, ledger, &draft, taker);
    work.turn_number = work.case.current_turn;
    operations::apply_all(&mut work);
    decide(&mut work.ledger, work.turn_number);
    tidy(&mut work.ledger, work.turn_number);
    match work.refs.resolve(NEW) {
        Ok(id) => Ok(Amended {
            id,
            case: work.case,
            ledger: work.ledger,
        }),
        Err(_) => Err(refusal(
            work.dropped.first().map_or("", |part| &part.reason),
        )),
    }
}

fn refusal(reason: &str) -> CaseError {
    let message = match reason {
        reason if reason == DropReason::LimitReached.as_str() => {
            format!("a case holds at most {HYPOTHESES_MAX} hypotheses")
        }
        reason if reason == DropReason::RefutedBefore.as_str() => {
            "the evidence refuted this hypothesis; add newer evidence in a turn first".to_owned()
        }
        reason if reason == DropReason::RetiredBefore.as_str() => {
            "this hypothesis was retired; add newer evidence in a turn first".to_owned()
        }
        other => format!("the ledger refuses this: {other}"),
    };
    faultmaven_kit::Fault::precondition(reason.to_owned(), message).into()
}

#[cfg(test)]
mod tests {
    use faultmaven_kit::Fault;

    use super::*;
    use crate::case::tests::case;
    use crate::vocabulary::{CaseStatus, HypothesisStatus};

    fn taker() -> Taker<'static> {
        Taker {
            turn_token: "token",
            author_id: "user_1",
            now: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn hypothesis(statement: &str) -> Op {
        Op::AddHypothesis(pb::AddHypothesis {
            r#ref: NEW.into(),
            statement: statement.into(),
            kind: pb::HypothesisKind::Cause.into(),
            category: pb::HypothesisCategory::Other.into(),
            source: pb::HypothesisSource::User.into(),
            prior: Some(0.9),
            ..Default::default()
        })
    }

    #[test]
    fn a_hypothesis_of_the_owner_is_captured_in_any_open_case() {
        let amended = amend(
            case(),
            Ledger::default(),
            hypothesis("the disk is full"),
            taker(),
        );
        let amended = amended.unwrap();
        let added = amended.ledger.hypothesis(&amended.id).unwrap();
        assert_eq!(added.status, HypothesisStatus::Captured);
        assert!((added.prior - 0.5).abs() < 1e-9, "{}", added.prior);
        assert_eq!(amended.case.current_turn, 0);
    }

    #[test]
    fn saying_the_same_twice_adds_nothing() {
        let op = || hypothesis("the disk is full");
        let first = amend(case(), Ledger::default(), op(), taker()).unwrap();
        let again = amend(first.case, first.ledger, op(), taker()).unwrap();
        assert_eq!(again.id, first.id);
        assert_eq!(again.ledger.hypotheses.len(), 1);
    }

    #[test]
    fn what_was_refuted_stays_refuted() {
        let op = || hypothesis("the disk is full");
        let mut first = amend(case(), Ledger::default(), op(), taker()).unwrap();
        first.ledger.hypotheses[0].status = HypothesisStatus::Refuted;
        let refused = amend(first.case, first.ledger, op(), taker()).unwrap_err();
        assert_eq!(Fault::from(refused).reason, "refuted_before");
    }

    #[test]
    fn a_terminal_case_takes_nothing() {
        let mut closed = case();
        closed.status = CaseStatus::Closed;
        let refused = amend(closed, Ledger::default(), hypothesis("x"), taker()).unwrap_err();
        assert!(matches!(refused, CaseError::Terminal { .. }));
    }
}
