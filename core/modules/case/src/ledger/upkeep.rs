//! What follows for needs and actions once the hypotheses are decided.

use super::decision::retire;
use super::{Action, Hypothesis, Ledger, Need};
use crate::limits::STALE_ACTION_TURNS;
use crate::stagnation::is_deadlocked;
use crate::vocabulary::{ActionState, ActionType, HypothesisStatus, NeedState};

/// Retires what the evidence does not decide once no hypothesis is open, to make room for others.
pub(crate) fn break_deadlock(ledger: &mut Ledger, turn_number: i32) {
    if !is_deadlocked(ledger) {
        return;
    }
    let undecided = |it: &&mut Hypothesis| it.status == HypothesisStatus::Inconclusive;
    for hypothesis in ledger.hypotheses.iter_mut().filter(undecided) {
        retire(
            hypothesis,
            "the evidence does not decide it, and no other was open",
            turn_number,
        );
    }
}

/// Supersedes needs nobody has any more and actions that lost their reason.
pub(crate) fn tidy(ledger: &mut Ledger, turn_number: i32) {
    let superseded_needs: Vec<bool> = ledger
        .needs
        .iter()
        .map(|need| need.is_open() && serves_final_hypotheses_only(ledger, need))
        .collect();
    for (need, _) in ledger
        .needs
        .iter_mut()
        .zip(superseded_needs)
        .filter(|(_, gone)| *gone)
    {
        need.state = NeedState::Superseded;
    }
    let reasons: Vec<Option<&'static str>> = ledger
        .actions
        .iter()
        .map(|action| reason_to_supersede(ledger, action, turn_number))
        .collect();
    for (action, reason) in ledger.actions.iter_mut().zip(reasons) {
        if let Some(reason) = reason {
            action.state = ActionState::Superseded;
            reason.clone_into(&mut action.state_reason);
        }
    }
}

fn serves_final_hypotheses_only(ledger: &Ledger, need: &Need) -> bool {
    !need.hypothesis_ids.is_empty()
        && need.hypothesis_ids.iter().all(|id| {
            ledger
                .hypothesis(id)
                .is_some_and(|hypothesis| hypothesis.status.is_final())
        })
}

fn reason_to_supersede(ledger: &Ledger, action: &Action, turn_number: i32) -> Option<&'static str> {
    if !action.is_open() {
        return None;
    }
    if action.action_type == ActionType::Solution && !targets_the_root(ledger, action) {
        return Some("root_lost");
    }
    let age = turn_number - action.proposed_turn;
    (action.attempts.is_empty() && age >= STALE_ACTION_TURNS).then_some("stale")
}

fn targets_the_root(ledger: &Ledger, action: &Action) -> bool {
    ledger.root().is_some_and(|root| {
        action.target_hypothesis_id.is_empty() || action.target_hypothesis_id == root.hypothesis_id
    })
}
