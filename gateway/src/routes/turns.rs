//! Turns: what the user says or hands over, and the cited answer.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::{Code, Ctx, Fault};
use faultmaven_proto::agent::v1 as proto;
use faultmaven_proto::agent::v1::ClientDialect;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use std::time::Duration;
use tonic::Streaming;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, read_json};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::upload::{Form, Held, is_form, unhurried};
use crate::wire;

mod cancel;
mod data;
mod events;
mod form;
mod input;
mod intent;
mod job;
mod queries;
mod reply;
mod suggestion;
mod transparency;

use events::SentEvent;
use input::{TurnForm, TurnInput};
use job::DeferredTurn;
pub(crate) use job::{RUN_TURN, documents as job_documents};
use reply::TurnReply;
pub(crate) use suggestion::Suggestion;
pub(crate) use transparency::Transparency;

/// What a running turn tells.
type Events = Streaming<proto::SubmitTurnResponse>;

/// How long the client of a turn waits.
#[derive(Clone, Copy)]
enum Wait {
    /// Until the answer is there or it becomes a job.
    Patiently,
    ToTheEnd,
}

/// What a caller who waits gets.
pub(crate) enum End {
    Result(Box<proto::TurnResult>),
    /// The job that will hold the answer.
    Deferred(String),
}

const TURN_TIMEOUT: Duration = Duration::from_secs(300);

/// Returns the routes of this file and of those below.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(submit_turn))
        .routes(routes!(stream_turn))
        .merge(cancel::routes())
        .merge(queries::routes())
        .merge(data::routes())
}

/// Runs a turn from text, pasted data, files or a click; `Accept: text/event-stream` streams its progress.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/turns", tag = "turns",
    params(
        ("case_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat answer with the same turn; `[A-Za-z0-9_-]{8,255}`"),
    ),
    request_body(content((TurnForm = "multipart/form-data"), (TurnInput = "application/json"))),
    responses(
        (status = 200, description = "The committed turn, or the events `accepted`, `file`, `step`, `provisional`, `dropped`, `delta`, `result`, `cancelled` and `error`",
            content((TurnReply = "application/json"), (SentEvent = "text/event-stream"))),
        (status = 202, description = "The answer takes longer; `Location` names the job that will hold it", body = DeferredTurn),
        (status = 404, body = ProblemBody),
        (status = 409, description = "Another turn runs, the case has ended or it changed meanwhile", body = ProblemBody),
        (status = 413, description = "A file is too large", body = ProblemBody),
        (status = 422, body = ProblemBody),
    ))]
async fn submit_turn(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    if accepts_events(&headers) {
        let events = begin_turn(&app, &ctx, case_id, &headers, request, Wait::ToTheEnd).await?;
        return events::stream(ctx, events, app.deps.hang_up.clone()).await;
    }
    let wait = Wait::Patiently;
    let events = begin_turn(&app, &ctx, case_id, &headers, request, wait).await?;
    let end = end(events).await;
    Ok(
        match end.map_err(|problem| problem.renaming("text", "query"))? {
            End::Result(result) => answer(*result),
            End::Deferred(job_id) => job::accepted(&app, job_id),
        },
    )
}

/// Runs a turn and streams its progress: `accepted`, `file`, `step`, `provisional`, `dropped`, `delta`, then `result`, `cancelled` or `error`.
///
/// The turn goes on when the client hangs up; `DELETE /api/v1/cases/{case_id}/turns/current` stops it.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/turns/stream", tag = "turns",
    params(
        ("case_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat answer with the same turn; `[A-Za-z0-9_-]{8,255}`"),
    ),
    request_body(content((TurnForm = "multipart/form-data"), (TurnInput = "application/json"))),
    responses(
        (status = 200, content((SentEvent = "text/event-stream"))),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
        (status = 413, body = ProblemBody),
        (status = 422, body = ProblemBody),
    ))]
async fn stream_turn(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let events = begin_turn(&app, &ctx, case_id, &headers, request, Wait::ToTheEnd).await?;
    events::stream(ctx, events, app.deps.hang_up.clone()).await
}

/// Receives a turn and starts it; a refused one leaves nothing.
async fn begin_turn(
    app: &AppState,
    ctx: &Ctx,
    case_id: String,
    headers: &HeaderMap,
    request: Request,
    wait: Wait,
) -> Result<Events, Problem> {
    let mut held = Held::new(app, ctx);
    let started = receive_turn(app, &mut held, case_id, headers, request, wait).await;
    held.settle(started).await
}

/// Reads a turn and starts it.
async fn receive_turn(
    app: &AppState,
    held: &mut Held<'_>,
    case_id: String,
    headers: &HeaderMap,
    request: Request,
    wait: Wait,
) -> Result<Events, Problem> {
    let request_id = wire::idempotency_key(headers)?;
    let input = if is_form(headers) {
        let Form(form) = Form::from_request(request, app).await?;
        form::read(held, &case_id, form).await?
    } else {
        read_json::<TurnInput>(request, app).await?
    };
    let turn = input.into_proto(case_id, ClientDialect::Current, request_id)?;
    let events = start_turn(app, held.ctx(), turn, wait).await;
    events.map_err(|problem| problem.renaming("text", "query"))
}

/// Runs a turn to its end.
pub(crate) async fn run_turn(
    app: &App,
    ctx: &Ctx,
    turn: proto::SubmitTurnRequest,
) -> Result<proto::TurnResult, Problem> {
    match end(start_turn(app, ctx, turn, Wait::ToTheEnd).await?).await? {
        End::Result(result) => Ok(*result),
        End::Deferred(_) => Err(no_result()),
    }
}

/// Runs a turn as long as its caller waits.
pub(crate) async fn answer_turn(
    app: &App,
    ctx: &Ctx,
    turn: proto::SubmitTurnRequest,
) -> Result<End, Problem> {
    end(start_turn(app, ctx, turn, Wait::Patiently).await?).await
}

/// Waits for the end of a turn that has begun.
async fn end(mut events: Events) -> Result<End, Problem> {
    while let Some(message) = events.message().await? {
        match message.event {
            Some(Event::Result(result)) => return Ok(End::Result(result)),
            Some(Event::Deferred(deferred)) => return Ok(End::Deferred(deferred.job_id)),
            _ => {}
        }
    }
    Err(no_result())
}

fn no_result() -> Problem {
    let message = "the turn ended without a result";
    Fault::new(Code::Internal, "internal", message).into()
}

/// Starts a turn; its time begins now, however long its files took to arrive.
async fn start_turn(
    app: &App,
    ctx: &Ctx,
    mut turn: proto::SubmitTurnRequest,
    wait: Wait,
) -> Result<Events, Problem> {
    if let Wait::Patiently = wait {
        turn.answer_within = app.config.turn_sync_wait.try_into().ok();
    }
    let ctx = unhurried(ctx).with_timeout(TURN_TIMEOUT);
    let events = app.agent().submit_turn(ctx.request(turn)).await?;
    Ok(events.into_inner())
}

fn answer(result: proto::TurnResult) -> Response {
    let replayed = wire::replayed(result.replayed);
    (replayed, Json(TurnReply::new(result))).into_response()
}

fn accepts_events(headers: &HeaderMap) -> bool {
    starts_with(headers, header::ACCEPT, "text/event-stream")
}

fn starts_with(headers: &HeaderMap, name: header::HeaderName, prefix: &str) -> bool {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim_start().get(..prefix.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
