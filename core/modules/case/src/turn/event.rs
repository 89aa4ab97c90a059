//! What a turn changed, in words.

use std::fmt;

use crate::vocabulary::{CaseStatus, FactKind, HypothesisStatus, TurnOutcome, Word as _};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    StatementProposed,
    StatementConfirmed {
        revision: i32,
    },
    RevisionWithdrawn,
    FactAdded(FactKind),
    EvidenceAdded(String),
    EvidenceWithdrawn(String),
    HypothesisAdded(String),
    HypothesisMoved {
        id: String,
        from: HypothesisStatus,
        to: HypothesisStatus,
    },
    NeedAdded(String),
    NeedSurfaced(String),
    NeedFulfilled(String),
    NeedUnobtainable(String),
    ActionProposed(String),
    ActionAccepted(String),
    ActionRejected(String),
    AttemptSucceeded(String),
    AttemptRecorded(String),
    TransitionOffered(CaseStatus),
    TransitionWithdrawn(CaseStatus),
    TransitionDeclined(CaseStatus),
    TransitionGuardFailed(CaseStatus),
    StatusMoved {
        from: CaseStatus,
        to: CaseStatus,
    },
}

impl Event {
    /// Returns whether the investigation came further by this.
    pub(super) fn is_progress(&self) -> bool {
        matches!(
            self,
            Self::StatementConfirmed { .. }
                | Self::FactAdded(_)
                | Self::EvidenceAdded(_)
                | Self::HypothesisMoved { .. }
                | Self::NeedFulfilled(_)
                | Self::NeedUnobtainable(_)
                | Self::ActionAccepted(_)
                | Self::ActionRejected(_)
                | Self::AttemptSucceeded(_)
                | Self::AttemptRecorded(_)
                | Self::StatusMoved { .. }
        )
    }

    /// Returns the outcome this change alone would give the turn.
    pub(super) fn outcome(&self) -> Option<TurnOutcome> {
        match self {
            Self::StatusMoved {
                to: CaseStatus::Resolved,
                ..
            } => Some(TurnOutcome::CaseResolved),
            Self::TransitionOffered(CaseStatus::Closed) => Some(TurnOutcome::HandoffOffered),
            Self::EvidenceAdded(_) => Some(TurnOutcome::DataProvided),
            Self::NeedAdded(_) | Self::NeedSurfaced(_) => Some(TurnOutcome::DataRequested),
            Self::NeedUnobtainable(_) => Some(TurnOutcome::DataNotProvided),
            _ => None,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StatementProposed => write!(f, "problem statement proposed"),
            Self::StatementConfirmed { revision } => {
                write!(f, "problem statement confirmed (revision {revision})")
            }
            Self::RevisionWithdrawn => write!(f, "revision of the problem statement withdrawn"),
            Self::FactAdded(kind) => write!(f, "fact recorded: {}", kind.as_str()),
            Self::EvidenceAdded(id) => write!(f, "evidence {id} added"),
            Self::EvidenceWithdrawn(id) => write!(f, "evidence {id} withdrawn"),
            Self::HypothesisAdded(id) => write!(f, "hypothesis {id} added"),
            Self::HypothesisMoved { id, from, to } => {
                write!(f, "hypothesis {id}: {} to {}", from.as_str(), to.as_str())
            }
            Self::NeedAdded(id) => write!(f, "need {id} added"),
            Self::NeedSurfaced(id) => write!(f, "need {id} shown"),
            Self::NeedFulfilled(id) => write!(f, "need {id} fulfilled"),
            Self::NeedUnobtainable(id) => write!(f, "need {id} cannot be met"),
            Self::ActionProposed(id) => write!(f, "action {id} proposed"),
            Self::ActionAccepted(id) => write!(f, "action {id} accepted"),
            Self::ActionRejected(id) => write!(f, "action {id} rejected"),
            Self::AttemptSucceeded(id) => write!(f, "action {id} was tried and succeeded"),
            Self::AttemptRecorded(id) => write!(f, "action {id} was tried"),
            Self::TransitionOffered(to) => write!(f, "{} offered", to.as_str()),
            Self::TransitionWithdrawn(to) => write!(f, "offer of {} withdrawn", to.as_str()),
            Self::TransitionDeclined(to) => write!(f, "offer of {} declined", to.as_str()),
            Self::TransitionGuardFailed(to) => {
                write!(
                    f,
                    "offer of {} dropped, its condition no longer holds",
                    to.as_str()
                )
            }
            Self::StatusMoved { from, to } => {
                write!(f, "case went from {} to {}", from.as_str(), to.as_str())
            }
        }
    }
}
