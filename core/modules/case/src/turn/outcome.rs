//! What came of a turn.

use super::event::Event;
use super::snapshot::Snapshot;
use super::work::Work;
use crate::vocabulary::{HypothesisStatus, TurnOutcome};

/// Returns the first outcome that applies, in the order of the vocabulary.
pub(super) fn outcome(
    work: &Work<'_>,
    before: &Snapshot,
    milestone_completed: bool,
) -> TurnOutcome {
    let mut outcomes: Vec<TurnOutcome> = work.events.iter().filter_map(Event::outcome).collect();
    if milestone_completed {
        outcomes.push(TurnOutcome::MilestoneCompleted);
    }
    if tested_something(work) || before.root_appeared(&work.ledger) {
        outcomes.push(TurnOutcome::HypothesisTested);
    }
    if !work.draft.file_ids.is_empty() {
        outcomes.push(TurnOutcome::DataProvided);
    }
    outcomes
        .into_iter()
        .min()
        .unwrap_or(TurnOutcome::Conversation)
}

fn tested_something(work: &Work<'_>) -> bool {
    let decided = work.events.iter().any(|event| {
        matches!(
            event,
            Event::HypothesisMoved {
                to: HypothesisStatus::Validated | HypothesisStatus::Refuted,
                ..
            }
        )
    });
    decided
        || work
            .ledger
            .hypotheses
            .iter()
            .any(|hypothesis| hypothesis.tested_turn == work.turn_number)
}
