//! An answer that takes longer than its client waits: a job holds it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use faultmaven_kit::Ctx;
use faultmaven_proto::agent::v1 as proto;
use prost::Message as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::reply::TurnReply;
use crate::state::App;

/// The kind of job that stands for a turn.
pub(crate) const RUN_TURN: &str = "run_turn";
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("2");

/// A turn that goes on after its client was answered.
#[derive(Serialize, ToSchema)]
pub(super) struct DeferredTurn {
    job_id: String,
    /// Always `pending`.
    status: &'static str,
    /// Where the answer will be.
    location: String,
}

/// Tells where the answer will be.
pub(super) fn accepted(app: &App, job_id: String) -> Response {
    let location = format!("{}/api/v1/jobs/{job_id}", app.config.public_url);
    let address = HeaderValue::from_str(&location);
    let body = DeferredTurn {
        job_id,
        status: "pending",
        location,
    };
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, RETRY_AFTER_S);
    if let Ok(address) = address {
        headers.insert(header::LOCATION, address);
    }
    response
}

/// Returns the turn that a job of kind `run_turn` holds, as the turn reply and as the agent form.
pub(crate) fn documents(ctx: &Ctx, result: &Value) -> Option<(Value, Value)> {
    let bytes = BASE64.decode(result["turn"].as_str()?).ok()?;
    let reply = || proto::TurnResult::decode(&*bytes).ok().map(TurnReply::new);
    let form = reply()?.into_agent_form(ctx);
    Some((
        serde_json::to_value(reply()?).ok()?,
        serde_json::to_value(form).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_serves_both_generations_of_clients() {
        let result = proto::TurnResult {
            turn_number: 3,
            answer: "Done.".to_owned(),
            response_type: "ANSWER".to_owned(),
            ..Default::default()
        };
        let stored = json!({ "turn": BASE64.encode(result.encode_to_vec()) });
        let (turn, form) = documents(&Ctx::anonymous("req_1"), &stored).unwrap();
        assert_eq!(
            (&turn["turn_number"], &turn["agent_response"]),
            (&json!(3), &json!("Done."))
        );
        assert_eq!(form["content"], "Done.");
        assert_eq!(
            (&form["response_type"], &form["session_id"]),
            (&json!("ANSWER"), &json!("none"))
        );
        assert!(documents(&Ctx::anonymous("req_1"), &Value::Null).is_none());
    }
}
