//! Documents that help with problems.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faultmaven_kit::Fault;
use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::{DocumentScope, DocumentType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::paging::Window;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod document;
mod search;

use document::{Document, parse_type};

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 100;

/// Returns the routes of this file and of those below.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_document, list_documents))
        .routes(routes!(get_document, update_document, delete_document))
        .merge(search::routes())
}

/// Describes the document.
#[derive(Deserialize, ToSchema)]
struct CreateDocument {
    title: String,
    /// Markdown or plain text.
    content: String,
    /// For instance `runbook`, `guide` or `article`; returned as given.
    #[serde(default)]
    document_type: Option<String>,
    /// `personal` or `global`; absent means `personal`.
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    source_url: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// Changes a document; absent members stay.
#[derive(Deserialize, ToSchema)]
struct UpdateDocument {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    document_type: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    source_url: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// Refuses the change when the document has another version by now.
    #[serde(default)]
    expected_version: Option<i32>,
}

/// A stored document.
#[derive(Serialize, ToSchema)]
struct CreatedDocument {
    #[serde(flatten)]
    document: Document,
    /// Set when the same text was already there.
    duplicate_of: Option<String>,
}

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    #[serde(default)]
    document_type: Option<String>,
    #[serde(default)]
    tag: String,
    /// `personal` or `global`; absent lists both.
    #[serde(default)]
    scope: Option<String>,
}

/// One page of documents.
#[derive(Serialize, ToSchema)]
struct DocumentList {
    documents: Vec<Document>,
    total_count: i64,
    limit: i32,
    offset: i32,
    has_more: bool,
    next_page_token: Option<String>,
}

/// Stores and indexes a document.
#[utoipa::path(post, path = "/api/v1/knowledge/documents", tag = "knowledge", request_body = CreateDocument, responses(
    (status = 201, body = CreatedDocument),
    (status = 403, description = "Only administrators write for everybody", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn create_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<CreateDocument>,
) -> Result<(StatusCode, Json<CreatedDocument>), Problem> {
    let request = ctx.request(proto::CreateDocumentRequest {
        title: body.title,
        content: body.content,
        scope: parse_scope(body.scope.as_deref())?.into(),
        type_label: body.document_type.unwrap_or_default(),
        category: body.category.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        source_url: body.source_url.unwrap_or_default(),
        tags: body.tags.unwrap_or_default(),
        metadata_json: wire::object_text(body.metadata),
    });
    let reply = app.knowledge().create_document(request).await?.into_inner();
    let created = CreatedDocument {
        document: Document::new(reply.document.unwrap_or_default()),
        duplicate_of: wire::given(reply.duplicate_of),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Lists documents, newest first; their content is left empty.
#[utoipa::path(get, path = "/api/v1/knowledge/documents", tag = "knowledge", params(Window, Filter), responses(
    (status = 200, body = DocumentList),
    (status = 422, body = ProblemBody),
))]
async fn list_documents(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<DocumentList>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let document_type = filter.document_type.as_deref().map(parse_type);
    let request = ctx.request(proto::ListDocumentsRequest {
        r#type: document_type.unwrap_or(DocumentType::Unspecified).into(),
        tag: filter.tag,
        scope: parse_scope(filter.scope.as_deref())?.into(),
        page_size: rows.limit,
        page_token: rows.page_token.clone(),
        offset: rows.offset,
    });
    let reply = app.knowledge().list_documents(request).await?.into_inner();
    let total = reply.total_size;
    Ok(Json(DocumentList {
        has_more: rows.has_more(reply.documents.len(), total, &reply.next_page_token),
        documents: reply.documents.into_iter().map(Document::new).collect(),
        total_count: total,
        limit: rows.limit,
        offset: rows.offset,
        next_page_token: wire::given(reply.next_page_token),
    }))
}

/// Returns one document.
#[utoipa::path(get, path = "/api/v1/knowledge/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), responses(
    (status = 200, body = Document),
    (status = 404, body = ProblemBody),
))]
async fn get_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
) -> Result<Json<Document>, Problem> {
    let request = ctx.request(proto::GetDocumentRequest { document_id });
    let reply = app.knowledge().get_document(request).await?.into_inner();
    Ok(Json(Document::new(reply.document.unwrap_or_default())))
}

/// Changes a document and its index as a whole.
#[utoipa::path(put, path = "/api/v1/knowledge/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), request_body = UpdateDocument, responses(
    (status = 200, body = Document),
    (status = 404, body = ProblemBody),
    (status = 409, description = "Somebody else changed the document", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn update_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
    JsonBody(body): JsonBody<UpdateDocument>,
) -> Result<Json<Document>, Problem> {
    let request = ctx.request(proto::UpdateDocumentRequest {
        document_id,
        title: body.title,
        content: body.content,
        type_label: body.document_type,
        category: body.category,
        description: body.description,
        source_url: body.source_url,
        replace_tags: body.tags.is_some(),
        tags: body.tags.unwrap_or_default(),
        metadata_json: body
            .metadata
            .map(|metadata| Value::Object(metadata).to_string()),
        expected_version: body.expected_version,
    });
    let reply = app.knowledge().update_document(request).await?.into_inner();
    Ok(Json(Document::new(reply.document.unwrap_or_default())))
}

/// Deletes a document and its index.
#[utoipa::path(delete, path = "/api/v1/knowledge/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn delete_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::DeleteDocumentRequest { document_id });
    app.knowledge().delete_document(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse_scope(word: Option<&str>) -> Result<DocumentScope, Problem> {
    match word {
        None | Some("") => Ok(DocumentScope::Unspecified),
        Some("personal") => Ok(DocumentScope::Personal),
        Some("global") => Ok(DocumentScope::Global),
        Some(_) => Err(Fault::invalid("scope", "must be personal or global").into()),
    }
}
