//! Evidence on the wire.

use faultmaven_kit::clock;
use faultmaven_proto::evidence::v1 as pb;

use super::time;
use crate::absence::StoredProof;
use crate::entity::record::{Category, EvidenceState, Model};

/// Returns the wire form of a piece of evidence.
pub(crate) fn to_wire(record: Model) -> pb::Evidence {
    let absence = record.absence.as_deref().and_then(stored_proof);
    let (file_citation, message_citation) = citations(&record);
    pb::Evidence {
        collect_time: Some(clock::timestamp(record.collected_at)),
        category: category_to_wire(record.category).into(),
        state: state_to_wire(record.state).into(),
        observed_from: time(record.observed_from),
        observed_to: time(record.observed_to),
        evidence_id: record.evidence_id,
        case_id: record.case_id,
        turn_number: record.turn_number,
        collected_by: record.collected_by,
        claim: record.claim,
        signature: record.signature,
        file_citation,
        message_citation,
        absence,
    }
}

/// Returns the category a claim names, if it is one.
pub(crate) fn category_from_wire(category: i32) -> Option<Category> {
    match pb::EvidenceCategory::try_from(category).ok()? {
        pb::EvidenceCategory::Unspecified => None,
        pb::EvidenceCategory::Symptom => Some(Category::Symptom),
        pb::EvidenceCategory::Causal => Some(Category::Causal),
        pb::EvidenceCategory::Resolution => Some(Category::Resolution),
        pb::EvidenceCategory::SymptomAbsence => Some(Category::SymptomAbsence),
        pb::EvidenceCategory::CausalAbsence => Some(Category::CausalAbsence),
        pb::EvidenceCategory::Other => Some(Category::Other),
    }
}

/// Returns the wire form of an absence proof.
pub(crate) fn proof_to_wire(proof: StoredProof) -> pb::AbsenceProof {
    pb::AbsenceProof {
        signature: proof.signature,
        file_id: proof.file_id,
        line_start: proof.line_start,
        line_end: proof.line_end,
        start_time: time(proof.start_time),
        end_time: time(proof.end_time),
    }
}

fn citations(record: &Model) -> (Option<pb::FileCitation>, Option<pb::MessageCitation>) {
    if let Some(message_id) = &record.message_id {
        let citation = pb::MessageCitation {
            message_id: message_id.clone(),
            byte_start: record.byte_start,
            byte_end: record.byte_end,
            quote: record.quote.clone(),
            author_id: record.author_id.clone(),
        };
        return (None, Some(citation));
    }
    let citation = pb::FileCitation {
        file_id: record.file_id.clone().unwrap_or_default(),
        filename: record.filename.clone(),
        sha256: record.sha256.clone(),
        byte_start: record.byte_start,
        byte_end: record.byte_end,
        line_start: record.line_start,
        line_end: record.line_end,
        quote: record.quote.clone(),
    };
    (Some(citation), None)
}

fn stored_proof(json: &str) -> Option<pb::AbsenceProof> {
    let parsed = serde_json::from_str(json);
    if let Err(error) = &parsed {
        tracing::error!(%error, "a stored absence proof cannot be read");
    }
    parsed.ok().map(proof_to_wire)
}

fn category_to_wire(category: Category) -> pb::EvidenceCategory {
    match category {
        Category::Symptom => pb::EvidenceCategory::Symptom,
        Category::Causal => pb::EvidenceCategory::Causal,
        Category::Resolution => pb::EvidenceCategory::Resolution,
        Category::SymptomAbsence => pb::EvidenceCategory::SymptomAbsence,
        Category::CausalAbsence => pb::EvidenceCategory::CausalAbsence,
        Category::Other => pb::EvidenceCategory::Other,
    }
}

fn state_to_wire(state: EvidenceState) -> pb::EvidenceState {
    match state {
        EvidenceState::Staged => pb::EvidenceState::Staged,
        EvidenceState::Active => pb::EvidenceState::Active,
        EvidenceState::Withdrawn => pb::EvidenceState::Withdrawn,
    }
}
