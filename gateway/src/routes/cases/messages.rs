//! The conversation of a case.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::MessageRole;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::paging::{Window, count};
use crate::problem::{Problem, ProblemBody};
use crate::routes::turns::Suggestion;
use crate::state::{App, AppState};
use crate::wire::{self, SizedJson};

const MAX_ROWS: i32 = 1000;
/// Enough to keep the readers of a database busy while others are turned into messages.
const PAGES_AT_ONCE: usize = 4;
/// A message takes about so much besides its content.
const ROW_BYTES: usize = 512;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_messages, add_message))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Debug {
    /// Adds `debug_info`.
    #[serde(default)]
    include_debug: bool,
}

/// One row of the conversation.
#[derive(Serialize, ToSchema)]
struct Message {
    message_id: String,
    /// The same as `message_id`.
    id: String,
    /// Shared by the user's row and its reply.
    turn_number: i32,
    /// `user`, `assistant` or `system`.
    role: &'static str,
    kind: String,
    content: String,
    created_at: String,
    /// The same as `created_at`.
    timestamp: String,
    /// Absent for rows the product wrote.
    author_id: Option<String>,
    /// Evidence ids the text cites.
    citations: Vec<String>,
    file_ids: Vec<String>,
    suggested_actions: Vec<Suggestion>,
    #[schema(value_type = Object)]
    metadata: Metadata,
}

/// What was given along with a row, and some of its members again.
#[derive(Serialize)]
struct Metadata {
    kind: String,
    citations: Vec<String>,
    file_ids: Vec<String>,
    #[serde(flatten)]
    given: Map<String, Value>,
}

/// A message from elsewhere.
#[derive(Deserialize, ToSchema)]
struct NewMessage {
    /// `user`, `assistant` or `system`.
    role: String,
    #[schema(min_length = 1, max_length = 200_000)]
    content: String,
    /// At most 16 KiB.
    #[serde(default)]
    message_metadata: Option<Map<String, Value>>,
}

/// A message of a case.
#[derive(Serialize, ToSchema)]
struct AddedMessage {
    case_id: String,
    #[serde(flatten)]
    message: Message,
}

/// Rows of the conversation, oldest first.
#[derive(Serialize, ToSchema)]
struct MessageList {
    case_id: String,
    messages: Vec<Message>,
    total_count: i64,
    retrieved_count: i64,
    limit: i32,
    offset: i32,
    has_more: bool,
    next_offset: Option<i64>,
    debug_info: Option<DebugInfo>,
}

#[derive(Serialize, ToSchema)]
struct DebugInfo {
    storage_status: &'static str,
    storage_errors: Vec<String>,
}

/// Lists the conversation, oldest first; without a limit, all of it.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/messages", tag = "cases", params(("case_id" = String, Path), Window, Debug), responses(
    (status = 200, body = MessageList),
    (status = 404, body = ProblemBody),
))]
async fn list_messages(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(window): QueryOf<Window>,
    QueryOf(debug): QueryOf<Debug>,
) -> Result<SizedJson<MessageList>, Problem> {
    let rows = window.rows(MAX_ROWS, MAX_ROWS)?;
    let first = proto::ListMessagesRequest {
        case_id: case_id.clone(),
        page_size: rows.limit,
        page_token: rows.page_token.clone(),
        offset: rows.offset,
    };
    let (messages, total) = if window.is_limited() {
        let reply = app.case().list_messages(ctx.request(first)).await?;
        let reply = reply.into_inner();
        (reply.messages, reply.total_size)
    } else {
        messages_from(&app, &ctx, first).await?
    };
    let retrieved = count(messages.len());
    let next_offset = i64::from(rows.offset) + retrieved;
    let has_more = next_offset < total;
    let bytes = messages.iter().map(|it| it.content.len() + ROW_BYTES).sum();
    let list = MessageList {
        case_id,
        messages: messages.into_iter().map(Message::from_proto).collect(),
        total_count: total,
        retrieved_count: retrieved,
        limit: rows.limit,
        offset: rows.offset,
        has_more,
        next_offset: has_more.then_some(next_offset),
        debug_info: debug.include_debug.then(|| DebugInfo {
            storage_status: "ok",
            storage_errors: Vec::new(),
        }),
    };
    Ok(SizedJson(list, bytes))
}

/// Adds a message from elsewhere; it starts no turn, is answered by nobody and never cited.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/messages", tag = "cases", params(("case_id" = String, Path)), request_body = NewMessage, responses(
    (status = 201, body = AddedMessage),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The case has ended", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn add_message(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<(StatusCode, HeaderMap, Json<AddedMessage>), Problem> {
    let request = ctx.request(proto::AddMessageRequest {
        case_id: case_id.clone(),
        role: role(&body.role).into(),
        content: body.content,
        metadata_json: wire::object_text(body.message_metadata),
        request_id,
    });
    let reply = app.case().add_message(request).await?.into_inner();
    let message = Message::from_proto(reply.message.unwrap_or_default());
    let added = Json(AddedMessage { case_id, message });
    Ok((StatusCode::CREATED, wire::replayed(reply.replayed), added))
}

/// Returns the role a word names; the case module refuses an unspecified one.
fn role(word: &str) -> MessageRole {
    match word {
        "user" => MessageRole::User,
        "assistant" => MessageRole::Assistant,
        "system" => MessageRole::System,
        _ => MessageRole::Unspecified,
    }
}

/// Returns the whole conversation.
pub(crate) async fn all_messages(
    app: &App,
    ctx: &Ctx,
    case_id: &str,
) -> Result<Vec<proto::Message>, Problem> {
    let first = proto::ListMessagesRequest {
        case_id: case_id.to_owned(),
        page_size: MAX_ROWS,
        ..Default::default()
    };
    Ok(messages_from(app, ctx, first).await?.0)
}

/// Returns what follows from a first page on; the first one tells how many more there are, and
/// those are read side by side.
async fn messages_from(
    app: &App,
    ctx: &Ctx,
    first: proto::ListMessagesRequest,
) -> Result<(Vec<proto::Message>, i64), Problem> {
    let page = async |request| {
        let reply = app.case().list_messages(ctx.request(request)).await?;
        Ok::<_, Problem>(reply.into_inner())
    };
    let head = page(first.clone()).await?;
    let (mut messages, total) = (head.messages, head.total_size);
    if head.next_page_token.is_empty() {
        return Ok((messages, total));
    }
    let left = total - i64::from(first.offset) - count(messages.len());
    let left = i32::try_from(left).unwrap_or(i32::MAX);
    let page_size = usize::try_from(first.page_size).unwrap_or(1);
    let rest = (0..left).step_by(page_size).map(|offset| {
        page(proto::ListMessagesRequest {
            page_token: head.next_page_token.clone(),
            offset,
            ..first.clone()
        })
    });
    let mut rest = stream::iter(rest).buffered(PAGES_AT_ONCE);
    while let Some(next) = rest.try_next().await? {
        messages.extend(next.messages);
    }
    Ok((messages, total))
}

impl Metadata {
    fn of(message: &proto::Message, kind: &str) -> Self {
        let mut given = match wire::object(&message.metadata_json) {
            Value::Object(given) => given,
            _ => Map::new(),
        };
        given.retain(|name, _| !["kind", "citations", "file_ids"].contains(&name.as_str()));
        Self {
            kind: kind.to_owned(),
            citations: message.citations.clone(),
            file_ids: message.file_ids.clone(),
            given,
        }
    }
}

impl Message {
    fn from_proto(message: proto::Message) -> Self {
        let created_at = wire::required_time(message.create_time);
        let kind = wire::word(message.kind().as_str_name(), "MESSAGE_KIND_");
        Self {
            role: role_word(message.role()),
            metadata: Metadata::of(&message, &kind),
            kind,
            timestamp: created_at.clone(),
            created_at,
            id: message.message_id.clone(),
            message_id: message.message_id,
            turn_number: message.turn_number,
            content: message.content,
            author_id: wire::given(message.author_id),
            citations: message.citations,
            file_ids: message.file_ids,
            suggested_actions: message
                .suggested_actions
                .into_iter()
                .map(Suggestion::from_case)
                .collect(),
        }
    }
}

fn role_word(role: MessageRole) -> &'static str {
    match role {
        MessageRole::User => "user",
        MessageRole::Assistant => "assistant",
        MessageRole::System | MessageRole::Unspecified => "system",
    }
}
