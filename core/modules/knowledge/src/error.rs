//! What can go wrong, and what callers learn of it.

use faultmaven_kit::{Code, Fault};
use faultmaven_proto::knowledge::v1::ErrorReason;
use sea_orm::DbErr;

use crate::review::{Review, ways_on};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the request is refused")]
    Refused(#[from] Fault),
    #[error("no such document")]
    DocumentNotFound,
    #[error(
        "the document has version {actual}, not {expected}; read it again and repeat the change"
    )]
    VersionConflict { expected: i32, actual: i32 },
    #[error("the content must have at most {max_bytes} bytes; split the document")]
    DocumentTooLarge { max_bytes: usize },
    #[error("the document {duplicate_of} has the same content; change that one instead")]
    Duplicate { duplicate_of: String },
    #[error("the document is {}, which cannot become {}; {}", from.as_str(), to.as_str(), ways_on(*from))]
    IllegalReview { from: Review, to: Review },
    #[error("a collection named {0} exists already; choose another name")]
    NameTaken(String),
    #[error("no such team")]
    TeamNotFound,
    #[error("no such collection in the scope of the document")]
    CollectionNotFound,
    #[error("somebody else is changing the document; try again")]
    Overtaken,
    #[error("the index cannot be made")]
    Indexing(#[from] tokio::task::JoinError),
    #[error("database error")]
    Database(#[from] DbErr),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(fault) => fault,
            Error::DocumentNotFound => Self::not_found("document"),
            Error::VersionConflict { expected, actual } => {
                Self::conflict(reason(ErrorReason::VersionConflict), message)
                    .with("expected_version", expected.to_string())
                    .with("actual_version", actual.to_string())
            }
            Error::DocumentTooLarge { max_bytes } => {
                let reason = reason(ErrorReason::DocumentTooLarge);
                Self::new(Code::OutOfRange, reason, message)
                    .with("max_bytes", max_bytes.to_string())
                    .violation("content", format!("must have at most {max_bytes} bytes"))
            }
            Error::Duplicate { duplicate_of } => {
                Self::already_exists(message).with("duplicate_of", duplicate_of)
            }
            Error::IllegalReview { from, to } => {
                let next: Vec<&str> = from.next().iter().map(|it| it.as_str()).collect();
                Self::precondition(reason(ErrorReason::IllegalTransition), message)
                    .with("from", from.as_str())
                    .with("to", to.as_str())
                    .with("allowed", next.join(","))
            }
            Error::NameTaken(_) => Self::already_exists(message),
            Error::TeamNotFound => Self::not_found("team"),
            Error::CollectionNotFound => Self::not_found("collection"),
            Error::Overtaken => Self::unavailable("knowledge_unavailable", message),
            Error::Indexing(_) | Error::Database(_) => Self::internal(&error),
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
    fn a_missing_document_is_told_in_the_words_clients_look_for() {
        let fault = Fault::from(Error::DocumentNotFound);
        assert_eq!(fault.reason, reason(ErrorReason::DocumentNotFound));
        assert_eq!(fault.message, "Document not found; check the id");
    }
}
