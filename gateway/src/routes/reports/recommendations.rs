//! Which reports of a case are worth writing.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::Ctx;
use faultmaven_proto::knowledge::v1::{Document, GetDocumentRequest};
use faultmaven_proto::report::v1 as proto;
use faultmaven_proto::report::v1::{ReportType, RunbookAction};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{MARKDOWN, type_word};
use crate::context::SignedIn;
use crate::extract::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(report_recommendations))
}

/// What can and should be written.
#[derive(Serialize, ToSchema)]
struct Recommendations {
    case_id: String,
    available_reports: Vec<String>,
    /// Those of the available ones that older clients know how to ask for.
    available_for_generation: Vec<String>,
    unavailable_reports: Vec<Unavailable>,
    /// Most useful first.
    recommended_reports: Vec<Recommended>,
    similar_runbooks: Vec<SimilarRunbook>,
    /// Absent unless a runbook can be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    runbook_recommendation: Option<RunbookRecommendation>,
    remaining_regenerations: i32,
}

/// A type the case cannot have.
#[derive(Serialize, ToSchema)]
struct Unavailable {
    #[serde(rename = "type")]
    kind: String,
    reason: String,
}

/// A report worth writing.
#[derive(Serialize, ToSchema)]
struct Recommended {
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    /// `high`, `medium` or `low`.
    priority: String,
}

/// A runbook of the library.
#[derive(Serialize, ToSchema)]
pub(super) struct SimilarRunbook {
    id: String,
    title: String,
    /// 0..1.
    similarity: f64,
}

/// What to do about a runbook.
#[derive(Serialize, ToSchema)]
struct RunbookRecommendation {
    /// `reuse`, `review_or_generate` or `generate`.
    action: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_runbook: Option<ExistingRunbook>,
}

/// A document of the library in the shape of a report, as older clients read it.
#[derive(Serialize, ToSchema)]
struct ExistingRunbook {
    /// The id of the document.
    report_id: String,
    document_id: String,
    report_type: String,
    title: String,
    format: &'static str,
    generation_status: &'static str,
    content: String,
    version: i32,
    is_current: bool,
    /// When the document was last changed.
    generated_at: String,
    created_at: String,
}

/// Tells which reports the case can have and which are worth writing.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/report-recommendations", tag = "reports", params(("case_id" = String, Path)), responses(
    (status = 200, body = Recommendations),
    (status = 404, body = ProblemBody),
))]
async fn report_recommendations(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<Recommendations>, Problem> {
    let request = ctx.request(proto::RecommendReportsRequest {
        case_id: case_id.clone(),
    });
    let reply = app.report().recommend_reports(request).await?.into_inner();
    let existing = match reply.runbook.as_ref().and_then(nearest) {
        Some(runbook) => find_runbook(&app, &ctx, &runbook.document_id).await?,
        None => None,
    };
    Ok(Json(Recommendations::new(case_id, reply, existing)))
}

/// Returns the runbook that makes a new one unnecessary, or that a new one would be near to.
fn nearest(advice: &proto::RunbookAdvice) -> Option<&proto::SimilarRunbook> {
    let is_worth_reading = advice.action() != RunbookAction::Generate;
    advice.similar.first().filter(|_| is_worth_reading)
}

/// Returns a document of the library, unless somebody has deleted it meanwhile.
async fn find_runbook(
    app: &App,
    ctx: &Ctx,
    document_id: &str,
) -> Result<Option<ExistingRunbook>, Problem> {
    let request = ctx.request(GetDocumentRequest {
        document_id: document_id.to_owned(),
    });
    match app.knowledge().get_document(request).await {
        Ok(reply) => Ok(reply.into_inner().document.map(ExistingRunbook::new)),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}

impl Recommendations {
    fn new(
        case_id: String,
        reply: proto::RecommendReportsResponse,
        existing: Option<ExistingRunbook>,
    ) -> Self {
        let available: Vec<ReportType> = reply.available().collect();
        let known_to_older_clients = available.iter().filter(|report_type| {
            matches!(
                report_type,
                ReportType::IncidentReport | ReportType::Runbook | ReportType::PostMortem
            )
        });
        let unavailable = reply.unavailable.into_iter().map(|it| Unavailable {
            kind: type_word(it.r#type()),
            reason: it.reason,
        });
        let recommended = reply.recommendations.into_iter().map(|it| Recommended {
            kind: type_word(it.r#type()),
            reason: it.reason,
            priority: it.priority,
        });
        let similar = reply.runbook.iter().flat_map(|advice| &advice.similar);
        Self {
            case_id,
            available_for_generation: known_to_older_clients.copied().map(type_word).collect(),
            available_reports: available.into_iter().map(type_word).collect(),
            unavailable_reports: unavailable.collect(),
            recommended_reports: recommended.collect(),
            similar_runbooks: similar.map(SimilarRunbook::new).collect(),
            runbook_recommendation: reply
                .runbook
                .map(|advice| RunbookRecommendation::new(&advice, existing)),
            remaining_regenerations: reply.remaining_regenerations,
        }
    }
}

impl SimilarRunbook {
    pub(super) fn new(runbook: &proto::SimilarRunbook) -> Self {
        Self {
            id: runbook.document_id.clone(),
            title: runbook.title.clone(),
            similarity: runbook.similarity,
        }
    }
}

impl RunbookRecommendation {
    fn new(advice: &proto::RunbookAdvice, existing_runbook: Option<ExistingRunbook>) -> Self {
        Self {
            action: wire::word(advice.action().as_str_name(), "RUNBOOK_ACTION_"),
            reason: advice.reason.clone(),
            similarity_score: nearest(advice).map(|runbook| runbook.similarity),
            existing_runbook,
        }
    }
}

impl ExistingRunbook {
    fn new(document: Document) -> Self {
        Self {
            report_id: document.document_id.clone(),
            document_id: document.document_id,
            report_type: type_word(ReportType::Runbook),
            title: document.title,
            format: MARKDOWN,
            generation_status: "completed",
            content: document.content,
            version: document.version,
            is_current: true,
            generated_at: wire::required_time(document.update_time),
            created_at: wire::required_time(document.create_time),
        }
    }
}
