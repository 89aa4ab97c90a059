//! Storing a file without a turn.

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::{FileOrigin, UploadHeader};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::file::FileRow;
use crate::context::SignedIn;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::upload::{self, Form, Held};
use crate::wire;

const TEXT_MAX_BYTES: usize = 64 << 10;

mod older;

/// Returns the routes of this file and of the one below.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(store_file))
        .merge(older::routes())
}

/// A file as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document")]
struct FileForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Absent stores the file without a case.
    case_id: Option<String>,
    /// The page the file comes from.
    source_url: Option<String>,
    /// At most 2,000 characters.
    description: Option<String>,
    /// Separated by commas, or a JSON array; at most 20 of 40 characters each.
    tags: Option<String>,
}

/// A stored file.
#[derive(Serialize, ToSchema)]
struct StoredFile {
    #[serde(flatten)]
    row: FileRow,
    message: &'static str,
    /// Set when the same bytes were already in the case.
    duplicate_of: Option<String>,
}

/// Stores a file without a turn.
#[utoipa::path(post, path = "/api/v1/evidence", tag = "evidence", request_body(content = FileForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = StoredFile),
    (status = 404, description = "No such case", body = ProblemBody),
    (status = 413, description = "The file is too large", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn store_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    Form(form): Form,
) -> Result<(StatusCode, Json<StoredFile>), Problem> {
    let stored = store(&app, &ctx, form).await?;
    let stored = StoredFile {
        row: FileRow::new(stored.file.unwrap_or_default()),
        message: "Evidence uploaded successfully",
        duplicate_of: wire::given(stored.duplicate_of),
    };
    Ok((StatusCode::CREATED, Json(stored)))
}

async fn store(app: &App, ctx: &Ctx, form: Multipart) -> Result<proto::KeptFile, Problem> {
    let mut held = Held::new(app, ctx);
    let received = receive(&mut held, form).await;
    held.settle(received).await
}

async fn receive(held: &mut Held<'_>, mut form: Multipart) -> Result<proto::KeptFile, Problem> {
    let mut request = proto::KeepFilesRequest::default();
    let mut is_stored = false;
    while let Some(field) = upload::next_part(&mut form).await? {
        match field.name() {
            Some("case_id") => request.case_id = text(field).await?,
            Some("source_url") => request.source_url = text(field).await?,
            Some("description") => request.description = text(field).await?,
            Some("tags") => request.tags = upload::tags(&text(field).await?),
            Some("file") if is_stored => {
                return Err(Fault::invalid("file", "send one file at a time").into());
            }
            Some("file") => {
                let header = UploadHeader {
                    case_id: request.case_id.clone(),
                    filename: upload::filename(&field),
                    origin: FileOrigin::Upload.into(),
                    ..Default::default()
                };
                held.add(header, upload::chunks(field)).await?;
                is_stored = true;
            }
            _ => {}
        }
    }
    if !is_stored {
        return Err(Fault::invalid("file", "is missing from the form").into());
    }
    let kept = held.keep(request).await?;
    Ok(kept.into_iter().next().unwrap_or_default())
}

async fn text(field: Field<'_>) -> Result<String, Problem> {
    upload::text(field, TEXT_MAX_BYTES).await
}
