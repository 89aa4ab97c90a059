//! Putting sessions away, bringing them back, finding and removing them.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::session::v1 as proto;
use faultmaven_proto::session::v1::SessionStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::Session;
use super::{MAX_ROWS, fetch};
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(archive_session))
        .routes(routes!(restore_session))
        .routes(routes!(get_session_stats))
        .routes(routes!(get_session_recovery_info))
        .routes(routes!(search_sessions))
        .routes(routes!(end_sessions))
        .routes(routes!(remove_ended_sessions))
}

/// Where a session stands now.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionStatusChange)]
struct StatusChange {
    session_id: String,
    /// `archived` or `active`.
    status: String,
}

/// A session in numbers.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionStats)]
struct Stats {
    session_id: String,
    message_count: i64,
    /// From the opening to the last activity.
    duration_seconds: i64,
    status: String,
    created_at: String,
    last_activity_at: String,
}

/// Whether and how a session can be brought back.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionRecovery)]
struct Recovery {
    session_id: String,
    user_id: String,
    created_at: String,
    last_activity: String,
    /// `active`, `status` and `metadata` of the session.
    #[schema(value_type = Object)]
    state_summary: Value,
    /// `can_restore`, and the path to do it.
    #[schema(value_type = Object)]
    recovery_info: Value,
}

/// Which sessions to find; absent members select all.
#[derive(Deserialize, ToSchema)]
#[schema(as = SessionSearch)]
struct Search {
    /// `active`, `archived`, `expired` or `terminated`.
    #[serde(default)]
    status: Option<String>,
    /// Text that title or log must hold, in any case.
    #[serde(default)]
    query: Option<String>,
    /// Most sessions to return, 1 to 100; absent means 50.
    #[serde(default)]
    limit: Option<i32>,
}

/// The sessions that were found, latest activity first.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundSessions)]
struct Found {
    sessions: Vec<Session>,
    /// Before `limit`.
    total: i64,
}

/// Which sessions to end.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Ending {
    /// Spares the session of the header `X-Session-Id`; absent means true.
    #[serde(default)]
    keep_current: Option<bool>,
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
#[schema(as = EndedSessions)]
struct Ended {
    message: String,
    count: i64,
}

/// How many sessions were removed.
#[derive(Serialize, ToSchema)]
#[schema(as = RemovedSessions)]
struct Removed {
    message: String,
    cleaned_sessions: i64,
    timestamp: String,
}

/// Puts a session away; it neither expires nor is resumed until it is restored.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/archive", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = StatusChange),
    (status = 404, body = ProblemBody),
))]
async fn archive_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<StatusChange>, Problem> {
    set_status(&app, &ctx, session_id, SessionStatus::Archived).await
}

/// Brings an archived session back.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/restore", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = StatusChange),
    (status = 404, body = ProblemBody),
))]
async fn restore_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<StatusChange>, Problem> {
    set_status(&app, &ctx, session_id, SessionStatus::Active).await
}

async fn set_status(
    app: &App,
    ctx: &Ctx,
    session_id: String,
    status: SessionStatus,
) -> Result<Json<StatusChange>, Problem> {
    let request = ctx.request(proto::UpdateSessionRequest {
        session_id,
        status: status.into(),
        ..Default::default()
    });
    let reply = app.session().update_session(request).await?.into_inner();
    let session = Session::from_proto(reply.session.unwrap_or_default());
    Ok(Json(StatusChange {
        session_id: session.session_id,
        status: session.status,
    }))
}

/// Returns a session in numbers.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/stats", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = Stats),
    (status = 404, body = ProblemBody),
))]
async fn get_session_stats(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<Stats>, Problem> {
    let session = fetch(&app, &ctx, session_id).await?;
    let at = |time: Option<prost_types::Timestamp>| time.map_or(0, |time| time.seconds);
    let duration_seconds = at(session.last_activity_time) - at(session.create_time);
    let session = Session::from_proto(session);
    Ok(Json(Stats {
        session_id: session.session_id,
        message_count: session.message_count,
        duration_seconds,
        status: session.status,
        created_at: session.created_at,
        last_activity_at: session.last_activity_at,
    }))
}

/// Returns whether and how a session can be brought back.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/recovery-info", tag = "sessions", params(("session_id" = String, Path)), responses(
    (status = 200, body = Recovery),
    (status = 404, body = ProblemBody),
))]
async fn get_session_recovery_info(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
) -> Result<Json<Recovery>, Problem> {
    let session = fetch(&app, &ctx, session_id).await?;
    let status = session.status();
    let session = Session::from_proto(session);
    Ok(Json(Recovery {
        state_summary: json!({
            "active": status == SessionStatus::Active,
            "status": session.status,
            "metadata": session.metadata,
        }),
        recovery_info: json!({
            "can_restore": status == SessionStatus::Archived,
            "restore_endpoint": format!("/api/v1/sessions/{}/restore", session.session_id),
        }),
        session_id: session.session_id,
        user_id: session.user_id,
        created_at: session.created_at,
        last_activity: session.last_activity,
    }))
}

/// Finds sessions of the caller.
#[utoipa::path(post, path = "/api/v1/sessions/search", tag = "sessions", request_body = Search, responses(
    (status = 200, body = Found),
    (status = 401, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn search_sessions(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<Search>,
) -> Result<Json<Found>, Problem> {
    if body
        .limit
        .is_some_and(|limit| !(1..=MAX_ROWS).contains(&limit))
    {
        return Err(Fault::invalid("limit", format!("must be 1 to {MAX_ROWS}")).into());
    }
    let request = ctx.request(proto::ListSessionsRequest {
        status: status(body.status.as_deref())?.into(),
        page_size: body.limit.unwrap_or_default(),
        query: body.query.unwrap_or_default(),
        ..Default::default()
    });
    let reply = app.session().list_sessions(request).await?.into_inner();
    Ok(Json(Found {
        sessions: reply
            .sessions
            .into_iter()
            .map(Session::from_proto)
            .collect(),
        total: reply.total_size,
    }))
}

/// Ends the caller's sessions; no case is touched.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "sessions", params(Ending), responses(
    (status = 200, body = Ended),
    (status = 401, body = ProblemBody),
))]
async fn end_sessions(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(ending): QueryOf<Ending>,
) -> Result<Json<Ended>, Problem> {
    let request = ctx.request(proto::EndSessionsRequest {
        keep_current: ending.keep_current.unwrap_or(true),
    });
    let reply = app.session().end_sessions(request).await?.into_inner();
    Ok(Json(Ended {
        message: format!("Sessions ended: {}", reply.ended_count),
        count: reply.ended_count,
    }))
}

/// Removes those of the caller's sessions that have ended or expired.
#[utoipa::path(post, path = "/api/v1/sessions/cleanup", tag = "sessions", responses(
    (status = 200, body = Removed),
    (status = 401, body = ProblemBody),
))]
async fn remove_ended_sessions(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<Removed>, Problem> {
    let request = ctx.request(proto::RemoveEndedSessionsRequest {});
    let reply = app.session().remove_ended_sessions(request).await?;
    let removed = reply.into_inner().removed_count;
    let now = faultmaven_kit::clock::timestamp(app.deps.clock.now());
    Ok(Json(Removed {
        message: format!("Sessions removed: {removed}"),
        cleaned_sessions: removed,
        timestamp: wire::required_time(Some(now)),
    }))
}

/// Returns the status a word names.
pub(super) fn status(word: Option<&str>) -> Result<SessionStatus, Problem> {
    match word {
        None | Some("") => Ok(SessionStatus::Unspecified),
        Some("active") => Ok(SessionStatus::Active),
        Some("archived") => Ok(SessionStatus::Archived),
        Some("expired") => Ok(SessionStatus::Expired),
        Some("terminated") => Ok(SessionStatus::Terminated),
        Some(_) => {
            let known = "must be active, archived, expired or terminated";
            Err(Fault::invalid("status", known).into())
        }
    }
}
