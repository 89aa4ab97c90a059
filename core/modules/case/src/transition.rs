//! Changes of status: what may follow what, under which guard, and the handshake before it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::drop_reason::DropReason;
use crate::error::CaseError;
use crate::ledger::assurance::{assurance, symptom_is_gone};
use crate::ledger::{ConclusionRecord, Ledger, Proposal, StatusChange};
use crate::limits::PROPOSAL_REOFFERS;
use crate::progress;
use crate::readmodel::conclusion;
use crate::vocabulary::{
    ActionState, ActionType, CaseStatus, ClosureReason, Obtainability, Word as _,
};

/// A change of status that waits for the user's yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingTransition {
    pub(crate) to: CaseStatus,
    pub(crate) reason: String,
    pub(crate) summary: String,
    pub(crate) evidence_ids: Vec<String>,
    pub(crate) closure_reason: Option<ClosureReason>,
    pub(crate) proposed_turn: i32,
    pub(crate) proposed_at: DateTime<Utc>,
    pub(crate) proposal_key: String,
}

/// How a change of status came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Handshake,
    Command,
}

impl How {
    fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Command => "command",
        }
    }
}

/// A change of status about to take effect.
#[derive(Debug)]
pub(crate) struct Move<'a> {
    pub(crate) to: CaseStatus,
    pub(crate) how: How,
    pub(crate) by: &'a str,
    pub(crate) reason: String,
    pub(crate) closure_reason: Option<ClosureReason>,
    pub(crate) turn_number: i32,
    pub(crate) now: DateTime<Utc>,
}

/// Fails when no arrow leads from one state to the other.
pub(crate) fn check_arrow(from: CaseStatus, to: CaseStatus) -> Result<(), CaseError> {
    if from.is_terminal() {
        return Err(CaseError::Terminal { status: from });
    }
    if !from.next().contains(&to) {
        return Err(CaseError::IllegalTransition { from, to });
    }
    Ok(())
}

/// Returns whether the guard of a target state holds.
pub(crate) fn guard_holds(case: &Case, ledger: &Ledger, to: CaseStatus) -> bool {
    match to {
        CaseStatus::Investigating => case.overview.statement.was_confirmed(),
        CaseStatus::Resolved => symptom_is_gone(ledger).is_some(),
        CaseStatus::Closed => true,
        CaseStatus::Inquiry => false,
    }
}

/// Moves the case: one command writes all fields of the change.
pub(crate) fn apply(
    case: &mut Case,
    ledger: &mut Ledger,
    change: Move<'_>,
) -> Result<(), CaseError> {
    check_arrow(case.status, change.to)?;
    if !guard_holds(case, ledger, change.to) {
        return Err(CaseError::GuardFailed(failed_guard(change.to)));
    }
    let from = case.status;
    let was_investigating = from == CaseStatus::Investigating;
    case.closure_reason = (change.to == CaseStatus::Closed).then(|| {
        change
            .closure_reason
            .unwrap_or_else(|| derived_closure_reason(from, ledger))
    });
    case.status = change.to;
    case.overview.pending = None;
    match change.to {
        CaseStatus::Investigating => case.investigating_at = Some(change.now),
        CaseStatus::Resolved => {
            case.resolved_at = Some(change.now);
            case.closed_at = Some(change.now);
        }
        CaseStatus::Closed => case.closed_at = Some(change.now),
        CaseStatus::Inquiry => {}
    }
    if change.to.is_terminal() {
        case.overview.statement.drop_revision();
        if was_investigating {
            ledger.conclusion_record = Some(conclusion_record(case, ledger, change.now));
        }
    }
    ledger.status_changes.push(StatusChange {
        from,
        to: change.to,
        at: change.now,
        turn_number: change.turn_number,
        by: change.by.to_owned(),
        how: change.how.as_str().to_owned(),
        reason: change.reason,
    });
    Ok(())
}

fn failed_guard(to: CaseStatus) -> &'static str {
    match to {
        CaseStatus::Resolved => {
            "nothing shows that the symptom is gone, or it was seen again later; say that it is gone or add data from after the fix"
        }
        CaseStatus::Investigating => {
            "the problem statement is not confirmed; say in a turn what is wrong, and confirm it"
        }
        CaseStatus::Inquiry | CaseStatus::Closed => "the case cannot go there now; read it again",
    }
}

fn conclusion_record(case: &Case, ledger: &Ledger, now: DateTime<Utc>) -> ConclusionRecord {
    let conclusion = conclusion::conclusion(ledger);
    let milestones = progress::milestones(case, ledger);
    ConclusionRecord {
        at: now,
        assurance: assurance(ledger).as_str().to_owned(),
        confidence: conclusion.confidence,
        lead_hypothesis_id: conclusion.lead_hypothesis_id,
        summary: conclusion.summary,
        milestones: milestones
            .iter()
            .map(|reached| reached.as_str().to_owned())
            .collect(),
        rules_version: ledger.rules_version.clone(),
    }
}

/// Returns the closure reason of a case that is closed without naming one.
pub(crate) fn derived_closure_reason(from: CaseStatus, ledger: &Ledger) -> ClosureReason {
    if from == CaseStatus::Inquiry {
        return ClosureReason::InquiryOnly;
    }
    let of_type = |wanted| {
        ledger
            .actions
            .iter()
            .filter(move |action| action.action_type == wanted)
    };
    let solution_attempted = of_type(ActionType::Solution).any(|action| action.was_attempted());
    let mitigated = of_type(ActionType::Mitigation).any(|action| action.last_succeeded());
    if mitigated && !solution_attempted {
        return ClosureReason::MitigationSufficient;
    }
    let solution_open = of_type(ActionType::Solution)
        .any(|action| matches!(action.state, ActionState::Proposed | ActionState::Accepted));
    if solution_open && !solution_attempted {
        return ClosureReason::SolutionDeferred;
    }
    let mut open_needs = ledger.needs.iter().filter(|need| need.is_open()).peekable();
    if open_needs.peek().is_some()
        && open_needs.all(|need| need.obtainability == Obtainability::Unobtainable)
    {
        return ClosureReason::CauseInfeasible;
    }
    match ledger.root() {
        None => ClosureReason::InsufficientEvidence,
        Some(_) => ClosureReason::Abandoned,
    }
}

/// Returns the key by which one offer of a transition is known.
pub(crate) fn proposal_key(to: CaseStatus, statement: &str, evidence_ids: &[String]) -> String {
    let mut sorted: Vec<&str> = evidence_ids.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for part in [to.as_str(), statement].into_iter().chain(sorted) {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Offers a transition to the user, unless the guard fails or the same offer was refused before.
pub(crate) fn offer(
    case: &mut Case,
    ledger: &mut Ledger,
    mut pending: PendingTransition,
) -> Result<(), DropReason> {
    let ready = match pending.to {
        CaseStatus::Investigating => !case.overview.statement.text.is_empty(),
        to => guard_holds(case, ledger, to),
    };
    if !ready || !case.status.next().contains(&pending.to) {
        return Err(DropReason::GuardFailed);
    }
    let statement = &case.overview.statement.text;
    pending.proposal_key = proposal_key(pending.to, statement, &pending.evidence_ids);
    let current = case.overview.pending.as_ref();
    if current.is_some_and(|current| current.proposal_key == pending.proposal_key) {
        return Ok(());
    }
    count_offer(ledger, &pending.proposal_key)?;
    case.overview.pending = Some(pending);
    Ok(())
}

fn count_offer(ledger: &mut Ledger, key: &str) -> Result<(), DropReason> {
    let known = ledger
        .proposals
        .iter_mut()
        .find(|proposal| proposal.key == key);
    match known {
        Some(known) if known.declined || known.offers > PROPOSAL_REOFFERS => {
            Err(DropReason::ProposalDeclinedBefore)
        }
        Some(known) => {
            known.offers += 1;
            Ok(())
        }
        None => {
            ledger.proposals.push(Proposal {
                key: key.to_owned(),
                offers: 1,
                declined: false,
            });
            Ok(())
        }
    }
}

/// Takes an offer back because the user said no.
pub(crate) fn decline(case: &mut Case, ledger: &mut Ledger) {
    let Some(pending) = case.overview.pending.take() else {
        return;
    };
    for proposal in &mut ledger.proposals {
        proposal.declined |= proposal.key == pending.proposal_key;
    }
}
