//! Naming and archiving a case.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::IntoResponse;
use faultmaven_proto::case::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// How many words a title may be asked to have; the module decides when asked for none.
const WORDS: RangeInclusive<i64> = 3..=12;
const TITLE_SOURCE: HeaderName = HeaderName::from_static("x-title-source");

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(generate_title))
        .routes(routes!(archive_case))
}

/// What the title may be like.
#[derive(Default, Deserialize, ToSchema)]
struct TitleRequest {
    /// 3 to 12; any other number counts as 8.
    #[serde(default)]
    #[schema(default = 8)]
    max_words: Option<i64>,
    /// Read when the case itself says too little.
    #[serde(default)]
    #[schema(max_length = 200)]
    hint: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Force {
    /// Accepted for older clients; a generated title is always made anew, one the owner chose never.
    #[serde(default, rename = "force")]
    _force: bool,
}

/// The title of a case.
#[derive(Serialize, ToSchema)]
struct CaseTitle {
    case_id: String,
    /// Empty when there is too little to go on.
    title: String,
    /// `existing` when the owner chose the title, else `generated`.
    source: &'static str,
    generated: bool,
}

/// An archived case.
#[derive(Serialize, ToSchema)]
struct ArchivedCase {
    case_id: String,
    /// Always `archived`.
    status: &'static str,
    message: &'static str,
}

/// Names a case after what it is about; a title the owner chose stays.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/title", tag = "cases", params(("case_id" = String, Path), Force), request_body = Option<TitleRequest>, responses(
    (status = 200, body = CaseTitle, headers(("x-title-source" = String, description = "`existing` or `generated`"))),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn generate_title(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(_force): QueryOf<Force>,
    JsonBody(body): JsonBody<Option<TitleRequest>>,
) -> Result<impl IntoResponse, Problem> {
    let body = body.unwrap_or_default();
    let max_words = body.max_words.filter(|words| WORDS.contains(words));
    let request = ctx.request(proto::GenerateTitleRequest {
        case_id: case_id.clone(),
        max_words: max_words
            .and_then(|words| i32::try_from(words).ok())
            .unwrap_or_default(),
        hint: body.hint.unwrap_or_default(),
    });
    let reply = app.case().generate_title(request).await?.into_inner();
    let is_chosen = !reply.generated && !reply.title.is_empty();
    let source = if is_chosen { "existing" } else { "generated" };
    let title = CaseTitle {
        case_id,
        title: reply.title,
        source,
        generated: reply.generated,
    };
    Ok(([(TITLE_SOURCE, source)], Json(title)))
}

/// Hides a case from the default list.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/archive", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = ArchivedCase),
    (status = 404, body = ProblemBody),
))]
async fn archive_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<ArchivedCase>, Problem> {
    let request = ctx.request(proto::UpdateCaseRequest {
        case_id: case_id.clone(),
        archived: Some(true),
        ..Default::default()
    });
    app.case().update_case(request).await?;
    Ok(Json(ArchivedCase {
        case_id,
        status: "archived",
        message: "The case is archived; list it with include_archived=true.",
    }))
}
