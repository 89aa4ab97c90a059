//! The answer to an upload.

use std::time::Duration;

use faultmaven_kit::Ctx;
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::evidence::v1 as evidence;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::reply::{AgentForm, TurnReply};
use crate::routes::files::class::{ClassWords, class_word, data_status, state_word};
use crate::upload::is_known;
use crate::wire;

/// A stored file with its analysis.
#[derive(Serialize, ToSchema)]
pub(super) struct UploadReply {
    data_id: String,
    /// The same as `data_id`.
    file_id: String,
    case_id: String,
    file_name: String,
    /// The same as `file_name`.
    filename: String,
    file_size: i64,
    /// Tells under which name the content already was in the case.
    message: Option<String>,
    data_type: &'static str,
    uploaded_at: String,
    /// `pending`, `processing`, `completed` or `failed`.
    processing_status: &'static str,
    classification: Classification,
    agent_response: AgentForm,
    turn_number: i32,
}

/// What kind of data the file holds.
#[derive(Serialize, ToSchema)]
struct Classification {
    data_type: &'static str,
    /// 0..1.
    confidence: f64,
    processing_time_ms: u64,
}

impl UploadReply {
    pub(super) fn new(
        ctx: &Ctx,
        file: evidence::UploadedFile,
        result: agent::TurnResult,
        elapsed: Duration,
    ) -> Self {
        // The turn waited for the analysis, and knows the file that had the same bytes before.
        let analysed = result.attachments.first();
        let (state, class, confidence) = match analysed {
            Some(it) => (it.state.clone(), it.data_class.clone(), it.class_confidence),
            None => (
                state_word(file.state()),
                class_word(file.data_class()),
                file.class_confidence,
            ),
        };
        let words = ClassWords::of(&class);
        let known = analysed.filter(|it| !it.duplicate_of.is_empty());
        let file_id = analysed.map_or(file.file_id, |it| it.file_id.clone());
        Self {
            data_type: words.legacy,
            processing_status: data_status(&state),
            classification: Classification {
                data_type: words.long,
                confidence,
                processing_time_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            },
            message: known.map(|it| is_known(&it.filename)),
            uploaded_at: wire::required_time(file.upload_time),
            turn_number: result.turn_number,
            case_id: result.case_id.clone(),
            agent_response: TurnReply::new(result).into_agent_form(ctx),
            data_id: file_id.clone(),
            file_id,
            file_name: file.filename.clone(),
            filename: file.filename,
            file_size: file.size_bytes,
        }
    }
}
