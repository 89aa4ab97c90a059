//! What can go wrong in a turn, and what callers learn of it.

use std::time::Duration;

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::agent::v1::ErrorReason;

/// Why a turn is refused or fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnError {
    /// Another module, the context or a field check said no; its answer is passed on.
    #[error("the turn is refused")]
    Refused(#[source] Fault),
    #[error("a turn needs text, a file or pasted content")]
    EmptyTurn,
    #[error("the turn was cancelled; files that were handed over stay in the case")]
    Cancelled,
    #[error("the turn took longer than {} seconds and was given up", .limit.as_secs())]
    Deadline { limit: Duration },
    #[error("Hypothesis not found")]
    HypothesisNotFound,
    #[error("File not found")]
    FileNotFound,
    #[error(
        "before the investigation begins a hypothesis can only be noted; start the investigation first"
    )]
    HypothesisInInquiry,
    #[error("the case is {status} and takes no more changes; ask questions in plain text")]
    CaseIsTerminal { status: &'static str },
    #[error(
        "version {expected} was expected, but the case is at version {actual}; read it again and repeat the turn"
    )]
    VersionConflict { expected: i64, actual: i64 },
    #[error("a stored answer cannot be read")]
    StoredAnswer(#[from] prost::DecodeError),
    #[error("an answer of the {module} service lacks its {part}")]
    IncompleteAnswer {
        module: &'static str,
        part: &'static str,
    },
}

impl From<Fault> for TurnError {
    fn from(fault: Fault) -> Self {
        match fault.reason.as_ref() {
            "turn_cancelled" => Self::Cancelled,
            _ => Self::Refused(fault),
        }
    }
}

impl TurnError {
    /// Returns whether another turn changed the case while this one was prepared.
    pub(crate) fn is_lost_race(&self) -> bool {
        matches!(self, Self::Refused(fault)
            if fault.reason == "version_conflict" && fault.metadata.contains_key("actual_version"))
    }

    /// Returns whether the same request is being carried out.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Refused(fault) if fault.reason == "turn_in_progress")
    }

    /// Returns whether the callee may have done its work although it did not say so.
    pub(crate) fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Refused(fault) if matches!(
            fault.code,
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Internal
        ))
    }
}

impl From<TurnError> for Fault {
    fn from(error: TurnError) -> Self {
        let message = error.to_string();
        match error {
            TurnError::Refused(fault) => fault,
            TurnError::EmptyTurn => fault(Code::InvalidArgument, ErrorReason::EmptyTurn, message)
                .violation("text", "write something, paste data or name a file"),
            TurnError::Cancelled => fault(Code::Cancelled, ErrorReason::TurnCancelled, message),
            TurnError::Deadline { .. } => {
                let passed = Self::deadline_exceeded();
                Self::new(passed.code, passed.reason, message)
            }
            TurnError::HypothesisNotFound => Self::not_found("hypothesis"),
            TurnError::FileNotFound => Self::not_found("file"),
            TurnError::HypothesisInInquiry => Self::precondition("guard_failed", message),
            TurnError::CaseIsTerminal { status } => {
                Self::precondition("case_is_terminal", message).with("status", status)
            }
            TurnError::VersionConflict { expected, actual } => {
                Self::conflict("version_conflict", message)
                    .with("expected_version", expected.to_string())
                    .with("actual_version", actual.to_string())
            }
            TurnError::StoredAnswer(_) | TurnError::IncompleteAnswer { .. } => {
                Self::internal(&error)
            }
        }
    }
}

impl From<TurnError> for tonic::Status {
    fn from(error: TurnError) -> Self {
        Fault::from(error).into()
    }
}

fn fault(code: Code, reason: ErrorReason, message: String) -> Fault {
    let name = reason.as_str_name();
    let name = name.strip_prefix("ERROR_REASON_").unwrap_or(name);
    Fault::new(code, name.to_ascii_lowercase(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_on_the_wire_are_the_names_of_the_proto() {
        let reason = |error: TurnError| Fault::from(error).reason;
        assert_eq!(reason(TurnError::EmptyTurn), "empty_turn");
        assert_eq!(reason(TurnError::Cancelled), "turn_cancelled");
        assert_eq!(
            reason(TurnError::HypothesisNotFound),
            "hypothesis_not_found"
        );
    }

    #[test]
    fn only_a_conflict_of_versions_is_worth_a_second_attempt() {
        let lost = Fault::conflict("version_conflict", "changed").with("actual_version", "7");
        assert!(TurnError::Refused(lost).is_lost_race());
        let elsewhere =
            Fault::conflict("version_conflict", "closed").with("actual_status", "closed");
        assert!(!TurnError::Refused(elsewhere).is_lost_race());
    }
}
