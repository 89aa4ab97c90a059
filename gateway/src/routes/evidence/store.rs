//! Storing a file without a turn.

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::{DataClass, FileOrigin, UploadHeader};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::file::FileRow;
use crate::context::SignedIn;
use crate::extract::IdempotencyKey;
use crate::problem::{Problem, ProblemBody};
use crate::routes::files::class::asserted_class;
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
    /// `log`, `metric`, `code`, `configuration` or `document` for text that is better known to the
    /// client than it shows; `screenshot`, `other` or none lets the content decide.
    evidence_type: Option<String>,
}

/// A stored file.
#[derive(Serialize, ToSchema)]
struct StoredFile {
    #[serde(flatten)]
    row: FileRow,
    /// That the file is stored, or under which name its content already was.
    message: String,
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
    IdempotencyKey(request_id): IdempotencyKey,
    Form(form): Form,
) -> Result<(StatusCode, HeaderMap, Json<StoredFile>), Problem> {
    let (stored, replayed) = store(&app, &ctx, form, request_id).await?;
    let file = stored.file.unwrap_or_default();
    let duplicate_of = wire::given(stored.duplicate_of);
    let stored = StoredFile {
        message: match &duplicate_of {
            Some(_) => upload::is_known(&file.filename),
            None => "Evidence uploaded successfully".to_owned(),
        },
        row: FileRow::new(file),
        duplicate_of,
    };
    Ok((StatusCode::CREATED, replayed, Json(stored)))
}

/// Returns the file, and the headers that tell whether the answer is a repetition.
async fn store(
    app: &App,
    ctx: &Ctx,
    form: Multipart,
    request_id: String,
) -> Result<(proto::KeptFile, HeaderMap), Problem> {
    let mut held = Held::new(app, ctx);
    let received = receive(&mut held, form, request_id).await;
    let (kept, asserted) = held.settle(received).await?;
    let replayed = wire::replayed(kept.replayed);
    let mut stored = kept.files.into_iter().next().unwrap_or_default();
    if let Some(class) = asserted
        && stored.duplicate_of.is_empty()
    {
        stored.file = Some(classified(app, ctx, stored.file.unwrap_or_default(), class).await?);
    }
    Ok((stored, replayed))
}

/// Returns the file as text of the class that the client asserts; what is no text stays as it is.
async fn classified(
    app: &App,
    ctx: &Ctx,
    file: proto::UploadedFile,
    class: DataClass,
) -> Result<proto::UploadedFile, Problem> {
    let is_text = !matches!(
        file.data_class(),
        DataClass::Unspecified | DataClass::Image | DataClass::Archive | DataClass::Binary
    );
    if !is_text || file.data_class() == class {
        return Ok(file);
    }
    let request = ctx.request(proto::ReclassifyFileRequest {
        file_id: file.file_id.clone(),
        data_class: class.into(),
    });
    let reply = app.evidence().reclassify_file(request).await?.into_inner();
    Ok(reply.file.unwrap_or(file))
}

async fn receive(
    held: &mut Held<'_>,
    mut form: Multipart,
    request_id: String,
) -> Result<(proto::KeepFilesResponse, Option<DataClass>), Problem> {
    let mut asserted = None;
    let mut request = proto::KeepFilesRequest {
        request_id,
        ..proto::KeepFilesRequest::default()
    };
    let mut is_stored = false;
    while let Some(field) = upload::next_part(&mut form).await? {
        match field.name() {
            Some("case_id") => request.case_id = text(field).await?,
            Some("source_url") => request.source_url = text(field).await?,
            Some("description") => request.description = text(field).await?,
            Some("evidence_type") => asserted = asserted_class(&text(field).await?)?,
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
    Ok((held.keep(request).await?, asserted))
}

async fn text(field: Field<'_>) -> Result<String, Problem> {
    upload::text(field, TEXT_MAX_BYTES).await
}
