//! What can go wrong, and what callers learn of it.

use faultmaven_kit::Fault;
use faultmaven_proto::report::v1::ErrorReason;
use sea_orm::DbErr;

use crate::report::{Kind, Unavailable};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request is refused")]
    Refused(#[from] Fault),
    #[error("no such report")]
    ReportNotFound,
    #[error("the case is not far enough: {}", .0.lacks)]
    NotAvailable(Unavailable),
    #[error("the case has {versions_max} versions of the {} already", kind.as_str())]
    LimitReached { kind: Kind, versions_max: i32 },
    #[error("the cause is not confirmed, so no runbook can be drafted")]
    CauseNotConfirmed,
    #[error("the knowledge module answered without a document")]
    NoDocument,
    #[error("other calls for the same case keep interfering")]
    Contended,
    #[error("the case module answered without a case")]
    NoInvestigation,
    #[error("a stored report cannot be understood: {0}")]
    Corrupt(String),
    #[error("a report cannot be written as PDF: {0}")]
    Pdf(String),
    #[error("no redactor, so nothing leaves")]
    NoRedactor(#[from] faultmaven_analysis::RedactorError),
    #[error("a bundle cannot be packed")]
    Pack(#[from] zip::result::ZipError),
    #[error("a report was not written in time")]
    Late,
    #[error("work on another thread did not finish")]
    Unfinished(#[from] tokio::task::JoinError),
    #[error("a report cannot be stored")]
    Encode(#[from] serde_json::Error),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::NotAvailable(unavailable)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(fault) => fault,
            Error::ReportNotFound => Self::not_found("report"),
            Error::NotAvailable(Unavailable { kind, lacks }) => Self::precondition(
                reason(ErrorReason::ReportNotAvailable),
                format!("{} is not available: {lacks}", kind.as_str()),
            )
            .with("type", kind.as_str()),
            Error::LimitReached { kind, versions_max } => Self::precondition(
                reason(ErrorReason::ReportLimitReached),
                format!(
                    "{} has {versions_max} versions already; use the latest",
                    kind.as_str()
                ),
            )
            .with("type", kind.as_str()),
            Error::CauseNotConfirmed => Self::precondition(
                reason(ErrorReason::CauseNotConfirmed),
                "a runbook is drafted from a resolved case whose cause a fix has confirmed; a \
                 report of type runbook can be written from a likely cause",
            ),
            Error::Late => Self {
                message: "the report was not written in time; try again".into(),
                ..Self::deadline_exceeded()
            },
            Error::Contended => Self::unavailable(
                "report_unavailable",
                "other reports of this case are being written, try again",
            ),
            Error::NoInvestigation
            | Error::NoDocument
            | Error::Corrupt(_)
            | Error::Pdf(_)
            | Error::NoRedactor(_)
            | Error::Pack(_)
            | Error::Unfinished(_)
            | Error::Encode(_)
            | Error::Database(_) => Self::internal(&error),
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
        let unavailable = Unavailable {
            kind: Kind::Timeline,
            lacks: "x",
        };
        let limit = Error::LimitReached {
            kind: Kind::Summary,
            versions_max: 5,
        };
        for (error, name) in [
            (Error::ReportNotFound, ErrorReason::ReportNotFound),
            (unavailable.into(), ErrorReason::ReportNotAvailable),
            (limit, ErrorReason::ReportLimitReached),
            (Error::CauseNotConfirmed, ErrorReason::CauseNotConfirmed),
        ] {
            assert_eq!(Fault::from(error).reason, reason(name));
        }
    }
}
