//! Fixes that people bring themselves.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::case::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(add_solution))
}

/// A fix.
#[derive(Deserialize, ToSchema)]
struct NewSolution {
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Description and steps have at most 2,000 characters together.
    #[schema(max_length = 2000)]
    description: String,
    /// What to do, in order.
    #[serde(default)]
    implementation_steps: Option<Vec<String>>,
}

/// A fix of a case.
#[derive(Serialize, ToSchema)]
struct Solution {
    id: String,
    case_id: String,
    title: String,
    description: String,
    implementation_steps: Vec<String>,
    /// True once somebody reported that it worked.
    implemented: bool,
    /// `diagnostic`, `mitigation` or `solution`; the last only against an established cause.
    action_type: String,
    created_at: String,
}

/// Adds a fix; without an established cause it counts as a mitigation.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/solutions", tag = "cases", params(("case_id" = String, Path)), request_body = NewSolution, responses(
    (status = 201, body = Solution),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The case has ended", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn add_solution(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<NewSolution>,
) -> Result<(StatusCode, HeaderMap, Json<Solution>), Problem> {
    let steps = body.implementation_steps.unwrap_or_default();
    let request = ctx.request(proto::AddActionRequest {
        case_id: case_id.clone(),
        title: body.title,
        description: body.description.clone(),
        steps: steps.clone(),
        request_id,
    });
    let reply = app.case().add_action(request).await?.into_inner();
    let action = reply.action.unwrap_or_default();
    let succeeded =
        |attempt: &proto::Attempt| attempt.outcome() == proto::AttemptOutcome::Succeeded;
    let solution = Solution {
        action_type: wire::word(action.r#type().as_str_name(), "ACTION_TYPE_"),
        implemented: action.attempts.iter().any(succeeded),
        created_at: wire::required_time(reply.create_time),
        id: action.action_id,
        title: action.title,
        description: body.description,
        implementation_steps: steps,
        case_id,
    };
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(solution)))
}
