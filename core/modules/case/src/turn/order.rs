//! The order in which the parts of a diff are applied, whatever order they came in.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;
use prost::Message as _;

/// The step of a turn in which a part is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Statement,
    Evidence,
    Fact,
    Hypothesis,
    Mechanism,
    Link,
    Retire,
    Merge,
    NewNeed,
    Need,
    Action,
    Accept,
    Reject,
    Attempt,
    Journal,
    Conclusion,
    Transition,
}

/// Returns the parts of a diff, first things first; ledger entries in an order of their own.
pub(super) fn in_order(diff: Option<&pb::TurnDiff>) -> Vec<&Op> {
    let ops = diff.map(|diff| diff.ops.as_slice()).unwrap_or_default();
    let mut ops: Vec<&Op> = ops.iter().filter_map(|op| op.op.as_ref()).collect();
    ops.sort_by_cached_key(|op| (step(op), canonical_key(op)));
    ops
}

/// Returns the step of a part.
pub(super) fn step(op: &Op) -> Step {
    match op {
        Op::ProposeStatement(_) => Step::Statement,
        Op::AddEvidence(_) => Step::Evidence,
        Op::AddFact(_) => Step::Fact,
        Op::AddHypothesis(_) => Step::Hypothesis,
        Op::SetMechanism(_) => Step::Mechanism,
        Op::Link(_) => Step::Link,
        Op::RetireHypothesis(_) => Step::Retire,
        Op::MergeHypotheses(_) => Step::Merge,
        Op::AddNeed(_) => Step::NewNeed,
        Op::UpdateNeed(_) => Step::Need,
        Op::ProposeAction(_) => Step::Action,
        Op::AcceptAction(_) => Step::Accept,
        Op::RejectAction(_) => Step::Reject,
        Op::RecordAttempt(_) => Step::Attempt,
        Op::Journal(_) => Step::Journal,
        Op::Conclude(_) => Step::Conclusion,
        Op::ProposeTransition(_) => Step::Transition,
    }
}

/// Ledger entries are a set, so they are sorted; what people read keeps the order it came in.
fn canonical_key(op: &Op) -> Vec<u8> {
    match op {
        Op::AddEvidence(op) => op.encode_to_vec(),
        Op::AddHypothesis(op) => op.encode_to_vec(),
        Op::SetMechanism(op) => op.encode_to_vec(),
        Op::Link(op) => op.encode_to_vec(),
        Op::RetireHypothesis(op) => op.encode_to_vec(),
        Op::MergeHypotheses(op) => op.encode_to_vec(),
        Op::AddNeed(op) => op.encode_to_vec(),
        Op::UpdateNeed(op) => op.encode_to_vec(),
        Op::ProposeAction(op) => op.encode_to_vec(),
        Op::AcceptAction(op) => op.encode_to_vec(),
        Op::RejectAction(op) => op.encode_to_vec(),
        Op::RecordAttempt(op) => op.encode_to_vec(),
        Op::ProposeStatement(_)
        | Op::AddFact(_)
        | Op::Journal(_)
        | Op::Conclude(_)
        | Op::ProposeTransition(_) => Vec::new(),
    }
}
