//! What can go wrong, and what callers learn of it.

use faultmaven_kit::Fault;
use sea_orm::DbErr;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] Fault),
    #[error("no such session")]
    SessionNotFound,
    #[error("other calls of the same client keep interfering")]
    Contended,
    #[error("the session is archived")]
    SessionArchived,
    #[error("a stored session cannot be understood: {0}")]
    Corrupt(String),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(fault) => fault,
            Error::SessionNotFound => Self::not_found("session"),
            Error::Contended => Self::unavailable(
                "session_unavailable",
                "other calls of the same client interfere; try again",
            ),
            Error::SessionArchived => Self::precondition(
                "session_archived",
                "the session is archived; restore it first",
            ),
            Error::Corrupt(_) | Error::Database(_) => Self::internal(&error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::session::v1::ErrorReason;

    use super::*;

    #[test]
    fn a_missing_session_is_told_in_the_words_clients_look_for() {
        let fault = Fault::from(Error::SessionNotFound);
        let name = ErrorReason::SessionNotFound.as_str_name().to_lowercase();
        assert_eq!(format!("error_reason_{}", fault.reason), name);
        assert_eq!(fault.message, "Session not found; check the id");
    }

    #[test]
    fn an_archived_session_has_the_reason_of_the_proto() {
        let fault = Fault::from(Error::SessionArchived);
        let name = ErrorReason::SessionArchived.as_str_name().to_lowercase();
        assert_eq!(format!("error_reason_{}", fault.reason), name);
    }
}
