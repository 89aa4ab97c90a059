//! A document as clients read it.

use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::DocumentType;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::wire;

/// A document.
#[derive(Serialize, ToSchema)]
pub(super) struct Document {
    pub(super) document_id: String,
    user_id: String,
    /// The same as `user_id`.
    owner_id: String,
    /// `personal`, `team` or `global`.
    scope: String,
    /// Set for the scope `team`.
    team_id: Option<String>,
    pub(super) title: String,
    /// Empty in lists.
    content: String,
    /// The word it was stored with.
    pub(super) document_type: String,
    category: Option<String>,
    description: Option<String>,
    source_url: Option<String>,
    pub(super) tags: Vec<String>,
    collection_ids: Vec<String>,
    #[schema(value_type = Object)]
    metadata: Value,
    /// Grows with every change of content.
    version: i32,
    sha256: String,
    /// `draft`, `in_review`, `verified`, `published`, `rejected`, `stale` or `deprecated`.
    review: String,
    /// What was said when the review changed last.
    review_reason: Option<String>,
    /// Who changed the review last.
    reviewed_by: Option<String>,
    reviewed_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl Document {
    pub(super) fn new(document: proto::Document) -> Self {
        let type_word = type_word(document.r#type());
        Self {
            scope: wire::word(document.scope().as_str_name(), "DOCUMENT_SCOPE_"),
            review: wire::word(document.review().as_str_name(), "DOCUMENT_REVIEW_"),
            document_type: wire::given(document.type_label).unwrap_or(type_word),
            metadata: wire::object(&document.metadata_json),
            review_reason: wire::given(document.review_reason),
            reviewed_by: wire::given(document.reviewer_id),
            reviewed_at: wire::time(document.review_time),
            created_at: wire::required_time(document.create_time),
            updated_at: wire::required_time(document.update_time),
            document_id: document.document_id,
            user_id: document.owner_id.clone(),
            owner_id: document.owner_id,
            title: document.title,
            content: document.content,
            category: wire::given(document.category),
            description: wire::given(document.description),
            source_url: wire::given(document.source_url),
            tags: document.tags,
            collection_ids: document.collection_ids,
            team_id: wire::given(document.team_id),
            version: document.version,
            sha256: document.sha256,
        }
    }
}

/// Returns the type's word.
pub(super) fn type_word(document_type: DocumentType) -> String {
    match document_type {
        DocumentType::Unspecified => "other".to_owned(),
        known => wire::word(known.as_str_name(), "DOCUMENT_TYPE_"),
    }
}

/// Returns the type that a word names; unknown words are of type other.
pub(super) fn parse_type(word: &str) -> DocumentType {
    match word {
        "" => DocumentType::Unspecified,
        "runbook" | "playbook" | "procedure" => DocumentType::Runbook,
        "guide" | "how_to" | "best_practices" => DocumentType::Guide,
        "troubleshooting" | "troubleshooting_guide" => DocumentType::Troubleshooting,
        "article" | "documentation" => DocumentType::Article,
        "reference" | "architecture_diagram" => DocumentType::Reference,
        "faq" => DocumentType::Faq,
        "post_mortem" | "incident_postmortem" => DocumentType::PostMortem,
        _ => DocumentType::Other,
    }
}
