//! The same as storing a file, in the words of the single-process edition.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::file::FileRow;
use super::{FileForm, store};
use crate::context::SignedIn;
use crate::extract::IdempotencyKey;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::upload::{self, Form};

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(upload_file))
}

/// A stored file with the names that older clients know.
#[derive(Serialize, ToSchema)]
struct UploadedEvidence {
    #[serde(flatten)]
    row: FileRow,
    /// The same as `evidence_id`.
    id: String,
    /// The same as `filename`.
    original_filename: String,
    uploaded_by: String,
    /// Tells under which name the content already was in the case.
    message: Option<String>,
}

/// Stores a file without a turn, as `POST /api/v1/evidence` does.
#[utoipa::path(post, path = "/api/v1/evidence/upload", tag = "evidence", request_body(content = FileForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = UploadedEvidence),
    (status = 404, description = "No such case", body = ProblemBody),
    (status = 413, description = "The file is too large", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn upload_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    Form(form): Form,
) -> Result<(StatusCode, HeaderMap, Json<UploadedEvidence>), Problem> {
    let (stored, replayed) = store(&app, &ctx, form, request_id).await?;
    let file = stored.file.unwrap_or_default();
    let is_duplicate = !stored.duplicate_of.is_empty();
    let uploaded = UploadedEvidence {
        id: file.file_id.clone(),
        original_filename: file.filename.clone(),
        uploaded_by: file.uploaded_by.clone(),
        message: is_duplicate.then(|| upload::is_known(&file.filename)),
        row: FileRow::new(file),
    };
    Ok((StatusCode::CREATED, replayed, Json(uploaded)))
}
