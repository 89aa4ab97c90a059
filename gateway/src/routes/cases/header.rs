//! The header of a case: both vocabularies at once, every member present.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Code, Fault};
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::CaseStatus;
use faultmaven_proto::report::v1 as report;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::row::CaseRow;
use crate::context::SignedIn;
use crate::extract::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::routes::turns::Transparency;
use crate::state::AppState;
use crate::wire;

mod inquiry;
mod investigation;
mod outcome;

use inquiry::{Inquiry, ProblemVerification};
use investigation::{EvidenceLine, HypothesisLine, Progress, Strategy, WorkingConclusion};
use outcome::{AvailableReport, Outcome};

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_header))
}

/// The state of an investigation at one glance.
#[derive(Serialize, ToSchema)]
struct Ui {
    #[serde(flatten)]
    case: CaseRow,
    /// Files handed over, without unpacked members.
    uploaded_files_count: i32,
    disposition_eligibility: Eligibility,
    consulting: Inquiry,
    /// The same as `consulting`.
    inquiry: Inquiry,
    progress: Progress,
    working_conclusion: Option<WorkingConclusion>,
    active_hypotheses: Vec<HypothesisLine>,
    latest_evidence: Vec<EvidenceLine>,
    next_actions: Vec<String>,
    agent_status: String,
    is_stuck: bool,
    degraded_mode: bool,
    investigation_strategy: Strategy,
    progress_transparency: Transparency,
    problem_verification: ProblemVerification,
    /// Null until the case ends.
    #[serde(flatten)]
    outcome: Outcome,
    reports_available: Vec<AvailableReport>,
}

/// Whether a final state may be offered: `ready`, `needs_info`, `suggests_alternative` or `not_eligible`.
#[derive(Serialize, ToSchema)]
struct Eligibility {
    resolved: String,
    closed: String,
}

/// Returns the state of an investigation at one glance.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/ui", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = Ui),
    (status = 404, body = ProblemBody),
))]
async fn get_header(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<Ui>, Problem> {
    let request = ctx.request(proto::GetInvestigationRequest {
        case_id: case_id.clone(),
    });
    let reply = app.case_internal().get_investigation(request).await?;
    let investigation = reply.into_inner().investigation.unwrap_or_default();
    let case = investigation.case.clone();
    let case =
        case.ok_or_else(|| Fault::new(Code::Internal, "internal", "no case in the answer"))?;
    let mut reports = report::ListReportsResponse::default();
    if is_terminal(case.status()) {
        let request = ctx.request(report::ListReportsRequest {
            case_id,
            current_only: true,
        });
        reports = app.report().list_reports(request).await?.into_inner();
    }
    Ok(Json(Ui::new(&investigation, case, &reports)))
}

impl Ui {
    fn new(
        investigation: &proto::Investigation,
        case: proto::Case,
        reports: &report::ListReportsResponse,
    ) -> Self {
        let header = investigation.header.clone().unwrap_or_default();
        let progress = header.progress.clone().unwrap_or_default();
        let inquiry = Inquiry::new(&case, header.inquiry_turns);
        Self {
            uploaded_files_count: header.uploaded_files_count,
            disposition_eligibility: Eligibility {
                resolved: eligibility(header.resolved_eligibility()),
                closed: eligibility(header.closed_eligibility()),
            },
            consulting: inquiry.clone(),
            inquiry,
            progress: Progress::new(&progress, investigation.recent_turns.last()),
            working_conclusion: header
                .working_conclusion
                .as_ref()
                .map(WorkingConclusion::new),
            active_hypotheses: header
                .active_hypotheses
                .iter()
                .map(HypothesisLine::new)
                .collect(),
            latest_evidence: header
                .latest_evidence
                .iter()
                .map(|digest| EvidenceLine::new(digest, investigation))
                .collect(),
            agent_status: wire::word(header.agent_status().as_str_name(), "AGENT_STATUS_"),
            is_stuck: progress.is_stuck,
            degraded_mode: progress.degraded_mode,
            investigation_strategy: Strategy::new(&header),
            progress_transparency: Transparency::of_case(&progress),
            problem_verification: ProblemVerification::new(&case, &investigation.evidence),
            outcome: Outcome::new(investigation, &case, &progress),
            reports_available: AvailableReport::all(reports),
            next_actions: header.next_actions,
            case: CaseRow::from_proto(case).resolved_when_closed(),
        }
    }
}

fn is_terminal(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::Resolved | CaseStatus::Closed)
}

fn eligibility(eligibility: proto::Eligibility) -> String {
    match eligibility {
        proto::Eligibility::Unspecified => "not_eligible".to_owned(),
        known => wire::word(known.as_str_name(), "ELIGIBILITY_"),
    }
}
