//! Reports written from a case.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::Fault;
use faultmaven_proto::report::v1 as proto;
use faultmaven_proto::report::v1::{ReportFormat, ReportType};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::attachment::disposition;
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod bundle;
mod recommendations;
mod runbook;

const MARKDOWN: &str = "markdown";
const COMPLETED: &str = "completed";
const FAILED: &str = "failed";
const TYPE_PREFIX: &str = "REPORT_TYPE_";

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(generate_reports, list_reports))
        .routes(routes!(download_report))
        .merge(recommendations::routes())
        .merge(bundle::routes())
        .merge(runbook::routes())
}

/// Which reports to write.
#[derive(Deserialize, ToSchema)]
struct GenerateReports {
    /// One to five distinct ones of `incident_report`, `post_mortem`, `runbook`, `timeline`,
    /// `summary`, `resolution_summary` and `closure_summary`.
    report_types: Vec<String>,
}

/// A report.
#[derive(Serialize, ToSchema)]
struct Report {
    report_id: String,
    case_id: String,
    report_type: String,
    /// The same as `report_type`.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    /// `completed`; what fails is not kept.
    status: String,
    /// The same as `status`.
    generation_status: String,
    version: i32,
    is_current: bool,
    format: &'static str,
    /// Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// The version of the case it was written from.
    case_version: i64,
    created_by: String,
    created_at: String,
    /// The same as `created_at`.
    generated_at: String,
    error: Option<String>,
}

/// New reports.
#[derive(Serialize, ToSchema)]
struct GeneratedReports {
    case_id: String,
    report_types: Vec<String>,
    /// `completed`, or `failed` when one of them failed.
    status: &'static str,
    /// Those that were written, in the order of the request.
    reports: Vec<Report>,
    /// Those that were not, of which nothing is kept.
    failed: Vec<FailedReport>,
    remaining_regenerations: i32,
}

/// A report that was asked for and not written.
#[derive(Serialize, ToSchema)]
struct FailedReport {
    report_type: String,
    /// The same as `report_type`.
    #[serde(rename = "type")]
    kind: String,
    /// Always `failed`.
    status: &'static str,
    /// The code that a request for this report alone would have been answered with.
    code: String,
    /// The same for people.
    error: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct History {
    /// Lists all versions instead of the current one of each type.
    #[serde(default)]
    include_history: bool,
}

/// The reports of a case.
#[derive(Serialize, ToSchema)]
struct ReportList {
    case_id: String,
    reports: Vec<Report>,
    include_history: bool,
    total: usize,
    remaining_regenerations: i32,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Format {
    /// `markdown`, `html`, `pdf` or `json`; absent means `markdown`.
    #[serde(default)]
    format: Option<String>,
}

/// Writes reports from the case as it is now; each is written or fails by itself.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/reports", tag = "reports", params(("case_id" = String, Path)), request_body = GenerateReports, responses(
    (status = 200, body = GeneratedReports),
    (status = 404, body = ProblemBody),
    (status = 409, description = "No report was written: the case is not far enough, or has the last version already", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn generate_reports(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<GenerateReports>,
) -> Result<(HeaderMap, Json<GeneratedReports>), Problem> {
    let types: Result<Vec<i32>, Problem> = body.report_types.iter().map(parse_type).collect();
    let request = ctx.request(proto::GenerateReportsRequest {
        case_id: case_id.clone(),
        types: types?,
        request_id,
    });
    let reply = app.report().generate_reports(request).await?.into_inner();
    let generated = GeneratedReports {
        case_id,
        report_types: body.report_types,
        status: match reply.failed.is_empty() {
            true => COMPLETED,
            false => FAILED,
        },
        reports: reply.reports.into_iter().map(Report::new).collect(),
        failed: reply.failed.into_iter().map(FailedReport::new).collect(),
        remaining_regenerations: reply.remaining_regenerations,
    };
    Ok((wire::replayed(reply.replayed), Json(generated)))
}

/// Lists the reports of a case, newest first, without content.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/reports", tag = "reports", params(("case_id" = String, Path), History), responses(
    (status = 200, body = ReportList),
    (status = 404, body = ProblemBody),
))]
async fn list_reports(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(history): QueryOf<History>,
) -> Result<Json<ReportList>, Problem> {
    let request = ctx.request(proto::ListReportsRequest {
        case_id: case_id.clone(),
        current_only: !history.include_history,
    });
    let reply = app.report().list_reports(request).await?.into_inner();
    Ok(Json(ReportList {
        case_id,
        include_history: history.include_history,
        total: reply.reports.len(),
        remaining_regenerations: reply.remaining_regenerations,
        reports: reply.reports.into_iter().map(Report::new).collect(),
    }))
}

/// Returns a report as a file.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/reports/{report_id}/download", tag = "reports", params(("case_id" = String, Path), ("report_id" = String, Path), Format), responses(
    (status = 200, content((String = "text/markdown"), (String = "text/html"), (String = "application/pdf"), (serde_json::Value = "application/json"))),
    (status = 404, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn download_report(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, report_id)): PathOf<(String, String)>,
    QueryOf(format): QueryOf<Format>,
) -> Result<Response, Problem> {
    let request = ctx.request(proto::RenderReportRequest {
        report_id,
        case_id,
        format: parse_format(format.format.as_deref())?.into(),
    });
    let file = app.report().render_report(request).await?.into_inner();
    let media_type = HeaderValue::from_str(&file.media_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, media_type),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CONTENT_DISPOSITION, disposition(&file.file_name)),
    ];
    Ok((headers, file.content).into_response())
}

impl Report {
    fn new(report: proto::Report) -> Self {
        let kind = type_word(report.r#type());
        let status = wire::word(report.status().as_str_name(), "REPORT_STATUS_");
        let created_at = wire::required_time(report.create_time);
        Self {
            report_type: kind.clone(),
            kind,
            generation_status: status.clone(),
            status,
            generated_at: created_at.clone(),
            created_at,
            content: wire::given(report.content),
            error: wire::given(report.error),
            report_id: report.report_id,
            case_id: report.case_id,
            title: report.title,
            version: report.version,
            is_current: report.is_current,
            format: MARKDOWN,
            case_version: report.case_version,
            created_by: report.created_by,
        }
    }
}

impl FailedReport {
    fn new(report: proto::FailedReport) -> Self {
        let kind = type_word(report.r#type());
        Self {
            report_type: kind.clone(),
            kind,
            status: FAILED,
            code: report.reason,
            error: report.message,
        }
    }
}

fn type_word(report_type: ReportType) -> String {
    wire::word(report_type.as_str_name(), TYPE_PREFIX)
}

fn parse_type(word: &String) -> Result<i32, Problem> {
    let name = format!("{TYPE_PREFIX}{}", word.to_uppercase());
    let known = ReportType::from_str_name(&name).filter(|it| *it != ReportType::Unspecified);
    let known = known.map(i32::from);
    known.ok_or_else(|| {
        let message = format!("{word:?} is unknown; use {}", type_words().join(", "));
        Fault::invalid("report_types", message).into()
    })
}

fn type_words() -> Vec<String> {
    let types = (1..).map_while(|code| ReportType::try_from(code).ok());
    types.map(type_word).collect()
}

fn parse_format(word: Option<&str>) -> Result<ReportFormat, Problem> {
    match word {
        None | Some("" | "markdown" | "md") => Ok(ReportFormat::Markdown),
        Some("html") => Ok(ReportFormat::Html),
        Some("pdf") => Ok(ReportFormat::Pdf),
        Some("json") => Ok(ReportFormat::Json),
        Some(_) => Err(Fault::invalid("format", "must be markdown, html, pdf or json").into()),
    }
}
