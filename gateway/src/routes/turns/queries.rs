//! Turns as older clients send them: a message, and nothing else.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use faultmaven_proto::agent::v1::ClientDialect;
use faultmaven_proto::case::v1::MessageRole;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::input::TurnInput;
use super::job::{self, DeferredTurn};
use super::reply::TurnReply;
use super::{End, answer_turn};
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::routes::cases::{all_messages, get_row};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(submit_query, list_queries))
        .routes(routes!(chat))
}

/// A message.
#[derive(Deserialize, ToSchema)]
struct Query {
    message: String,
}

/// A message that may speak of files uploaded before.
#[derive(Deserialize, ToSchema)]
struct Chat {
    message: String,
    #[serde(default)]
    attachments: Option<Vec<ChatAttachment>>,
}

/// A file uploaded before.
#[derive(Deserialize, ToSchema)]
struct ChatAttachment {
    file_id: String,
}

/// The answer to a message.
#[derive(Serialize, ToSchema)]
struct QueryReply {
    #[serde(flatten)]
    turn: TurnReply,
    /// What was asked.
    message: String,
    /// Always `received`.
    status: &'static str,
}

/// The answer to a message, and what it did to the case.
#[derive(Serialize, ToSchema)]
struct ChatReply {
    #[serde(flatten)]
    turn: TurnReply,
    /// The same as `case_status`.
    current_status: String,
    status_transitioned: bool,
}

/// Everything the users asked.
#[derive(Serialize, ToSchema)]
struct QueryList {
    case_id: String,
    queries: Vec<AskedQuery>,
    total: usize,
}

/// One message of a user.
#[derive(Serialize, ToSchema)]
struct AskedQuery {
    turn_number: i32,
    message: String,
    timestamp: String,
}

/// Runs a turn from a message.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/queries", tag = "turns", params(("case_id" = String, Path)), request_body = Query, responses(
    (status = 200, body = QueryReply),
    (status = 202, description = "The answer takes longer; `Location` names the job that will hold it", body = DeferredTurn),
    (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn submit_query(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Query>,
) -> Result<Response, Problem> {
    let input = TurnInput::saying(body.message.clone());
    let key = wire::idempotency_key(&headers)?;
    let turn = input.into_proto(case_id, ClientDialect::Legacy, key)?;
    let end = answer_turn(&app, &ctx, turn).await;
    let result = match end.map_err(|problem| problem.renaming("text", "message"))? {
        End::Result(result) => *result,
        End::Deferred(job_id) => return Ok(job::accepted(&app, job_id)),
    };
    let replayed = wire::replayed(result.replayed);
    let reply = QueryReply {
        turn: TurnReply::new(result),
        message: body.message,
        status: "received",
    };
    Ok((replayed, Json(reply)).into_response())
}

/// Lists what the users asked, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/queries", tag = "turns", params(("case_id" = String, Path)), responses(
    (status = 200, body = QueryList),
    (status = 404, body = ProblemBody),
))]
async fn list_queries(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<QueryList>, Problem> {
    let messages = all_messages(&app, &ctx, &case_id).await?;
    let queries: Vec<AskedQuery> = messages
        .into_iter()
        .filter(|message| message.role() == MessageRole::User)
        .map(|message| AskedQuery {
            turn_number: message.turn_number,
            timestamp: wire::required_time(message.create_time),
            message: message.content,
        })
        .collect();
    Ok(Json(QueryList {
        case_id,
        total: queries.len(),
        queries,
    }))
}

/// Runs a turn from a message, for clients that talk to the agent directly.
#[utoipa::path(post, path = "/api/v1/agent/chat/{case_id}", tag = "turns", params(("case_id" = String, Path)), request_body = Chat, responses(
    (status = 200, body = ChatReply),
    (status = 202, description = "The answer takes longer; `Location` names the job that will hold it", body = DeferredTurn),
    (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn chat(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Chat>,
) -> Result<Response, Problem> {
    let before = get_row(&app, &ctx, case_id.clone()).await?.status;
    let files = body.attachments.unwrap_or_default();
    let input = TurnInput {
        file_ids: files.into_iter().map(|file| file.file_id).collect(),
        ..TurnInput::saying(body.message)
    };
    let key = wire::idempotency_key(&headers)?;
    let turn = input.into_proto(case_id, ClientDialect::Legacy, key)?;
    let end = answer_turn(&app, &ctx, turn).await;
    let result = match end.map_err(|problem| problem.renaming("text", "message"))? {
        End::Result(result) => *result,
        End::Deferred(job_id) => return Ok(job::accepted(&app, job_id)),
    };
    let replayed = wire::replayed(result.replayed);
    let turn = TurnReply::new(result);
    let reply = ChatReply {
        current_status: turn.case_status.clone(),
        status_transitioned: turn.case_status != before,
        turn,
    };
    Ok((replayed, Json(reply)).into_response())
}
