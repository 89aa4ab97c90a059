//! What can go wrong, and how callers see it.

use std::time::Duration;

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::case::v1::ErrorReason;
use sea_orm::DbErr;

use crate::vocabulary::{CaseStatus, UnknownWord, Word as _};

/// Why a request about a case is refused or fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CaseError {
    #[error("Case not found; check the id, or list your cases")]
    NotFound,
    #[error("Hypothesis not found; check the id, or list the hypotheses of the case")]
    HypothesisNotFound,
    #[error("evidence decides how likely this hypothesis is; add evidence in a turn instead")]
    LikelihoodIsComputed,
    #[error(
        "version {expected} was expected, but the case is at version {actual}; read it again and repeat the change"
    )]
    VersionConflict { expected: i64, actual: i64 },
    #[error("the case is {actual}, not {expected}; read it again and decide anew", actual = .actual.as_str(), expected = .expected.as_str())]
    StatusConflict {
        expected: CaseStatus,
        actual: CaseStatus,
    },
    #[error("another turn of this case is running; wait for its answer and try again")]
    TurnInProgress { retry_after: Duration },
    #[error("the idempotency key was used for a different request; send another key")]
    KeyReused,
    #[error("a case cannot go from {from} to {to}; {ways_on}", from = .from.as_str(), to = .to.as_str(), ways_on = .from.ways_on())]
    IllegalTransition { from: CaseStatus, to: CaseStatus },
    #[error("the case is {status} and takes no more changes; ask questions in a turn, or open a new case", status = .status.as_str())]
    Terminal { status: CaseStatus },
    #[error("{0}")]
    GuardFailed(&'static str),
    #[error("there is nothing to investigate yet; describe the problem or add a file first")]
    NothingToInvestigate,
    #[error("the turn is unknown or its lease ran out; send it again")]
    TurnLost,
    #[error("the turn was cancelled; send it again to take it after all")]
    TurnCancelled,
    #[error("{0}")]
    Refused(#[from] Fault),
    #[error("the case would break a rule of its own: {0}")]
    BrokenInvariant(&'static str),
    #[error("a stored case has an unknown word")]
    UnknownWord(#[from] UnknownWord),
    #[error("a stored document is unreadable")]
    Document(#[from] serde_json::Error),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<CaseError> for Fault {
    fn from(error: CaseError) -> Self {
        let message = error.to_string();
        match error {
            CaseError::NotFound => fault(Code::NotFound, ErrorReason::CaseNotFound, message),
            CaseError::HypothesisNotFound => {
                fault(Code::NotFound, ErrorReason::HypothesisNotFound, message)
            }
            CaseError::LikelihoodIsComputed => {
                precondition(ErrorReason::LikelihoodIsComputed, message)
            }
            CaseError::VersionConflict { expected, actual } => {
                fault(Code::Aborted, ErrorReason::VersionConflict, message)
                    .with("expected_version", expected.to_string())
                    .with("actual_version", actual.to_string())
            }
            CaseError::StatusConflict { expected, actual } => {
                fault(Code::Aborted, ErrorReason::VersionConflict, message)
                    .with("expected_status", expected.as_str())
                    .with("actual_status", actual.as_str())
            }
            CaseError::TurnInProgress { retry_after } => {
                fault(Code::Aborted, ErrorReason::TurnInProgress, message).retry_after(retry_after)
            }
            CaseError::KeyReused => {
                fault(Code::Aborted, ErrorReason::IdempotencyKeyReused, message)
            }
            CaseError::IllegalTransition { from, to } => {
                precondition(ErrorReason::IllegalTransition, message)
                    .with("from", from.as_str())
                    .with("to", to.as_str())
            }
            CaseError::Terminal { status } => {
                precondition(ErrorReason::CaseIsTerminal, message).with("status", status.as_str())
            }
            CaseError::GuardFailed(_) => precondition(ErrorReason::GuardFailed, message),
            CaseError::NothingToInvestigate => {
                precondition(ErrorReason::NothingToInvestigate, message)
            }
            CaseError::TurnLost => fault(Code::Aborted, ErrorReason::TurnLost, message),
            CaseError::TurnCancelled => fault(Code::Aborted, ErrorReason::TurnCancelled, message),
            CaseError::Refused(refusal) => refusal,
            CaseError::BrokenInvariant(_)
            | CaseError::UnknownWord(_)
            | CaseError::Document(_)
            | CaseError::Database(_) => Self::internal(&error),
        }
    }
}

impl From<CaseError> for tonic::Status {
    fn from(error: CaseError) -> Self {
        Fault::from(error).into()
    }
}

fn precondition(reason: ErrorReason, message: String) -> Fault {
    fault(Code::FailedPrecondition, reason, message)
}

fn fault(code: Code, reason: ErrorReason, message: String) -> Fault {
    let name = reason.as_str_name();
    let name = name.strip_prefix("ERROR_REASON_").unwrap_or(name);
    Fault::new(code, name.to_lowercase(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        for error in [
            CaseError::NotFound,
            CaseError::HypothesisNotFound,
            CaseError::LikelihoodIsComputed,
            CaseError::VersionConflict {
                expected: 1,
                actual: 2,
            },
            CaseError::StatusConflict {
                expected: CaseStatus::Inquiry,
                actual: CaseStatus::Closed,
            },
            CaseError::TurnInProgress {
                retry_after: Duration::from_secs(1),
            },
            CaseError::KeyReused,
            CaseError::IllegalTransition {
                from: CaseStatus::Inquiry,
                to: CaseStatus::Resolved,
            },
            CaseError::Terminal {
                status: CaseStatus::Closed,
            },
            CaseError::NothingToInvestigate,
            CaseError::TurnLost,
            CaseError::TurnCancelled,
        ] {
            let message = Fault::from(error).message;
            assert!(message.contains("; "), "{message}");
        }
    }
}
