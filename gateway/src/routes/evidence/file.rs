//! A file as clients of the file routes read it.

use faultmaven_proto::evidence::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::files::class::{ClassWords, class_word, file_status, source_type, state_word};
use crate::wire;

/// A stored file.
#[derive(Serialize, ToSchema)]
pub(super) struct FileRow {
    pub(super) evidence_id: String,
    /// The same as `evidence_id`.
    file_id: String,
    filename: String,
    /// The detected media type.
    file_type: String,
    file_size: i64,
    /// `log`, `screenshot`, `metric`, `document` or `other`.
    evidence_type: &'static str,
    data_class: String,
    case_id: Option<String>,
    uploaded_at: String,
    /// `pending`, `processing`, `processed` or `failed`.
    processing_status: &'static str,
    /// What the analysis found.
    summary: Option<String>,
    /// What whoever uploaded the file says of it.
    description: Option<String>,
    tags: Vec<String>,
    sha256: String,
    /// The archive the file was unpacked from, and where it lay in there.
    parent_file_id: Option<String>,
    member_path: Option<String>,
}

/// Everything known of a file.
#[derive(Serialize, ToSchema)]
pub(super) struct FileMetadata {
    #[serde(flatten)]
    row: FileRow,
    user_id: String,
    uploaded_by: String,
    metadata: Details,
}

/// What the content tells.
#[derive(Serialize, ToSchema)]
struct Details {
    source_type: &'static str,
    format: Option<String>,
    encoding: Option<String>,
    line_ending: Option<String>,
    line_count: i64,
    /// 0..1.
    class_confidence: f64,
    class_from_user: bool,
    uploaded_at_turn: i32,
    /// The archive the file was unpacked from.
    parent_file_id: Option<String>,
    member_path: Option<String>,
    source_url: Option<String>,
    job_id: Option<String>,
    error: Option<String>,
    coverage: Option<Coverage>,
}

/// What of a file was read.
#[derive(Serialize, ToSchema)]
pub(super) struct Coverage {
    bytes_total: i64,
    bytes_read: i64,
    lines_total: i64,
    lines_read: i64,
    first_time: Option<String>,
    last_time: Option<String>,
    timezone: Option<String>,
    /// `explicit`, `user` or `assumed_utc`.
    timezone_source: Option<String>,
    /// What was cut short and why.
    limits_hit: Vec<String>,
}

impl FileRow {
    pub(super) fn new(file: proto::UploadedFile) -> Self {
        let class = class_word(file.data_class());
        Self {
            evidence_type: ClassWords::of(&class).file_type,
            data_class: class,
            uploaded_at: wire::required_time(file.upload_time),
            processing_status: file_status(&state_word(file.state())),
            evidence_id: file.file_id.clone(),
            file_id: file.file_id,
            filename: file.filename,
            file_type: file.media_type,
            file_size: file.size_bytes,
            case_id: wire::given(file.case_id),
            summary: wire::given(file.summary),
            description: wire::given(file.description),
            tags: file.tags,
            sha256: file.sha256,
            parent_file_id: wire::given(file.parent_file_id),
            member_path: wire::given(file.member_path),
        }
    }
}

impl FileMetadata {
    pub(super) fn new(file: proto::UploadedFile) -> Self {
        Self {
            user_id: file.owner_id.clone(),
            uploaded_by: file.uploaded_by.clone(),
            metadata: Details::new(file.clone()),
            row: FileRow::new(file),
        }
    }
}

impl Details {
    fn new(file: proto::UploadedFile) -> Self {
        Self {
            source_type: source_type(file.origin()),
            format: wire::given(file.format),
            encoding: wire::given(file.encoding),
            line_ending: wire::given(file.line_ending),
            line_count: file.line_count,
            class_confidence: file.class_confidence,
            class_from_user: file.class_from_user,
            uploaded_at_turn: file.uploaded_at_turn,
            parent_file_id: wire::given(file.parent_file_id),
            member_path: wire::given(file.member_path),
            source_url: wire::given(file.source_url),
            job_id: wire::given(file.job_id),
            error: file.error.map(|error| error.message),
            coverage: file.coverage.map(Coverage::new),
        }
    }
}

impl Coverage {
    pub(super) fn new(coverage: proto::Coverage) -> Self {
        Self {
            bytes_total: coverage.bytes_total,
            bytes_read: coverage.bytes_read,
            lines_total: coverage.lines_total,
            lines_read: coverage.lines_read,
            first_time: wire::time(coverage.first_time),
            last_time: wire::time(coverage.last_time),
            timezone: wire::given(coverage.timezone),
            timezone_source: wire::given(coverage.timezone_source),
            limits_hit: coverage.limits_hit,
        }
    }
}
