//! Runs the durable jobs of a module: leases them, keeps the lease alive, reports how they end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use faultmaven_proto::jobs::v1::Job;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::clock::{SharedClock, from_timestamp};
use crate::telemetry::request_span;
use crate::{Ctx, Fault, Ids, Module, Tasks};

mod lease;
mod run;

use lease::{Lease, Leases};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Does one kind of job.
///
/// `run` is dropped when the lease is lost, and a while after [`RunningJob::cancelled`] fires.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Does the work and returns its result.
    async fn run(&self, job: RunningJob) -> Result<Option<serde_json::Value>, JobFailure>;
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// Stable, snake_case.
    pub reason: String,
    /// One sentence for people.
    pub message: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
}

impl JobFailure {
    /// Returns a failure that every attempt would meet.
    pub fn permanent(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            message: message.into(),
            retryable: false,
        }
    }

    /// Returns a failure that may pass.
    pub fn transient(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::permanent(reason, message)
        }
    }
}

impl From<Fault> for JobFailure {
    fn from(fault: Fault) -> Self {
        use tonic::Code;

        let retryable = matches!(
            fault.code,
            Code::Unavailable
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::Internal
                | Code::ResourceExhausted
        );
        Self {
            reason: fault.reason.into_owned(),
            message: fault.message,
            retryable,
        }
    }
}

/// A job that was leased and is being done.
#[derive(Debug, Clone)]
pub struct RunningJob {
    /// The job's id.
    pub job_id: String,
    /// What is to be done.
    pub kind: String,
    /// The person the job belongs to.
    pub owner_id: String,
    /// The case the job belongs to; empty when none.
    pub case_id: String,
    /// What to do it with.
    pub input: serde_json::Value,
    /// Counts from 1.
    pub attempt: u32,
    /// The context for calls: the module's own.
    pub ctx: Ctx,
    progress: watch::Sender<Progress>,
    cancelled: CancellationToken,
}

#[derive(Debug, Clone, Default)]
struct Progress {
    percent: i32,
    stage: String,
}

impl RunningJob {
    /// Tells how far the work is, 0 to 99, and what is being done; it never goes back.
    pub fn progress(&self, percent: u8, stage: impl Into<String>) {
        let stage = stage.into();
        self.progress.send_modify(|progress| {
            progress.percent = progress.percent.max(i32::from(percent.min(99)));
            progress.stage = stage;
        });
    }

    /// Sends a heartbeat soon, so that a cancellation is noticed early.
    pub fn check_in(&self) {
        self.progress.send_modify(|_| {});
    }

    /// Returns the token that fires when the work should stop at its next checkpoint.
    pub fn cancelled(&self) -> CancellationToken {
        self.cancelled.clone()
    }
}

/// Leases and runs the jobs of one module.
pub struct Worker {
    leases: Leases,
    clock: SharedClock,
    kinds: Vec<Kind>,
}

struct Kind {
    name: &'static str,
    handler: Arc<dyn JobHandler>,
    concurrency: usize,
}

impl Worker {
    /// Returns a worker of `module` that can do nothing yet.
    pub fn new(jobs: Module, module: &'static str, ids: Ids, clock: SharedClock) -> Self {
        Self {
            leases: Leases::new(jobs, module, ids),
            clock,
            kinds: Vec::new(),
        }
    }

    /// Adds a kind of job, of which at most `concurrency` run at once.
    #[must_use]
    pub fn handle(
        mut self,
        kind: &'static str,
        handler: Arc<dyn JobHandler>,
        concurrency: usize,
    ) -> Self {
        self.kinds.push(Kind {
            name: kind,
            handler,
            concurrency: concurrency.max(1),
        });
        self
    }

    /// Starts to lease and run jobs until `tasks` shuts down.
    pub fn spawn(self, tasks: &Tasks) {
        for kind in self.kinds {
            let desk = Desk {
                leases: self.leases.clone(),
                clock: Arc::clone(&self.clock),
                tasks: tasks.clone(),
                free: Arc::new(Semaphore::new(kind.concurrency)),
                kind,
            };
            let name = format!("{} worker", desk.kind.name);
            tasks.spawn(name, desk.work());
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.name).collect();
        f.debug_struct("Worker")
            .field("kinds", &kinds)
            .finish_non_exhaustive()
    }
}

/// Where the jobs of one kind are taken up.
struct Desk {
    leases: Leases,
    clock: SharedClock,
    tasks: Tasks,
    free: Arc<Semaphore>,
    kind: Kind,
}

impl Desk {
    async fn work(self) {
        let shutdown = self.tasks.shutdown_token();
        shutdown.run_until_cancelled(self.take_up_jobs()).await;
    }

    async fn take_up_jobs(&self) {
        let mut pause = FIRST_PAUSE;
        // The semaphore is never closed, so this runs until it is dropped.
        while let Ok(place) = Arc::clone(&self.free).acquire_owned().await {
            match self.leases.wait_for(self.kind.name).await {
                Ok(Some((job, lease))) => {
                    pause = FIRST_PAUSE;
                    self.start(job, lease, place);
                }
                Ok(None) => pause = FIRST_PAUSE,
                Err(_) if self.tasks.shutdown_token().is_cancelled() => return,
                Err(fault) => {
                    tracing::warn!(kind = self.kind.name, error = %fault, "cannot lease jobs");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn start(&self, job: Job, lease: Lease, place: tokio::sync::OwnedSemaphorePermit) {
        self.record_wait(&job);
        let name = format!("{} {}", self.kind.name, job.job_id);
        let handler = Arc::clone(&self.kind.handler);
        let shutdown = self.tasks.shutdown_token();
        let ctx = &lease.ctx;
        let operation = format_args!("job {}", self.kind.name);
        let ids = Ids::random();
        let (span, _) = request_span(operation, &ctx.request_id, ctx.traceparent, &ids);
        let work = async move {
            run::run(job, lease, handler, shutdown).await;
            drop(place);
        };
        self.tasks.spawn(name, work.instrument(span));
    }

    fn record_wait(&self, job: &Job) {
        let created = job.create_time.as_ref().and_then(from_timestamp);
        let waited = created.and_then(|time| (self.clock.now() - time).to_std().ok());
        metrics::histogram!("faultmaven_job_wait_seconds", "kind" => self.kind.name)
            .record(waited.unwrap_or_default().as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
