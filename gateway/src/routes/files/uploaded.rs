//! A file of a case, in a list and alone.

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;

use super::class::{ClassWords, class_word, file_status, source_type, state_word};
use crate::wire;

/// A file that was handed over.
#[derive(Serialize, ToSchema)]
pub(super) struct UploadedFile {
    file_id: String,
    filename: String,
    size_bytes: i64,
    /// The size for people.
    size_display: String,
    /// The detected media type.
    content_type: String,
    sha256: String,
    uploaded_at_turn: i32,
    uploaded_at: String,
    /// `file_upload`, `paste`, `page_capture`, `screenshot` or `agent_generated`.
    source_type: &'static str,
    data_type: &'static str,
    data_class: String,
    /// 0..1.
    class_confidence: f64,
    format: Option<String>,
    line_count: i64,
    /// `pending`, `processing`, `processed` or `failed`.
    analysis_status: &'static str,
    /// The same as `analysis_status`.
    processing_status: &'static str,
    /// Our own word: `stored`, `processing`, `analyzed`, `unanalyzable` or `failed`.
    state: String,
    evidence_count: usize,
    summary: Option<String>,
    /// The same as `summary`.
    preprocessing_summary: Option<String>,
    /// The file's id, by which its content is fetched.
    content_ref: String,
    source_url: Option<String>,
    /// What whoever uploaded the file says of it.
    description: Option<String>,
    tags: Vec<String>,
    error: Option<FileError>,
}

/// Why a file could not be analysed.
#[derive(Serialize, ToSchema)]
struct FileError {
    reason: String,
    message: String,
}

/// A file with the evidence taken from it.
#[derive(Serialize, ToSchema)]
pub(super) struct UploadedFileDetail {
    #[serde(flatten)]
    file: UploadedFile,
    case_id: String,
    /// The same as `uploaded_at`.
    upload_timestamp: String,
    /// The same as `analysis_status`.
    status: &'static str,
    derived_evidence: Vec<DerivedEvidence>,
}

/// Evidence taken from a file.
#[derive(Serialize, ToSchema)]
struct DerivedEvidence {
    evidence_id: String,
    summary: String,
    category: String,
    collected_at_turn: i32,
    related_hypothesis_ids: Vec<String>,
}

impl UploadedFile {
    pub(super) fn new(file: proto::UploadedFile, evidence: &[proto::Evidence]) -> Self {
        let class = class_word(file.data_class());
        let state = state_word(file.state());
        let summary = wire::given(file.summary.clone());
        Self {
            size_display: size_for_people(file.size_bytes),
            uploaded_at: wire::required_time(file.upload_time),
            source_type: source_type(file.origin()),
            data_type: ClassWords::of(&class).legacy,
            data_class: class,
            analysis_status: file_status(&state),
            processing_status: file_status(&state),
            state,
            evidence_count: from_file(evidence, &file.file_id).count(),
            preprocessing_summary: summary.clone(),
            summary,
            content_ref: file.file_id.clone(),
            source_url: wire::given(file.source_url),
            description: wire::given(file.description),
            tags: file.tags,
            format: wire::given(file.format),
            error: file.error.map(|error| FileError {
                reason: error.reason,
                message: error.message,
            }),
            file_id: file.file_id,
            filename: file.filename,
            size_bytes: file.size_bytes,
            content_type: file.media_type,
            sha256: file.sha256,
            uploaded_at_turn: file.uploaded_at_turn,
            class_confidence: file.class_confidence,
            line_count: file.line_count,
        }
    }
}

impl UploadedFileDetail {
    pub(super) fn new(
        file: proto::UploadedFile,
        evidence: &[proto::Evidence],
        hypotheses: &[case::Hypothesis],
    ) -> Self {
        let case_id = file.case_id.clone();
        let derived_evidence = from_file(evidence, &file.file_id)
            .map(|evidence| DerivedEvidence::new(evidence, hypotheses))
            .collect();
        let file = UploadedFile::new(file, evidence);
        Self {
            case_id,
            upload_timestamp: file.uploaded_at.clone(),
            status: file.analysis_status,
            derived_evidence,
            file,
        }
    }
}

impl DerivedEvidence {
    fn new(evidence: &proto::Evidence, hypotheses: &[case::Hypothesis]) -> Self {
        let is_linked = |hypothesis: &&case::Hypothesis| {
            let mut links = hypothesis.links.iter();
            links.any(|link| link.evidence_id == evidence.evidence_id)
        };
        Self {
            evidence_id: evidence.evidence_id.clone(),
            summary: evidence.claim.clone(),
            category: wire::word(evidence.category().as_str_name(), "EVIDENCE_CATEGORY_"),
            collected_at_turn: evidence.turn_number,
            related_hypothesis_ids: hypotheses
                .iter()
                .filter(is_linked)
                .map(|hypothesis| hypothesis.hypothesis_id.clone())
                .collect(),
        }
    }
}

fn from_file<'a>(
    evidence: &'a [proto::Evidence],
    file_id: &str,
) -> impl Iterator<Item = &'a proto::Evidence> {
    evidence.iter().filter(move |evidence| {
        let citation = evidence.file_citation.as_ref();
        citation.is_some_and(|citation| citation.file_id == file_id)
    })
}

/// Returns a size such as `1.4 MiB`.
fn size_for_people(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => {
            let tenths = bytes / (size / 10).max(1);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (1 << 30, "1.0 GiB"),
        ] {
            assert_eq!(size_for_people(bytes), text);
        }
    }

    #[test]
    fn evidence_is_counted_by_the_file_it_cites() {
        let citing = |file_id: &str| proto::Evidence {
            file_citation: Some(proto::FileCitation {
                file_id: file_id.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let evidence = [citing("file_a"), citing("file_b"), citing("file_a")];
        let file = proto::UploadedFile {
            file_id: "file_a".into(),
            ..Default::default()
        };
        assert_eq!(UploadedFile::new(file, &evidence).evidence_count, 2);
    }
}
