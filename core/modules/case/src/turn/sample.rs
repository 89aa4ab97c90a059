//! Cases and drafts for tests.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::{Applied, Taker, apply};
use crate::case::Case;
use crate::error::CaseError;
use crate::ledger::{FileRef, Ledger};

/// A case that goes from turn to turn.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) case: Case,
    pub(crate) ledger: Ledger,
}

impl Story {
    /// Begins with a case that nobody has said anything about.
    pub(crate) fn begin() -> Self {
        let mut case = crate::case::tests::case();
        case.number(1);
        Self {
            case,
            ledger: Ledger::default(),
        }
    }

    /// Begins with a case that is being investigated, with a few files.
    pub(crate) fn investigating() -> Self {
        let mut story = Self::begin();
        story.take(say(
            "checkout fails",
            vec![statement("checkout answers 500")],
        ));
        story.take(pb::TurnDraft {
            pending_reply: pb::PendingReply::Confirm.into(),
            ..say("yes", vec![])
        });
        for name in ["a", "b", "c"] {
            story.ledger.files.push(FileRef {
                file_id: format!("file_{name}"),
                file_name: name.to_owned(),
                sha256: name.to_owned(),
                top_level: true,
                turn_number: 2,
            });
        }
        story
    }

    /// Takes a turn that must succeed.
    pub(crate) fn take(&mut self, draft: pb::TurnDraft) -> Applied {
        let applied = self.attempt(draft).unwrap();
        self.case = applied.case.clone();
        self.ledger = applied.ledger.clone();
        applied
    }

    /// Applies a draft and leaves the story where it is.
    pub(crate) fn attempt(&self, mut draft: pb::TurnDraft) -> Result<Applied, CaseError> {
        let turn_number = self.case.current_turn + 1;
        draft.user_message_id = message_id(turn_number);
        let taker = Taker {
            turn_token: &format!("token {turn_number}"),
            author_id: "user_1",
            now: time(turn_number),
        };
        apply(self.case.clone(), self.ledger.clone(), &draft, taker)
    }
}

/// Returns a story in which one cause is the root and a solution is proposed.
pub(crate) fn with_root() -> Story {
    let mut story = Story::investigating();
    story.take(say(
        "here is the log",
        vec![
            evidence("$s", pb::EvidenceKind::Symptom, "a", 1),
            evidence("$c", pb::EvidenceKind::Causal, "a", 2),
            evidence("$d", pb::EvidenceKind::Causal, "b", 3),
            cause("$h", "the pool limit is too low", "problem"),
            mechanism("$h", "$c"),
            link("$h", "$c", pb::LinkBasis::OnsetAfterChange),
            link("$h", "$d", pb::LinkBasis::ChangeSetsCondition),
            solution("$sol", "$h"),
        ],
    ));
    story
}

/// Returns the id of the user's message of a turn.
pub(crate) fn message_id(turn_number: i32) -> String {
    format!("msg_{turn_number:016x}")
}

fn time(turn_number: i32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::from(turn_number))
}

/// Returns a draft in which the user writes and the analyst proposes.
pub(crate) fn say(text: &str, ops: Vec<Op>) -> pb::TurnDraft {
    let ops = ops.into_iter().map(|op| pb::DiffOp { op: Some(op) });
    pb::TurnDraft {
        user_text: text.to_owned(),
        path: pb::TurnPath::Embedded.into(),
        diff: Some(pb::TurnDiff { ops: ops.collect() }),
        pending_reply: pb::PendingReply::Withdraw.into(),
        ..pb::TurnDraft::default()
    }
}

/// Returns a draft in which the user commands a change of status.
pub(crate) fn command(to: pb::CaseStatus) -> pb::TurnDraft {
    pb::TurnDraft {
        path: pb::TurnPath::Command.into(),
        command: Some(pb::CommandedTransition {
            to: to.into(),
            ..pb::CommandedTransition::default()
        }),
        ..say("do it", vec![])
    }
}

/// Proposes a statement.
pub(crate) fn statement(text: &str) -> Op {
    Op::ProposeStatement(pb::ProposeStatement {
        dropped_evidence_ids: Vec::new(),
        text: text.to_owned(),
        proposed_by: pb::Proposer::Analyst.into(),
    })
}

/// Adds evidence that quotes a file; the number makes id, signature and place.
pub(crate) fn evidence(name: &str, kind: pb::EvidenceKind, file: &str, number: i64) -> Op {
    Op::AddEvidence(pb::AddEvidence {
        r#ref: name.to_owned(),
        digest: Some(pb::EvidenceDigest {
            evidence_id: format!("ev_{number:012x}"),
            category: kind.into(),
            claim: format!("claim {number}"),
            quote: format!("quote {number}"),
            file_id: format!("file_{file}"),
            file_name: file.to_owned(),
            sha256: file.to_owned(),
            byte_start: number * 1_000,
            byte_end: number * 1_000 + 100,
            line_start: number,
            line_end: number,
            signature: format!("signature {number}"),
            ..pb::EvidenceDigest::default()
        }),
    })
}

/// Adds evidence that quotes the user's message of a turn.
pub(crate) fn said(name: &str, kind: pb::EvidenceKind, turn_number: i32, number: i64) -> Op {
    Op::AddEvidence(pb::AddEvidence {
        r#ref: name.to_owned(),
        digest: Some(pb::EvidenceDigest {
            evidence_id: format!("ev_{number:012x}"),
            category: kind.into(),
            claim: "the user says so".to_owned(),
            quote: "so".to_owned(),
            message_id: message_id(turn_number),
            author_id: "user_1".to_owned(),
            byte_end: 2,
            ..pb::EvidenceDigest::default()
        }),
    })
}

/// Adds a cause that explains `explains`.
pub(crate) fn cause(name: &str, text: &str, explains: &str) -> Op {
    Op::AddHypothesis(pb::AddHypothesis {
        r#ref: name.to_owned(),
        statement: text.to_owned(),
        kind: pb::HypothesisKind::Cause.into(),
        category: pb::HypothesisCategory::Config.into(),
        explains: explains.to_owned(),
        source: pb::HypothesisSource::Analyst.into(),
        ..pb::AddHypothesis::default()
    })
}

/// Gives a hypothesis a mechanism.
pub(crate) fn mechanism(hypothesis: &str, evidence: &str) -> Op {
    Op::SetMechanism(pb::SetMechanism {
        hypothesis: hypothesis.to_owned(),
        mechanism: "it does".to_owned(),
        evidence: vec![evidence.to_owned()],
    })
}

/// Links evidence to a hypothesis.
pub(crate) fn link(hypothesis: &str, evidence: &str, basis: pb::LinkBasis) -> Op {
    use pb::LinkBasis as B;
    let refutes = matches!(
        basis,
        B::CounterIndicatorDirect | B::CounterIndicatorIndirect | B::UserRuleOut
    );
    let stance = if refutes {
        pb::Stance::Refutes
    } else {
        pb::Stance::Supports
    };
    Op::Link(pb::LinkEvidence {
        hypothesis: hypothesis.to_owned(),
        evidence: evidence.to_owned(),
        stance: stance.into(),
        basis: basis.into(),
        ..pb::LinkEvidence::default()
    })
}

/// Proposes a solution without commands.
pub(crate) fn solution(name: &str, target: &str) -> Op {
    Op::ProposeAction(pb::ProposeAction {
        r#ref: name.to_owned(),
        r#type: pb::ActionType::Solution.into(),
        kind: pb::ActionKind::ConfigChange.into(),
        title: "set it back".to_owned(),
        target_hypothesis: target.to_owned(),
        ..pb::ProposeAction::default()
    })
}

/// Records what came of an action.
pub(crate) fn attempt(action: &str, outcome: pb::AttemptOutcome, evidence: &str) -> Op {
    Op::RecordAttempt(pb::RecordAttempt {
        action_id: action.to_owned(),
        outcome: outcome.into(),
        evidence: vec![evidence.to_owned()],
        ..pb::RecordAttempt::default()
    })
}
