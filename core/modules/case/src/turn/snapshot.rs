//! What stood before a turn, to tell afterwards what it changed.

use std::collections::BTreeMap;

use faultmaven_proto::case::v1 as pb;

use super::event::Event;
use super::work::Work;
use crate::case::Case;
use crate::ledger::Ledger;
use crate::progress::milestones;
use crate::readmodel::conclusion::conclusion;
use crate::vocabulary::{CaseStatus, HypothesisStatus, Milestone};

/// The case before a turn, as far as differences matter.
#[derive(Debug)]
pub(super) struct Snapshot {
    status: CaseStatus,
    milestones: Vec<Milestone>,
    hypotheses: BTreeMap<String, HypothesisStatus>,
    conclusion: pb::Conclusion,
    root: Option<String>,
}

impl Snapshot {
    /// Remembers what a turn may change.
    pub(super) fn of(case: &Case, ledger: &Ledger) -> Self {
        let statuses = ledger
            .hypotheses
            .iter()
            .map(|hypothesis| (hypothesis.hypothesis_id.clone(), hypothesis.status));
        Self {
            status: case.status,
            milestones: milestones(case, ledger),
            hypotheses: statuses.collect(),
            conclusion: conclusion(ledger),
            root: ledger.root().map(|root| root.hypothesis_id.clone()),
        }
    }

    /// Returns the status the turn began with.
    pub(super) fn status(&self) -> CaseStatus {
        self.status
    }

    /// Returns whether the ledger has a root that it did not have.
    pub(super) fn root_appeared(&self, ledger: &Ledger) -> bool {
        ledger
            .root()
            .is_some_and(|root| self.root.as_deref() != Some(root.hypothesis_id.as_str()))
    }

    /// Returns the milestones that were reached and those that fell back.
    pub(super) fn compare_milestones(&self, now: &[Milestone]) -> (Vec<Milestone>, Vec<Milestone>) {
        let without = |list: &[Milestone], other: &[Milestone]| {
            list.iter()
                .copied()
                .filter(|one| !other.contains(one))
                .collect()
        };
        (
            without(now, &self.milestones),
            without(&self.milestones, now),
        )
    }

    /// Returns whether one would now say something else about the cause.
    pub(super) fn conclusion_differs(&self, now: &pb::Conclusion) -> bool {
        let told = |conclusion: &pb::Conclusion| pb::Conclusion {
            update_time: None,
            ..conclusion.clone()
        };
        told(&self.conclusion) != told(now)
    }

    /// Adds what the decision made of the hypotheses to the events of a turn.
    pub(super) fn record_changes(&self, work: &mut Work<'_>) {
        for hypothesis in &work.ledger.hypotheses {
            let id = &hypothesis.hypothesis_id;
            let from = self.hypotheses.get(id).copied();
            let from = from.unwrap_or(HypothesisStatus::Captured);
            if from != hypothesis.status {
                work.events.push(Event::HypothesisMoved {
                    id: id.clone(),
                    from,
                    to: hypothesis.status,
                });
            }
        }
    }
}
