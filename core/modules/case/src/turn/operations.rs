//! Applies the parts of a diff one by one; a part that cannot be is dropped, the rest goes on.

use std::collections::VecDeque;

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::order::in_order;
use super::work::{Work, required};
use super::{actions, evidence, hypotheses, merge, moves, needs};
use crate::case::clip;
use crate::drop_reason::DropReason;
use crate::ledger::assurance::assurance;
use crate::ledger::decision::decide;
use crate::ledger::{ConclusionNote, JournalEntry};
use crate::limits::{
    CAVEAT_MAX, CAVEATS_MAX, EXCERPT_MAX, JOURNAL_TEXT_MAX, REASONING_MAX, STATEMENT_MAX,
};
use crate::store::turns::DroppedPart;
use crate::vocabulary::{EvidenceKind, Proposer, StatementState, Word as _};

use super::event::Event;

/// Applies every part of the diff.
pub(super) fn apply_all(work: &mut Work<'_>) {
    let mut waiting: VecDeque<&Op> = in_order(work.draft.diff.as_ref()).into();
    let mut postponed = 0;
    while let Some(op) = waiting.pop_front() {
        let may_wait = postponed < waiting.len();
        if may_wait && waits_for_another(work, op, &waiting) {
            // Its turn comes right behind the hypotheses that are still to be added.
            let place = waiting
                .iter()
                .position(|next| !matches!(next, Op::AddHypothesis(_)))
                .unwrap_or(waiting.len());
            waiting.insert(place, op);
            postponed += 1;
            continue;
        }
        postponed = 0;
        apply_one(work, op);
    }
}

/// A hypothesis may explain one that comes later in the diff.
fn waits_for_another(work: &Work<'_>, op: &Op, waiting: &VecDeque<&Op>) -> bool {
    let Op::AddHypothesis(op) = op else {
        return false;
    };
    !work.refs.is_decided(&op.explains)
        && waiting
            .iter()
            .any(|next| matches!(next, Op::AddHypothesis(next) if next.r#ref == op.explains))
}

fn apply_one(work: &mut Work<'_>, op: &Op) {
    let applied = match op {
        Op::ProposeStatement(op) => propose_statement(work, op),
        Op::AddEvidence(op) => evidence::add_evidence(work, op),
        Op::AddFact(op) => evidence::add_fact(work, op),
        Op::AddHypothesis(op) => hypotheses::add(work, op),
        Op::SetMechanism(op) => hypotheses::set_mechanism(work, op),
        Op::Link(op) => hypotheses::link(work, op),
        Op::RetireHypothesis(op) => hypotheses::retire(work, op),
        Op::MergeHypotheses(op) => merge::merge(work, op),
        Op::AddNeed(op) => needs::add(work, op),
        Op::UpdateNeed(op) => needs::update(work, op),
        Op::ProposeAction(op) => actions::propose(work, op),
        Op::AcceptAction(op) => actions::accept(work, op),
        Op::RejectAction(op) => actions::reject(work, op),
        Op::RecordAttempt(op) => actions::record_attempt(work, op),
        Op::Journal(op) => write_journal(work, op),
        Op::Conclude(op) => conclude(work, op),
        Op::ProposeTransition(op) => moves::propose_transition(work, op),
    };
    if let Err(reason) = applied {
        let label = Label::of(op);
        work.refs.forget(label.name);
        work.drop_part(label.op, reason, label.excerpt);
    }
}

/// Returns everything an analyst proposed about a case that takes no more changes.
pub(super) fn refused_in_terminal_case(draft: &pb::TurnDraft) -> Vec<DroppedPart> {
    in_order(draft.diff.as_ref())
        .into_iter()
        .map(|op| {
            let label = Label::of(op);
            DroppedPart {
                op: label.op.to_owned(),
                reason: DropReason::WrongStatus.as_str().to_owned(),
                excerpt: clip(label.excerpt, EXCERPT_MAX),
            }
        })
        .collect()
}

/// What a part of a diff is called when it is talked about.
struct Label<'a> {
    op: &'static str,
    /// The name the part gives to what it creates.
    name: &'a str,
    excerpt: &'a str,
}

impl<'a> Label<'a> {
    fn of(op: &'a Op) -> Self {
        let label = |op, name, excerpt| Self { op, name, excerpt };
        match op {
            Op::ProposeStatement(op) => label("propose_statement", "", &op.text),
            Op::AddFact(op) => {
                let value = op.fact.as_ref().map_or("", |fact| fact.value.as_str());
                label("add_fact", "", value)
            }
            Op::AddEvidence(op) => {
                let claim = op
                    .digest
                    .as_ref()
                    .map_or("", |digest| digest.claim.as_str());
                label("add_evidence", &op.r#ref, claim)
            }
            Op::AddHypothesis(op) => label("add_hypothesis", &op.r#ref, &op.statement),
            Op::SetMechanism(op) => label("set_mechanism", "", &op.mechanism),
            Op::Link(op) => label("link", "", &op.reasoning),
            Op::AddNeed(op) => label("add_need", &op.r#ref, &op.request),
            Op::UpdateNeed(op) => label("update_need", "", &op.need_id),
            Op::ProposeAction(op) => label("propose_action", &op.r#ref, &op.title),
            Op::ProposeTransition(op) => label("propose_transition", "", &op.reason),
            Op::Journal(op) => label("journal", "", &op.text),
            Op::RetireHypothesis(op) => label("retire_hypothesis", "", &op.hypothesis_id),
            Op::AcceptAction(op) => label("accept_action", "", &op.action_id),
            Op::RejectAction(op) => label("reject_action", "", &op.action_id),
            Op::RecordAttempt(op) => label("record_attempt", "", &op.action_id),
            Op::MergeHypotheses(op) => label("merge_hypotheses", "", &op.drop),
            Op::Conclude(op) => label("conclude", "", &op.reasoning),
        }
    }
}

fn propose_statement(work: &mut Work<'_>, op: &pb::ProposeStatement) -> Result<(), DropReason> {
    let text = required(&op.text, STATEMENT_MAX)?;
    let by = Proposer::from_wire(op.proposed_by).unwrap_or(Proposer::Analyst);
    let dropped = work.all_active_evidence(&op.dropped_evidence_ids)?;
    let shows_symptom = |id: &String| {
        let evidence = work.ledger.active(id);
        evidence.is_some_and(|it| it.category == EvidenceKind::Symptom)
    };
    if !dropped.iter().all(shows_symptom) {
        return Err(DropReason::UnknownValue);
    }
    work.case.name_after(&text);
    let statement = &mut work.case.overview.statement;
    let is_new = statement.propose(text, by);
    if statement.state == StatementState::RevisionPending {
        statement.pending_drops = dropped;
    }
    if is_new {
        work.remember_statement(None);
        moves::withdraw_outdated_offer(work);
    }
    work.events.push(Event::StatementProposed);
    Ok(())
}

fn write_journal(work: &mut Work<'_>, op: &pb::AddJournalEntry) -> Result<(), DropReason> {
    const KINDS: [&str; 6] = [
        "finding",
        "decision",
        "user_context",
        "ruled_out",
        "blocker",
        "milestone",
    ];
    if !KINDS.contains(&op.kind.as_str()) {
        return Err(DropReason::UnknownValue);
    }
    work.ledger.journal.push(JournalEntry {
        turn_number: work.turn_number,
        kind: op.kind.clone(),
        text: required(&op.text, JOURNAL_TEXT_MAX)?,
    });
    Ok(())
}

/// The note is about the grade that the turn so far leads to.
fn conclude(work: &mut Work<'_>, op: &pb::Conclude) -> Result<(), DropReason> {
    work.expect_investigating()?;
    let reasoning = required(&op.reasoning, REASONING_MAX)?;
    let caveats = op.caveats.iter().take(CAVEATS_MAX);
    let caveats = caveats.map(|caveat| required(caveat, CAVEAT_MAX));
    let caveats = caveats.collect::<Result<Vec<_>, _>>()?;
    let mut trial = work.ledger.clone();
    decide(&mut trial, work.turn_number);
    work.ledger.conclusion_note = Some(ConclusionNote {
        assurance: assurance(&trial),
        reasoning,
        caveats,
    });
    Ok(())
}
