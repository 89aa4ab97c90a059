//! Files by themselves: stored without a turn, listed, read and searched.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::evidence::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::paging::Window;
use crate::problem::{Problem, ProblemBody};
use crate::routes::files::class::classes_of_type;
use crate::state::{App, AppState};

mod download;
mod file;
mod read;
mod store;

use file::{FileMetadata, FileRow};

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 100;

/// Returns the routes of this file and of those below.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_files))
        .routes(routes!(list_files_of_case))
        .routes(routes!(get_file, delete_file))
        .routes(routes!(link_file))
        .merge(store::routes())
        .merge(download::routes())
        .merge(read::routes())
}

/// Which files to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Absent lists the caller's own files of all cases.
    #[serde(default)]
    case_id: String,
    /// `log`, `screenshot`, `metric`, `document` or `other`; absent lists all.
    #[serde(default)]
    evidence_type: Option<String>,
    /// Lists what was unpacked from archives too.
    #[serde(default)]
    include_members: bool,
}

/// One page of files.
#[derive(Serialize, ToSchema)]
struct FileList {
    evidence: Vec<FileRow>,
    total: i64,
    page: i32,
    page_size: i32,
    total_pages: i64,
    limit: i32,
    offset: i32,
    has_more: bool,
}

/// The case a file shall belong to.
#[derive(Deserialize, ToSchema)]
struct LinkFile {
    case_id: String,
}

/// A linked file.
#[derive(Serialize, ToSchema)]
struct LinkedFile {
    message: &'static str,
    evidence_id: String,
    case_id: String,
}

/// Lists files, newest first.
#[utoipa::path(get, path = "/api/v1/evidence", tag = "evidence", params(Window, Filter), responses(
    (status = 200, body = FileList),
    (status = 422, body = ProblemBody),
))]
async fn list_files(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(window): QueryOf<Window>,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<FileList>, Problem> {
    let mut wanted = proto::ListFilesRequest {
        case_id: filter.case_id,
        include_members: filter.include_members,
        ..Default::default()
    };
    if let Some(evidence_type) = filter.evidence_type {
        let classes = classes_of_type(&evidence_type)?;
        wanted.data_classes = classes.into_iter().map(i32::from).collect();
    }
    Ok(Json(file_list(&app, &ctx, wanted, &window).await?))
}

/// Lists the files of a case, newest first.
#[utoipa::path(get, path = "/api/v1/evidence/case/{case_id}", tag = "evidence", params(("case_id" = String, Path), Window), responses(
    (status = 200, body = FileList),
    (status = 404, body = ProblemBody),
))]
async fn list_files_of_case(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(window): QueryOf<Window>,
) -> Result<Json<FileList>, Problem> {
    let wanted = proto::ListFilesRequest {
        case_id,
        ..Default::default()
    };
    Ok(Json(file_list(&app, &ctx, wanted, &window).await?))
}

/// Returns what is known of a file.
#[utoipa::path(get, path = "/api/v1/evidence/{evidence_id}", tag = "evidence", params(("evidence_id" = String, Path)), responses(
    (status = 200, body = FileMetadata),
    (status = 404, body = ProblemBody),
))]
async fn get_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
) -> Result<Json<FileMetadata>, Problem> {
    let file = find(&app, &ctx, file_id).await?;
    Ok(Json(FileMetadata::new(file)))
}

/// Deletes a file; evidence that cites it is withdrawn.
#[utoipa::path(delete, path = "/api/v1/evidence/{evidence_id}", tag = "evidence", params(("evidence_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn delete_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::DeleteFileRequest { file_id });
    app.evidence().delete_file(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Links a file without a case to one; a link is never moved.
#[utoipa::path(post, path = "/api/v1/evidence/{evidence_id}/link", tag = "evidence", params(("evidence_id" = String, Path)), request_body = LinkFile, responses(
    (status = 200, body = LinkedFile),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The file belongs to another case", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn link_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
    JsonBody(body): JsonBody<LinkFile>,
) -> Result<Json<LinkedFile>, Problem> {
    let file = link(&app, &ctx, file_id, body.case_id).await?;
    Ok(Json(LinkedFile {
        message: "Evidence linked to case",
        evidence_id: file.file_id,
        case_id: file.case_id,
    }))
}

async fn link(
    app: &App,
    ctx: &Ctx,
    file_id: String,
    case_id: String,
) -> Result<proto::UploadedFile, Problem> {
    let request = ctx.request(proto::LinkFileRequest { file_id, case_id });
    let reply = app.evidence().link_file(request).await?.into_inner();
    Ok(reply.file.unwrap_or_default())
}

async fn find(app: &App, ctx: &Ctx, file_id: String) -> Result<proto::UploadedFile, Problem> {
    let request = ctx.request(proto::GetFileRequest { file_id });
    let reply = app.evidence().get_file(request).await?.into_inner();
    reply.file.ok_or_else(|| Fault::not_found("file").into())
}

async fn file_list(
    app: &App,
    ctx: &Ctx,
    wanted: proto::ListFilesRequest,
    window: &Window,
) -> Result<FileList, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let request = ctx.request(proto::ListFilesRequest {
        page_size: rows.limit,
        page_token: rows.page_token.clone(),
        offset: rows.offset,
        ..wanted
    });
    let reply = app.evidence().list_files(request).await?.into_inner();
    let total = reply.total_size;
    Ok(FileList {
        has_more: rows.has_more(reply.files.len(), total, &reply.next_page_token),
        evidence: reply.files.into_iter().map(FileRow::new).collect(),
        total,
        page: rows.page,
        page_size: rows.limit,
        total_pages: (total + i64::from(rows.limit) - 1) / i64::from(rows.limit),
        limit: rows.limit,
        offset: rows.offset,
    })
}
