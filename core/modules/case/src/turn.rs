//! One turn: applies what the user decided and what an analyst proposes, without storing anything.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as pb;

use crate::case::Case;
use crate::error::CaseError;
use crate::ledger::decision::decide;
use crate::ledger::upkeep::{break_deadlock, tidy};
use crate::ledger::{Ledger, TurnMark};
use crate::limits::RULES_VERSION;
use crate::progress::milestones;
use crate::readmodel::conclusion::conclusion;
use crate::store::turns::DroppedPart;
use crate::vocabulary::{CaseStatus, Milestone, TurnOutcome, TurnPath, Word as _};

mod actions;
mod amend;
mod event;
mod evidence;
mod hypotheses;
mod merge;
mod moves;
mod needs;
mod operations;
mod order;
mod outcome;
mod refs;
mod snapshot;
mod work;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod story_tests;

use event::Event;
use snapshot::Snapshot;
use work::Work;

pub(crate) use amend::{NEW, amend};
pub(crate) use work::notices;

/// Who takes a turn, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker<'a> {
    /// Seeds the ids of what the turn creates, so that a preview and its commit agree.
    pub(crate) turn_token: &'a str,
    pub(crate) author_id: &'a str,
    pub(crate) now: DateTime<Utc>,
}

/// What a draft leads to.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) case: Case,
    pub(crate) ledger: Ledger,
    pub(crate) turn_number: i32,
    pub(crate) path: TurnPath,
    pub(crate) outcome: TurnOutcome,
    pub(crate) progress_made: bool,
    pub(crate) milestones_completed: Vec<Milestone>,
    pub(crate) milestones_reverted: Vec<Milestone>,
    pub(crate) evidence_ids: Vec<String>,
    pub(crate) changes: Vec<String>,
    pub(crate) dropped: Vec<DroppedPart>,
    pub(crate) resolved_refs: BTreeMap<String, String>,
    /// The status before, when the turn changed it.
    pub(crate) moved_from: Option<CaseStatus>,
    /// Whether anything but the conversation changed.
    pub(crate) ledger_changed: bool,
}

/// Applies a draft to a case as of its last committed turn.
pub(crate) fn apply(
    case: Case,
    ledger: Ledger,
    draft: &pb::TurnDraft,
    taker: Taker<'_>,
) -> Result<Applied, CaseError> {
    moves::check_command(&case, draft.command.as_ref())?;
    if case.status.is_terminal() {
        return talk_about_the_past(case, ledger, draft, taker.now);
    }
    let before = Snapshot::of(&case, &ledger);
    let path = TurnPath::from_wire(draft.path).unwrap_or(TurnPath::Embedded);
    let mut work = Work::begin(case, ledger, draft, taker);
    work.ledger.turns.push(mark(&work, path));
    moves::open(&mut work)?;
    operations::apply_all(&mut work);
    let turn_number = work.turn_number;
    decide(&mut work.ledger, turn_number);
    break_deadlock(&mut work.ledger, turn_number);
    tidy(&mut work.ledger, turn_number);
    moves::withdraw_unfounded_offer(&mut work);
    before.record_changes(&mut work);
    moves::close(&mut work)?;
    moves::offer_what_follows(&mut work, &before);
    finish(work, &before, path)
}

fn mark(work: &Work<'_>, path: TurnPath) -> TurnMark {
    TurnMark {
        turn_number: work.turn_number,
        began_in: work.case.status,
        investigative: work.case.status == CaseStatus::Investigating
            && path.investigates()
            && !work.draft.only_asks,
        progress: false,
        user_message_id: work.draft.user_message_id.clone(),
    }
}

fn finish(mut work: Work<'_>, before: &Snapshot, path: TurnPath) -> Result<Applied, CaseError> {
    let now = work.taker.now;
    let (completed, reverted) = before.compare_milestones(&milestones(&work.case, &work.ledger));
    let progress_made = !completed.is_empty() || work.events.iter().any(Event::is_progress);
    if let Some(mark) = work.ledger.turns.last_mut() {
        mark.progress = progress_made;
    }
    if before.conclusion_differs(&conclusion(&work.ledger)) {
        work.ledger.concluded_at = Some(now);
    }
    RULES_VERSION.clone_into(&mut work.ledger.rules_version);
    work.case.current_turn = work.turn_number;
    work.case.message_count += 2;
    work.case.state_version += 1;
    work.case.touch_activity(now);
    work.case
        .check_invariants(!work.ledger.evidence.is_empty())?;
    let outcome = outcome::outcome(&work, before, !completed.is_empty());
    Ok(Applied {
        turn_number: work.turn_number,
        path,
        outcome,
        progress_made,
        milestones_completed: completed,
        milestones_reverted: reverted,
        evidence_ids: work.new_evidence_ids(),
        changes: work.events.iter().map(Event::to_string).collect(),
        dropped: work.dropped,
        resolved_refs: work.refs.into_resolved(),
        moved_from: (work.case.status != before.status()).then(|| before.status()),
        ledger_changed: true,
        case: work.case,
        ledger: work.ledger,
    })
}

/// A terminal case takes words and an answer, nothing else.
fn talk_about_the_past(
    mut case: Case,
    ledger: Ledger,
    draft: &pb::TurnDraft,
    now: DateTime<Utc>,
) -> Result<Applied, CaseError> {
    if !draft.file_ids.is_empty() {
        case.expect_open()?;
    }
    case.current_turn += 1;
    case.message_count += 2;
    case.touch_activity(now);
    Ok(Applied {
        turn_number: case.current_turn,
        path: TurnPath::Terminal,
        outcome: TurnOutcome::Conversation,
        progress_made: false,
        milestones_completed: Vec::new(),
        milestones_reverted: Vec::new(),
        evidence_ids: Vec::new(),
        changes: Vec::new(),
        dropped: operations::refused_in_terminal_case(draft),
        resolved_refs: BTreeMap::new(),
        moved_from: None,
        ledger_changed: false,
        case,
        ledger,
    })
}
