//! The audit log, as pages or as one table for spreadsheets.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::auth::v1 as proto;
use futures::stream::try_unfold;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::attachment::disposition;
use crate::context::SignedIn;
use crate::extract::QueryOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod table;

/// Lines that are fetched at once for a table.
const TABLE_PAGE: i32 = 1_000;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(list_own_audit))
}

/// Which lines to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// One action, or all below a name that ends with a dot, for instance `case.`.
    #[serde(default)]
    action: String,
    /// RFC 3339, inclusive.
    #[serde(default)]
    start: Option<String>,
    /// RFC 3339, exclusive.
    #[serde(default)]
    end: Option<String>,
    /// 1..1000; absent means 50.
    #[serde(default)]
    page_size: i32,
    #[serde(default)]
    page_token: String,
    /// `json` (default), or `csv` for all lines as one table.
    #[serde(default)]
    format: Option<String>,
}

/// Whose lines to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Who {
    /// A user id or `system:<module>`; absent means everybody.
    #[serde(default)]
    actor: String,
}

/// One page of the audit log.
#[derive(Serialize, ToSchema)]
struct AuditList {
    events: Vec<AuditEvent>,
    next_page_token: Option<String>,
}

/// One line of the audit log.
#[derive(Serialize, ToSchema)]
struct AuditEvent {
    audit_id: i64,
    time: String,
    /// A user id or `system:<module>`; null for nobody known.
    actor: Option<String>,
    token_id: Option<String>,
    /// For instance `case.delete`.
    action: String,
    object: Option<String>,
    /// `ok`, `denied` or `failed`.
    outcome: String,
    request_id: String,
    address: Option<String>,
    #[schema(value_type = Object)]
    details: Value,
}

/// One page of lines and the token of the next.
type Page = (Vec<proto::AuditEvent>, String);

/// Lists the audit log, newest first.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", params(Who, Filter), responses(
    (status = 200, content((AuditList = "application/json"), (String = "text/csv"))),
    (status = 403, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn list_audit(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(who): QueryOf<Who>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Response, Problem> {
    Source::new(app, ctx, Some(who.actor), filter)?
        .answer()
        .await
}

/// Lists what the caller did, newest first.
#[utoipa::path(get, path = "/api/v1/auth/audit", tag = "auth", params(Filter), responses(
    (status = 200, content((AuditList = "application/json"), (String = "text/csv"))),
    (status = 403, description = "API tokens cannot read it", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn list_own_audit(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Response, Problem> {
    Source::new(app, ctx, None, filter)?.answer().await
}

/// Where the lines come from.
struct Source {
    app: AppState,
    ctx: Ctx,
    /// Absent means the caller's own lines, empty everybody's.
    actor: Option<String>,
    wanted: proto::AuditFilter,
    filter: Filter,
}

impl Source {
    fn new(
        app: AppState,
        ctx: Ctx,
        actor: Option<String>,
        filter: Filter,
    ) -> Result<Self, Problem> {
        let time = |field, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| wire::parse_time(field, text)).transpose()
        };
        let wanted = proto::AuditFilter {
            action: filter.action.clone(),
            start_time: time("start", &filter.start)?,
            end_time: time("end", &filter.end)?,
        };
        Ok(Self {
            app,
            ctx,
            actor,
            wanted,
            filter,
        })
    }

    async fn answer(self) -> Result<Response, Problem> {
        match self.filter.format.as_deref() {
            None | Some("" | "json") => self.list().await,
            Some("csv") => self.table().await,
            Some(_) => Err(Fault::invalid("format", "must be json or csv").into()),
        }
    }

    async fn list(self) -> Result<Response, Problem> {
        let token = self.filter.page_token.clone();
        let (events, next) = self.page(self.filter.page_size, token).await?;
        let list = AuditList {
            events: events.into_iter().map(AuditEvent::new).collect(),
            next_page_token: wire::given(next),
        };
        Ok(Json(list).into_response())
    }

    /// Returns all lines; what is refused is refused before the table begins.
    async fn table(self) -> Result<Response, Problem> {
        let first = self.page(TABLE_PAGE, String::new()).await?;
        let source = Arc::new(self);
        let start = (source, Some(first), true);
        let body = try_unfold(start, |(source, page, is_first)| async move {
            let Some((events, next)) = page else {
                return Ok(None);
            };
            let text = table::rows(is_first, events.into_iter().map(AuditEvent::new))?;
            let page = match next.as_str() {
                "" => None,
                _ => Some(source.page(TABLE_PAGE, next).await.map_err(broken)?),
            };
            Ok::<_, std::io::Error>(Some((Bytes::from(text), (source, page, false))))
        });
        let mut response = Body::from_stream(body).into_response();
        let headers = response.headers_mut();
        let csv = HeaderValue::from_static("text/csv; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, csv);
        headers.insert(header::CONTENT_DISPOSITION, disposition("audit.csv"));
        Ok(response)
    }

    async fn page(&self, page_size: i32, page_token: String) -> Result<Page, Problem> {
        let filter = Some(self.wanted.clone());
        let mut auth = self.app.auth();
        let Some(actor) = self.actor.clone() else {
            let request = self.ctx.request(proto::ListOwnAuditEventsRequest {
                filter,
                page_size,
                page_token,
            });
            let reply = auth.list_own_audit_events(request).await?.into_inner();
            return Ok((reply.events, reply.next_page_token));
        };
        let request = self.ctx.request(proto::ListAuditEventsRequest {
            actor,
            filter,
            page_size,
            page_token,
        });
        let reply = auth.list_audit_events(request).await?.into_inner();
        Ok((reply.events, reply.next_page_token))
    }
}

/// A table that breaks off in the middle must not look complete.
fn broken(problem: Problem) -> std::io::Error {
    tracing::warn!(?problem, "a table of the audit log broke off");
    std::io::Error::other("the audit log does not answer")
}

impl AuditEvent {
    fn new(event: proto::AuditEvent) -> Self {
        Self {
            time: wire::required_time(event.time),
            outcome: wire::word(event.outcome().as_str_name(), "AUDIT_OUTCOME_"),
            details: wire::json(&event.details_json),
            audit_id: event.audit_id,
            actor: wire::given(event.actor),
            token_id: wire::given(event.token_id),
            action: event.action,
            object: wire::given(event.object),
            request_id: event.request_id,
            address: wire::given(event.address),
        }
    }
}
