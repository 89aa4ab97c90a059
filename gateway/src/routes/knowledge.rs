//! Documents that help with problems.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::DocumentScope;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf, Unconditional, read_json};
use crate::paging::Window;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::upload::{Form, is_form};
use crate::wire;

mod batch;
mod document;
mod review;
mod search;
mod upload;

use document::Document;
use upload::DocumentForm;

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 100;

/// Returns the routes of this file and of those below.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_document, list_documents))
        .routes(routes!(
            get_document,
            put_document,
            patch_document,
            delete_document
        ))
        .merge(batch::routes())
        .merge(review::routes())
        .merge(search::routes())
        .merge(upload::routes())
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
    /// `personal`, `team` or `global`; absent means `personal`, or `team` when one is named.
    #[serde(default)]
    scope: Option<String>,
    /// A team of the caller; needed for the scope `team`.
    #[serde(default)]
    team_id: Option<String>,
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
    /// Collections of the same scope.
    #[serde(default)]
    collection_ids: Option<Vec<String>>,
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
    #[serde(default)]
    collection_ids: Option<Vec<String>>,
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
    /// `personal`, `team` or `global`; absent lists all.
    #[serde(default)]
    scope: Option<String>,
    /// A team of the caller; absent lists those of all teams for the scope `team`.
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    collection_id: String,
    /// `draft`, `in_review`, `verified`, `published`, `rejected`, `stale` or `deprecated`; absent lists all.
    #[serde(default)]
    review: Option<String>,
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

/// Stores and indexes a document, given as JSON or as a form with a file.
#[utoipa::path(post, path = "/api/v1/knowledge/documents", tag = "knowledge",
    request_body(content((CreateDocument = "application/json"), (DocumentForm = "multipart/form-data"))),
    responses(
        (status = 201, body = CreatedDocument),
        (status = 403, description = "Only administrators write for everybody", body = ProblemBody),
        (status = 413, body = ProblemBody),
        (status = 422, body = ProblemBody),
    ))]
async fn create_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    request: Request,
) -> Result<(StatusCode, HeaderMap, Json<CreatedDocument>), Problem> {
    let request = if is_form(request.headers()) {
        let Form(form) = Form::from_request(request, &app).await?;
        upload::read(&app, form).await?
    } else {
        read_json::<CreateDocument>(request, &app)
            .await?
            .request()?
    };
    let request = proto::CreateDocumentRequest {
        request_id,
        ..request
    };
    let reply = create(&app, &ctx, request).await?;
    let created = CreatedDocument {
        document: Document::new(reply.document.unwrap_or_default()),
        duplicate_of: wire::given(reply.duplicate_of),
    };
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(created)))
}

async fn create(
    app: &App,
    ctx: &Ctx,
    request: proto::CreateDocumentRequest,
) -> Result<proto::CreateDocumentResponse, Problem> {
    let reply = app
        .knowledge()
        .create_document(ctx.request(request))
        .await?;
    Ok(reply.into_inner())
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
    Ok(Json(list(&app, &ctx, window, filter).await?))
}

async fn list(
    app: &App,
    ctx: &Ctx,
    window: Window,
    filter: Filter,
) -> Result<DocumentList, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let request = ctx.request(proto::ListDocumentsRequest {
        r#type: upload::type_of(&filter).into(),
        tags: wire::given(filter.tag).into_iter().collect(),
        scope: parse_scope(filter.scope.as_deref())?.into(),
        page_size: rows.limit,
        page_token: rows.page_token.clone(),
        offset: rows.offset,
        collection_id: filter.collection_id,
        team_id: filter.team_id,
        reviews: review::wanted(filter.review.as_deref())?,
    });
    let reply = app.knowledge().list_documents(request).await?.into_inner();
    let total = reply.total_size;
    Ok(DocumentList {
        has_more: rows.has_more(reply.documents.len(), total, &reply.next_page_token),
        documents: reply.documents.into_iter().map(Document::new).collect(),
        total_count: total,
        limit: rows.limit,
        offset: rows.offset,
        next_page_token: wire::given(reply.next_page_token),
    })
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
    (status = 412, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn put_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
    _: Unconditional,
    JsonBody(body): JsonBody<UpdateDocument>,
) -> Result<Json<Document>, Problem> {
    update(&app, &ctx, document_id, body).await
}

/// The same as PUT: members that are absent stay.
#[utoipa::path(patch, path = "/api/v1/knowledge/documents/{document_id}", tag = "knowledge", params(("document_id" = String, Path)), request_body = UpdateDocument, responses(
    (status = 200, body = Document),
    (status = 404, body = ProblemBody),
    (status = 409, description = "Somebody else changed the document", body = ProblemBody),
    (status = 412, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn patch_document(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
    _: Unconditional,
    JsonBody(body): JsonBody<UpdateDocument>,
) -> Result<Json<Document>, Problem> {
    update(&app, &ctx, document_id, body).await
}

async fn update(
    app: &App,
    ctx: &Ctx,
    document_id: String,
    body: UpdateDocument,
) -> Result<Json<Document>, Problem> {
    let request = ctx.request(body.request(document_id));
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
    delete(&app, &ctx, document_id).await
}

async fn delete(app: &App, ctx: &Ctx, document_id: String) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::DeleteDocumentRequest { document_id });
    app.knowledge().delete_document(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl CreateDocument {
    fn request(self) -> Result<proto::CreateDocumentRequest, Problem> {
        Ok(proto::CreateDocumentRequest {
            title: self.title,
            content: self.content,
            scope: parse_scope(self.scope.as_deref())?.into(),
            team_id: self.team_id.unwrap_or_default(),
            type_label: self.document_type.unwrap_or_default(),
            category: self.category.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            source_url: self.source_url.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            metadata_json: wire::object_text(self.metadata),
            collection_ids: self.collection_ids.unwrap_or_default(),
            ..Default::default()
        })
    }
}

impl UpdateDocument {
    fn request(self, document_id: String) -> proto::UpdateDocumentRequest {
        let metadata = self.metadata.map(Value::Object);
        proto::UpdateDocumentRequest {
            document_id,
            title: self.title,
            content: self.content,
            type_label: self.document_type,
            category: self.category,
            description: self.description,
            source_url: self.source_url,
            replace_tags: self.tags.is_some(),
            tags: self.tags.unwrap_or_default(),
            metadata_json: metadata.map(|metadata| metadata.to_string()),
            expected_version: self.expected_version,
            replace_collections: self.collection_ids.is_some(),
            collection_ids: self.collection_ids.unwrap_or_default(),
        }
    }
}

fn parse_scope(word: Option<&str>) -> Result<DocumentScope, Problem> {
    match word {
        None | Some("") => Ok(DocumentScope::Unspecified),
        Some("personal") => Ok(DocumentScope::Personal),
        Some("team") => Ok(DocumentScope::Team),
        Some("global") => Ok(DocumentScope::Global),
        Some(_) => Err(Fault::invalid("scope", "must be personal, team or global").into()),
    }
}
