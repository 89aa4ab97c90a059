//! Searching the documents.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::knowledge::v1 as proto;
use faultmaven_proto::knowledge::v1::DocumentType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document::{parse_type, type_word};
use super::{parse_scope, review};
use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::paging::count;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

const DEFAULT_RESULTS: i64 = 10;
const MAX_RESULTS: i64 = 50;
const DEFAULT_SIMILAR: i64 = 5;
/// The one mode there is; the answer names it whatever was asked for.
const MODE: &str = "keyword";

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(search_by_mode))
        .routes(routes!(search_documents))
        .routes(routes!(find_similar))
}

/// What to look for.
#[derive(Deserialize, ToSchema)]
struct Search {
    query: String,
    /// 1..50; absent means 10.
    #[serde(default)]
    limit: Option<i64>,
    /// Results to skip.
    #[serde(default)]
    offset: Option<i64>,
    #[serde(default)]
    document_type: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// `personal`, `team` or `global`; absent searches all.
    #[serde(default)]
    scope: Option<String>,
    /// A team of the caller; absent searches those of all teams for the scope `team`.
    #[serde(default)]
    team_id: Option<String>,
    /// `semantic`, `keyword` or `hybrid`. All are answered by words alone, for there is no other
    /// index; `search_mode` of the answer says so.
    #[serde(default)]
    search_mode: Option<String>,
    /// `draft`, `in_review`, `verified`, `published`, `rejected`, `stale` or `deprecated`; absent leaves out drafts
    /// and what is rejected or deprecated. Those are found by their owner alone.
    #[serde(default)]
    review: Option<String>,
    #[serde(default)]
    filters: Option<Filters>,
}

/// What else decides, in an object of its own; it goes before the members beside it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Filters {
    document_type: Option<String>,
    tags: Option<Vec<String>>,
    scope: Option<String>,
    team_id: Option<String>,
}

/// A passage that answers the search.
#[derive(Serialize, ToSchema)]
struct SearchResult {
    document_id: String,
    title: String,
    document_type: String,
    tags: Vec<String>,
    /// 0..1, the best has 1.
    score: f64,
    snippet: String,
    citation: Option<Citation>,
}

/// A quoted part of one version of a document.
#[derive(Serialize, ToSchema)]
struct Citation {
    document_id: String,
    version: i32,
    chunk: i32,
    heading: String,
    byte_start: i64,
    byte_end: i64,
    quote: String,
}

/// Which documents to look for.
#[derive(Deserialize, ToSchema)]
struct DocumentSearch {
    /// Empty finds all.
    #[serde(default)]
    query: String,
    #[serde(default)]
    document_type: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// 1..50; absent means 50.
    #[serde(default)]
    limit: Option<i64>,
}

impl DocumentSearch {
    fn document_type(&self) -> DocumentType {
        let document_type = self.document_type.as_deref();
        document_type.map_or(DocumentType::Unspecified, parse_type)
    }
}

/// A document that was found.
#[derive(Serialize, ToSchema)]
struct FoundDocument {
    document_id: String,
    title: String,
    document_type: String,
    tags: Vec<String>,
    created_at: Option<String>,
}

/// Documents, best first.
#[derive(Serialize, ToSchema)]
struct FoundDocuments {
    query: String,
    results: Vec<FoundDocument>,
    /// Of those that the best 50 passages stand in.
    total_results: i64,
    returned: usize,
}

/// How many similar documents to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Most {
    /// 1..50; absent means 5.
    #[serde(default)]
    limit: Option<i64>,
}

/// Passages, best first.
#[derive(Serialize, ToSchema)]
struct SearchResults {
    query: String,
    results: Vec<SearchResult>,
    total_found: usize,
    /// The mode that was used, whatever was asked for: `keyword`.
    search_mode: &'static str,
}

/// Passages, best first, and how long finding them took.
#[derive(Serialize, ToSchema)]
struct ModeResults {
    #[serde(flatten)]
    found: SearchResults,
    returned: usize,
    execution_time_ms: f64,
}

/// Finds passages by words.
#[utoipa::path(post, path = "/api/v1/search", tag = "knowledge", request_body = Search, responses(
    (status = 200, body = SearchResults),
    (status = 422, body = ProblemBody),
))]
async fn search(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<Search>,
) -> Result<Json<SearchResults>, Problem> {
    Ok(Json(find(&app, &ctx, body).await?))
}

/// Finds passages by words, and tells how long that took.
#[utoipa::path(post, path = "/api/v1/knowledge/search", tag = "knowledge", request_body = Search, responses(
    (status = 200, body = ModeResults),
    (status = 422, body = ProblemBody),
))]
async fn search_by_mode(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<Search>,
) -> Result<Json<ModeResults>, Problem> {
    let start = Instant::now();
    let found = find(&app, &ctx, body).await?;
    Ok(Json(ModeResults {
        returned: found.results.len(),
        execution_time_ms: start.elapsed().as_secs_f64() * 1000.0,
        found,
    }))
}

/// Finds documents by words; without words all documents, newest first.
#[utoipa::path(post, path = "/api/v1/knowledge/documents/search", tag = "knowledge", request_body = DocumentSearch, responses(
    (status = 200, body = FoundDocuments),
    (status = 422, body = ProblemBody),
))]
async fn search_documents(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<DocumentSearch>,
) -> Result<Json<FoundDocuments>, Problem> {
    let limit = within("limit", body.limit.unwrap_or(MAX_RESULTS), 1)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let query = body.query.trim().to_owned();
    let (mut results, total_results) = if query.is_empty() {
        newest(&app, &ctx, &body, limit).await?
    } else {
        by_words(&app, &ctx, &body).await?
    };
    results.truncate(limit);
    Ok(Json(FoundDocuments {
        query: body.query,
        total_results,
        returned: results.len(),
        results,
    }))
}

async fn newest(
    app: &App,
    ctx: &Ctx,
    body: &DocumentSearch,
    limit: usize,
) -> Result<(Vec<FoundDocument>, i64), Problem> {
    let request = ctx.request(proto::ListDocumentsRequest {
        r#type: body.document_type().into(),
        tags: body.tags.clone().unwrap_or_default(),
        page_size: i32::try_from(limit).unwrap_or_default(),
        ..Default::default()
    });
    let reply = app.knowledge().list_documents(request).await?.into_inner();
    let documents = reply.documents.into_iter().map(|document| FoundDocument {
        document_type: type_word(document.r#type()),
        created_at: wire::time(document.create_time),
        document_id: document.document_id,
        title: document.title,
        tags: document.tags,
    });
    Ok((documents.collect(), reply.total_size))
}

async fn by_words(
    app: &App,
    ctx: &Ctx,
    body: &DocumentSearch,
) -> Result<(Vec<FoundDocument>, i64), Problem> {
    let request = ctx.request(proto::SearchDocumentsRequest {
        query: body.query.clone(),
        max_results: i32::try_from(MAX_RESULTS).unwrap_or_default(),
        r#type: body.document_type().into(),
        tags: body.tags.clone().unwrap_or_default(),
        ..Default::default()
    });
    let mut client = app.knowledge();
    let reply = client.search_documents(request).await?.into_inner();
    let mut documents: Vec<FoundDocument> = Vec::new();
    for result in reply.results {
        if documents
            .iter()
            .any(|it| it.document_id == result.document_id)
        {
            continue;
        }
        documents.push(FoundDocument {
            document_type: type_word(result.r#type()),
            created_at: wire::time(result.create_time),
            document_id: result.document_id,
            title: result.title,
            tags: result.tags,
        });
    }
    let total = count(documents.len());
    Ok((documents, total))
}

/// Finds documents that say much the same as another one.
#[utoipa::path(get, path = "/api/v1/search/similar/{document_id}", tag = "knowledge", params(("document_id" = String, Path), Most), responses(
    (status = 200, body = SearchResults),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn find_similar(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(document_id): PathOf<String>,
    QueryOf(most): QueryOf<Most>,
) -> Result<Json<SearchResults>, Problem> {
    let limit = within("limit", most.limit.unwrap_or(DEFAULT_SIMILAR), 1)?;
    let request = ctx.request(proto::FindSimilarDocumentsRequest {
        document_id: document_id.clone(),
        max_results: i32::try_from(limit).unwrap_or_default(),
        ..Default::default()
    });
    let mut client = app.knowledge();
    let reply = client.find_similar_documents(request).await?.into_inner();
    let results: Vec<SearchResult> = reply.results.into_iter().map(SearchResult::new).collect();
    Ok(Json(SearchResults {
        query: document_id,
        search_mode: MODE,
        total_found: results.len(),
        results,
    }))
}

async fn find(app: &App, ctx: &Ctx, body: Search) -> Result<SearchResults, Problem> {
    check_mode(body.search_mode.as_deref())?;
    let limit = within("limit", body.limit.unwrap_or(DEFAULT_RESULTS), 1)?;
    let offset = within("offset", body.offset.unwrap_or_default(), 0)?;
    let filters = body.filters.unwrap_or_default();
    let document_type = filters.document_type.or(body.document_type);
    let document_type = document_type.as_deref().map(parse_type);
    let scope = filters.scope.or(body.scope);
    let request = ctx.request(proto::SearchDocumentsRequest {
        query: body.query.clone(),
        max_results: i32::try_from((limit + offset).min(MAX_RESULTS)).unwrap_or_default(),
        r#type: document_type.unwrap_or(DocumentType::Unspecified).into(),
        tags: filters.tags.or(body.tags).unwrap_or_default(),
        scope: parse_scope(scope.as_deref())?.into(),
        team_id: filters.team_id.or(body.team_id).unwrap_or_default(),
        reviews: review::wanted(body.review.as_deref())?,
    });
    let reply = app
        .knowledge()
        .search_documents(request)
        .await?
        .into_inner();
    let results: Vec<SearchResult> = reply
        .results
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or_default())
        .map(SearchResult::new)
        .collect();
    Ok(SearchResults {
        query: body.query,
        search_mode: MODE,
        total_found: results.len(),
        results,
    })
}

fn check_mode(mode: Option<&str>) -> Result<(), Problem> {
    match mode {
        None | Some("semantic" | "keyword" | "hybrid") => Ok(()),
        Some(_) => Err(Fault::invalid("search_mode", "must be semantic, keyword or hybrid").into()),
    }
}

fn within(field: &str, value: i64, min: i64) -> Result<i64, Problem> {
    if (min..=MAX_RESULTS).contains(&value) {
        return Ok(value);
    }
    Err(Fault::invalid(field, format!("must be {min} to {MAX_RESULTS}")).into())
}

impl SearchResult {
    fn new(result: proto::SearchResult) -> Self {
        Self {
            document_type: type_word(result.r#type()),
            citation: result.citation.map(Citation::new),
            document_id: result.document_id,
            title: result.title,
            tags: result.tags,
            score: result.score,
            snippet: result.snippet,
        }
    }
}

impl Citation {
    fn new(citation: proto::DocumentCitation) -> Self {
        Self {
            document_id: citation.document_id,
            version: citation.version,
            chunk: citation.chunk,
            heading: citation.heading,
            byte_start: citation.byte_start,
            byte_end: citation.byte_end,
            quote: citation.quote,
        }
    }
}
