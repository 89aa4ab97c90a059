//! What a turn does to the status: replies to an offer, commands, and new offers.

use faultmaven_proto::case::v1 as pb;

use super::event::Event;
use super::snapshot::Snapshot;
use super::work::{Work, required};
use crate::case::{Case, clip};
use crate::drop_reason::DropReason;
use crate::error::CaseError;
use crate::ledger::Citation;
use crate::ledger::assurance::symptom_is_gone;
use crate::limits::{STATEMENT_MAX, TRANSITION_REASON_MAX, TRANSITION_SUMMARY_MAX};
use crate::readmodel::conclusion::conclusion;
use crate::transition::{self, How, Move, PendingTransition, check_arrow, guard_holds};
use crate::vocabulary::{
    CaseStatus, ClosureReason, ConfirmedHow, EvidenceKind, Proposer, StatementState, Word as _,
};

/// Fails when a command was meant for another state or no arrow leads where it points.
pub(super) fn check_command(
    case: &Case,
    command: Option<&pb::CommandedTransition>,
) -> Result<(), CaseError> {
    let Some(command) = command else {
        return Ok(());
    };
    match CaseStatus::from_wire(command.expected_from) {
        Some(expected) if expected != case.status => {
            return Err(CaseError::StatusConflict {
                expected,
                actual: case.status,
            });
        }
        _ => {}
    }
    check_arrow(case.status, target(command)?)
}

fn target(command: &pb::CommandedTransition) -> Result<CaseStatus, CaseError> {
    CaseStatus::from_wire(command.to).ok_or_else(|| {
        faultmaven_kit::Fault::invalid("draft.command.to", "must name a status").into()
    })
}

/// Handles the reply to an offer and a command to investigate, both of which open the turn.
pub(super) fn open(work: &mut Work<'_>) -> Result<(), CaseError> {
    reply(work)?;
    match &work.draft.command {
        Some(command) if target(command)? == CaseStatus::Investigating => {
            investigate_on_command(work, command)
        }
        _ => Ok(()),
    }
}

fn reply(work: &mut Work<'_>) -> Result<(), CaseError> {
    let reply = pb::PendingReply::try_from(work.draft.pending_reply).unwrap_or_default();
    let Some(pending) = work.case.overview.pending.clone() else {
        reply_to_revision(work, reply);
        return Ok(());
    };
    match reply {
        pb::PendingReply::Unspecified | pb::PendingReply::Keep => {}
        pb::PendingReply::Decline => {
            transition::decline(&mut work.case, &mut work.ledger);
            work.events.push(Event::TransitionDeclined(pending.to));
        }
        pb::PendingReply::Withdraw => {
            work.case.overview.pending = None;
            work.events.push(Event::TransitionWithdrawn(pending.to));
        }
        pb::PendingReply::Confirm if pending.to == CaseStatus::Investigating => {
            confirm_statement(work, ConfirmedHow::Reply);
            let change = handshake(work, &pending);
            move_case(work, change)?;
        }
        // What the turn brings in may still speak against it, so it takes effect at the end.
        pb::PendingReply::Confirm => {
            work.case.overview.pending = None;
            work.confirmed = Some(pending);
        }
    }
    Ok(())
}

fn reply_to_revision(work: &mut Work<'_>, reply: pb::PendingReply) {
    if work.case.overview.statement.state != StatementState::RevisionPending {
        return;
    }
    match reply {
        pb::PendingReply::Confirm => confirm_statement(work, ConfirmedHow::Reply),
        pb::PendingReply::Decline | pb::PendingReply::Withdraw => {
            work.case.overview.statement.drop_revision();
            work.events.push(Event::RevisionWithdrawn);
        }
        pb::PendingReply::Unspecified | pb::PendingReply::Keep => {}
    }
}

/// Confirms the statement; what showed the symptom so far goes on showing it, unless the revision
/// drops it.
fn confirm_statement(work: &mut Work<'_>, how: ConfirmedHow) {
    let statement = &mut work.case.overview.statement;
    let dropped = statement.confirm(how, work.taker.now);
    let revision = statement.revision;
    for evidence in &mut work.ledger.evidence {
        if evidence.is_active() && dropped.contains(&evidence.evidence_id) {
            evidence.withdrawn = true;
            let id = evidence.evidence_id.clone();
            work.events.push(Event::EvidenceWithdrawn(id));
        } else if evidence.category == EvidenceKind::Symptom {
            evidence.statement_revision = revision;
        }
    }
    work.remember_statement(Some(how));
    work.events.push(Event::StatementConfirmed { revision });
}

fn investigate_on_command(
    work: &mut Work<'_>,
    command: &pb::CommandedTransition,
) -> Result<(), CaseError> {
    let how = if work.case.overview.statement.text.is_empty() {
        let derived = required(&command.derived_statement, STATEMENT_MAX)
            .map_err(|_| CaseError::NothingToInvestigate)?;
        work.case.name_after(&derived);
        work.case
            .overview
            .statement
            .propose(derived, Proposer::Engine);
        ConfirmedHow::Derived
    } else {
        ConfirmedHow::Command
    };
    confirm_statement(work, how);
    let change = commanded(work, command)?;
    move_case(work, change)
}

/// Carries out what ends the case, now that the turn has brought in all it knows.
pub(super) fn close(work: &mut Work<'_>) -> Result<(), CaseError> {
    if let Some(pending) = work.confirmed.take() {
        if guard_holds(&work.case, &work.ledger, pending.to) {
            let change = handshake(work, &pending);
            return move_case(work, change);
        }
        work.drop_part(
            "propose_transition",
            DropReason::GuardFailed,
            &pending.reason,
        );
        work.events.push(Event::TransitionGuardFailed(pending.to));
    }
    let Some(command) = &work.draft.command else {
        return Ok(());
    };
    if target(command)? == CaseStatus::Investigating {
        return Ok(());
    }
    let change = commanded(work, command)?;
    move_case(work, change)
}

fn handshake<'a>(work: &Work<'a>, pending: &PendingTransition) -> Move<'a> {
    Move {
        to: pending.to,
        how: How::Handshake,
        by: work.taker.author_id,
        reason: pending.reason.clone(),
        closure_reason: pending.closure_reason,
        turn_number: work.turn_number,
        now: work.taker.now,
    }
}

fn commanded<'a>(
    work: &Work<'a>,
    command: &pb::CommandedTransition,
) -> Result<Move<'a>, CaseError> {
    Ok(Move {
        to: target(command)?,
        how: How::Command,
        by: work.taker.author_id,
        reason: clip(&command.reason, TRANSITION_REASON_MAX),
        closure_reason: ClosureReason::from_wire(command.closure_reason),
        turn_number: work.turn_number,
        now: work.taker.now,
    })
}

fn move_case(work: &mut Work<'_>, change: Move<'_>) -> Result<(), CaseError> {
    let (from, to) = (work.case.status, change.to);
    transition::apply(&mut work.case, &mut work.ledger, change)?;
    work.events.push(Event::StatusMoved { from, to });
    Ok(())
}

/// Offers a transition that an analyst proposes.
pub(super) fn propose_transition(
    work: &mut Work<'_>,
    op: &pb::ProposeTransition,
) -> Result<(), DropReason> {
    let to = CaseStatus::from_wire(op.to).ok_or(DropReason::UnknownValue)?;
    let evidence_ids = work.all_active_evidence(&op.evidence)?;
    let closure_reason = ClosureReason::from_wire(op.closure_reason);
    let offer = PendingTransition {
        reason: clip(&op.reason, TRANSITION_REASON_MAX),
        summary: clip(&op.summary, TRANSITION_SUMMARY_MAX),
        evidence_ids,
        closure_reason: closure_reason.filter(|_| to == CaseStatus::Closed),
        ..empty_offer(work, to)
    };
    offer_transition(work, offer)
}

/// An offer to investigate is about the statement as it was offered.
pub(super) fn withdraw_outdated_offer(work: &mut Work<'_>) {
    let pending = &mut work.case.overview.pending;
    if let Some(offer) = pending.take_if(|offer| offer.to == CaseStatus::Investigating) {
        work.events.push(Event::TransitionWithdrawn(offer.to));
    }
}

/// An offer to resolve falls as soon as the symptom is seen again.
pub(super) fn withdraw_unfounded_offer(work: &mut Work<'_>) {
    let to = CaseStatus::Resolved;
    let is_offered = work
        .case
        .overview
        .pending
        .as_ref()
        .is_some_and(|it| it.to == to);
    if is_offered && !guard_holds(&work.case, &work.ledger, to) {
        work.case.overview.pending = None;
        work.events.push(Event::TransitionWithdrawn(to));
    }
}

/// Offers what the engine itself sees coming: to investigate a statement, to resolve the case.
pub(super) fn offer_what_follows(work: &mut Work<'_>, before: &Snapshot) {
    if work.case.overview.pending.is_some() {
        return;
    }
    let offer = match work.case.status {
        CaseStatus::Inquiry if has(work, |event| *event == Event::StatementProposed) => {
            investigation_offer(work)
        }
        CaseStatus::Investigating if seems_resolved(work, before) => resolution_offer(work),
        _ => return,
    };
    // An offer the user refused before is simply not made again.
    let _ = offer_transition(work, offer);
}

fn has(work: &Work<'_>, wanted: impl Fn(&Event) -> bool) -> bool {
    work.events.iter().any(wanted)
}

fn seems_resolved(work: &Work<'_>, before: &Snapshot) -> bool {
    let said_so = work.ledger.active_evidence().any(|evidence| {
        evidence.turn_number == work.turn_number
            && evidence.category == EvidenceKind::SymptomAbsence
            && matches!(evidence.citation, Citation::Message { .. })
    });
    let news = said_so
        || before.root_appeared(&work.ledger)
        || has(work, |event| matches!(event, Event::AttemptSucceeded(_)));
    news && guard_holds(&work.case, &work.ledger, CaseStatus::Resolved)
        && !has(work, |event| {
            *event == Event::TransitionGuardFailed(CaseStatus::Resolved)
        })
}

fn investigation_offer(work: &Work<'_>) -> PendingTransition {
    PendingTransition {
        reason: "the problem can be investigated as stated".to_owned(),
        summary: work.case.overview.statement.text.clone(),
        ..empty_offer(work, CaseStatus::Investigating)
    }
}

fn resolution_offer(work: &Work<'_>) -> PendingTransition {
    let absence = symptom_is_gone(&work.ledger);
    PendingTransition {
        reason: "the symptom is gone".to_owned(),
        summary: clip(&conclusion(&work.ledger).summary, TRANSITION_SUMMARY_MAX),
        evidence_ids: absence
            .map(|absence| absence.evidence_id.clone())
            .into_iter()
            .collect(),
        ..empty_offer(work, CaseStatus::Resolved)
    }
}

fn empty_offer(work: &Work<'_>, to: CaseStatus) -> PendingTransition {
    PendingTransition {
        to,
        reason: String::new(),
        summary: String::new(),
        evidence_ids: Vec::new(),
        closure_reason: None,
        proposed_turn: work.turn_number,
        proposed_at: work.taker.now,
        proposal_key: String::new(),
    }
}

fn offer_transition(work: &mut Work<'_>, offer: PendingTransition) -> Result<(), DropReason> {
    let to = offer.to;
    transition::offer(&mut work.case, &mut work.ledger, offer)?;
    work.events.push(Event::TransitionOffered(to));
    Ok(())
}
