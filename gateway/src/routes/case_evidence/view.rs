//! A piece of evidence in a list.

use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::EvidenceCategory;
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire;

/// A claim with its citation.
#[derive(Serialize, ToSchema)]
pub(super) struct Evidence {
    evidence_id: String,
    case_id: String,
    /// `symptom_evidence`, `causal_evidence`, `resolution_evidence` or `other`.
    category: &'static str,
    /// Our own word, which tells absence apart.
    kind: String,
    /// What the quote shows.
    claim: String,
    /// The same as `claim`.
    summary: String,
    quote: String,
    file_citation: Option<FileCitation>,
    message_citation: Option<MessageCitation>,
    signature: Option<String>,
    observed_from: Option<String>,
    observed_to: Option<String>,
    /// `staged`, `active` or `withdrawn`.
    state: String,
    collected_at: String,
    collected_by: String,
    collected_at_turn: i32,
}

/// A quoted part of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileCitation {
    file_id: String,
    filename: String,
    sha256: String,
    byte_start: i64,
    byte_end: i64,
    line_start: i64,
    line_end: i64,
    quote: String,
}

/// A quoted part of a message.
#[derive(Serialize, ToSchema)]
struct MessageCitation {
    message_id: String,
    author_id: String,
    byte_start: i64,
    byte_end: i64,
    quote: String,
}

impl Evidence {
    pub(super) fn new(evidence: proto::Evidence) -> Self {
        Self {
            category: legacy_category(evidence.category()),
            kind: wire::word(evidence.category().as_str_name(), "EVIDENCE_CATEGORY_"),
            state: wire::word(evidence.state().as_str_name(), "EVIDENCE_STATE_"),
            quote: quote(&evidence).to_owned(),
            observed_from: wire::time(evidence.observed_from),
            observed_to: wire::time(evidence.observed_to),
            collected_at: wire::required_time(evidence.collect_time),
            file_citation: evidence.file_citation.map(FileCitation::new),
            message_citation: evidence.message_citation.map(MessageCitation::new),
            signature: wire::given(evidence.signature),
            evidence_id: evidence.evidence_id,
            case_id: evidence.case_id,
            summary: evidence.claim.clone(),
            claim: evidence.claim,
            collected_by: evidence.collected_by,
            collected_at_turn: evidence.turn_number,
        }
    }
}

impl FileCitation {
    pub(crate) fn new(citation: proto::FileCitation) -> Self {
        Self {
            file_id: citation.file_id,
            filename: citation.filename,
            sha256: citation.sha256,
            byte_start: citation.byte_start,
            byte_end: citation.byte_end,
            line_start: citation.line_start,
            line_end: citation.line_end,
            quote: citation.quote,
        }
    }
}

impl MessageCitation {
    fn new(citation: proto::MessageCitation) -> Self {
        Self {
            message_id: citation.message_id,
            author_id: citation.author_id,
            byte_start: citation.byte_start,
            byte_end: citation.byte_end,
            quote: citation.quote,
        }
    }
}

/// Returns the words a piece of evidence quotes.
pub(super) fn quote(evidence: &proto::Evidence) -> &str {
    match (&evidence.file_citation, &evidence.message_citation) {
        (Some(citation), _) => &citation.quote,
        (None, Some(citation)) => &citation.quote,
        (None, None) => "",
    }
}

/// Returns the category in the words of older clients, who know no absence.
pub(super) fn legacy_category(category: EvidenceCategory) -> &'static str {
    match category {
        EvidenceCategory::Symptom => "symptom_evidence",
        EvidenceCategory::Causal => "causal_evidence",
        EvidenceCategory::Resolution
        | EvidenceCategory::SymptomAbsence
        | EvidenceCategory::CausalAbsence => "resolution_evidence",
        EvidenceCategory::Other | EvidenceCategory::Unspecified => "other",
    }
}
