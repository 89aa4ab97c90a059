//! Finding cases by words and filters.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::Fault;
use faultmaven_proto::case::v1 as proto;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::row::CaseRow;
use super::{CaseList, MAX_ROWS};
use crate::context::SignedIn;
use crate::extract::JsonBody;
use crate::paging::Window;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search_cases))
}

/// What a case must be like; every member that is there must match.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct CaseSearch {
    /// Each word must occur in title, description, problem statement or tags, or begin a word of a message.
    #[schema(max_length = 1000)]
    query: Option<String>,
    /// Words of either dialect.
    status: Vec<String>,
    /// The same as `status`.
    state: Vec<String>,
    /// Priorities.
    severity: Vec<String>,
    /// The same as `severity`.
    priority: Vec<String>,
    /// All must be there.
    tags: Vec<String>,
    /// Opened at this time or later.
    #[schema(format = DateTime)]
    date_from: Option<String>,
    /// Opened before this time.
    #[schema(format = DateTime)]
    date_to: Option<String>,
    #[schema(minimum = 1, maximum = 100, default = 100)]
    limit: Option<i64>,
    #[schema(minimum = 0)]
    offset: Option<i64>,
    /// Counted from 1; read when `offset` is absent.
    #[schema(minimum = 1)]
    page: Option<i64>,
    /// The same as `limit`.
    #[schema(minimum = 1, maximum = 100)]
    page_size: Option<i64>,
}

/// Finds cases the caller may read, latest activity first.
#[utoipa::path(post, path = "/api/v1/cases/search", tag = "cases", request_body = CaseSearch, responses(
    (status = 200, body = CaseList),
    (status = 422, body = ProblemBody),
))]
async fn search_cases(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<CaseSearch>,
) -> Result<Json<CaseList>, Problem> {
    let window = Window::new(body.limit, body.offset, body.page, body.page_size);
    let rows = window.rows(MAX_ROWS, MAX_ROWS)?;
    let request = ctx.request(proto::SearchCasesRequest {
        query: body.query.unwrap_or_default(),
        statuses: numbers("status", body.status, wire::parse_status)?
            .into_iter()
            .chain(numbers("state", body.state, wire::parse_status)?)
            .collect(),
        priorities: numbers("severity", body.severity, wire::parse_priority)?
            .into_iter()
            .chain(numbers("priority", body.priority, wire::parse_priority)?)
            .collect(),
        tags: body.tags,
        created_from: time("date_from", body.date_from)?,
        created_to: time("date_to", body.date_to)?,
        page_size: rows.limit,
        offset: rows.offset,
    });
    let reply = app.case().search_cases(request).await?.into_inner();
    let cases = reply.cases.into_iter().map(CaseRow::from_proto).collect();
    Ok(Json(CaseList::new(
        cases,
        reply.total_size,
        &rows,
        String::new(),
    )))
}

/// Returns the enum values that words name.
fn numbers<E: Into<i32>>(
    field: &str,
    words: Vec<String>,
    parse: fn(&str) -> Option<E>,
) -> Result<Vec<i32>, Problem> {
    words
        .iter()
        .map(|word| match parse(word) {
            Some(value) => Ok(value.into()),
            None => Err(Fault::invalid(field, format!("there is no {word:?}")).into()),
        })
        .collect()
}

fn time(field: &str, text: Option<String>) -> Result<Option<prost_types::Timestamp>, Problem> {
    text.map(|text| wire::parse_time(field, &text)).transpose()
}
