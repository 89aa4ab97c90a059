//! Several documents at once, collections, and numbers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::knowledge::v1 as proto;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::type_word;
use super::{UpdateDocument, parse_scope};
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, JsonList, JsonListBoth};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bulk_update))
        .routes(routes!(batch_delete))
        .routes(routes!(list_collections, create_collection))
        .routes(routes!(document_stats))
        .routes(routes!(library_stats))
}

/// Which of several documents changes.
#[derive(Deserialize)]
struct ChangedDocument {
    #[serde(default)]
    document_id: String,
}

/// A change of one of several documents.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct BulkUpdate {
    #[serde(default)]
    document_id: String,
    #[serde(flatten)]
    change: UpdateDocument,
}

/// What came of the changes.
#[derive(Serialize, ToSchema)]
struct BulkUpdateResult {
    updated: usize,
    failed: usize,
    results: Vec<Outcome>,
}

/// What came of one change.
#[derive(Serialize, ToSchema)]
struct Outcome {
    document_id: String,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What came of the deletions.
#[derive(Serialize, ToSchema)]
struct BatchDeleteResult {
    deleted: usize,
    failed: usize,
    failed_ids: Vec<String>,
}

/// Describes a collection.
#[derive(Deserialize, ToSchema)]
struct CreateCollection {
    name: String,
    #[serde(default)]
    description: Option<String>,
    /// `personal`, `team` or `global`; absent means `personal`, or `team` when one is named.
    #[serde(default)]
    scope: Option<String>,
    /// A team of the caller; needed for the scope `team`.
    #[serde(default)]
    team_id: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// A named set of documents.
#[derive(Serialize, ToSchema)]
struct Collection {
    collection_id: String,
    name: String,
    description: Option<String>,
    /// `personal`, `team` or `global`.
    scope: String,
    /// Set for the scope `team`.
    team_id: Option<String>,
    #[schema(value_type = Object)]
    metadata: Value,
    document_count: i64,
    created_at: String,
}

/// All collections.
#[derive(Serialize, ToSchema)]
struct Collections {
    collections: Vec<Collection>,
    total: usize,
}

/// How much there is of what.
#[derive(Serialize, ToSchema)]
struct Stats {
    total_documents: i64,
    by_type: BTreeMap<String, i64>,
    total_size_bytes: i64,
}

/// How much there is of what, of whom and since when.
#[derive(Serialize, ToSchema)]
struct LibraryStats {
    #[serde(flatten)]
    stats: Stats,
    total_users: i64,
    last_updated: Option<String>,
}

/// Changes several documents; each succeeds or fails alone.
#[utoipa::path(post, path = "/api/v1/knowledge/documents/bulk-update", tag = "knowledge", request_body = Vec<BulkUpdate>, responses(
    (status = 200, body = BulkUpdateResult),
    (status = 422, description = "The list is empty or has more than 100 elements", body = ProblemBody),
))]
async fn bulk_update(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonListBoth(body): JsonListBoth<ChangedDocument, UpdateDocument>,
) -> Result<Json<BulkUpdateResult>, Problem> {
    let updates = body.into_iter();
    let updates = updates.map(|(which, change)| change.request(which.document_id));
    let request = ctx.request(proto::BatchUpdateDocumentsRequest {
        updates: updates.collect(),
    });
    let mut client = app.knowledge();
    let outcomes = client
        .batch_update_documents(request)
        .await?
        .into_inner()
        .outcomes;
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.error.is_empty())
        .count();
    let results = outcomes.into_iter().map(|outcome| Outcome {
        success: outcome.error.is_empty(),
        error: wire::given(outcome.error),
        document_id: outcome.document_id,
    });
    let results: Vec<Outcome> = results.collect();
    Ok(Json(BulkUpdateResult {
        updated: results.len() - failed,
        failed,
        results,
    }))
}

/// Deletes several documents; each succeeds or fails alone.
#[utoipa::path(post, path = "/api/v1/knowledge/documents/batch-delete", tag = "knowledge", request_body = Vec<String>, responses(
    (status = 200, body = BatchDeleteResult),
    (status = 422, description = "The list is empty or has more than 100 elements", body = ProblemBody),
))]
async fn batch_delete(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonList(document_ids): JsonList<String>,
) -> Result<Json<BatchDeleteResult>, Problem> {
    let total = document_ids.len();
    let request = ctx.request(proto::BatchDeleteDocumentsRequest { document_ids });
    let mut client = app.knowledge();
    let outcomes = client
        .batch_delete_documents(request)
        .await?
        .into_inner()
        .outcomes;
    let failed = outcomes
        .into_iter()
        .filter(|outcome| !outcome.error.is_empty());
    let failed_ids: Vec<String> = failed.map(|outcome| outcome.document_id).collect();
    Ok(Json(BatchDeleteResult {
        deleted: total - failed_ids.len(),
        failed: failed_ids.len(),
        failed_ids,
    }))
}

/// Lists the collections by name.
#[utoipa::path(get, path = "/api/v1/knowledge/documents/collections", tag = "knowledge", responses((status = 200, body = Collections)))]
async fn list_collections(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<Collections>, Problem> {
    let request = ctx.request(proto::ListCollectionsRequest {});
    let reply = app
        .knowledge()
        .list_collections(request)
        .await?
        .into_inner();
    let collections = reply.collections.into_iter().map(Collection::new);
    let collections: Vec<Collection> = collections.collect();
    Ok(Json(Collections {
        total: collections.len(),
        collections,
    }))
}

/// Creates an empty collection.
#[utoipa::path(post, path = "/api/v1/knowledge/documents/collections", tag = "knowledge", request_body = CreateCollection, responses(
    (status = 201, body = Collection),
    (status = 403, description = "Only administrators write for everybody", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn create_collection(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<CreateCollection>,
) -> Result<(StatusCode, HeaderMap, Json<Collection>), Problem> {
    let request = ctx.request(proto::CreateCollectionRequest {
        name: body.name,
        description: body.description.unwrap_or_default(),
        scope: parse_scope(body.scope.as_deref())?.into(),
        team_id: body.team_id.unwrap_or_default(),
        metadata_json: wire::object_text(body.metadata),
        request_id,
    });
    let reply = app
        .knowledge()
        .create_collection(request)
        .await?
        .into_inner();
    let collection = Collection::new(reply.collection.unwrap_or_default());
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(collection)))
}

/// Counts the documents one may read.
#[utoipa::path(get, path = "/api/v1/knowledge/documents/stats", tag = "knowledge", responses((status = 200, body = Stats)))]
async fn document_stats(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<Stats>, Problem> {
    let request = ctx.request(proto::GetLibraryStatsRequest {});
    let reply = app
        .knowledge()
        .get_library_stats(request)
        .await?
        .into_inner();
    Ok(Json(Stats::new(&reply)))
}

/// Counts the documents one may read, and whose they are.
#[utoipa::path(get, path = "/api/v1/knowledge/stats", tag = "knowledge", responses((status = 200, body = LibraryStats)))]
async fn library_stats(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<LibraryStats>, Problem> {
    let request = ctx.request(proto::GetLibraryStatsRequest {});
    let reply = app
        .knowledge()
        .get_library_stats(request)
        .await?
        .into_inner();
    Ok(Json(LibraryStats {
        stats: Stats::new(&reply),
        total_users: reply.total_owners,
        last_updated: wire::time(reply.last_update_time),
    }))
}

impl Collection {
    fn new(collection: proto::Collection) -> Self {
        Self {
            scope: wire::word(collection.scope().as_str_name(), "DOCUMENT_SCOPE_"),
            team_id: wire::given(collection.team_id),
            metadata: wire::object(&collection.metadata_json),
            created_at: wire::required_time(collection.create_time),
            collection_id: collection.collection_id,
            name: collection.name,
            description: wire::given(collection.description),
            document_count: collection.document_count,
        }
    }
}

impl Stats {
    fn new(reply: &proto::GetLibraryStatsResponse) -> Self {
        let by_type = reply.by_type.iter();
        Self {
            total_documents: reply.total_documents,
            by_type: by_type
                .map(|row| (type_word(row.r#type()), row.count))
                .collect(),
            total_size_bytes: reply.total_bytes,
        }
    }
}
