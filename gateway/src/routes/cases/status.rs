//! Moving a case: a command, recorded as a turn of the conversation.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::{ClientDialect, IntentType};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::row::{CaseRow, get_row};
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::routes::turns::run_turn;
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(change_status))
        .routes(routes!(close_case))
}

/// Where the case is to go.
#[derive(Deserialize, ToSchema)]
struct ChangeStatus {
    /// `inquiry` (also `consulting`), `investigating`, `resolved` or `closed`.
    #[serde(default)]
    status: Option<String>,
    /// The same as `status`.
    #[serde(default)]
    state: Option<String>,
    /// Why a case is closed.
    #[serde(default)]
    reason: Option<String>,
    /// Kept in the conversation.
    #[serde(default)]
    notes: Option<String>,
    /// Refuses the move when the case has another version by now.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Why the case ends.
#[derive(Default, Deserialize, ToSchema)]
struct CloseCase {
    /// `resolved` ends an investigation as resolved, every other reason closes the case.
    #[serde(default)]
    reason: Option<String>,
    /// Read when `reason` is absent.
    #[serde(default)]
    resolution: Option<String>,
    /// Kept in the conversation.
    #[serde(default)]
    resolution_notes: Option<String>,
    /// Refuses the end when the case has another version by now.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// A commanded change of status.
#[derive(Default)]
pub(super) struct Transition {
    to: &'static str,
    closure_reason: String,
    notes: String,
    request_id: String,
    /// The version that the case must still have.
    expected_version: Option<i64>,
}

impl Transition {
    /// Returns the bare command to move to `to`.
    pub(super) fn to(to: &'static str, expected_version: Option<i64>) -> Self {
        Self {
            to,
            expected_version,
            ..Self::default()
        }
    }
}

/// Moves a case to another status.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/status", tag = "cases", params(("case_id" = String, Path)), request_body = ChangeStatus, responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The case cannot go there", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn change_status(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ChangeStatus>,
) -> Result<(HeaderMap, Json<CaseRow>), Problem> {
    let word = body.status.or(body.state);
    let word = word.ok_or_else(|| Fault::invalid("status", "say where the case is to go"))?;
    let transition = Transition {
        to: wire::state(wire::status_of("status", &word)?),
        closure_reason: body.reason.unwrap_or_default(),
        notes: body.notes.unwrap_or_default(),
        expected_version: body.expected_version,
        request_id: wire::idempotency_key(&headers)?,
    };
    let (row, replayed) = command(&app, &ctx, case_id, transition).await?;
    Ok((wire::replayed(replayed), Json(row)))
}

/// Ends a case.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/close", tag = "cases", params(("case_id" = String, Path)), request_body = Option<CloseCase>, responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The case has ended already", body = ProblemBody),
))]
async fn close_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Option<CloseCase>>,
) -> Result<(HeaderMap, Json<CaseRow>), Problem> {
    let body = body.unwrap_or_default();
    let reason = body.reason.or(body.resolution).unwrap_or_default();
    let case = get_row(&app, &ctx, case_id.clone()).await?;
    let transition = Transition {
        to: target_of_close(case.state, &reason),
        closure_reason: reason,
        notes: body.resolution_notes.unwrap_or_default(),
        expected_version: body.expected_version,
        request_id: wire::idempotency_key(&headers)?,
    };
    let (row, replayed) = command(&app, &ctx, case_id, transition).await?;
    Ok((wire::replayed(replayed), Json(row)))
}

/// Returns the state that a word on the close route names.
fn target_of_close(state: &str, reason: &str) -> &'static str {
    match (state, reason) {
        // An end that is repeated with its key is the same end.
        ("investigating" | "resolved", "resolved" | "fixed") => "resolved",
        _ => "closed",
    }
}

/// Moves a case; returns it as it now is, and whether its move had been asked for before.
pub(super) async fn command(
    app: &App,
    ctx: &Ctx,
    case_id: String,
    transition: Transition,
) -> Result<(CaseRow, bool), Problem> {
    let turn = agent::SubmitTurnRequest {
        case_id: case_id.clone(),
        text: transition.notes,
        intent: Some(agent::Intent {
            r#type: IntentType::StatusTransition.into(),
            to_state: transition.to.to_owned(),
            user_confirmed: true,
            closure_reason: transition.closure_reason,
            ..Default::default()
        }),
        dialect: ClientDialect::Legacy.into(),
        request_id: transition.request_id,
        expected_version: transition.expected_version,
        ..Default::default()
    };
    let replayed = run_turn(app, ctx, turn).await?.replayed;
    Ok((get_row(app, ctx, case_id).await?, replayed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_investigation_can_be_closed_as_resolved() {
        assert_eq!(target_of_close("investigating", "resolved"), "resolved");
        assert_eq!(target_of_close("investigating", "fixed"), "resolved");
        assert_eq!(target_of_close("resolved", "fixed"), "resolved");
        assert_eq!(target_of_close("inquiry", "resolved"), "closed");
        assert_eq!(target_of_close("investigating", "wont_fix"), "closed");
    }
}
