//! Stopping a turn that runs.

use axum::Json;
use axum::extract::State;
use faultmaven_proto::agent::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// The reason that the end of a cancelled turn gives.
pub(super) const TURN_CANCELLED: &str = "turn_cancelled";

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(cancel_turn))
}

/// What became of the wish to stop a turn.
#[derive(Serialize, ToSchema)]
struct CancelledTurn {
    case_id: String,
    /// False when no turn ran that could still be stopped.
    cancelled: bool,
}

/// Stops the turn of a case that runs now, however it is waited for.
///
/// It leaves nothing but the files that were handed over, and whoever waits for it is told
/// `turn_cancelled`.
#[utoipa::path(delete, path = "/api/v1/cases/{case_id}/turns/current", tag = "turns", params(("case_id" = String, Path)), responses(
    (status = 200, body = CancelledTurn),
    (status = 404, body = ProblemBody),
))]
async fn cancel_turn(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<CancelledTurn>, Problem> {
    let request = ctx.request(proto::CancelTurnRequest {
        case_id: case_id.clone(),
    });
    let reply = app.agent().cancel_turn(request).await?.into_inner();
    Ok(Json(CancelledTurn {
        case_id,
        cancelled: reply.cancelled,
    }))
}
