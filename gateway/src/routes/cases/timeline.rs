//! The turns of a case.

use axum::Json;
use axum::extract::State;
use faultmaven_proto::case::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::paging::Page;
use crate::problem::{Problem, ProblemBody};
use crate::routes::model_call::ModelCall;
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_turns))
}

/// One committed turn.
#[derive(Serialize, ToSchema)]
struct Turn {
    turn_number: i32,
    author_id: String,
    /// `legacy`, `current` or `core`.
    dialect: String,
    started_at: String,
    committed_at: String,
    intent: String,
    /// Which way the answer was found.
    path: String,
    outcome: String,
    progress_made: bool,
    milestones_completed: Vec<String>,
    milestones_reverted: Vec<String>,
    file_ids: Vec<String>,
    evidence_ids: Vec<String>,
    /// What changed in the ledger, in words.
    changes: Vec<String>,
    dropped: Vec<DroppedPart>,
    notices: Vec<String>,
    /// Calls of models that were made for the answer, in order.
    model_calls: Vec<ModelCall>,
}

/// A proposed change that was refused.
#[derive(Serialize, ToSchema)]
struct DroppedPart {
    op: String,
    reason: String,
    excerpt: String,
}

/// One page of turns.
#[derive(Serialize, ToSchema)]
struct TurnList {
    case_id: String,
    turns: Vec<Turn>,
    next_page_token: Option<String>,
}

/// Lists the turns, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/turns", tag = "turns", params(("case_id" = String, Path), Page), responses(
    (status = 200, body = TurnList),
    (status = 404, body = ProblemBody),
))]
async fn list_turns(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<TurnList>, Problem> {
    let request = ctx.request(proto::ListTurnsRequest {
        case_id: case_id.clone(),
        page_size: page.page_size,
        page_token: page.page_token,
    });
    let reply = app.case().list_turns(request).await?.into_inner();
    Ok(Json(TurnList {
        case_id,
        turns: reply.turns.into_iter().map(Turn::from_proto).collect(),
        next_page_token: wire::given(reply.next_page_token),
    }))
}

impl Turn {
    fn from_proto(turn: proto::Turn) -> Self {
        Self {
            dialect: wire::word(turn.dialect().as_str_name(), "DIALECT_"),
            started_at: wire::required_time(turn.start_time),
            committed_at: wire::required_time(turn.commit_time),
            intent: wire::word(turn.intent().as_str_name(), "TURN_INTENT_"),
            path: wire::word(turn.path().as_str_name(), "TURN_PATH_"),
            outcome: wire::word(turn.outcome().as_str_name(), "TURN_OUTCOME_"),
            milestones_completed: turn.milestones_completed().map(wire::milestone).collect(),
            milestones_reverted: turn.milestones_reverted().map(wire::milestone).collect(),
            turn_number: turn.turn_number,
            author_id: turn.author_id,
            progress_made: turn.progress_made,
            file_ids: turn.file_ids,
            evidence_ids: turn.evidence_ids,
            changes: turn.changes,
            dropped: turn
                .dropped
                .into_iter()
                .map(DroppedPart::from_proto)
                .collect(),
            notices: turn.notices,
            model_calls: turn.model_calls.into_iter().map(Into::into).collect(),
        }
    }
}

impl DroppedPart {
    fn from_proto(dropped: proto::DroppedPart) -> Self {
        Self {
            op: dropped.op,
            reason: dropped.reason,
            excerpt: dropped.excerpt,
        }
    }
}
