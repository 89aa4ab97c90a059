//! What a turn takes in.

use faultmaven_kit::Fault;
use faultmaven_proto::agent::v1 as proto;
use faultmaven_proto::agent::v1::{ClientDialect, PasteKind};
use serde::Deserialize;
use utoipa::ToSchema;

use super::intent::{IntentData, intent};
use crate::problem::Problem;

/// A turn without new files.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct TurnInput {
    /// At most 200,000 characters.
    #[serde(default, alias = "message", alias = "text")]
    pub(super) query: Option<String>,
    /// Stored as a file.
    #[serde(default)]
    pub(super) pasted_content: Option<String>,
    /// `conversation`, `status_transition`, `confirmation` or `hypothesis_action`.
    #[serde(default)]
    pub(super) intent_type: Option<String>,
    #[serde(default)]
    pub(super) intent_data: Option<IntentData>,
    /// `file`, `page_capture` or `paste`.
    #[serde(default)]
    pub(super) input_type: Option<String>,
    /// The page that was captured or copied from.
    #[serde(default)]
    pub(super) source_url: Option<String>,
    /// Files uploaded before, to be discussed in this turn.
    #[serde(default)]
    pub(super) file_ids: Vec<String>,
}

/// A turn as a form; every part may be left out, and files are stored as they arrive.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document")]
pub(super) struct TurnForm {
    /// At most 200,000 characters.
    query: Option<String>,
    /// Stored as a file.
    pasted_content: Option<String>,
    /// `conversation`, `status_transition`, `confirmation` or `hypothesis_action`.
    intent_type: Option<String>,
    /// The JSON text of the intent.
    intent_data: Option<String>,
    /// `file`, `page_capture` or `paste`.
    input_type: Option<String>,
    /// The page that was captured or copied from.
    source_url: Option<String>,
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    files: Option<Vec<Vec<u8>>>,
}

impl TurnInput {
    /// Returns a turn that says `text`.
    pub(super) fn saying(text: String) -> Self {
        Self {
            query: Some(text),
            ..Self::default()
        }
    }

    pub(super) fn into_proto(
        self,
        case_id: String,
        dialect: ClientDialect,
        request_id: String,
    ) -> Result<proto::SubmitTurnRequest, Problem> {
        Ok(proto::SubmitTurnRequest {
            case_id,
            paste_kind: paste_kind(self.input_type.as_deref())?.into(),
            intent: intent(self.intent_type.as_deref(), self.intent_data)?,
            text: self.query.unwrap_or_default(),
            pasted_content: self.pasted_content.unwrap_or_default(),
            file_ids: self.file_ids,
            dialect: dialect.into(),
            request_id,
            source_url: self.source_url.unwrap_or_default(),
            // Whoever starts the turn says how long it waits.
            answer_within: None,
            expected_version: None,
        })
    }
}

fn paste_kind(input_type: Option<&str>) -> Result<PasteKind, Problem> {
    match input_type {
        None | Some("") => Ok(PasteKind::Unspecified),
        Some("file" | "paste") => Ok(PasteKind::Paste),
        Some("page_capture") => Ok(PasteKind::PageCapture),
        Some(_) => Err(Fault::invalid("input_type", "must be file, page_capture or paste").into()),
    }
}
