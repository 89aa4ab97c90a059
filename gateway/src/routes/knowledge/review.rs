//! How far others may rely on a document.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::Fault;
use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::DocumentReview;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::Document;
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(review_document))
}

/// The state a document is to have.
#[derive(Deserialize, ToSchema)]
struct ReviewDocument {
    /// `in_review`, `verified`, `published`, `rejected`, `stale` or `deprecated`.
    review: String,
    /// Needed for `rejected`.
    #[serde(default)]
    reason: Option<String>,
    /// Refuses the change when the document has another version by now.
    #[serde(default)]
    expected_version: Option<i32>,
}

/// Moves a document on: a draft to `in_review`, from there to `verified` or `rejected`, what is verified to
/// `published`, and that to `stale` or `deprecated`.
#[utoipa::path(post, path = "/api/v1/knowledge/documents/{document_id}/review", tag = "knowledge", params(("document_id" = String, Path)), request_body = ReviewDocument, responses(
    (status = 200, body = Document),
    (status = 403, description = "Only a person verifies, and for a team its manager", body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The document cannot become that from what it is, or somebody else changed it", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn review_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
    JsonBody(body): JsonBody<ReviewDocument>,
) -> Result<Json<Document>, Problem> {
    let request = ctx.request(proto::ReviewDocumentRequest {
        document_id,
        review: parse(&body.review)?.into(),
        reason: body.reason.unwrap_or_default(),
        expected_version: body.expected_version,
    });
    let reply = app.knowledge().review_document(request).await?.into_inner();
    Ok(Json(Document::new(reply.document.unwrap_or_default())))
}

/// Returns the state that a filter names; none when there is no filter.
pub(super) fn wanted(word: Option<&str>) -> Result<Vec<i32>, Fault> {
    let word = word.filter(|word| !word.is_empty());
    let review = word.map(parse).transpose()?;
    Ok(review.map(i32::from).into_iter().collect())
}

fn parse(word: &str) -> Result<DocumentReview, Fault> {
    let name = format!("DOCUMENT_REVIEW_{}", word.to_uppercase());
    match DocumentReview::from_str_name(&name) {
        None | Some(DocumentReview::Unspecified) => {
            let known =
                "must be draft, in_review, verified, published, rejected, stale or deprecated";
            Err(Fault::invalid("review", known))
        }
        Some(review) => Ok(review),
    }
}
