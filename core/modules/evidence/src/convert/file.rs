//! Files on the wire.

use faultmaven_analysis::{Coverage, TimezoneSource};
use faultmaven_kit::clock;
use faultmaven_proto::case::v1::FileDigest;
use faultmaven_proto::evidence::v1 as pb;

use super::{class, signed, time};
use crate::entity::file::{FileOrigin, FileState, Model};
use crate::note::tags_of;
use crate::upload::Uploaded;

/// Returns the wire form of a file that was kept.
pub(crate) fn kept(uploaded: Uploaded) -> pb::KeptFile {
    let duplicate_of = uploaded.is_duplicate.then(|| uploaded.file.file_id.clone());
    pb::KeptFile {
        duplicate_of: duplicate_of.unwrap_or_default(),
        file: Some(to_wire(uploaded.file)),
    }
}

/// Returns the wire form of a file.
pub(crate) fn to_wire(file: Model) -> pb::UploadedFile {
    let coverage = coverage(&file);
    let error = (!file.error_reason.is_empty()).then_some(pb::FileError {
        reason: file.error_reason,
        message: file.error_message,
    });
    pb::UploadedFile {
        origin: origin_to_wire(file.origin).into(),
        state: state_to_wire(file.state).into(),
        data_class: class::to_wire(&file.data_class).into(),
        upload_time: Some(clock::timestamp(file.uploaded_at)),
        coverage,
        job_id: if file.state.is_final() {
            String::new()
        } else {
            file.job_id
        },
        file_id: file.file_id,
        owner_id: file.owner_id,
        uploaded_by: file.uploaded_by,
        case_id: file.case_id.unwrap_or_default(),
        uploaded_at_turn: file.uploaded_at_turn,
        parent_file_id: file.parent_file_id.unwrap_or_default(),
        member_path: file.member_path,
        filename: file.filename,
        size_bytes: file.size_bytes,
        sha256: file.sha256,
        media_type: file.media_type,
        format: file.format,
        encoding: file.encoding,
        line_ending: file.line_ending,
        line_count: file.line_count,
        class_confidence: file.class_confidence,
        class_from_user: file.class_from_user,
        source_url: file.source_url,
        summary: file.summary,
        description: file.description,
        tags: tags_of(&file.tags),
        error,
    }
}

/// Returns what the case module remembers of a file.
pub(crate) fn digest(file: &Model) -> FileDigest {
    FileDigest {
        file_id: file.file_id.clone(),
        file_name: file.filename.clone(),
        sha256: file.sha256.clone(),
        top_level: file.parent_file_id.is_none(),
        turn_number: file.uploaded_at_turn,
    }
}

/// Returns the origin a client may claim; what only the system produces counts as an upload.
pub(crate) fn origin_from_client(origin: pb::FileOrigin) -> FileOrigin {
    match origin {
        pb::FileOrigin::Paste => FileOrigin::Paste,
        pb::FileOrigin::PageCapture => FileOrigin::PageCapture,
        pb::FileOrigin::Screenshot => FileOrigin::Screenshot,
        pb::FileOrigin::Generated => FileOrigin::Generated,
        pb::FileOrigin::Unspecified
        | pb::FileOrigin::Upload
        | pb::FileOrigin::Member
        | pb::FileOrigin::Derived => FileOrigin::Upload,
    }
}

/// Returns the wire form of the engine's coverage.
fn coverage_to_wire(coverage: Coverage) -> pb::Coverage {
    let source = match coverage.timezone.source {
        TimezoneSource::Explicit => "explicit",
        TimezoneSource::User => "user",
        TimezoneSource::AssumedUtc => "assumed_utc",
    };
    pb::Coverage {
        bytes_total: signed(coverage.bytes_total),
        bytes_read: signed(coverage.bytes_read),
        lines_total: signed(coverage.lines_total),
        lines_read: signed(coverage.lines_read),
        first_time: time(coverage.first_time),
        last_time: time(coverage.last_time),
        notes: coverage.limit_notes().collect(),
        partial: coverage.is_partial(),
        timezone: coverage.timezone.value,
        timezone_source: source.to_owned(),
        limits_hit: coverage.limits_hit,
    }
}

/// Returns how much of a file was read, once it was.
pub(crate) fn coverage(file: &Model) -> Option<pb::Coverage> {
    stored_coverage(file).map(coverage_to_wire)
}

/// Returns the coverage as the engine told it.
pub(crate) fn stored_coverage(file: &Model) -> Option<Coverage> {
    let parsed = serde_json::from_str(file.coverage.as_deref()?);
    if let Err(error) = &parsed {
        tracing::error!(%error, "a stored coverage cannot be read");
    }
    parsed.ok()
}

fn origin_to_wire(origin: FileOrigin) -> pb::FileOrigin {
    match origin {
        FileOrigin::Upload => pb::FileOrigin::Upload,
        FileOrigin::Paste => pb::FileOrigin::Paste,
        FileOrigin::PageCapture => pb::FileOrigin::PageCapture,
        FileOrigin::Screenshot => pb::FileOrigin::Screenshot,
        FileOrigin::Member => pb::FileOrigin::Member,
        FileOrigin::Derived => pb::FileOrigin::Derived,
        FileOrigin::Generated => pb::FileOrigin::Generated,
    }
}

fn state_to_wire(state: FileState) -> pb::FileState {
    match state {
        FileState::Stored => pb::FileState::Stored,
        FileState::Processing => pb::FileState::Processing,
        FileState::Analyzed => pb::FileState::Analyzed,
        FileState::Unanalyzable => pb::FileState::Unanalyzable,
        FileState::Failed => pb::FileState::Failed,
    }
}
