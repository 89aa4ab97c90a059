//! How an investigation stands still: derived from the ledger, written by nobody.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1::StagnationPattern;

use crate::case::Case;
use crate::ledger::{Action, Hypothesis, Ledger};
use crate::limits::{
    ACTION_LOOP, ANCHOR_COUNT, DEADLOCK_COUNT, DEGRADED_TURNS, EXHAUSTED_TURN, FIX_FAILURES,
};
use crate::progress::turns_without_progress;
use crate::vocabulary::{
    ActionState, ActionType, AttemptOutcome, CaseStatus, HypothesisCategory, HypothesisSource,
    HypothesisStatus, Obtainability,
};

/// Categories of open hypotheses beside the one that came to nothing, below which it is an anchor.
const OTHER_CATEGORIES: usize = 2;

/// Returns the pattern in which the investigation stands still; what only somebody else can break comes first.
pub(crate) fn pattern(case: &Case, ledger: &Ledger) -> Option<StagnationPattern> {
    use StagnationPattern as P;
    if case.status != CaseStatus::Investigating {
        return None;
    }
    let tests = [
        (P::FixFailureCycle, is_fix_failure_cycle(ledger)),
        (P::DataWall, is_data_wall(ledger)),
        (P::Exhausted, is_exhausted(case, ledger)),
        (P::HypothesisDeadlock, is_deadlocked(ledger)),
        (P::Anchoring, is_anchored(ledger)),
        (P::ActionLoop, looping_action(ledger).is_some()),
    ];
    tests
        .into_iter()
        .find(|(_, holds)| *holds)
        .map(|(pattern, _)| pattern)
}

/// Returns whether many hypotheses came up and none of them is open.
pub(crate) fn is_deadlocked(ledger: &Ledger) -> bool {
    ledger.hypotheses.len() >= DEADLOCK_COUNT && !ledger.hypotheses.iter().any(is_open)
}

/// Returns the action that is proposed for the last time without anybody having tried it.
///
/// It holds until the next investigative turn, so that the user is asked once. Of those that were proposed
/// together, each has a turn of its own.
pub(crate) fn looping_action(ledger: &Ledger) -> Option<&Action> {
    let mut actions = ledger.actions.iter().enumerate();
    let looping = actions.find(|(at, action)| {
        let before = ledger.actions[..*at].iter();
        let together = before.filter(|other| other.proposed_turn == action.proposed_turn);
        action.state == ActionState::Proposed
            && action.attempts.is_empty()
            && ledger.investigative_turns_after(action.proposed_turn) + 1
                == ACTION_LOOP + together.count()
    });
    looping.map(|(_, action)| action)
}

/// Returns whether every open need is out of reach and no cause is known.
pub(crate) fn is_data_wall(ledger: &Ledger) -> bool {
    let mut open = ledger.needs.iter().filter(|need| need.is_open()).peekable();
    ledger.root().is_none()
        && open.peek().is_some()
        && open.all(|need| need.obtainability == Obtainability::Unobtainable)
}

/// Returns whether much was tried and nothing led to a cause.
pub(crate) fn is_exhausted(case: &Case, ledger: &Ledger) -> bool {
    let settled = ledger.hypotheses.iter().filter(|it| it.status.is_final());
    case.current_turn >= EXHAUSTED_TURN
        && turns_without_progress(ledger) >= DEGRADED_TURNS
        && categories(ledger.hypotheses.iter()).len() >= 2
        && settled.count() >= 2
        && ledger.active_evidence().count() >= 2
        && ledger.root().is_none()
}

/// Returns whether one fix after another fails and no solution helped since; what only eases the trouble
/// leaves them failed.
///
/// The first is a solution; what is tried once it has failed, and the cause with it, counts too.
fn is_fix_failure_cycle(ledger: &Ledger) -> bool {
    let turns_of = |outcome, is_fix: fn(&Action) -> bool| {
        let fixes = ledger.actions.iter().filter(move |it| is_fix(it));
        let attempts = fixes.flat_map(|action| &action.attempts);
        let of_outcome = attempts.filter(move |attempt| attempt.outcome == outcome);
        of_outcome.map(|attempt| attempt.reported_turn)
    };
    let is_solution = |action: &Action| action.action_type == ActionType::Solution;
    let is_any = |action: &Action| action.action_type != ActionType::Diagnostic;
    let helped = turns_of(AttemptOutcome::Succeeded, is_solution).max();
    let first = turns_of(AttemptOutcome::Failed, is_solution)
        .filter(|turn| Some(*turn) > helped)
        .min();
    first.is_some_and(|first| {
        let failed = turns_of(AttemptOutcome::Failed, is_any).filter(|turn| *turn >= first);
        failed.count() >= FIX_FAILURES
    })
}

/// Returns whether one category came to nothing again and again, and hardly any other is looked at.
fn is_anchored(ledger: &Ledger) -> bool {
    let came_to_nothing = |category| {
        let of_category = |it: &&Hypothesis| {
            it.category == category
                && matches!(
                    it.status,
                    HypothesisStatus::Refuted | HypothesisStatus::Inconclusive
                )
        };
        ledger.hypotheses.iter().filter(of_category).count() >= ANCHOR_COUNT
    };
    let anchors = categories(ledger.hypotheses.iter()).into_iter();
    let mut anchors = anchors
        .filter(|category| came_to_nothing(*category))
        .peekable();
    let open = categories(ledger.hypotheses.iter().filter(|it| is_open(it)));
    ledger.root().is_none()
        && anchors.peek().is_some()
        && anchors.all(|anchor| {
            open.iter().filter(|category| **category != anchor).count() < OTHER_CATEGORIES
        })
}

/// Returns whether a hypothesis may still come to something; what is brought up only to break a
/// standstill counts from the first evidence on.
fn is_open(hypothesis: &Hypothesis) -> bool {
    match hypothesis.status {
        HypothesisStatus::Captured => hypothesis.source != HypothesisSource::ForcedAlternative,
        HypothesisStatus::Active | HypothesisStatus::Validated => true,
        HypothesisStatus::Inconclusive | HypothesisStatus::Refuted | HypothesisStatus::Retired => {
            false
        }
    }
}

fn categories<'a>(
    hypotheses: impl Iterator<Item = &'a Hypothesis>,
) -> BTreeSet<HypothesisCategory> {
    hypotheses.map(|hypothesis| hypothesis.category).collect()
}
