//! A runbook in the library, drafted from a case.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::report::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::recommendations::SimilarRunbook;
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(draft_runbook))
}

/// A runbook that somebody has to read before others rely on it.
#[derive(Serialize, ToSchema)]
struct RunbookDraft {
    case_id: String,
    /// The document in the caller's own library; its metadata tell case, version and grade.
    document_id: String,
    title: String,
    content: String,
    /// One of them is the id of the case: documents with this tag are its drafts.
    tags: Vec<String>,
    /// `true` when the library had the same text already.
    existed: bool,
    /// How many different values of each kind stand as marks such as `<IP_ADDRESS_1>`.
    masked: BTreeMap<String, i32>,
    /// Runbooks of the library that treat the same; none is said to cover the case.
    similar_runbooks: Vec<SimilarRunbook>,
}

/// Drafts a runbook from a resolved case whose cause is confirmed, without its secrets, and stores it in the caller's library.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/runbook-draft", tag = "reports", params(("case_id" = String, Path)), responses(
    (status = 201, body = RunbookDraft),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The cause is not confirmed", body = ProblemBody),
))]
async fn draft_runbook(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
) -> Result<(StatusCode, HeaderMap, Json<RunbookDraft>), Problem> {
    let request = ctx.request(proto::DraftRunbookRequest {
        case_id: case_id.clone(),
        request_id,
    });
    let reply = app.report().draft_runbook(request).await?.into_inner();
    let replayed = wire::replayed(reply.replayed);
    let draft = RunbookDraft::new(case_id, reply);
    Ok((StatusCode::CREATED, replayed, Json(draft)))
}

impl RunbookDraft {
    fn new(case_id: String, reply: proto::DraftRunbookResponse) -> Self {
        Self {
            case_id,
            document_id: reply.document_id,
            title: reply.title,
            content: reply.content,
            tags: reply.tags,
            existed: reply.existed,
            masked: reply.masked.into_iter().collect(),
            similar_runbooks: reply.similar.iter().map(SimilarRunbook::new).collect(),
        }
    }
}
