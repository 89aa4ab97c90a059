//! The evidence of a case: claims with verified citations.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

mod detail;
mod view;

use detail::CaseEvidence;
use view::Evidence;
pub(crate) use view::FileCitation;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_case_evidence))
        .routes(routes!(get_case_evidence))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    #[serde(default)]
    include_withdrawn: bool,
    #[serde(default)]
    page_size: i32,
    #[serde(default)]
    page_token: String,
}

/// One page of evidence.
#[derive(Serialize, ToSchema)]
struct CaseEvidenceList {
    case_id: String,
    evidence: Vec<Evidence>,
    next_page_token: Option<String>,
}

/// Lists the evidence of a case, newest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/evidence", tag = "cases", params(("case_id" = String, Path), Page), responses(
    (status = 200, body = CaseEvidenceList),
    (status = 404, body = ProblemBody),
))]
async fn list_case_evidence(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<CaseEvidenceList>, Problem> {
    let request = ctx.request(proto::ListEvidenceRequest {
        case_id: case_id.clone(),
        include_withdrawn: page.include_withdrawn,
        page_size: page.page_size,
        page_token: page.page_token,
    });
    let reply = app.evidence().list_evidence(request).await?.into_inner();
    Ok(Json(CaseEvidenceList {
        case_id,
        evidence: reply.evidence.into_iter().map(Evidence::new).collect(),
        next_page_token: wire::given(reply.next_page_token),
    }))
}

/// Returns one piece of evidence with what it is worth.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/evidence/{evidence_id}", tag = "cases", params(("case_id" = String, Path), ("evidence_id" = String, Path)), responses(
    (status = 200, body = CaseEvidence),
    (status = 404, body = ProblemBody),
))]
async fn get_case_evidence(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, evidence_id)): PathOf<(String, String)>,
) -> Result<Json<CaseEvidence>, Problem> {
    let request = ctx.request(proto::GetEvidenceRequest { evidence_id });
    let reply = app.evidence().get_evidence(request).await?.into_inner();
    let evidence = reply
        .evidence
        .filter(|evidence| evidence.case_id == case_id)
        .ok_or_else(|| Fault::not_found("evidence"))?;
    let (file, analysis) = file_of(&app, &ctx, &evidence).await?;
    let request = ctx.request(case::GetInvestigationRequest { case_id });
    let reply = app.case_internal().get_investigation(request).await?;
    let investigation = reply.into_inner().investigation.unwrap_or_default();
    Ok(Json(CaseEvidence::new(
        evidence,
        file,
        analysis,
        &investigation,
    )))
}

/// Returns the file a piece of evidence cites and its analysis, as far as they are there.
async fn file_of(
    app: &App,
    ctx: &Ctx,
    evidence: &proto::Evidence,
) -> Result<(Option<proto::UploadedFile>, Option<proto::Analysis>), Problem> {
    let Some(citation) = &evidence.file_citation else {
        return Ok((None, None));
    };
    let file_id = citation.file_id.clone();
    let request = ctx.request(proto::GetFileRequest {
        file_id: file_id.clone(),
    });
    let file = found(app.evidence().get_file(request).await)?.and_then(|reply| reply.file);
    let request = ctx.request(proto::GetAnalysisRequest { file_id });
    let analysis = found(app.evidence().get_analysis(request).await)?;
    Ok((file, analysis.and_then(|reply| reply.analysis)))
}

/// A file may be deleted after it was cited, which is no reason to hide the evidence.
fn found<T>(answer: Result<tonic::Response<T>, tonic::Status>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(reply) => Ok(Some(reply.into_inner())),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}
