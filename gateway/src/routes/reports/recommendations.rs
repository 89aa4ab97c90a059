//! Which reports of a case are worth writing.

use axum::Json;
use axum::extract::State;
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
use crate::state::AppState;
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
struct SimilarRunbook {
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
    Ok(Json(Recommendations::new(case_id, reply)))
}

impl Recommendations {
    fn new(case_id: String, reply: proto::RecommendReportsResponse) -> Self {
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
            runbook_recommendation: reply.runbook.map(RunbookRecommendation::new),
            remaining_regenerations: reply.remaining_regenerations,
        }
    }
}

impl SimilarRunbook {
    fn new(runbook: &proto::SimilarRunbook) -> Self {
        Self {
            id: runbook.document_id.clone(),
            title: runbook.title.clone(),
            similarity: runbook.similarity,
        }
    }
}

impl RunbookRecommendation {
    fn new(advice: proto::RunbookAdvice) -> Self {
        let action = advice.action();
        let nearest = advice.similar.into_iter().next();
        let nearest = nearest.filter(|_| action != RunbookAction::Generate);
        Self {
            action: wire::word(action.as_str_name(), "RUNBOOK_ACTION_"),
            reason: advice.reason,
            similarity_score: nearest.as_ref().map(|runbook| runbook.similarity),
            existing_runbook: nearest.map(|runbook| ExistingRunbook {
                report_id: runbook.document_id.clone(),
                document_id: runbook.document_id,
                report_type: type_word(ReportType::Runbook),
                title: runbook.title,
                format: MARKDOWN,
                generation_status: "completed",
            }),
        }
    }
}
