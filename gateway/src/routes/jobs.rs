//! Background work of the caller.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::jobs::v1 as proto;
use faultmaven_proto::jobs::v1::JobStatus;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::routes::turns::{RUN_TURN, job_documents};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_jobs))
        .routes(routes!(get_job, cancel_job))
}

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    #[serde(default)]
    case_id: String,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    #[serde(default)]
    status: Option<String>,
    /// 1..100; absent means 50.
    #[serde(default)]
    page_size: i32,
    #[serde(default)]
    page_token: String,
}

/// A piece of background work.
#[derive(Serialize, ToSchema)]
struct Job {
    job_id: String,
    /// For instance `analyze_file`.
    kind: String,
    module: String,
    owner_id: String,
    case_id: Option<String>,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    status: String,
    /// 0..100.
    progress: i32,
    stage: String,
    #[schema(value_type = Option<Object>)]
    input: Value,
    /// What the job made; a turn reply when the job stands for a turn.
    #[schema(value_type = Option<Object>)]
    result: Value,
    /// The turn's answer in the form of older clients.
    #[schema(value_type = Option<Object>)]
    response: Value,
    error: Option<JobError>,
    attempt: i32,
    cancel_requested: bool,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

/// Why a job failed.
#[derive(Serialize, ToSchema)]
struct JobError {
    reason: String,
    message: String,
}

/// One page of jobs.
#[derive(Serialize, ToSchema)]
struct JobList {
    jobs: Vec<Job>,
    next_page_token: Option<String>,
}

/// Lists the caller's jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(Filter), responses(
    (status = 200, body = JobList),
    (status = 422, body = ProblemBody),
))]
async fn list_jobs(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(filter): QueryOf<Filter>,
) -> Result<Json<JobList>, Problem> {
    let request = ctx.request(proto::ListJobsRequest {
        case_id: filter.case_id,
        status: parse_status(filter.status.as_deref())?.into(),
        page_size: filter.page_size,
        page_token: filter.page_token,
    });
    let reply = app.jobs().list_jobs(request).await?.into_inner();
    Ok(Json(JobList {
        jobs: reply
            .jobs
            .into_iter()
            .map(|job| Job::new(&ctx, job))
            .collect(),
        next_page_token: wire::given(reply.next_page_token),
    }))
}

/// Returns one job.
#[utoipa::path(get, path = "/api/v1/jobs/{job_id}", tag = "jobs", params(("job_id" = String, Path)), responses(
    (status = 200, body = Job),
    (status = 404, body = ProblemBody),
))]
async fn get_job(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(job_id): PathOf<String>,
) -> Result<Json<Job>, Problem> {
    let request = ctx.request(proto::GetJobRequest { job_id });
    let reply = app.jobs().get_job(request).await?.into_inner();
    Ok(Json(Job::new(&ctx, reply.job.unwrap_or_default())))
}

/// Cancels a job: a pending one at once, a running one at its next checkpoint.
#[utoipa::path(delete, path = "/api/v1/jobs/{job_id}", tag = "jobs", params(("job_id" = String, Path)), responses(
    (status = 200, body = Job),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The job has ended", body = ProblemBody),
))]
async fn cancel_job(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(job_id): PathOf<String>,
) -> Result<Json<Job>, Problem> {
    let request = ctx.request(proto::CancelJobRequest { job_id });
    let reply = app.jobs().cancel_job(request).await?.into_inner();
    Ok(Json(Job::new(&ctx, reply.job.unwrap_or_default())))
}

impl Job {
    fn new(ctx: &Ctx, job: proto::Job) -> Self {
        let is_turn = job.kind == RUN_TURN;
        let stored = wire::json(&job.result_json);
        let (result, response) = match job_documents(ctx, &stored).filter(|_| is_turn) {
            Some((result, response)) => (result, response),
            None => (stored, Value::Null),
        };
        Self {
            status: wire::word(job.status().as_str_name(), "JOB_STATUS_"),
            // What a turn was asked stands in the conversation.
            input: if is_turn {
                Value::Null
            } else {
                wire::json(&job.input_json)
            },
            result,
            response,
            created_at: wire::required_time(job.create_time),
            started_at: wire::time(job.start_time),
            finished_at: wire::time(job.finish_time),
            error: job.error.map(|error| JobError {
                reason: error.reason,
                message: error.message,
            }),
            case_id: wire::given(job.case_id),
            job_id: job.job_id,
            kind: job.kind,
            module: job.module,
            owner_id: job.owner_id,
            progress: job.progress,
            stage: job.stage,
            attempt: job.attempt,
            cancel_requested: job.cancel_requested,
        }
    }
}

fn parse_status(word: Option<&str>) -> Result<JobStatus, Problem> {
    match word {
        None | Some("") => Ok(JobStatus::Unspecified),
        Some("pending") => Ok(JobStatus::Pending),
        Some("running") => Ok(JobStatus::Running),
        Some("completed") => Ok(JobStatus::Completed),
        Some("failed") => Ok(JobStatus::Failed),
        Some("cancelled") => Ok(JobStatus::Cancelled),
        Some(_) => {
            let message = "must be pending, running, completed, failed or cancelled";
            Err(Fault::invalid("status", message).into())
        }
    }
}
