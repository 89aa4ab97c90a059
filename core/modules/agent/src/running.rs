//! The turns that run in this process, so that they can be cancelled before they are committed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::error::TurnError;

/// The running turn of each case.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunningTurns(Arc<Mutex<HashMap<String, Entry>>>);

#[derive(Debug)]
struct Entry {
    turn_token: String,
    cancelled: CancellationToken,
    committing: bool,
}

/// One running turn; it is forgotten when this is dropped.
#[derive(Debug)]
pub(crate) struct RunningTurn {
    turns: RunningTurns,
    case_id: String,
    turn_token: String,
    cancelled: CancellationToken,
}

impl RunningTurns {
    /// Remembers a turn that has begun.
    pub(crate) fn begin(&self, case_id: &str, turn_token: &str) -> RunningTurn {
        let cancelled = CancellationToken::new();
        let entry = Entry {
            turn_token: turn_token.to_owned(),
            cancelled: cancelled.clone(),
            committing: false,
        };
        self.lock().insert(case_id.to_owned(), entry);
        RunningTurn {
            turns: self.clone(),
            case_id: case_id.to_owned(),
            turn_token: turn_token.to_owned(),
            cancelled,
        }
    }

    /// Tells the running turn of a case to stop; returns whether there was one that still can.
    pub(crate) fn cancel(&self, case_id: &str) -> bool {
        let turns = self.lock();
        match turns.get(case_id) {
            Some(entry) if !entry.committing => {
                entry.cancelled.cancel();
                true
            }
            Some(_) | None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningTurn {
    /// Waits until the turn is told to stop.
    pub(crate) async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Passes the point up to which a turn can be cancelled.
    pub(crate) fn begin_commit(&self) -> Result<(), TurnError> {
        let mut turns = self.turns.lock();
        if self.cancelled.is_cancelled() {
            return Err(TurnError::Cancelled);
        }
        if let Some(entry) = turns
            .get_mut(&self.case_id)
            .filter(|entry| self.owns(entry))
        {
            entry.committing = true;
        }
        Ok(())
    }

    /// Makes the turn cancellable again after its commit was refused.
    pub(crate) fn resume(&self) {
        let mut turns = self.turns.lock();
        if let Some(entry) = turns
            .get_mut(&self.case_id)
            .filter(|entry| self.owns(entry))
        {
            entry.committing = false;
        }
    }

    fn owns(&self, entry: &Entry) -> bool {
        entry.turn_token == self.turn_token
    }
}

impl Drop for RunningTurn {
    fn drop(&mut self) {
        let mut turns = self.turns.lock();
        if turns
            .get(&self.case_id)
            .is_some_and(|entry| self.owns(entry))
        {
            turns.remove(&self.case_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_can_be_cancelled_until_it_commits() {
        let turns = RunningTurns::default();
        assert!(!turns.cancel("case_1"));
        let turn = turns.begin("case_1", "token");
        assert!(turns.cancel("case_1"));
        turn.cancelled().await;
        assert!(matches!(turn.begin_commit(), Err(TurnError::Cancelled)));
    }

    #[test]
    fn a_committing_turn_goes_on() {
        let turns = RunningTurns::default();
        let turn = turns.begin("case_1", "token");
        turn.begin_commit().unwrap();
        assert!(!turns.cancel("case_1"));
        turn.resume();
        assert!(turns.cancel("case_1"));
    }

    #[test]
    fn an_ended_turn_is_forgotten_and_leaves_its_successor_alone() {
        let turns = RunningTurns::default();
        let first = turns.begin("case_1", "first");
        let _second = turns.begin("case_1", "second");
        drop(first);
        assert!(turns.cancel("case_1"));
    }
}
