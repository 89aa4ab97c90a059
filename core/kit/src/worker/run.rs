//! One job from its lease to its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use faultmaven_proto::jobs::v1::Job;
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::lease::{Heartbeat, Lease};
use super::{JobFailure, JobHandler, Progress, RunningJob};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// The least time between two heartbeats that report progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);
/// How long a handler may take to reach its next checkpoint.
const CANCEL_GRACE: Duration = Duration::from_secs(30);
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

type JobResult = Result<Option<serde_json::Value>, JobFailure>;

enum End {
    Returned(JobResult),
    /// The handler was asked to stop and did not return in time.
    Stopped,
    LeaseLost,
}

/// Runs `job` and reports its end.
pub(super) async fn run(
    job: Job,
    lease: Lease,
    handler: Arc<dyn JobHandler>,
    shutdown: CancellationToken,
) {
    let span = tracing::info_span!("job", job_id = %job.job_id, kind = %job.kind);
    async move {
        let asked = Asked::default();
        let end = attempt(job, &lease, &*handler, &shutdown, &asked).await;
        let outcome = report(end, lease, &shutdown, &asked).await;
        metrics::counter!("faultmaven_jobs_total", "outcome" => outcome).increment(1);
    }
    .instrument(span)
    .await;
}

/// Why the handler was asked to stop, if it was.
#[derive(Default)]
struct Asked {
    cancel_requested: CancellationToken,
    stop: CancellationToken,
}

async fn attempt(
    job: Job,
    lease: &Lease,
    handler: &dyn JobHandler,
    shutdown: &CancellationToken,
    asked: &Asked,
) -> End {
    let (progress, reported) = watch::channel(Progress::default());
    let running = match running_job(job, lease, progress, asked.stop.clone()) {
        Ok(running) => running,
        Err(failure) => return End::Returned(Err(failure)),
    };
    // What a panic may have broken belongs to this attempt alone.
    let work = AssertUnwindSafe(handler.run(running)).catch_unwind();
    tokio::select! {
        biased;
        result = work => End::Returned(result.unwrap_or_else(|_| Err(panicked()))),
        () = keep_alive(lease, reported, asked) => {
            asked.stop.cancel();
            End::LeaseLost
        }
        () = out_of_patience(shutdown, asked) => End::Stopped,
    }
}

fn running_job(
    job: Job,
    lease: &Lease,
    progress: watch::Sender<Progress>,
    cancelled: CancellationToken,
) -> Result<RunningJob, JobFailure> {
    let input = match job.input_json.as_str() {
        "" => serde_json::Value::Null,
        json => serde_json::from_str(json)
            .map_err(|error| JobFailure::permanent("invalid_input", error.to_string()))?,
    };
    Ok(RunningJob {
        job_id: job.job_id,
        kind: job.kind,
        owner_id: job.owner_id,
        case_id: job.case_id,
        input,
        attempt: u32::try_from(job.attempt).unwrap_or(1),
        ctx: lease.ctx.clone(),
        progress,
        cancelled,
    })
}

/// Sends heartbeats; returns when the lease is lost.
async fn keep_alive(lease: &Lease, mut reported: watch::Receiver<Progress>, asked: &Asked) {
    let interval = HEARTBEAT.min(lease.duration / 3);
    let mut alive_until = Instant::now() + lease.duration;
    let mut sender_lives = true;
    loop {
        if sender_lives {
            let news = tokio::time::timeout(interval, reported.changed()).await;
            sender_lives = !matches!(news, Ok(Err(_)));
        } else {
            tokio::time::sleep(interval).await;
        }
        let progress = reported.borrow_and_update().clone();
        let sent = Instant::now();
        match lease.heartbeat(&progress).await {
            Heartbeat::Alive { cancel_requested } => {
                alive_until = sent + lease.duration;
                if cancel_requested {
                    asked.cancel_requested.cancel();
                }
            }
            Heartbeat::Lost => return,
            Heartbeat::Unanswered if Instant::now() >= alive_until => return,
            Heartbeat::Unanswered => {}
        }
        tokio::time::sleep(PROGRESS_INTERVAL.min(interval)).await;
    }
}

/// Asks the handler to stop when there is a reason, and returns when it had its time.
async fn out_of_patience(shutdown: &CancellationToken, asked: &Asked) {
    tokio::select! {
        () = shutdown.cancelled() => {
            asked.stop.cancel();
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        }
        () = asked.cancel_requested.cancelled() => {
            asked.stop.cancel();
            tokio::select! {
                () = tokio::time::sleep(CANCEL_GRACE) => {}
                () = after(shutdown, SHUTDOWN_GRACE) => {}
            }
        }
    }
}

async fn after(token: &CancellationToken, grace: Duration) {
    token.cancelled().await;
    tokio::time::sleep(grace).await;
}

async fn report(
    end: End,
    lease: Lease,
    shutdown: &CancellationToken,
    asked: &Asked,
) -> &'static str {
    let cancel_requested = asked.cancel_requested.is_cancelled();
    match end {
        End::LeaseLost => "lease_lost",
        End::Returned(Ok(result)) => {
            lease.complete(result).await;
            "completed"
        }
        End::Returned(Err(_)) | End::Stopped if cancel_requested => {
            lease.fail(cancelled(), true).await;
            "cancelled"
        }
        End::Returned(Err(_)) | End::Stopped if shutdown.is_cancelled() => {
            lease.release().await;
            "released"
        }
        End::Returned(Err(failure)) => {
            tracing::warn!(reason = %failure.reason, message = %failure.message, "job failed");
            lease.fail(failure, false).await;
            "failed"
        }
        End::Stopped => {
            lease.release().await;
            "released"
        }
    }
}

fn panicked() -> JobFailure {
    tracing::error!("job handler panicked");
    JobFailure::permanent("panic", "the job ended unexpectedly")
}

fn cancelled() -> JobFailure {
    JobFailure::permanent("cancelled", "the job was cancelled")
}
