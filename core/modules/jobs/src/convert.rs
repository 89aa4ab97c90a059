//! Jobs as messages, and requests as what they mean.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_kit::{Actor, Fault, PageToken, foreign_page_token, page_size};
use faultmaven_proto::jobs::v1 as pb;
use serde_json::Value;

use crate::error::Error;
use crate::job::{Failed, Failure, Job, NewJob, Status};
use crate::store::{Listing, Wanted};

const NAME_MAX: usize = 100;
const KEY_MAX: usize = 255;
const STAGE_MAX: usize = 100;
const REASON_MAX: usize = 100;
const MESSAGE_MAX: usize = 2_000;
const INPUT_MAX_BYTES: usize = 256 * 1_024;
/// A message of the default size must hold input and result.
const RESULT_MAX_BYTES: usize = 3 * 1_024 * 1_024;
/// A page ends early when its jobs grow beyond this.
const PAGE_MAX_BYTES: usize = 2 * 1_024 * 1_024;
const PAGE_SIZE: u64 = 50;
const PAGE_SIZE_MAX: u64 = 100;
const WAIT_MAX: Duration = Duration::from_secs(30);
const KINDS_MAX: usize = 100;

/// Creation time in microseconds and id of the last job of a page.
type Position = (i64, String);

/// Returns `job` as its owner sees it.
pub(crate) fn whole(job: Job) -> pb::Job {
    let error = job.failure.map(|failure| pb::JobError {
        reason: failure.reason,
        message: failure.message,
    });
    pb::Job {
        job_id: job.job_id,
        kind: job.kind,
        module: job.module,
        owner_id: job.owner_id,
        case_id: job.case_id.unwrap_or_default(),
        status: status_code(job.status).into(),
        progress: job.progress,
        stage: job.stage,
        input_json: job.input,
        result_json: job.result.unwrap_or_default(),
        error,
        attempt: job.attempt,
        lease_epoch: job.lease_epoch,
        cancel_requested: job.cancel_requested,
        create_time: Some(timestamp(job.created_at)),
        start_time: job.started_at.map(timestamp),
        finish_time: job.finished_at.map(timestamp),
    }
}

/// Returns `job` as `actor` may see it: whole only when it is the actor's own.
pub(crate) fn seen_by(actor: &Actor, job: Job) -> pb::Job {
    if job.owner_id == actor.user_id {
        return whole(job);
    }
    pb::Job {
        input_json: String::new(),
        result_json: String::new(),
        ..whole(job)
    }
}

/// Returns a job id, or not found for what cannot be one.
pub(crate) fn job_id(job_id: String) -> Result<String, Error> {
    if is_well_formed("job", 16, &job_id) {
        return Ok(job_id);
    }
    Err(Error::JobNotFound)
}

/// Reads the selection of a list of `actor`'s jobs.
pub(crate) fn listing(actor: &Actor, request: &pb::ListJobsRequest) -> Result<Listing, Fault> {
    let position = PageToken::<Position>::decode(&request.page_token)?;
    Ok(Listing {
        owner_id: actor.user_id.clone(),
        case_id: optional_text("case_id", &request.case_id, NAME_MAX)?,
        status: status_filter(request.status)?,
        after: position.map(after).transpose()?,
        limit: page_size(request.page_size, PAGE_SIZE, PAGE_SIZE_MAX)?,
    })
}

fn after((micros, job_id): Position) -> Result<(DateTime<Utc>, String), Fault> {
    DateTime::from_timestamp_micros(micros)
        .filter(|_| is_well_formed("job", 16, &job_id))
        .map(|created_at| (created_at, job_id))
        .ok_or_else(foreign_page_token)
}

/// Returns the page that `jobs` make, given one more job than the page may hold.
pub(crate) fn page(mut jobs: Vec<Job>, limit: u64) -> Result<pb::ListJobsResponse, Fault> {
    let found = jobs.len();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    jobs.truncate(fitting(&jobs).min(limit));
    let next_page_token = match jobs.last() {
        Some(last) if jobs.len() < found => {
            PageToken::encode(&(last.created_at.timestamp_micros(), last.job_id.clone()))?
        }
        _ => String::new(),
    };
    Ok(pb::ListJobsResponse {
        jobs: jobs.into_iter().map(whole).collect(),
        next_page_token,
    })
}

/// Returns how many of `jobs`, at least one, fit into one message.
fn fitting(jobs: &[Job]) -> usize {
    let mut bytes = 0;
    let fitting = jobs.iter().take_while(|job| {
        bytes += job.input.len() + job.result.as_ref().map_or(0, String::len);
        bytes <= PAGE_MAX_BYTES
    });
    fitting.count().max(1)
}

/// Reads the description of new work.
pub(crate) fn new_job(request: pb::EnqueueJobRequest) -> Result<NewJob, Fault> {
    Ok(NewJob {
        kind: checked_text("kind", &request.kind, NAME_MAX)?,
        module: checked_text("module", &request.module, NAME_MAX)?,
        owner_id: optional_text("owner_id", &request.owner_id, NAME_MAX)?.unwrap_or_default(),
        case_id: optional_text("case_id", &request.case_id, NAME_MAX)?,
        key: optional_text("key", &request.key, KEY_MAX)?,
        input: input(request.input_json)?,
    })
}

fn input(json: String) -> Result<String, Fault> {
    if json.is_empty() {
        return Ok("{}".to_owned());
    }
    match checked_json("input_json", &json, INPUT_MAX_BYTES)? {
        Value::Object(_) => Ok(json),
        _ => Err(Fault::invalid("input_json", "must be a JSON object")),
    }
}

/// Reads the result of a completed job.
pub(crate) fn result(json: String) -> Result<Option<String>, Fault> {
    if json.is_empty() {
        return Ok(None);
    }
    checked_json("result_json", &json, RESULT_MAX_BYTES)?;
    Ok(Some(json))
}

fn checked_json(field: &str, json: &str, max_bytes: usize) -> Result<Value, Fault> {
    if json.len() > max_bytes {
        let limit = format!("must have at most {max_bytes} bytes");
        return Err(Fault::invalid(field, limit));
    }
    serde_json::from_str(json)
        .map_err(|error| Fault::invalid(field, format!("is not valid JSON: {error}")))
}

/// Reads what a worker can do.
pub(crate) fn wanted(request: &pb::LeaseJobRequest) -> Result<Wanted, Fault> {
    if request.kinds.is_empty() || request.kinds.len() > KINDS_MAX {
        let limit = format!("must name 1 to {KINDS_MAX} kinds");
        return Err(Fault::invalid("kinds", limit));
    }
    let kinds = request.kinds.iter();
    Ok(Wanted {
        module: checked_text("module", &request.module, NAME_MAX)?,
        kinds: kinds
            .map(|kind| checked_text("kinds", kind, NAME_MAX))
            .collect::<Result<_, _>>()?,
        worker: optional_text("worker", &request.worker, NAME_MAX)?.unwrap_or_default(),
    })
}

/// Returns how long to wait for work; an absent or negative duration means not at all.
pub(crate) fn wait(request: &pb::LeaseJobRequest) -> Duration {
    let wait = request.wait.and_then(|wait| Duration::try_from(wait).ok());
    wait.unwrap_or_default().min(WAIT_MAX)
}

/// Reads how an attempt failed.
pub(crate) fn failed(request: pb::FailJobRequest) -> Failed {
    if request.cancelled {
        return Failed::Cancelled;
    }
    let error = request.error.unwrap_or_default();
    let failure = Failure {
        reason: shortened(&error.reason, REASON_MAX),
        message: shortened(&error.message, MESSAGE_MAX),
    };
    if request.retryable {
        Failed::MayPass(failure)
    } else {
        Failed::ForGood(failure)
    }
}

/// Reads what a worker says it is doing.
pub(crate) fn stage(stage: &str) -> String {
    shortened(stage.trim(), STAGE_MAX)
}

/// A report is never refused for its length, nor for a NUL that PostgreSQL would refuse.
fn shortened(text: &str, max_chars: usize) -> String {
    let characters = text.chars().filter(|character| *character != '\0');
    characters.take(max_chars).collect()
}

fn status_code(status: Status) -> pb::JobStatus {
    match status {
        Status::Pending => pb::JobStatus::Pending,
        Status::Running => pb::JobStatus::Running,
        Status::Completed => pb::JobStatus::Completed,
        Status::Failed => pb::JobStatus::Failed,
        Status::Cancelled => pb::JobStatus::Cancelled,
    }
}

fn status_filter(code: i32) -> Result<Option<Status>, Fault> {
    let status = pb::JobStatus::try_from(code)
        .map_err(|_| Fault::invalid("status", "is not a status of jobs"))?;
    Ok(match status {
        pb::JobStatus::Unspecified => None,
        pb::JobStatus::Pending => Some(Status::Pending),
        pb::JobStatus::Running => Some(Status::Running),
        pb::JobStatus::Completed => Some(Status::Completed),
        pb::JobStatus::Failed => Some(Status::Failed),
        pb::JobStatus::Cancelled => Some(Status::Cancelled),
    })
}
