//! The log of a session, which is no conversation of a case.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use faultmaven_kit::Fault;
use faultmaven_proto::session::v1 as proto;
use faultmaven_proto::session::v1::MessageRole;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::paging::count;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

const MAX_MESSAGES: i32 = 500;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_session_message, list_session_messages))
        .routes(routes!(clear_session_messages))
}

/// A message for the log of a session.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSessionMessage)]
struct NewMessage {
    /// `user`, `assistant` or `system`; absent means `user`.
    #[serde(default)]
    role: Option<String>,
    /// At most 16 KiB.
    #[serde(default)]
    content: String,
}

/// How many messages to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Tail {
    /// Most messages to return, 1 to 500; absent means 100.
    #[serde(default)]
    limit: Option<i32>,
    /// Token of an answer before, for the messages before its own.
    #[serde(default)]
    page_token: Option<String>,
}

/// One entry of a session's log.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionMessage)]
struct Message {
    message_id: String,
    /// `user`, `assistant` or `system`.
    role: String,
    content: String,
    timestamp: String,
}

/// The message that was added.
#[derive(Serialize, ToSchema)]
#[schema(as = AddedSessionMessage)]
struct Added {
    session_id: String,
    message: Message,
    total_messages: i64,
}

/// The latest messages, oldest of them first.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionMessages)]
struct Messages {
    session_id: String,
    messages: Vec<Message>,
    total: i64,
    returned: i64,
    next_page_token: Option<String>,
}

/// The log that was emptied.
#[derive(Serialize, ToSchema)]
#[schema(as = ClearedSession)]
struct Cleared {
    success: bool,
    session_id: String,
    removed_messages: i64,
    message: &'static str,
}

impl Message {
    fn from_proto(message: proto::SessionMessage) -> Self {
        Self {
            role: wire::word(message.role().as_str_name(), "MESSAGE_ROLE_"),
            timestamp: wire::required_time(message.create_time),
            message_id: message.message_id,
            content: message.content,
        }
    }
}

/// Adds a message to the log of a session, which keeps the latest 1,000.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/messages", tag = "sessions", params(("session_id" = String, Path)), request_body = NewMessage, responses(
    (status = 200, body = Added),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The session is archived", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn add_session_message(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<(HeaderMap, Json<Added>), Problem> {
    let request = ctx.request(proto::AddMessageRequest {
        session_id: session_id.clone(),
        role: role(body.role.as_deref())?.into(),
        content: body.content,
        request_id,
    });
    let reply = app.session().add_message(request).await?.into_inner();
    let added = Added {
        session_id,
        message: Message::from_proto(reply.message.unwrap_or_default()),
        total_messages: reply.total_size,
    };
    Ok((wire::replayed(reply.replayed), Json(added)))
}

/// Returns the latest messages of a session's log.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/messages", tag = "sessions", params(("session_id" = String, Path), Tail), responses(
    (status = 200, body = Messages),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn list_session_messages(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    QueryOf(tail): QueryOf<Tail>,
) -> Result<Json<Messages>, Problem> {
    if tail
        .limit
        .is_some_and(|limit| !(1..=MAX_MESSAGES).contains(&limit))
    {
        return Err(Fault::invalid("limit", format!("must be 1 to {MAX_MESSAGES}")).into());
    }
    let request = ctx.request(proto::ListMessagesRequest {
        session_id: session_id.clone(),
        page_size: tail.limit.unwrap_or_default(),
        page_token: tail.page_token.unwrap_or_default(),
    });
    let reply = app.session().list_messages(request).await?.into_inner();
    let messages: Vec<Message> = reply
        .messages
        .into_iter()
        .map(Message::from_proto)
        .collect();
    Ok(Json(Messages {
        session_id,
        total: reply.total_size,
        returned: count(messages.len()),
        messages,
        next_page_token: wire::given(reply.next_page_token),
    }))
}

/// Empties the log of a session.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/cleanup", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = Cleared),
    (status = 404, body = ProblemBody),
))]
async fn clear_session_messages(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<Cleared>, Problem> {
    let request = ctx.request(proto::ClearMessagesRequest {
        session_id: session_id.clone(),
    });
    let reply = app.session().clear_messages(request).await?.into_inner();
    Ok(Json(Cleared {
        success: true,
        session_id,
        removed_messages: reply.removed_count,
        message: "The log of the session is empty",
    }))
}

fn role(word: Option<&str>) -> Result<MessageRole, Problem> {
    match word {
        None | Some("user") => Ok(MessageRole::User),
        Some("assistant") => Ok(MessageRole::Assistant),
        Some("system") => Ok(MessageRole::System),
        Some(_) => Err(Fault::invalid("role", "must be user, assistant or system").into()),
    }
}
