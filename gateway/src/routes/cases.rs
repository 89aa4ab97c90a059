//! Cases: opening, listing, changing, and what is read of them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{CaseSource, CaseStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::{SignedIn, in_session};
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::paging::{Rows, Window};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire::{self, SizedJson};

mod analytics;
mod change;
mod header;
mod hypotheses;
mod messages;
mod row;
mod search;
mod solutions;
mod status;
mod timeline;
mod title;

pub(crate) use messages::all_messages;
pub(crate) use row::{CaseRow, get_row};

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 100;
/// A row takes somewhat less in most lists.
const ROW_BYTES: usize = 1024;

/// Returns the routes of this file and of those below.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_case, list_cases))
        .routes(routes!(get_case, delete_case))
        .routes(routes!(restore_case))
        .routes(routes!(list_cases_of_session))
        .routes(routes!(session_cases))
        .merge(change::routes())
        .merge(status::routes())
        .merge(messages::routes())
        .merge(timeline::routes())
        .merge(header::routes())
        .merge(hypotheses::routes())
        .merge(solutions::routes())
        .merge(title::routes())
        .merge(search::routes())
        .merge(analytics::routes())
}

/// Describes the new case; everything may be left out.
#[derive(Deserialize, ToSchema)]
struct CreateCase {
    /// Absent: `Case-MMDD-N`, replaced once the problem is stated.
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// `low`, `medium`, `high` or `critical`; absent means `medium`.
    #[serde(default)]
    priority: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// The client's session; the header `X-Session-Id` goes before it.
    #[serde(default)]
    session_id: Option<String>,
}

/// Which cases to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `inquiry` (also `consulting`), `investigating`, `resolved` or `closed`.
    #[serde(default)]
    status: Option<String>,
    /// The same as `status`.
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    include_archived: bool,
    /// Lists the cases of others that are shared with a team of the caller instead.
    #[serde(default)]
    shared_with_me: bool,
}

/// One page of cases.
#[derive(Serialize, ToSchema)]
struct CaseList {
    cases: Vec<CaseRow>,
    total: i64,
    total_count: i64,
    page: i32,
    page_size: i32,
    limit: i32,
    offset: i32,
    has_more: bool,
    next_page_token: Option<String>,
}

/// One page of the cases of a session.
#[derive(Serialize, ToSchema)]
struct SessionCases {
    session_id: String,
    #[serde(flatten)]
    page: CaseList,
}

/// Opens a case.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = CreateCase,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat answer with the same case; `[A-Za-z0-9_-]{8,255}`")),
    responses(
        (status = 201, body = CaseRow),
        (status = 409, description = "The key was used for something else", body = ProblemBody),
        (status = 422, body = ProblemBody),
    ))]
async fn create_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CreateCase>,
) -> Result<impl IntoResponse, Problem> {
    let ctx = in_session(ctx, body.session_id);
    let request = ctx.request(proto::CreateCaseRequest {
        title: body.title.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        priority: wire::priority_or_unspecified(body.priority.as_deref())?.into(),
        tags: body.tags,
        source: source(body.metadata.as_ref()).into(),
        metadata_json: wire::object_text(body.metadata),
        request_id: wire::idempotency_key(&headers)?,
    });
    let reply = app.case().create_case(request).await?.into_inner();
    let row = CaseRow::from_proto(reply.case.unwrap_or_default());
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(row)))
}

/// Lists the caller's cases, or those shared with the caller, latest activity first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(Window, Filter), responses(
    (status = 200, body = CaseList),
    (status = 422, body = ProblemBody),
))]
async fn list_cases(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<SizedJson<CaseList>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let asked = proto::ListCasesRequest {
        status: filter.status()?.into(),
        include_archived: filter.include_archived,
        shared_with_me: filter.shared_with_me,
        ..proto::ListCasesRequest::default()
    };
    let cases = list(&app, &ctx, &rows, asked).await?;
    let bytes = cases.cases.len() * ROW_BYTES;
    Ok(SizedJson(cases, bytes))
}

/// Lists the caller's cases that were opened or had a turn in a session, latest activity first.
#[utoipa::path(get, path = "/api/v1/cases/session/{session_id}", tag = "cases", params(("session_id" = String, Path), Window), responses(
    (status = 200, body = CaseList),
    (status = 422, body = ProblemBody),
))]
async fn list_cases_of_session(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    QueryOf(window): QueryOf<Window>,
) -> Result<Json<CaseList>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    Ok(Json(list(&app, &ctx, &rows, of_session(session_id)).await?))
}

/// Lists the latest of the caller's cases that were opened or had a turn in a session.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/cases", tag = "sessions", params(("session_id" = String, Path), Window), responses(
    (status = 200, body = SessionCases),
    (status = 404, body = ProblemBody),
))]
async fn session_cases(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(session_id): PathOf<String>,
    QueryOf(window): QueryOf<Window>,
) -> Result<Json<SessionCases>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    super::sessions::fetch(&app, &ctx, session_id.clone()).await?;
    let asked = of_session(session_id.clone());
    let page = list(&app, &ctx, &rows, asked).await?;
    Ok(Json(SessionCases { session_id, page }))
}

fn of_session(session_id: String) -> proto::ListCasesRequest {
    proto::ListCasesRequest {
        session_id,
        include_archived: true,
        ..proto::ListCasesRequest::default()
    }
}

async fn list(
    app: &App,
    ctx: &Ctx,
    rows: &Rows,
    asked: proto::ListCasesRequest,
) -> Result<CaseList, Problem> {
    let request = ctx.request(proto::ListCasesRequest {
        page_size: rows.limit,
        page_token: rows.page_token.clone(),
        offset: rows.offset,
        ..asked
    });
    let reply = app.case().list_cases(request).await?.into_inner();
    let cases = reply.cases.into_iter().map(CaseRow::from_proto).collect();
    let (total, token) = (reply.total_size, reply.next_page_token);
    Ok(CaseList::new(cases, total, rows, token))
}

/// Returns one case.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
))]
async fn get_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<CaseRow>, Problem> {
    Ok(Json(get_row(&app, &ctx, case_id).await?))
}

/// Deletes a case; it can be brought back for a while.
#[utoipa::path(delete, path = "/api/v1/cases/{case_id}", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn delete_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::DeleteCaseRequest {
        case_id,
        expected_version: None,
    });
    app.case().delete_case(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a deleted case back.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/restore", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
))]
async fn restore_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<CaseRow>, Problem> {
    let request = ctx.request(proto::RestoreCaseRequest { case_id });
    let reply = app.case().restore_case(request).await?.into_inner();
    Ok(Json(CaseRow::from_proto(reply.case.unwrap_or_default())))
}

impl CaseList {
    fn new(cases: Vec<CaseRow>, total: i64, rows: &Rows, next_page_token: String) -> Self {
        Self {
            has_more: rows.has_more(cases.len(), total, &next_page_token),
            cases,
            total,
            total_count: total,
            page: rows.page,
            page_size: rows.limit,
            limit: rows.limit,
            offset: rows.offset,
            next_page_token: wire::given(next_page_token),
        }
    }
}

impl Filter {
    fn status(&self) -> Result<CaseStatus, Problem> {
        match self.status.as_deref().or(self.state.as_deref()) {
            None | Some("") => Ok(CaseStatus::Unspecified),
            Some(word) => wire::status_of("status", word),
        }
    }
}

/// Returns which client opens a case, as its metadata says.
fn source(metadata: Option<&Map<String, Value>>) -> CaseSource {
    let created_via = metadata.and_then(|metadata| metadata.get("created_via")?.as_str());
    match created_via {
        Some("browser_extension") => CaseSource::Copilot,
        Some("dashboard") => CaseSource::Dashboard,
        _ => CaseSource::Api,
    }
}
