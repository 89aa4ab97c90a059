//! What can go wrong in this module, and what callers are told.

use faultmaven_documents::DocumentError;
use faultmaven_kit::{BlobError, Code, Fault};
use faultmaven_proto::evidence::v1::ErrorReason;
use sea_orm::DbErr;
use tonic::Status;

/// Every failure of this module.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    /// Another module, the context or a field check said no; its answer is passed on.
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("file not found")]
    FileNotFound,
    #[error("evidence not found")]
    EvidenceNotFound,
    #[error("the file has no analysis yet")]
    AnalysisNotFound,
    #[error("the file is larger than {limit} bytes")]
    FileTooLarge { limit: u64 },
    #[error("the file is empty")]
    EmptyFile,
    #[error("the file belongs to another case")]
    AlreadyLinked,
    #[error("the case has a file with the same content")]
    DuplicateInCase { file_id: String },
    #[error("the upload broke off")]
    UploadIncomplete,
    #[error("the time to store the file ran out")]
    UploadExpired,
    #[error("whether the case let go of the file is unknown")]
    DeletionUnsettled,
    #[error("file storage failed")]
    Storage(#[source] BlobError),
    #[error("database error")]
    Database(#[from] DbErr),
    #[error("a stored document cannot be read")]
    Document(#[from] serde_json::Error),
    #[error("documents cannot be read")]
    Documents(#[source] DocumentError),
    #[error("background work ended early")]
    Background(#[from] tokio::task::JoinError),
}

impl EvidenceError {
    /// Returns the error for a wrong field.
    pub(crate) fn invalid(field: &str, description: impl Into<String>) -> Self {
        Self::Fault(Fault::invalid(field, description))
    }

    /// Returns the error for a callee's status.
    pub(crate) fn callee(module: &str, status: Status) -> Self {
        Self::Fault(Fault::from_callee(module, status))
    }

    /// Returns whether somebody said no on purpose, as opposed to a failure that may pass.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Fault(fault) if matches!(
            fault.code,
            Code::NotFound | Code::FailedPrecondition | Code::PermissionDenied | Code::InvalidArgument
        ))
    }
}

impl From<BlobError> for EvidenceError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::TooLarge { limit } => Self::FileTooLarge { limit },
            BlobError::Source(source) => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(source) => Self::Storage(BlobError::Source(source)),
            },
            other => Self::Storage(other),
        }
    }
}

impl From<EvidenceError> for BlobError {
    fn from(error: EvidenceError) -> Self {
        Self::source(error)
    }
}

impl From<EvidenceError> for Fault {
    fn from(error: EvidenceError) -> Self {
        use ErrorReason as Reason;

        match &error {
            EvidenceError::Fault(fault) => fault.clone(),
            EvidenceError::FileNotFound => Self::not_found("file"),
            EvidenceError::EvidenceNotFound => Self::not_found("evidence"),
            EvidenceError::AnalysisNotFound => fault(
                Code::NotFound,
                Reason::AnalysisNotFound,
                "the file has no analysis; wait until its state is analyzed",
            ),
            EvidenceError::FileTooLarge { limit } => fault(
                Code::OutOfRange,
                Reason::FileTooLarge,
                format!(
                    "the file is larger than {limit} bytes, the limit that MAX_UPLOAD_BYTES sets; \
                     compress it with gzip, send a part of it, or have MAX_UPLOAD_BYTES raised"
                ),
            )
            .with("limit_bytes", limit.to_string()),
            EvidenceError::EmptyFile => fault(
                Code::InvalidArgument,
                Reason::EmptyFile,
                "the file is empty; check that the export wrote something and upload it again",
            ),
            EvidenceError::AlreadyLinked => fault(
                Code::FailedPrecondition,
                Reason::AlreadyLinked,
                "the file already belongs to another case; upload it there again instead",
            ),
            EvidenceError::DuplicateInCase { file_id } => Self::already_exists(
                "the case already has a file with the same content; use that one",
            )
            .with("duplicate_of", file_id),
            EvidenceError::UploadIncomplete => fault(
                Code::Aborted,
                Reason::UploadIncomplete,
                "the upload ended before it was complete and nothing was kept; upload the file again",
            ),
            EvidenceError::UploadExpired => fault(
                Code::Aborted,
                Reason::UploadIncomplete,
                "storing the file took too long and nothing was kept; upload the file again",
            ),
            EvidenceError::DeletionUnsettled => fault(
                Code::Unavailable,
                Reason::DeletionUnsettled,
                "the case does not answer; the file is hidden and its deletion is settled by itself",
            ),
            EvidenceError::Storage(BlobError::NoSpace) => fault(
                Code::Unavailable,
                Reason::StorageUnavailable,
                "the file storage is full and nothing was kept; free some space and upload it again",
            ),
            EvidenceError::Storage(source) => storage_failed(source),
            EvidenceError::Database(_)
            | EvidenceError::Document(_)
            | EvidenceError::Documents(_)
            | EvidenceError::Background(_) => Self::internal(&error),
        }
    }
}

fn storage_failed(source: &BlobError) -> Fault {
    tracing::error!(error = %faultmaven_kit::fault::chain(source), "file storage failed");
    fault(
        Code::Unavailable,
        ErrorReason::StorageUnavailable,
        "the file storage does not answer; try again later",
    )
}

impl From<EvidenceError> for Status {
    fn from(error: EvidenceError) -> Self {
        Fault::from(error).into()
    }
}

fn fault(code: Code, reason: ErrorReason, message: impl Into<String>) -> Fault {
    let name = reason.as_str_name();
    let name = name.strip_prefix("ERROR_REASON_").unwrap_or(name);
    Fault::new(code, name.to_ascii_lowercase(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_lower_case_names_of_the_proto() {
        let fault = Fault::from(EvidenceError::EmptyFile);
        assert_eq!(fault.reason, "empty_file");
        assert_eq!(
            Fault::from(EvidenceError::FileNotFound).reason,
            "file_not_found"
        );
        assert_eq!(
            Fault::from(EvidenceError::FileNotFound).message,
            "File not found; check the id"
        );
    }

    #[test]
    fn an_error_survives_its_way_through_the_blob_store() {
        let error = EvidenceError::from(BlobError::from(EvidenceError::UploadIncomplete));
        assert!(matches!(error, EvidenceError::UploadIncomplete));
        let error = EvidenceError::from(BlobError::TooLarge { limit: 7 });
        assert_eq!(Fault::from(error).code, Code::OutOfRange);
    }

    #[test]
    fn a_full_disk_is_named() {
        let fault = Fault::from(EvidenceError::from(BlobError::NoSpace));
        assert_eq!(fault.reason, "storage_unavailable");
        assert!(fault.message.contains("full"));
    }
}
