//! What can go wrong, and what callers learn of it.

use faultmaven_kit::Fault;
use faultmaven_proto::jobs::v1::ErrorReason;
use sea_orm::DbErr;

use crate::job::{AlreadyEnded, LeaseLost, Status};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request is refused")]
    Refused(#[from] Fault),
    #[error("no such job")]
    JobNotFound,
    #[error("the job is {}", .0.as_str())]
    JobFinished(Status),
    #[error("the lease has ended")]
    LeaseLost,
    #[error("the service is shutting down")]
    ShuttingDown,
    #[error("a stored job cannot be understood: {0}")]
    Corrupt(String),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<LeaseLost> for Error {
    fn from(_: LeaseLost) -> Self {
        Self::LeaseLost
    }
}

impl From<AlreadyEnded> for Error {
    fn from(AlreadyEnded(status): AlreadyEnded) -> Self {
        Self::JobFinished(status)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(fault) => fault,
            Error::JobNotFound => Self::not_found("job"),
            Error::JobFinished(status) => Self::precondition(
                reason(ErrorReason::JobFinished),
                format!(
                    "the job is already {}; nothing is left to stop",
                    status.as_str()
                ),
            ),
            Error::LeaseLost => Self::conflict(
                reason(ErrorReason::LeaseLost),
                "the lease has ended; another worker may hold the job",
            ),
            Error::ShuttingDown => Self::unavailable(
                "jobs_unavailable",
                "the jobs service is shutting down; try again in a moment",
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

fn reason(reason: ErrorReason) -> String {
    let name = reason.as_str_name();
    name.trim_start_matches("ERROR_REASON_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_on_the_wire_are_the_names_of_the_proto() {
        for (error, name) in [
            (Error::JobNotFound, ErrorReason::JobNotFound),
            (Error::JobFinished(Status::Failed), ErrorReason::JobFinished),
            (Error::LeaseLost, ErrorReason::LeaseLost),
        ] {
            assert_eq!(Fault::from(error).reason, reason(name));
        }
    }
}
