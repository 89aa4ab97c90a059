//! What is in a file: its analysis, hits of a search, its lines.

use axum::Json;
use axum::extract::State;
use faultmaven_proto::evidence::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::file::Coverage;
use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::routes::case_evidence::FileCitation;
use crate::state::AppState;
use crate::wire;

mod finding;

use finding::{Entity, Finding, Template};

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_analysis))
        .routes(routes!(search_file))
        .routes(routes!(read_lines))
}

/// What the engine found in a file.
#[derive(Serialize, ToSchema)]
struct Analysis {
    evidence_id: String,
    file_id: String,
    engine_version: String,
    /// Structure of the file for people and models.
    index: String,
    coverage: Option<Coverage>,
    findings: Vec<Finding>,
    /// Lines of one shape, most frequent first.
    templates: Vec<Template>,
    entities: Vec<Entity>,
    finished_at: Option<String>,
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    q: String,
    /// Reads `q` as a regular expression.
    #[serde(default)]
    regex: bool,
    #[serde(default)]
    case_insensitive: bool,
    /// 1..10; absent means 10.
    #[serde(default)]
    limit: i32,
}

/// Hits and how much was searched.
#[derive(Serialize, ToSchema)]
struct SearchHits {
    hits: Vec<FileCitation>,
    bytes_searched: i64,
    /// True when there may be more hits.
    truncated: bool,
}

/// Which lines to read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Span {
    /// Counted from 1.
    #[serde(default = "first_line")]
    start: i64,
    /// 1..500; absent means 100.
    #[serde(default)]
    count: i32,
}

/// Lines of a file.
#[derive(Serialize, ToSchema)]
struct Lines {
    lines: Vec<Line>,
    end_of_file: bool,
}

/// One line.
#[derive(Serialize, ToSchema)]
struct Line {
    number: i64,
    byte_start: i64,
    text: String,
    /// True when the line is longer than shown.
    cut: bool,
}

/// Returns what the engine found in a file.
#[utoipa::path(get, path = "/api/v1/evidence/{evidence_id}/analysis", tag = "evidence", params(("evidence_id" = String, Path)), responses(
    (status = 200, body = Analysis),
    (status = 404, description = "No such file, or not analysed yet", body = ProblemBody),
))]
async fn get_analysis(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
) -> Result<Json<Analysis>, Problem> {
    let request = ctx.request(proto::GetAnalysisRequest { file_id });
    let reply = app.evidence().get_analysis(request).await?.into_inner();
    let analysis = reply.analysis.unwrap_or_default();
    Ok(Json(Analysis {
        evidence_id: analysis.file_id.clone(),
        file_id: analysis.file_id,
        engine_version: analysis.engine_version,
        index: analysis.index,
        coverage: analysis.coverage.map(Coverage::new),
        findings: analysis.findings.into_iter().map(Finding::new).collect(),
        templates: analysis.templates.into_iter().map(Template::new).collect(),
        entities: analysis.entities.into_iter().map(Entity::new).collect(),
        finished_at: wire::time(analysis.finish_time),
    }))
}

/// Searches a file for a text or a regular expression.
#[utoipa::path(get, path = "/api/v1/evidence/{evidence_id}/search", tag = "evidence", params(("evidence_id" = String, Path), Search), responses(
    (status = 200, body = SearchHits),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn search_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
    QueryOf(search): QueryOf<Search>,
) -> Result<Json<SearchHits>, Problem> {
    let request = ctx.request(proto::SearchFileRequest {
        file_id,
        pattern: search.q,
        regex: search.regex,
        case_insensitive: search.case_insensitive,
        max_results: search.limit,
        ..Default::default()
    });
    let reply = app.evidence().search_file(request).await;
    let renamed = |status| {
        let problem = Problem::from(status);
        problem
            .renaming("max_results", "limit")
            .renaming("pattern", "q")
    };
    let reply = reply.map_err(renamed)?.into_inner();
    Ok(Json(SearchHits {
        hits: reply.hits.into_iter().map(FileCitation::new).collect(),
        bytes_searched: reply.bytes_searched,
        truncated: reply.truncated,
    }))
}

/// Returns lines of a file.
#[utoipa::path(get, path = "/api/v1/evidence/{evidence_id}/lines", tag = "evidence", params(("evidence_id" = String, Path), Span), responses(
    (status = 200, body = Lines),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn read_lines(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
    QueryOf(span): QueryOf<Span>,
) -> Result<Json<Lines>, Problem> {
    let request = ctx.request(proto::ReadLinesRequest {
        file_id,
        line_start: span.start,
        line_count: span.count,
    });
    let reply = app.evidence().read_lines(request).await;
    let renamed = |status| {
        let problem = Problem::from(status);
        problem
            .renaming("line_start", "start")
            .renaming("line_count", "count")
    };
    let reply = reply.map_err(renamed)?.into_inner();
    Ok(Json(Lines {
        lines: reply.lines.into_iter().map(Line::new).collect(),
        end_of_file: reply.end_of_file,
    }))
}

impl Line {
    fn new(line: proto::Line) -> Self {
        Self {
            number: line.number,
            byte_start: line.byte_start,
            text: line.text,
            cut: line.cut,
        }
    }
}

fn first_line() -> i64 {
    1
}
