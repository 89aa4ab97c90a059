//! Words and shapes of this module's answers, from those of its callees.

use chrono::{DateTime, Utc};
use faultmaven_kit::clock;
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1 as evidence_pb;
use prost_types::Timestamp;

/// Returns the moment a timestamp names.
pub(crate) fn moment(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(clock::from_timestamp)
}

/// Returns the timestamp of a moment.
pub(crate) fn stamp(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(clock::timestamp)
}

/// Returns the word for a file's state.
pub(crate) fn file_state(state: evidence_pb::FileState) -> &'static str {
    match state {
        evidence_pb::FileState::Unspecified | evidence_pb::FileState::Stored => "stored",
        evidence_pb::FileState::Processing => "processing",
        evidence_pb::FileState::Analyzed => "analyzed",
        evidence_pb::FileState::Unanalyzable => "unanalyzable",
        evidence_pb::FileState::Failed => "failed",
    }
}

/// Returns whether nothing more will happen to a file.
pub(crate) fn is_settled(state: evidence_pb::FileState) -> bool {
    use evidence_pb::FileState as State;
    matches!(state, State::Analyzed | State::Unanalyzable | State::Failed)
}

/// Returns how much of a file was read.
pub(crate) fn percent_read(file: &evidence_pb::UploadedFile) -> i32 {
    if is_settled(file.state()) {
        return 100;
    }
    let read = file
        .coverage
        .as_ref()
        .map_or(0, |coverage| coverage.bytes_read);
    let percent = read.saturating_mul(100) / file.size_bytes.max(1);
    i32::try_from(percent.clamp(0, 99)).unwrap_or(0)
}

/// Returns the word for a case's status.
pub(crate) fn status(status: case_pb::CaseStatus) -> &'static str {
    match status {
        case_pb::CaseStatus::Unspecified | case_pb::CaseStatus::Inquiry => "inquiry",
        case_pb::CaseStatus::Investigating => "investigating",
        case_pb::CaseStatus::Resolved => "resolved",
        case_pb::CaseStatus::Closed => "closed",
    }
}

/// Returns whether a case in this status takes no more changes.
pub(crate) fn is_terminal(status: case_pb::CaseStatus) -> bool {
    matches!(
        status,
        case_pb::CaseStatus::Resolved | case_pb::CaseStatus::Closed
    )
}

/// Returns the word for a way a turn was answered.
pub(crate) fn path(path: case_pb::TurnPath) -> &'static str {
    match path {
        case_pb::TurnPath::Command => "command",
        case_pb::TurnPath::Handshake => "handshake",
        case_pb::TurnPath::Greeting => "greeting",
        case_pb::TurnPath::Reclassify => "reclassify",
        case_pb::TurnPath::Terminal => "terminal",
        case_pb::TurnPath::Model => "model",
        case_pb::TurnPath::EmbeddedFallback => "embedded_fallback",
        case_pb::TurnPath::Unspecified | case_pb::TurnPath::Embedded => "embedded",
    }
}

/// Returns the word for a grade; before an investigation there is none but the lowest.
pub(crate) fn assurance(assurance: case_pb::Assurance) -> &'static str {
    match assurance {
        case_pb::Assurance::Unspecified | case_pb::Assurance::Possible => "possible",
        case_pb::Assurance::Likely => "likely",
        case_pb::Assurance::Confirmed => "confirmed",
    }
}

/// Returns the snake-case name of a milestone.
pub(crate) fn milestone(milestone: case_pb::Milestone) -> String {
    plain_name(milestone.as_str_name(), "MILESTONE_")
}

/// Returns the snake-case name of a pattern of standing still; empty for none.
pub(crate) fn stagnation(pattern: case_pb::StagnationPattern) -> String {
    match pattern {
        case_pb::StagnationPattern::Unspecified => String::new(),
        known => plain_name(known.as_str_name(), "STAGNATION_PATTERN_"),
    }
}

/// Returns the snake-case name of a kind of evidence.
pub(crate) fn evidence_kind(kind: case_pb::EvidenceKind) -> String {
    plain_name(kind.as_str_name(), "EVIDENCE_KIND_")
}

/// Returns the snake-case name of a data class; empty while it is unknown.
pub(crate) fn data_class(class: evidence_pb::DataClass) -> String {
    match class {
        evidence_pb::DataClass::Unspecified => String::new(),
        known => plain_name(known.as_str_name(), "DATA_CLASS_"),
    }
}

/// Returns the category under which the evidence module stores a kind of evidence.
pub(crate) fn category(kind: case_pb::EvidenceKind) -> evidence_pb::EvidenceCategory {
    match kind {
        case_pb::EvidenceKind::Unspecified => evidence_pb::EvidenceCategory::Unspecified,
        case_pb::EvidenceKind::Symptom => evidence_pb::EvidenceCategory::Symptom,
        case_pb::EvidenceKind::Causal => evidence_pb::EvidenceCategory::Causal,
        case_pb::EvidenceKind::Resolution => evidence_pb::EvidenceCategory::Resolution,
        case_pb::EvidenceKind::SymptomAbsence => evidence_pb::EvidenceCategory::SymptomAbsence,
        case_pb::EvidenceKind::CausalAbsence => evidence_pb::EvidenceCategory::CausalAbsence,
        case_pb::EvidenceKind::Other => evidence_pb::EvidenceCategory::Other,
    }
}

/// Returns what the case module remembers of staged evidence.
pub(crate) fn digest(
    evidence: &evidence_pb::Evidence,
    kind: case_pb::EvidenceKind,
) -> case_pb::EvidenceDigest {
    let mut digest = case_pb::EvidenceDigest {
        evidence_id: evidence.evidence_id.clone(),
        category: kind.into(),
        claim: evidence.claim.clone(),
        signature: evidence.signature.clone(),
        observed_from: evidence.observed_from,
        observed_to: evidence.observed_to,
        turn_number: evidence.turn_number,
        ..Default::default()
    };
    if let Some(cited) = &evidence.file_citation {
        digest.quote.clone_from(&cited.quote);
        digest.file_id.clone_from(&cited.file_id);
        digest.file_name.clone_from(&cited.filename);
        digest.sha256.clone_from(&cited.sha256);
        (digest.byte_start, digest.byte_end) = (cited.byte_start, cited.byte_end);
        (digest.line_start, digest.line_end) = (cited.line_start, cited.line_end);
    } else if let Some(cited) = &evidence.message_citation {
        digest.quote.clone_from(&cited.quote);
        digest.message_id.clone_from(&cited.message_id);
        digest.author_id.clone_from(&cited.author_id);
        (digest.byte_start, digest.byte_end) = (cited.byte_start, cited.byte_end);
    }
    digest
}

/// Returns what an answer shows of evidence.
pub(crate) fn cited_evidence(digest: &case_pb::EvidenceDigest) -> pb::CitedEvidence {
    pb::CitedEvidence {
        evidence_id: digest.evidence_id.clone(),
        category: evidence_kind(digest.category()),
        claim: digest.claim.clone(),
        file_id: digest.file_id.clone(),
        filename: digest.file_name.clone(),
        sha256: digest.sha256.clone(),
        byte_start: digest.byte_start,
        byte_end: digest.byte_end,
        line_start: digest.line_start,
        line_end: digest.line_end,
        quote: digest.quote.clone(),
    }
}

/// Returns what an answer shows of a place in a file that is not evidence.
pub(crate) fn cited_place(claim: &str, cited: &evidence_pb::FileCitation) -> pb::CitedEvidence {
    pb::CitedEvidence {
        evidence_id: String::new(),
        category: "citation".to_owned(),
        claim: claim.to_owned(),
        file_id: cited.file_id.clone(),
        filename: cited.filename.clone(),
        sha256: cited.sha256.clone(),
        byte_start: cited.byte_start,
        byte_end: cited.byte_end,
        line_start: cited.line_start,
        line_end: cited.line_end,
        quote: cited.quote.clone(),
    }
}

/// Returns a refused part as an answer shows it.
pub(crate) fn dropped(part: &case_pb::DroppedPart) -> pb::DroppedNotice {
    pb::DroppedNotice {
        op: part.op.clone(),
        reason: part.reason.clone(),
    }
}

/// Returns the snake-case word behind a name of a proto enum.
pub(crate) fn plain_name(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefix() {
        assert_eq!(
            milestone(case_pb::Milestone::SymptomVerified),
            "symptom_verified"
        );
        assert_eq!(
            evidence_kind(case_pb::EvidenceKind::CausalAbsence),
            "causal_absence"
        );
        assert_eq!(
            data_class(evidence_pb::DataClass::CommandOutput),
            "command_output"
        );
    }

    #[test]
    fn progress_reaches_a_hundred_only_at_the_end() {
        let mut file = evidence_pb::UploadedFile {
            size_bytes: 10,
            coverage: Some(evidence_pb::Coverage {
                bytes_read: 10,
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(percent_read(&file), 99);
        file.set_state(evidence_pb::FileState::Analyzed);
        assert_eq!(percent_read(&file), 100);
    }
}
