//! A piece of evidence with what it is worth to the case.

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::Milestone;
use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::EvidenceCategory;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{Evidence, quote};
use crate::routes::files::class::{ClassWords, class_word};
use crate::wire;

/// A claim with its citation and its weight.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseEvidence {
    #[serde(flatten)]
    evidence: Evidence,
    /// The category in our own words.
    primary_purpose: String,
    /// The quoted text.
    preprocessed_content: String,
    /// File and lines.
    content_ref: Option<String>,
    content_size_bytes: usize,
    /// The engine that read the file.
    preprocessing_method: String,
    /// Quoted bytes by bytes of the file.
    compression_ratio: Option<f64>,
    /// What the strongest link to a hypothesis argues.
    analysis: Option<String>,
    source_type: &'static str,
    /// `document` or `user_input`.
    form: &'static str,
    advances_milestones: Vec<String>,
}

impl CaseEvidence {
    pub(super) fn new(
        evidence: proto::Evidence,
        file: Option<proto::UploadedFile>,
        analysis: Option<proto::Analysis>,
        investigation: &case::Investigation,
    ) -> Self {
        let quote = quote(&evidence).to_owned();
        let class = file.as_ref().map(|file| class_word(file.data_class()));
        let from_user = evidence.message_citation.is_some();
        Self {
            primary_purpose: wire::word(evidence.category().as_str_name(), "EVIDENCE_CATEGORY_"),
            content_ref: evidence.file_citation.as_ref().map(content_ref),
            content_size_bytes: quote.len(),
            preprocessing_method: analysis
                .map_or_else(|| "none".to_owned(), |analysis| analysis.engine_version),
            compression_ratio: file.and_then(|file| ratio(quote.len(), file.size_bytes)),
            analysis: strongest_reasoning(&evidence.evidence_id, investigation),
            source_type: match class {
                _ if from_user => "user_report",
                Some(class) => ClassWords::of(&class).source,
                None => "other",
            },
            form: if from_user { "user_input" } else { "document" },
            advances_milestones: advances(evidence.category(), investigation),
            preprocessed_content: quote,
            evidence: Evidence::new(evidence),
        }
    }
}

fn content_ref(citation: &proto::FileCitation) -> String {
    let (file_id, start, end) = (&citation.file_id, citation.line_start, citation.line_end);
    format!("{file_id}#L{start}-L{end}")
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn ratio(quoted: usize, file: i64) -> Option<f64> {
    (file > 0).then(|| quoted as f64 / file as f64)
}

fn strongest_reasoning(evidence_id: &str, investigation: &case::Investigation) -> Option<String> {
    investigation
        .hypotheses
        .iter()
        .flat_map(|hypothesis| &hypothesis.links)
        .filter(|link| link.evidence_id == evidence_id)
        .max_by(|a, b| a.strength.total_cmp(&b.strength))
        .and_then(|link| wire::given(link.reasoning.clone()))
}

/// Returns the reached milestones that evidence of this category speaks to.
fn advances(category: EvidenceCategory, investigation: &case::Investigation) -> Vec<String> {
    let wanted = match category {
        EvidenceCategory::Symptom => Milestone::SymptomVerified,
        EvidenceCategory::Causal => Milestone::RootCauseIdentified,
        EvidenceCategory::Resolution
        | EvidenceCategory::SymptomAbsence
        | EvidenceCategory::CausalAbsence => Milestone::SolutionVerified,
        EvidenceCategory::Other | EvidenceCategory::Unspecified => return Vec::new(),
    };
    let progress = investigation
        .header
        .as_ref()
        .and_then(|header| header.progress.as_ref());
    let reached = progress.is_some_and(|it| it.milestones().any(|it| it == wanted));
    reached
        .then(|| wire::milestone(wanted))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_clients_find_their_members() {
        let evidence = proto::Evidence {
            evidence_id: "ev_1".into(),
            category: EvidenceCategory::SymptomAbsence.into(),
            claim: "no timeouts after 15:00".into(),
            file_citation: Some(proto::FileCitation {
                file_id: "file_1".into(),
                line_start: 3,
                line_end: 4,
                quote: "ok\nok".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let file = proto::UploadedFile {
            data_class: proto::DataClass::Logs.into(),
            size_bytes: 50,
            ..Default::default()
        };
        let view = CaseEvidence::new(evidence, Some(file), None, &case::Investigation::default());
        let json = serde_json::to_value(view).unwrap();
        assert_eq!(json["category"], "resolution_evidence");
        assert_eq!(json["primary_purpose"], "symptom_absence");
        assert_eq!(json["content_ref"], "file_1#L3-L4");
        assert_eq!(json["summary"], "no timeouts after 15:00");
        assert_eq!(json["compression_ratio"], 0.1);
        assert_eq!(
            (&json["source_type"], &json["form"]),
            (&"log_file".into(), &"document".into())
        );
    }
}
