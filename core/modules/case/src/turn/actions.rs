//! Checks and changes the user may run, and what came of them.

use faultmaven_proto::case::v1 as pb;

use super::event::Event;
use super::hypotheses;
use super::work::{Work, required};
use crate::case::clip;
use crate::convert::time_from_wire;
use crate::drop_reason::DropReason;
use crate::ledger::assurance::{is_after, of_kind, symptom_is_gone};
use crate::ledger::decision::decide;
use crate::ledger::{Action, Attempt, Command, Ledger, Link};
use crate::limits::{
    ACTION_BODY_MAX, ACTION_ROLLBACK_MAX, ACTION_TITLE_MAX, ATTEMPT_NOTE_MAX, COMMANDS_MAX,
};
use crate::vocabulary::{
    ActionKind, ActionState, ActionType, AttemptOutcome, CommandSafety, EvidenceKind, LinkBasis,
    Stance, Word as _,
};

/// Adds an action; a solution without a root becomes something smaller.
pub(super) fn propose(work: &mut Work<'_>, op: &pb::ProposeAction) -> Result<(), DropReason> {
    let wanted = ActionType::from_wire(op.r#type).ok_or(DropReason::UnknownValue)?;
    let kind = ActionKind::from_wire(op.kind).ok_or(DropReason::UnknownValue)?;
    let title = required(&op.title, ACTION_TITLE_MAX)?;
    let commands = commands(&op.commands)?;
    let target = match op.target_hypothesis.as_str() {
        "" => String::new(),
        name => work.known_hypothesis(name)?,
    };
    let action_type = allowed_type(work, wanted, &target, &commands);
    check_safety(action_type, &commands, &op.rollback)?;
    let known =
        work.ledger.actions.iter().find(|known| {
            known.is_open() && known.action_type == action_type && known.title == title
        });
    if let Some(known) = known {
        let id = known.action_id.clone();
        work.refs.bind(&op.r#ref, &id);
        work.drop_part("propose_action", DropReason::Duplicate, &op.title);
        return Ok(());
    }
    let id = work.new_id("sol", 6, &op.r#ref, &title)?;
    work.refs.bind(&op.r#ref, &id);
    work.events.push(Event::ActionProposed(id.clone()));
    work.ledger.actions.push(Action {
        action_id: id,
        action_type,
        kind,
        title,
        body: clip(&op.body, ACTION_BODY_MAX),
        commands,
        rollback: clip(&op.rollback, ACTION_ROLLBACK_MAX),
        risks: clip(&op.risks, ACTION_ROLLBACK_MAX),
        target_hypothesis_id: target,
        state: ActionState::Proposed,
        state_reason: String::new(),
        proposed_turn: work.turn_number,
        attempts: Vec::new(),
    });
    Ok(())
}

fn commands(commands: &[pb::Command]) -> Result<Vec<Command>, DropReason> {
    if commands.len() > COMMANDS_MAX {
        return Err(DropReason::LimitReached);
    }
    commands
        .iter()
        .map(|command| {
            Ok(Command {
                command: required(&command.command, ACTION_BODY_MAX)?,
                description: clip(&command.description, ACTION_BODY_MAX),
                safety: CommandSafety::from_wire(command.safety).unwrap_or(CommandSafety::Caution),
            })
        })
        .collect()
}

fn allowed_type(
    work: &Work<'_>,
    wanted: ActionType,
    target: &str,
    commands: &[Command],
) -> ActionType {
    if wanted != ActionType::Solution || targets_a_root(work, target) {
        return wanted;
    }
    if !commands.is_empty() && commands.iter().all(is_read_only) {
        ActionType::Diagnostic
    } else {
        ActionType::Mitigation
    }
}

/// Whether the turn so far makes the target a root is tried on a copy, so that it decides nothing.
fn targets_a_root(work: &Work<'_>, target: &str) -> bool {
    let mut trial: Ledger = work.ledger.clone();
    decide(&mut trial, work.turn_number);
    trial
        .root()
        .is_some_and(|root| target.is_empty() || root.hypothesis_id == target)
}

fn is_read_only(command: &Command) -> bool {
    command.safety == CommandSafety::ReadOnly
}

fn check_safety(
    action_type: ActionType,
    commands: &[Command],
    rollback: &str,
) -> Result<(), DropReason> {
    let safe = match action_type {
        ActionType::Diagnostic => commands.iter().all(is_read_only),
        ActionType::Mitigation | ActionType::Solution => {
            commands.is_empty() || !rollback.trim().is_empty()
        }
    };
    if safe {
        Ok(())
    } else {
        Err(DropReason::UnsafeCommand)
    }
}

/// Records that the user agreed to an action.
pub(super) fn accept(work: &mut Work<'_>, op: &pb::AcceptAction) -> Result<(), DropReason> {
    work.expect_users_words()?;
    let id = work.refs.resolve(&op.action_id)?;
    decide_on(work, &id, ActionState::Accepted)?;
    work.events.push(Event::ActionAccepted(id));
    Ok(())
}

/// Records that the user declined an action.
pub(super) fn reject(work: &mut Work<'_>, op: &pb::RejectAction) -> Result<(), DropReason> {
    work.expect_users_words()?;
    let id = work.refs.resolve(&op.action_id)?;
    decide_on(work, &id, ActionState::Rejected)?;
    work.events.push(Event::ActionRejected(id));
    Ok(())
}

fn decide_on(work: &mut Work<'_>, id: &str, state: ActionState) -> Result<(), DropReason> {
    let action = action_mut(work, id)?;
    if action.state == state {
        return Err(DropReason::Duplicate);
    }
    if action.state != ActionState::Proposed {
        return Err(DropReason::GuardFailed);
    }
    action.state = state;
    Ok(())
}

fn action_mut<'w>(work: &'w mut Work<'_>, id: &str) -> Result<&'w mut Action, DropReason> {
    work.ledger
        .actions
        .iter_mut()
        .find(|action| action.action_id == id)
        .ok_or(DropReason::UnknownId)
}

/// Records what came of an action, and what that says about the cause it was aimed at.
pub(super) fn record_attempt(
    work: &mut Work<'_>,
    op: &pb::RecordAttempt,
) -> Result<(), DropReason> {
    work.expect_investigating()?;
    let id = work.refs.resolve(&op.action_id)?;
    let outcome = AttemptOutcome::from_wire(op.outcome).ok_or(DropReason::UnknownValue)?;
    let evidence_ids = work.all_active_evidence(&op.evidence)?;
    if outcome == AttemptOutcome::Failed && evidence_ids.is_empty() {
        return Err(DropReason::NoSource);
    }
    let attempt = if op.attempt_id.is_empty() {
        report(work, op, &id, outcome, evidence_ids)?
    } else {
        settle(work, op, &id, outcome, evidence_ids)?
    };
    let target = action_mut(work, &id)?.target_hypothesis_id.clone();
    work.events.push(match outcome {
        AttemptOutcome::Succeeded => Event::AttemptSucceeded(id),
        _ => Event::AttemptRecorded(id),
    });
    if let Some(link) = consequence(work, &attempt) {
        // A link the analyst made of the same pair already says this.
        let _ = hypotheses::attach(work, &target, link);
    }
    Ok(())
}

/// Adds an attempt that the user reports; an action that was only proposed is accepted by it.
fn report(
    work: &mut Work<'_>,
    op: &pb::RecordAttempt,
    action_id: &str,
    outcome: AttemptOutcome,
    evidence_ids: Vec<String>,
) -> Result<Attempt, DropReason> {
    work.expect_users_words()?;
    let recorded = work.ledger.actions.iter().map(|a| a.attempts.len());
    let seed = format!("{action_id}{}", recorded.sum::<usize>());
    let attempt = Attempt {
        attempt_id: work.derived_id("att", 8, &seed),
        outcome,
        performed_at: time_from_wire(op.perform_time.as_ref()),
        reported_turn: work.turn_number,
        evidence_ids,
        note: clip(&op.note, ATTEMPT_NOTE_MAX),
    };
    let action = action_mut(work, action_id)?;
    if !action.is_open() {
        return Err(DropReason::GuardFailed);
    }
    let newly_accepted = action.state == ActionState::Proposed;
    action.state = ActionState::Accepted;
    action.attempts.push(attempt.clone());
    if newly_accepted {
        work.events
            .push(Event::ActionAccepted(action_id.to_owned()));
    }
    Ok(attempt)
}

/// Says what came of an attempt that was reported earlier, from evidence gathered after it.
///
/// What has failed stays failed, and what has succeeded only gains evidence.
fn settle(
    work: &mut Work<'_>,
    op: &pb::RecordAttempt,
    action_id: &str,
    outcome: AttemptOutcome,
    evidence_ids: Vec<String>,
) -> Result<Attempt, DropReason> {
    let action = action_mut(work, action_id)?;
    let is_open = action.is_open();
    let last = action.attempts.last().cloned();
    let mut attempt = last
        .filter(|last| last.attempt_id == op.attempt_id)
        .ok_or(DropReason::UnknownId)?;
    let may_become = match attempt.outcome {
        AttemptOutcome::Unknown | AttemptOutcome::Partial => outcome != AttemptOutcome::Unknown,
        AttemptOutcome::Succeeded => outcome == AttemptOutcome::Succeeded,
        AttemptOutcome::Failed => false,
    };
    if !is_open || !may_become {
        return Err(DropReason::GuardFailed);
    }
    if evidence_ids.is_empty() {
        return Err(DropReason::NoSource);
    }
    let is_later = |id: &String| {
        let evidence = work.ledger.active(id);
        evidence.is_some_and(|it| is_after(it, attempt.performed_at, attempt.reported_turn))
    };
    if !evidence_ids.iter().all(is_later) {
        return Err(DropReason::GuardFailed);
    }
    attempt.outcome = outcome;
    let known = std::mem::replace(&mut attempt.evidence_ids, evidence_ids);
    for id in known {
        if !attempt.evidence_ids.contains(&id) {
            attempt.evidence_ids.push(id);
        }
    }
    if let Some(last) = action_mut(work, action_id)?.attempts.last_mut() {
        last.clone_from(&attempt);
    }
    Ok(attempt)
}

/// A failed fix speaks against its cause, a successful one with both absences for it.
fn consequence(work: &Work<'_>, attempt: &Attempt) -> Option<Link> {
    let ledger = &work.ledger;
    let after = |evidence| is_after(evidence, attempt.performed_at, attempt.reported_turn);
    let removal = of_kind(ledger, EvidenceKind::CausalAbsence)
        .filter(|absence| absence.cites_file() && after(absence))
        .last();
    let (evidence_id, stance, basis) = match attempt.outcome {
        AttemptOutcome::Failed => {
            let basis = match removal {
                Some(_) => LinkBasis::FailedFixRemovalShown,
                None => LinkBasis::FailedFix,
            };
            (
                attempt.evidence_ids.first()?.clone(),
                Stance::Refutes,
                basis,
            )
        }
        AttemptOutcome::Succeeded => {
            symptom_is_gone(ledger).filter(|absence| after(absence))?;
            let removal = removal?.evidence_id.clone();
            (removal, Stance::Supports, LinkBasis::CounterfactualSuccess)
        }
        AttemptOutcome::Partial | AttemptOutcome::Unknown => return None,
    };
    Some(Link {
        strength: crate::ledger::likelihood::strength(basis, stance, 0.0)?,
        evidence_id,
        stance,
        basis,
        reasoning: "what came of the attempt".to_owned(),
        answers_evidence_id: String::new(),
        turn_number: work.turn_number,
    })
}
