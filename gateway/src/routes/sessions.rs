//! Sessions: bookkeeping of clients, which grants no right.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::Ctx;
use faultmaven_proto::session::v1 as proto;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::{Anyone, SignedIn};
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::paging::{Rows, Window};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

mod log;
mod session;
mod upkeep;

use session::Session;

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 100;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_session, list_sessions))
        .routes(routes!(
            get_session,
            put_session,
            patch_session,
            end_session
        ))
        .routes(routes!(heartbeat))
        .merge(log::routes())
        .merge(upkeep::routes())
}

/// Describes the client; everything may be left out.
#[derive(Deserialize, ToSchema)]
struct CreateSession {
    /// The client's own id; the same one again resumes its session.
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    session_type: Option<String>,
    /// Clamped to 60..480; absent means 180.
    #[serde(default)]
    timeout_minutes: Option<i64>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// Changes a session; absent members stay.
#[derive(Deserialize, ToSchema)]
struct UpdateSession {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    timeout_minutes: Option<i64>,
    /// Members replace those of the same name, null removes one.
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// The same as the member `context` of `metadata`.
    #[serde(default)]
    context: Option<Map<String, Value>>,
    /// `archived` or `active`.
    #[serde(default)]
    status: Option<String>,
}

impl UpdateSession {
    fn metadata_json(&self) -> Option<String> {
        let mut metadata = self.metadata.clone();
        if let Some(context) = &self.context {
            let metadata = metadata.get_or_insert_default();
            metadata.insert("context".to_owned(), Value::Object(context.clone()));
        }
        metadata.map(|metadata| Value::Object(metadata).to_string())
    }
}

/// An opened or resumed session.
#[derive(Serialize, ToSchema)]
struct OpenedSession {
    #[serde(flatten)]
    session: Session,
    session_resumed: bool,
    message: &'static str,
}

/// One page of sessions.
#[derive(Serialize, ToSchema)]
struct SessionList {
    sessions: Vec<Session>,
    total: i64,
    limit: i32,
    offset: i32,
}

/// A session that is alive.
#[derive(Serialize, ToSchema)]
struct Alive {
    #[serde(flatten)]
    session: Session,
    message: &'static str,
}

/// Opens a session, or resumes the active one of the same client; needs no sign-in.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), request_body = CreateSession, responses(
    (status = 201, description = "A new session", body = OpenedSession),
    (status = 200, description = "The resumed session", body = OpenedSession),
    (status = 422, body = ProblemBody),
))]
async fn create_session(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<CreateSession>,
) -> Result<(StatusCode, HeaderMap, Json<OpenedSession>), Problem> {
    let request = ctx.request(proto::CreateSessionRequest {
        client_id: body.client_id.unwrap_or_default(),
        session_type: body.session_type.unwrap_or_default(),
        timeout: body.timeout_minutes.map(minutes),
        title: body.title.unwrap_or_default(),
        metadata_json: wire::object_text(body.metadata),
        request_id,
    });
    let reply = app.session().create_session(request).await?.into_inner();
    let (status, message) = if reply.resumed {
        (StatusCode::OK, "Session resumed")
    } else {
        (StatusCode::CREATED, "Session created")
    };
    let opened = OpenedSession {
        session: Session::from_proto(reply.session.unwrap_or_default()),
        session_resumed: reply.resumed,
        message,
    };
    Ok((status, wire::replayed(reply.replayed), Json(opened)))
}

/// Lists the caller's sessions, latest activity first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", params(Window), responses(
    (status = 200, body = SessionList),
    (status = 401, body = ProblemBody),
))]
async fn list_sessions(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
) -> Result<Json<SessionList>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let (sessions, total) = sessions(&app, &ctx, &rows).await?;
    Ok(Json(SessionList {
        sessions,
        total,
        limit: rows.limit,
        offset: rows.offset,
    }))
}

/// Returns one session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = Session),
    (status = 404, body = ProblemBody),
))]
async fn get_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<Session>, Problem> {
    let session = fetch(&app, &ctx, session_id).await?;
    Ok(Json(Session::from_proto(session)))
}

pub(super) async fn fetch(
    app: &App,
    ctx: &Ctx,
    session_id: String,
) -> Result<proto::Session, Problem> {
    let request = ctx.request(proto::GetSessionRequest { session_id });
    let reply = app.session().get_session(request).await?.into_inner();
    Ok(reply.session.unwrap_or_default())
}

/// Changes title, timeout, metadata or status of a session.
#[utoipa::path(put, path = "/api/v1/sessions/{session_id}", tag = "sessions", params(("session_id" = String, Path)), request_body = UpdateSession, responses(
    (status = 200, body = Session),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn put_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    JsonBody(body): JsonBody<UpdateSession>,
) -> Result<Json<Session>, Problem> {
    update(&app, &ctx, session_id, body).await
}

/// Does the same as PUT.
#[utoipa::path(patch, path = "/api/v1/sessions/{session_id}", tag = "sessions", params(("session_id" = String, Path)), request_body = UpdateSession, responses(
    (status = 200, body = Session),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn patch_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    JsonBody(body): JsonBody<UpdateSession>,
) -> Result<Json<Session>, Problem> {
    update(&app, &ctx, session_id, body).await
}

async fn update(
    app: &App,
    ctx: &Ctx,
    session_id: String,
    body: UpdateSession,
) -> Result<Json<Session>, Problem> {
    let status = upkeep::status(body.status.as_deref())?.into();
    let metadata = body.metadata_json();
    let request = ctx.request(proto::UpdateSessionRequest {
        session_id,
        title: body.title,
        timeout: body.timeout_minutes.map(minutes),
        metadata_json: metadata,
        status,
    });
    let reply = app.session().update_session(request).await?.into_inner();
    Ok(Json(Session::from_proto(reply.session.unwrap_or_default())))
}

/// Ends a session; no case is touched.
#[utoipa::path(delete, path = "/api/v1/sessions/{session_id}", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn end_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::EndSessionRequest { session_id });
    app.session().end_session(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Records activity and moves the expiry; an anonymous session needs no sign-in.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/heartbeat", tag = "sessions", security((), ("bearer" = [])), params(("session_id" = String, Path)), responses(
    (status = 200, body = Alive),
    (status = 404, body = ProblemBody),
))]
async fn heartbeat(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<Alive>, Problem> {
    let request = ctx.request(proto::HeartbeatSessionRequest { session_id });
    let reply = app.session().heartbeat_session(request).await?.into_inner();
    Ok(Json(Alive {
        session: Session::from_proto(reply.session.unwrap_or_default()),
        message: "Heartbeat recorded",
    }))
}

/// Returns the rows asked for, which the module hands out by token alone.
async fn sessions(app: &App, ctx: &Ctx, rows: &Rows) -> Result<(Vec<Session>, i64), Problem> {
    let end = usize::try_from(i64::from(rows.offset) + i64::from(rows.limit)).unwrap_or_default();
    let mut sessions = Vec::new();
    let mut page_token = rows.page_token.clone();
    loop {
        let request = ctx.request(proto::ListSessionsRequest {
            page_size: MAX_ROWS,
            page_token,
            ..Default::default()
        });
        let page = app.session().list_sessions(request).await?.into_inner();
        sessions.extend(page.sessions);
        if page.next_page_token.is_empty() || sessions.len() >= end {
            let rows = sessions
                .into_iter()
                .take(end)
                .skip(usize::try_from(rows.offset).unwrap_or_default())
                .map(Session::from_proto)
                .collect();
            return Ok((rows, page.total_size));
        }
        page_token = page.next_page_token;
    }
}

fn minutes(minutes: i64) -> prost_types::Duration {
    prost_types::Duration {
        seconds: minutes.saturating_mul(60),
        nanos: 0,
    }
}
