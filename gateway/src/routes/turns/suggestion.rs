//! What the user can do next with one click.

use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::case::v1 as case;
use serde::Serialize;
use utoipa::ToSchema;

use super::intent::IntentData;
use crate::wire;

/// Something the user can do next.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    label: String,
    /// `DECIDE`, `RUN`, `EVIDENCE` or `FREE_SPEECH`.
    #[serde(rename = "type")]
    suggestion_type: String,
    /// What a click sends (`DECIDE`) or copies (`RUN`).
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    hints: Vec<String>,
    /// Sent along when a `DECIDE` is clicked.
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<IntentData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_need_id: Option<String>,
}

impl Suggestion {
    /// Returns a suggestion of a fresh answer.
    pub(super) fn from_agent(suggestion: agent::Suggestion) -> Self {
        Self {
            label: suggestion.label,
            suggestion_type: suggestion.r#type,
            payload: wire::given(suggestion.payload),
            body: wire::given(suggestion.body),
            hints: suggestion.hints,
            intent: suggestion.intent.map(IntentData::from_agent),
            evidence_need_id: wire::given(suggestion.need_id),
        }
    }

    /// Returns a suggestion of a stored message.
    pub(crate) fn from_case(suggestion: case::SuggestedAction) -> Self {
        let name = suggestion.r#type().as_str_name();
        Self {
            suggestion_type: name.trim_start_matches("SUGGESTION_TYPE_").to_owned(),
            label: suggestion.label,
            payload: wire::given(suggestion.payload),
            body: wire::given(suggestion.body),
            hints: suggestion.hints,
            intent: suggestion.intent.map(IntentData::from_case),
            evidence_need_id: wire::given(suggestion.need_id),
        }
    }
}
