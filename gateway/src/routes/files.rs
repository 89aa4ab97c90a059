//! The files of a case.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::evidence::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::paging::Window;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};

pub(crate) mod class;
mod data_item;
mod list;
mod uploaded;

use data_item::DataItem;
pub(crate) use list::{all_evidence, files_of};
use uploaded::{UploadedFile, UploadedFileDetail};

const DEFAULT_ROWS: i32 = 50;
const MAX_ROWS: i32 = 200;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_uploaded_files))
        .routes(routes!(get_uploaded_file))
        .routes(routes!(list_data))
        .routes(routes!(get_data, delete_data))
}

/// The files of a case, newest first.
#[derive(Serialize, ToSchema)]
struct UploadedFiles {
    case_id: String,
    files: Vec<UploadedFile>,
    total: i64,
    /// The same as `total`.
    total_count: i64,
}

/// The files of a case as data items.
#[derive(Serialize, ToSchema)]
struct DataList {
    case_id: String,
    data: Vec<DataItem>,
    total: i64,
    limit: i32,
    offset: i32,
}

/// Lists the files of a case, newest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/uploaded-files", tag = "files", params(("case_id" = String, Path)), responses(
    (status = 200, body = UploadedFiles),
    (status = 404, body = ProblemBody),
))]
async fn list_uploaded_files(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<UploadedFiles>, Problem> {
    let (files, total) = files_of(&app, &ctx, &case_id, 0, usize::MAX).await?;
    let evidence = all_evidence(&app, &ctx, &case_id).await?;
    Ok(Json(UploadedFiles {
        case_id,
        files: files
            .into_iter()
            .map(|file| UploadedFile::new(file, &evidence))
            .collect(),
        total,
        total_count: total,
    }))
}

/// Returns one file of a case with the evidence taken from it.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/uploaded-files/{file_id}", tag = "files", params(("case_id" = String, Path), ("file_id" = String, Path)), responses(
    (status = 200, body = UploadedFileDetail),
    (status = 404, body = ProblemBody),
))]
async fn get_uploaded_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, file_id)): PathOf<(String, String)>,
) -> Result<Json<UploadedFileDetail>, Problem> {
    let file = file_of_case(&app, &ctx, &case_id, file_id).await?;
    let evidence = all_evidence(&app, &ctx, &case_id).await?;
    let request = ctx.request(faultmaven_proto::case::v1::ListHypothesesRequest { case_id });
    let ledger = app.case().list_hypotheses(request).await?.into_inner();
    let detail = UploadedFileDetail::new(file, &evidence, &ledger.hypotheses);
    Ok(Json(detail))
}

/// Lists the files of a case as data items, newest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/data", tag = "files", params(("case_id" = String, Path), Window), responses(
    (status = 200, body = DataList),
    (status = 404, body = ProblemBody),
))]
async fn list_data(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(window): QueryOf<Window>,
) -> Result<Json<DataList>, Problem> {
    let rows = window.rows(DEFAULT_ROWS, MAX_ROWS)?;
    let limit = usize::try_from(rows.limit).unwrap_or_default();
    let (files, total) = files_of(&app, &ctx, &case_id, rows.offset, limit).await?;
    Ok(Json(DataList {
        case_id,
        data: files.into_iter().map(DataItem::new).collect(),
        total,
        limit: rows.limit,
        offset: rows.offset,
    }))
}

/// Returns one data item.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/data/{data_id}", tag = "files", params(("case_id" = String, Path), ("data_id" = String, Path)), responses(
    (status = 200, body = DataItem),
    (status = 404, body = ProblemBody),
))]
async fn get_data(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, data_id)): PathOf<(String, String)>,
) -> Result<Json<DataItem>, Problem> {
    let file = file_of_case(&app, &ctx, &case_id, data_id).await?;
    Ok(Json(DataItem::new(file)))
}

/// Deletes a file; evidence that cites it is withdrawn.
#[utoipa::path(delete, path = "/api/v1/cases/{case_id}/data/{data_id}", tag = "files", params(("case_id" = String, Path), ("data_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn delete_data(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, data_id)): PathOf<(String, String)>,
) -> Result<StatusCode, Problem> {
    let file_id = file_of_case(&app, &ctx, &case_id, data_id).await?.file_id;
    let request = ctx.request(proto::DeleteFileRequest { file_id });
    app.evidence().delete_file(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a file if it belongs to the case in the path.
async fn file_of_case(
    app: &App,
    ctx: &Ctx,
    case_id: &str,
    file_id: String,
) -> Result<proto::UploadedFile, Problem> {
    let request = ctx.request(proto::GetFileRequest { file_id });
    let reply = app.evidence().get_file(request).await?.into_inner();
    reply
        .file
        .filter(|file| file.case_id == case_id)
        .ok_or_else(|| Fault::not_found("file").into())
}
