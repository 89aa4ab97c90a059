//! A file that a turn took in.

use faultmaven_proto::agent::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::files::class::{ClassWords, file_status};
use crate::upload::is_known;
use crate::wire;

/// A file the turn took in.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::turns) struct Attachment {
    file_id: String,
    filename: String,
    file_size: i64,
    /// `file_upload`, `text_paste` or `page_capture`.
    source_type: &'static str,
    /// `pending`, `processing`, `processed` or `failed`.
    processing_status: &'static str,
    uploaded_at: String,
    /// `logs`, `metrics`, `configuration`, `text` or `image`.
    data_type: &'static str,
    data_class: String,
    /// 0..1.
    class_confidence: f64,
    upload_source: String,
    summary: Option<String>,
    /// Set when the same bytes were there before.
    duplicate_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_turn: Option<i32>,
    /// Tells under which name the content already was in the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Attachment {
    pub(super) fn new(attachment: &proto::ProcessedAttachment) -> Self {
        let duplicate_of = wire::given(attachment.duplicate_of.clone());
        Self {
            file_id: attachment.file_id.clone(),
            filename: attachment.filename.clone(),
            file_size: attachment.size_bytes,
            source_type: source_type(&attachment.origin),
            processing_status: file_status(&attachment.state),
            uploaded_at: wire::required_time(attachment.upload_time),
            data_type: ClassWords::of(&attachment.data_class).current,
            data_class: attachment.data_class.clone(),
            class_confidence: attachment.class_confidence,
            upload_source: attachment.origin.clone(),
            summary: wire::given(attachment.summary.clone()),
            duplicate_turn: duplicate_of.is_some().then_some(attachment.duplicate_turn),
            message: duplicate_of
                .as_ref()
                .map(|_| is_known(&attachment.filename)),
            duplicate_of,
        }
    }
}

fn source_type(origin: &str) -> &'static str {
    match origin {
        "paste" => "text_paste",
        "page_capture" => "page_capture",
        _ => "file_upload",
    }
}
