//! A running turn as server-sent events.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::{Code, Ctx, Fault};
use faultmaven_proto::agent::v1 as proto;
use faultmaven_proto::agent::v1::submit_turn_response::Event as TurnEvent;
use futures::stream::unfold;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};
use utoipa::ToSchema;

use super::cancel::TURN_CANCELLED;
use super::reply::{Dropped, TurnReply};
use crate::problem::Problem;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One server-sent event.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the events in the OpenAPI document")]
pub(super) struct SentEvent {
    /// `accepted`, `file`, `step`, `provisional`, `dropped`, `delta`, then `result`, `cancelled` or `error`.
    /// `provisional` is what a model is writing, unchecked; with `begins` it begins anew.
    event: String,
    /// A JSON object: of `result` the committed turn, of `cancelled` and `error` a problem.
    data: String,
}

type Turn = Streaming<proto::SubmitTurnResponse>;
type Step = Result<Option<proto::SubmitTurnResponse>, Status>;

/// Returns the events of a turn; one that is refused at once is an ordinary problem.
pub(super) async fn stream(
    ctx: Ctx,
    mut turn: Turn,
    hang_up: CancellationToken,
) -> Result<Response, Problem> {
    let first: Step = Ok(turn.message().await?);
    let events = unfold(Some((Some(first), turn)), move |rest| {
        let (request_id, hang_up) = (ctx.request_id.clone(), hang_up.clone());
        async move {
            let (read, mut turn) = rest?;
            let step = match read {
                Some(step) => step,
                None => next_step(&mut turn, &hang_up).await,
            };
            let (event, is_last) = event(step, &request_id);
            Some((event, (!is_last).then_some((None, turn))))
        }
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    response
        .headers_mut()
        .insert(NO_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// Returns the next step; a server that stops ends the stream, not the turn.
async fn next_step(turn: &mut Turn, hang_up: &CancellationToken) -> Step {
    tokio::select! {
        step = turn.message() => step,
        () = hang_up.cancelled() => Err(Fault::shutting_down().into()),
    }
}

/// Returns the event that tells a step, and whether it is the last one.
fn event(step: Step, request_id: &str) -> (Result<Event, axum::Error>, bool) {
    let event = match step {
        Ok(Some(message)) => message.event,
        Ok(None) => return (error(no_result(), request_id), true),
        Err(status) => return (error(status.into(), request_id), true),
    };
    match event {
        Some(TurnEvent::Result(result)) => {
            let event = Event::default().event("result");
            (event.json_data(TurnReply::new(*result)), true)
        }
        event => (progress(event), false),
    }
}

fn progress(event: Option<TurnEvent>) -> Result<Event, axum::Error> {
    let (name, data) = match event {
        Some(TurnEvent::Accepted(accepted)) => {
            ("accepted", json!({ "turn_number": accepted.turn_number }))
        }
        Some(TurnEvent::File(file)) => (
            "file",
            json!({ "file_id": file.file_id, "state": file.state, "percent": file.percent }),
        ),
        Some(TurnEvent::Step(step)) => (
            "step",
            json!({ "name": step.name, "description": step.description }),
        ),
        Some(TurnEvent::TextDelta(text)) => ("delta", json!({ "text": text })),
        Some(TurnEvent::Provisional(shown)) => (
            "provisional",
            json!({ "text": shown.text, "begins": shown.begins }),
        ),
        Some(TurnEvent::Dropped(dropped)) => ("dropped", json!(Dropped::new(dropped))),
        Some(TurnEvent::Result(_) | TurnEvent::Deferred(_)) | None => {
            return Ok(Event::default().comment(""));
        }
    };
    Event::default().event(name).json_data(data)
}

fn error(problem: Problem, request_id: &str) -> Result<Event, axum::Error> {
    let name = match problem.is(TURN_CANCELLED) {
        true => "cancelled",
        false => "error",
    };
    Event::default()
        .event(name)
        .json_data(problem.body(request_id))
}

fn no_result() -> Problem {
    Fault::new(
        Code::Internal,
        "internal",
        "the turn ended without a result",
    )
    .into()
}
