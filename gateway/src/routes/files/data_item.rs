//! A file as older clients know it.

use faultmaven_proto::evidence::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;

use super::class::{ClassWords, class_word, data_status, state_word};
use crate::wire;

/// A data item.
#[derive(Serialize, ToSchema)]
pub(super) struct DataItem {
    data_id: String,
    /// The same as `data_id`.
    file_id: String,
    case_id: String,
    filename: String,
    /// `log_file`, `config_file`, `screenshot`, `trace`, `metrics` or `other`.
    data_type: &'static str,
    size_bytes: i64,
    upload_timestamp: String,
    /// What whoever uploaded the file says of it, else what the analysis found.
    description: String,
    /// `pending`, `processing`, `completed` or `failed`.
    processing_status: &'static str,
}

impl DataItem {
    pub(super) fn new(file: proto::UploadedFile) -> Self {
        Self {
            data_type: ClassWords::of(&class_word(file.data_class())).legacy,
            upload_timestamp: wire::required_time(file.upload_time),
            processing_status: data_status(&state_word(file.state())),
            data_id: file.file_id.clone(),
            file_id: file.file_id,
            case_id: file.case_id,
            filename: file.filename,
            size_bytes: file.size_bytes,
            description: wire::given(file.description).unwrap_or(file.summary),
        }
    }
}
