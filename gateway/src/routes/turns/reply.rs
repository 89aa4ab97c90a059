//! The answer to a turn: both vocabularies at once.

use faultmaven_kit::Ctx;
use faultmaven_proto::agent::v1 as proto;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::suggestion::Suggestion;
use super::transparency::Transparency;
use crate::routes::model_call::ModelCall;
use crate::wire;

mod attachment;

pub(super) use attachment::Attachment;

/// A committed turn.
#[derive(Serialize, ToSchema)]
pub(super) struct TurnReply {
    case_id: String,
    /// Markdown with `[ev_…]` markers.
    agent_response: String,
    turn_number: i32,
    milestones_completed: Vec<String>,
    /// `consulting`, `investigating`, `resolved` or `closed`.
    pub(super) case_status: String,
    /// `inquiry`, `investigating`, `resolved` or `closed`.
    case_state: String,
    case_title: String,
    progress_made: bool,
    is_stuck: bool,
    attachments_processed: Vec<Attachment>,
    suggested_actions: Vec<Suggestion>,
    progress_transparency: Option<Transparency>,
    response_type: String,
    sources: Vec<Source>,
    /// What the answer cites.
    evidence: Vec<Cited>,
    /// Shown to the user, for instance that a file is still being analysed.
    notices: Vec<String>,
    dropped: Vec<Dropped>,
    /// `possible`, `likely` or `confirmed`.
    assurance: Option<String>,
    /// 0..1.
    confidence_score: f64,
    /// Which way the answer was found: `command`, `handshake`, `greeting`, `reclassify`, `embedded`,
    /// `model`, `embedded_fallback` or `terminal`.
    path: String,
    /// Every call of a model that the turn made, in order.
    model_calls: Vec<ModelCall>,
    user_message_id: String,
    assistant_message_id: String,
    timestamp: String,
    /// True when the answer repeats an earlier one.
    replayed: bool,
}

/// A cited passage, as older clients render it.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Source {
    /// `log_analysis` or `user_input`.
    #[serde(rename = "type")]
    source_type: &'static str,
    content: String,
    #[schema(value_type = Object)]
    metadata: Value,
}

/// A passage the answer cites, verified against the stored bytes.
#[derive(Serialize, ToSchema)]
struct Cited {
    evidence_id: String,
    category: String,
    claim: String,
    file_id: Option<String>,
    filename: Option<String>,
    sha256: Option<String>,
    byte_start: i64,
    byte_end: i64,
    line_start: i64,
    line_end: i64,
    quote: String,
}

/// A proposal of the analyst that was refused.
#[derive(Serialize, ToSchema)]
pub(super) struct Dropped {
    op: String,
    reason: String,
}

/// An answer in the form that older clients render richly.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentForm {
    content: String,
    response_type: String,
    /// `none` without a session.
    session_id: String,
    case_status: String,
    sources: Vec<Source>,
    suggested_actions: Vec<Suggestion>,
    confidence_score: f64,
}

impl TurnReply {
    pub(super) fn new(result: proto::TurnResult) -> Self {
        Self {
            case_status: wire::legacy_word(&result.case_status).to_owned(),
            case_state: result.case_status,
            sources: result.evidence.iter().map(Source::new).collect(),
            evidence: result.evidence.into_iter().map(Cited::new).collect(),
            attachments_processed: result.attachments.iter().map(Attachment::new).collect(),
            suggested_actions: result
                .suggestions
                .into_iter()
                .map(Suggestion::from_agent)
                .collect(),
            progress_transparency: result.transparency.map(Transparency::of_turn),
            dropped: result.dropped.into_iter().map(Dropped::new).collect(),
            assurance: wire::given(result.assurance),
            timestamp: wire::required_time(result.commit_time),
            case_id: result.case_id,
            agent_response: result.answer,
            turn_number: result.turn_number,
            milestones_completed: result.milestones_completed,
            case_title: result.case_title,
            progress_made: result.progress_made,
            is_stuck: result.is_stuck,
            response_type: result.response_type,
            notices: result.notices,
            confidence_score: result.confidence,
            path: result.path,
            model_calls: result.model_calls.into_iter().map(Into::into).collect(),
            user_message_id: result.user_message_id,
            assistant_message_id: result.assistant_message_id,
            replayed: result.replayed,
        }
    }

    /// Returns the same answer in the form that older clients render richly.
    pub(super) fn into_agent_form(self, ctx: &Ctx) -> AgentForm {
        AgentForm {
            content: self.agent_response,
            response_type: self.response_type,
            session_id: ctx.session_id.clone().unwrap_or_else(|| "none".to_owned()),
            case_status: self.case_status,
            sources: self.sources,
            suggested_actions: self.suggested_actions,
            confidence_score: self.confidence_score,
        }
    }
}

impl Source {
    fn new(cited: &proto::CitedEvidence) -> Self {
        let from_user = cited.file_id.is_empty();
        Self {
            source_type: if from_user {
                "user_input"
            } else {
                "log_analysis"
            },
            content: cited.quote.clone(),
            metadata: json!({
                "title": if from_user { "Your message" } else { &cited.filename },
                "category": cited.category,
                "evidence_id": cited.evidence_id,
                "line_start": cited.line_start,
                "line_end": cited.line_end,
            }),
        }
    }
}

impl Cited {
    fn new(cited: proto::CitedEvidence) -> Self {
        Self {
            evidence_id: cited.evidence_id,
            category: cited.category,
            claim: cited.claim,
            file_id: wire::given(cited.file_id),
            filename: wire::given(cited.filename),
            sha256: wire::given(cited.sha256),
            byte_start: cited.byte_start,
            byte_end: cited.byte_end,
            line_start: cited.line_start,
            line_end: cited.line_end,
            quote: cited.quote,
        }
    }
}

impl Dropped {
    pub(super) fn new(dropped: proto::DroppedNotice) -> Self {
        Self {
            op: dropped.op,
            reason: dropped.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(result: proto::TurnResult) -> Value {
        serde_json::to_value(TurnReply::new(result)).unwrap()
    }

    #[test]
    fn a_reply_speaks_both_dialects() {
        let reply = reply(proto::TurnResult {
            answer: "Tell me more.".into(),
            turn_number: 3,
            case_status: "inquiry".into(),
            ..Default::default()
        });
        assert_eq!(
            (&reply["case_status"], &reply["case_state"]),
            (&"consulting".into(), &"inquiry".into())
        );
        assert_eq!(reply["agent_response"], "Tell me more.");
        assert_eq!(reply["turn_number"], 3);
        assert_eq!(reply["attachments_processed"], json!([]));
        assert_eq!(reply["milestones_completed"], json!([]));
        assert_eq!(reply["is_stuck"], false);
    }

    #[test]
    fn the_agent_form_is_never_without_a_session_word() {
        let turn = TurnReply::new(proto::TurnResult {
            answer: "Done.".into(),
            response_type: "ANSWER".into(),
            ..Default::default()
        });
        let form = serde_json::to_value(turn.into_agent_form(&Ctx::anonymous("req_1"))).unwrap();
        assert_eq!(form["session_id"], "none");
        assert_eq!(
            (&form["content"], &form["response_type"]),
            (&"Done.".into(), &"ANSWER".into())
        );
    }
}
