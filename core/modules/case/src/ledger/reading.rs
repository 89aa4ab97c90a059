//! What can be read off a ledger, and the one prior that people may change.

use super::{Action, Citation, Evidence, Hypothesis, Ledger, Need, PROBLEM};
use crate::error::CaseError;
use crate::limits::{PRIOR_MAX, PRIOR_MIN};
use crate::vocabulary::{ActionState, AttemptOutcome, HypothesisStatus, NeedState, Obtainability};

impl Evidence {
    /// Returns whether the evidence counts.
    pub(crate) fn is_active(&self) -> bool {
        !self.withdrawn
    }

    /// Returns whether the evidence quotes a file.
    pub(crate) fn cites_file(&self) -> bool {
        matches!(self.citation, Citation::File { .. })
    }

    /// Returns whether the evidence quotes one of `file_ids`.
    pub(crate) fn cites_one_of(&self, file_ids: &[String]) -> bool {
        match &self.citation {
            Citation::File { file_id, .. } => file_ids.contains(file_id),
            Citation::Message { .. } => false,
        }
    }
}

impl Need {
    /// Returns whether the need still waits for something.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, NeedState::Pending | NeedState::PartiallyMet)
    }

    /// Returns whether the need is open and may yet be met.
    pub(crate) fn is_obtainable(&self) -> bool {
        self.is_open() && self.obtainability != Obtainability::Unobtainable
    }
}

impl Action {
    /// Returns whether the action is on the table.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, ActionState::Proposed | ActionState::Accepted)
    }

    /// Returns whether the action has been tried with a result one knows.
    pub(crate) fn was_attempted(&self) -> bool {
        self.attempts
            .iter()
            .any(|attempt| attempt.outcome != AttemptOutcome::Unknown)
    }

    /// Returns whether the newest attempt succeeded.
    pub(crate) fn last_succeeded(&self) -> bool {
        self.attempts
            .last()
            .is_some_and(|attempt| attempt.outcome == AttemptOutcome::Succeeded)
    }
}

impl Ledger {
    /// Returns the evidence that counts.
    pub(crate) fn active_evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().filter(|evidence| evidence.is_active())
    }

    /// Returns evidence that counts by its id.
    pub(crate) fn active(&self, evidence_id: &str) -> Option<&Evidence> {
        self.active_evidence()
            .find(|evidence| evidence.evidence_id == evidence_id)
    }

    /// Returns a hypothesis by its id.
    pub(crate) fn hypothesis(&self, hypothesis_id: &str) -> Option<&Hypothesis> {
        self.hypotheses
            .iter()
            .find(|hypothesis| hypothesis.hypothesis_id == hypothesis_id)
    }

    /// Returns a hypothesis by its id, to be changed.
    pub(crate) fn hypothesis_mut(&mut self, hypothesis_id: &str) -> Option<&mut Hypothesis> {
        self.hypotheses
            .iter_mut()
            .find(|hypothesis| hypothesis.hypothesis_id == hypothesis_id)
    }

    /// Changes a prior that no evidence has been weighed against yet.
    pub(crate) fn set_prior(&mut self, hypothesis_id: &str, prior: f64) -> Result<(), CaseError> {
        let hypothesis = self
            .hypothesis_mut(hypothesis_id)
            .ok_or(CaseError::HypothesisNotFound)?;
        if hypothesis.status != HypothesisStatus::Captured || !hypothesis.links.is_empty() {
            return Err(CaseError::LikelihoodIsComputed);
        }
        hypothesis.prior = prior.clamp(PRIOR_MIN, PRIOR_MAX);
        Ok(())
    }

    /// Returns the one root, unless there is none or the cause is contested.
    pub(crate) fn root(&self) -> Option<&Hypothesis> {
        self.hypotheses.iter().find(|hypothesis| hypothesis.root)
    }

    /// Returns whether two or more causes pass every test.
    pub(crate) fn is_contested(&self) -> bool {
        self.hypotheses
            .iter()
            .any(|hypothesis| hypothesis.contested)
    }

    /// Returns the ids of the hypotheses between `hypothesis_id` and the problem, nearest first.
    pub(crate) fn explained_by(&self, hypothesis_id: &str) -> Vec<&str> {
        let mut path = Vec::new();
        let mut current = self.hypothesis(hypothesis_id);
        while let Some(hypothesis) = current {
            if hypothesis.explains == PROBLEM || path.contains(&hypothesis.explains.as_str()) {
                break;
            }
            path.push(hypothesis.explains.as_str());
            current = self.hypothesis(&hypothesis.explains);
        }
        path
    }

    /// Returns how many investigative turns came after `turn_number`.
    pub(crate) fn investigative_turns_after(&self, turn_number: i32) -> usize {
        self.turns
            .iter()
            .filter(|turn| turn.investigative && turn.turn_number > turn_number)
            .count()
    }
}
