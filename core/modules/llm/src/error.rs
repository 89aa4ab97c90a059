//! What can go wrong, and what callers learn of it.

use faultmaven_kit::Fault;
use sea_orm::DbErr;

use crate::ledger::EmptyPeriod;
use crate::seal::SealError;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the end of the period is not after its start")]
    EmptyPeriod,
    #[error("only administrators see the usage of others")]
    ForeignUsage,
    #[error("others add to the case's redaction map all the time")]
    RedactionMapBusy,
    #[error("the redaction map holds something that this version does not know")]
    UnknownPlaceholder,
    #[error("the redaction map cannot be read")]
    Sealed(#[from] SealError),
    #[error("background work failed")]
    Task(#[from] tokio::task::JoinError),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<EmptyPeriod> for Error {
    fn from(_: EmptyPeriod) -> Self {
        Self::EmptyPeriod
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::EmptyPeriod => Self::invalid("end_time", "must be after start_time"),
            Error::ForeignUsage => Self::forbidden(error.to_string()),
            Error::RedactionMapBusy
            | Error::UnknownPlaceholder
            | Error::Sealed(_)
            | Error::Task(_)
            | Error::Database(_) => Self::internal(&error),
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
    use faultmaven_proto::llm::v1::ErrorReason;

    use super::*;

    #[test]
    fn an_empty_period_has_the_reason_of_the_proto() {
        let fault = Fault::from(Error::EmptyPeriod);
        let name = ErrorReason::InvalidField.as_str_name().to_lowercase();
        assert_eq!(format!("error_reason_{}", fault.reason), name);
    }
}
