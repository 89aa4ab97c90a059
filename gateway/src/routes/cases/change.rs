//! Changing a case: PUT and PATCH are the same partial update.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1 as proto;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::row::{CaseRow, get_row};
use super::status::{Transition, command};
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, Unconditional};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(put_case, patch_case))
}

/// Changes a case; absent members stay.
#[derive(Deserialize, ToSchema)]
struct UpdateCase {
    #[serde(default)]
    title: Option<String>,
    /// Only before the investigation begins.
    #[serde(default)]
    description: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    priority: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(default)]
    archived: Option<bool>,
    /// Teams of the owner whose members may read the case and work on it, at most 20; for the owner.
    #[serde(default)]
    shared_team_ids: Option<Vec<String>>,
    /// A word of either dialect; moves the case when it differs, and then stands alone.
    #[serde(default)]
    status: Option<String>,
    /// The same as `status`.
    #[serde(default)]
    state: Option<String>,
    /// Refuses the change when the case has another version by now.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Changes title, description, priority, tags, metadata, the archived flag or the teams that share
/// it; or moves the case.
#[utoipa::path(put, path = "/api/v1/cases/{case_id}", tag = "cases", params(("case_id" = String, Path)), request_body = UpdateCase, responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
    (status = 409, description = "Somebody else changed the case, or its state forbids this", body = ProblemBody),
    (status = 412, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn put_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    _: Unconditional,
    JsonBody(body): JsonBody<UpdateCase>,
) -> Result<Json<CaseRow>, Problem> {
    Ok(Json(change(&app, &ctx, case_id, body).await?))
}

/// Does the same as PUT.
#[utoipa::path(patch, path = "/api/v1/cases/{case_id}", tag = "cases", params(("case_id" = String, Path)), request_body = UpdateCase, responses(
    (status = 200, body = CaseRow),
    (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 412, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn patch_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    _: Unconditional,
    JsonBody(body): JsonBody<UpdateCase>,
) -> Result<Json<CaseRow>, Problem> {
    Ok(Json(change(&app, &ctx, case_id, body).await?))
}

async fn change(
    app: &App,
    ctx: &Ctx,
    case_id: String,
    body: UpdateCase,
) -> Result<CaseRow, Problem> {
    if let Some(word) = body.status.as_deref().or(body.state.as_deref()) {
        let target = wire::state(wire::status_of("status", word)?);
        if get_row(app, ctx, case_id.clone()).await?.state != target {
            body.refuse_other_members()?;
            let transition = Transition::to(target, body.expected_version);
            let (row, _) = command(app, ctx, case_id, transition).await?;
            return Ok(row);
        }
    }
    let request = ctx.request(body.into_proto(case_id)?);
    let reply = app.case().update_case(request).await?.into_inner();
    Ok(CaseRow::from_proto(reply.case.unwrap_or_default()))
}

impl UpdateCase {
    /// A move may be refused, and then nothing else of the request should have happened.
    fn refuse_other_members(&self) -> Result<(), Problem> {
        let alone = self.title.is_none()
            && self.description.is_none()
            && self.priority.is_none()
            && self.tags.is_none()
            && self.metadata.is_none()
            && self.archived.is_none()
            && self.shared_team_ids.is_none();
        if alone {
            return Ok(());
        }
        Err(Fault::invalid("status", "change it in a request without other members").into())
    }

    fn into_proto(self, case_id: String) -> Result<proto::UpdateCaseRequest, Problem> {
        Ok(proto::UpdateCaseRequest {
            case_id,
            title: self.title,
            description: self.description,
            priority: wire::priority_or_unspecified(self.priority.as_deref())?.into(),
            replace_tags: self.tags.is_some(),
            tags: self.tags.unwrap_or_default(),
            metadata_json: self
                .metadata
                .map(|metadata| Value::Object(metadata).to_string()),
            archived: self.archived,
            replace_shared_teams: self.shared_team_ids.is_some(),
            shared_team_ids: self.shared_team_ids.unwrap_or_default(),
            expected_version: self.expected_version,
        })
    }
}
