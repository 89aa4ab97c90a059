//! Documents that arrive as files, and the addresses under which dashboards look for documents.

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::{DocumentScope, DocumentType};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::Document;
use super::{DocumentList, Filter, create, delete, list};
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, PathOf, QueryOf};
use crate::paging::{Window, count};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::upload::{self, Form};
use crate::wire;

const TEXT_MAX_BYTES: usize = 1 << 20;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(ingest))
        .routes(routes!(list_own))
        .routes(routes!(upload_own))
        .routes(routes!(delete_own))
        .routes(routes!(list_global, upload_global))
        .routes(routes!(delete_global))
}

/// A document as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document")]
pub(super) struct DocumentForm {
    /// A text file: md, txt, html, json, yaml or csv.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Absent takes the name of the file.
    title: Option<String>,
    document_type: Option<String>,
    /// `personal`, `team` or `global`.
    scope: Option<String>,
    /// A team of the caller; needed for the scope `team`.
    team_id: Option<String>,
    category: Option<String>,
    description: Option<String>,
    source_url: Option<String>,
    /// Separated by commas.
    tags: Option<String>,
}

/// A file that became a document.
#[derive(Serialize, ToSchema)]
struct IngestedDocument {
    id: String,
    /// The same as `id`.
    document_id: String,
    title: String,
    filename: String,
    document_type: String,
    /// `indexed`: documents are indexed before they are acknowledged.
    status: &'static str,
    file_size: i64,
    chunk_count: i64,
    uploaded_at: String,
    indexed_at: String,
    tags: Vec<String>,
    /// Set when the same text was already there.
    duplicate_of: Option<String>,
}

/// Stores and indexes a file.
#[utoipa::path(post, path = "/api/v1/knowledge/ingest", tag = "knowledge", request_body(content = DocumentForm, content_type = "multipart/form-data"), responses(
    (status = 200, body = IngestedDocument),
    (status = 413, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn ingest(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    Form(form): Form,
) -> Result<(HeaderMap, Json<IngestedDocument>), Problem> {
    let request = proto::CreateDocumentRequest {
        request_id,
        ..read(&app, form).await?
    };
    let (filename, file_size) = (request.file_name.clone(), count(request.file.len()));
    let reply = create(&app, &ctx, request).await?;
    let document = reply.document.unwrap_or_default();
    let created_at = wire::required_time(document.create_time);
    let chunk_count = document.chunk_count;
    let document = Document::new(document);
    let ingested = IngestedDocument {
        id: document.document_id.clone(),
        document_id: document.document_id,
        title: document.title,
        filename,
        document_type: document.document_type,
        status: "indexed",
        file_size,
        chunk_count,
        uploaded_at: created_at.clone(),
        indexed_at: created_at,
        tags: document.tags,
        duplicate_of: wire::given(reply.duplicate_of),
    };
    Ok((wire::replayed(reply.replayed), Json(ingested)))
}

/// Lists documents, newest first, for dashboards.
#[utoipa::path(get, path = "/api/v1/documents", tag = "knowledge", params(Window, Filter), responses(
    (status = 200, body = DocumentList),
    (status = 422, body = ProblemBody),
))]
async fn list_own(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<DocumentList>, Problem> {
    Ok(Json(list(&app, &ctx, window, filter).await?))
}

/// Stores a file as a document of one's own, for dashboards.
#[utoipa::path(post, path = "/api/v1/documents/upload", tag = "knowledge", request_body(content = DocumentForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = Document),
    (status = 413, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn upload_own(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    Form(form): Form,
) -> Result<(StatusCode, HeaderMap, Json<Document>), Problem> {
    let request = proto::CreateDocumentRequest {
        request_id,
        ..read(&app, form).await?
    };
    upload(&app, &ctx, request, DocumentScope::Personal).await
}

/// Deletes a document, for dashboards.
#[utoipa::path(delete, path = "/api/v1/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn delete_own(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    delete(&app, &ctx, document_id).await
}

/// Lists the documents that everybody reads, for dashboards.
#[utoipa::path(get, path = "/api/v1/admin/kb/documents", tag = "knowledge", params(Window, Filter), responses(
    (status = 200, body = DocumentList),
    (status = 422, body = ProblemBody),
))]
async fn list_global(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<DocumentList>, Problem> {
    if !matches!(filter.scope.as_deref(), None | Some("" | "global")) {
        let remedy = "must be global here; other documents are listed at /api/v1/documents";
        return Err(Fault::invalid("scope", remedy).into());
    }
    let filter = Filter {
        scope: Some("global".to_owned()),
        ..filter
    };
    Ok(Json(list(&app, &ctx, window, filter).await?))
}

/// Stores a file as a document that everybody reads, for dashboards.
#[utoipa::path(post, path = "/api/v1/admin/kb/documents", tag = "knowledge", request_body(content = DocumentForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = Document),
    (status = 403, description = "Only administrators write for everybody", body = ProblemBody),
    (status = 413, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn upload_global(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    Form(form): Form,
) -> Result<(StatusCode, HeaderMap, Json<Document>), Problem> {
    let request = proto::CreateDocumentRequest {
        request_id,
        ..read(&app, form).await?
    };
    upload(&app, &ctx, request, DocumentScope::Global).await
}

/// Deletes a document that everybody reads, for dashboards.
#[utoipa::path(delete, path = "/api/v1/admin/kb/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), responses(
    (status = 204),
    (status = 403, description = "Only administrators write for everybody", body = ProblemBody),
    (status = 404, body = ProblemBody),
))]
async fn delete_global(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    delete(&app, &ctx, document_id).await
}

async fn upload(
    app: &App,
    ctx: &Ctx,
    given: proto::CreateDocumentRequest,
    scope: DocumentScope,
) -> Result<(StatusCode, HeaderMap, Json<Document>), Problem> {
    let request = proto::CreateDocumentRequest {
        scope: scope.into(),
        team_id: String::new(),
        ..given
    };
    let reply = create(app, ctx, request).await?;
    let document = Document::new(reply.document.unwrap_or_default());
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(document)))
}

/// Reads the parts in whatever order they come.
pub(super) async fn read(
    app: &App,
    mut form: Multipart,
) -> Result<proto::CreateDocumentRequest, Problem> {
    let mut request = proto::CreateDocumentRequest::default();
    let mut has_file = false;
    while let Some(field) = upload::next_part(&mut form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            request.file_name = upload::filename(&field);
            request.file = upload::bytes(app, field).await?;
            has_file = true;
            continue;
        }
        let text = upload::text(field, TEXT_MAX_BYTES).await?;
        match name.as_str() {
            "title" => request.title = text,
            "content" => request.content = text,
            "document_type" => request.type_label = text,
            "scope" => request.scope = super::parse_scope(Some(&text))?.into(),
            "team_id" => request.team_id = text,
            "category" => request.category = text,
            "description" => request.description = text,
            "source_url" => request.source_url = text,
            "tags" => request.tags = upload::tags(&text),
            _ => {}
        }
    }
    if has_file && request.file.is_empty() {
        return Err(Fault::invalid("file", "is empty").into());
    }
    if !has_file && request.content.is_empty() {
        return Err(Fault::invalid("file", "is missing from the form").into());
    }
    Ok(request)
}

/// Returns the type that a filter names.
pub(super) fn type_of(filter: &Filter) -> DocumentType {
    let document_type = filter.document_type.as_deref();
    document_type.map_or(DocumentType::Unspecified, super::document::parse_type)
}
