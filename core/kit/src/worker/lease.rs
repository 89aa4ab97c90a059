//! The worker's side of the jobs service.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use faultmaven_proto::jobs::v1::jobs_internal_service_client::JobsInternalServiceClient;
use faultmaven_proto::jobs::v1::{
    CompleteJobRequest, FailJobRequest, HeartbeatJobRequest, Job, JobError, LeaseJobRequest,
    ReleaseJobRequest,
};
use tonic::Code;

use super::{JobFailure, Progress};
use crate::{Ctx, Fault, Ids, Module, TraceParent};

const WAIT: Duration = Duration::from_secs(20);
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);
const REPORT_ATTEMPTS: u32 = 4;
const REPORT_PAUSE: Duration = Duration::from_millis(250);
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// Asks for jobs in the name of one worker.
#[derive(Clone)]
pub(super) struct Leases {
    jobs: Module,
    module: &'static str,
    ids: Ids,
    worker: Arc<str>,
}

impl Leases {
    pub(super) fn new(jobs: Module, module: &'static str, ids: Ids) -> Self {
        let worker = ids.hex12("worker").into();
        Self {
            jobs,
            module,
            ids,
            worker,
        }
    }

    /// Waits for a job of `kind`; returns `None` when none came up.
    pub(super) async fn wait_for(&self, kind: &str) -> Result<Option<(Job, Lease)>, Fault> {
        let mut ctx = Ctx::system(self.module, self.ids.hex16("req"));
        ctx.traceparent = Some(TraceParent::random(&self.ids));
        let request = ctx
            .clone()
            .with_timeout(WAIT_TIMEOUT)
            .request(LeaseJobRequest {
                module: self.module.to_owned(),
                kinds: vec![kind.to_owned()],
                worker: self.worker.to_string(),
                wait: prost_types::Duration::try_from(WAIT).ok(),
            });
        let response = JobsInternalServiceClient::new(self.jobs.clone())
            .lease_job(request)
            .await
            .map_err(|status| Fault::from_callee("jobs", status))?
            .into_inner();
        let Some(job) = response.job else {
            return Ok(None);
        };
        let duration = response
            .lease
            .and_then(|lease| Duration::try_from(lease).ok());
        let lease = Lease {
            jobs: self.jobs.clone(),
            ctx,
            job_id: job.job_id.clone(),
            epoch: job.lease_epoch,
            duration: duration.unwrap_or(DEFAULT_LEASE),
        };
        Ok(Some((job, lease)))
    }
}

/// The right to work on one job.
pub(super) struct Lease {
    jobs: Module,
    pub(super) ctx: Ctx,
    job_id: String,
    epoch: i64,
    pub(super) duration: Duration,
}

/// How a heartbeat was answered.
pub(super) enum Heartbeat {
    Alive { cancel_requested: bool },
    Lost,
    Unanswered,
}

impl Lease {
    /// Tells that the work goes on, and learns whether it still should.
    pub(super) async fn heartbeat(&self, progress: &Progress) -> Heartbeat {
        let request = self.request(HeartbeatJobRequest {
            job_id: self.job_id.clone(),
            lease_epoch: self.epoch,
            progress: progress.percent,
            stage: progress.stage.clone(),
        });
        match self.client().heartbeat_job(request).await {
            Ok(response) => Heartbeat::Alive {
                cancel_requested: response.get_ref().cancel_requested,
            },
            Err(status) if may_pass(status.code()) => {
                tracing::warn!(job_id = %self.job_id, error = %status, "heartbeat failed");
                Heartbeat::Unanswered
            }
            Err(status) => {
                tracing::warn!(job_id = %self.job_id, error = %status, "lease lost");
                Heartbeat::Lost
            }
        }
    }

    /// Reports the result of the work.
    pub(super) async fn complete(&self, result: Option<serde_json::Value>) {
        let message = CompleteJobRequest {
            job_id: self.job_id.clone(),
            lease_epoch: self.epoch,
            result_json: result.map_or_else(String::new, |value| value.to_string()),
        };
        self.report("complete", async || {
            let request = self.request(message.clone());
            self.client().complete_job(request).await.map(drop)
        })
        .await;
    }

    /// Reports why the work failed.
    pub(super) async fn fail(&self, failure: JobFailure, cancelled: bool) {
        let message = FailJobRequest {
            job_id: self.job_id.clone(),
            lease_epoch: self.epoch,
            retryable: failure.retryable,
            error: Some(JobError {
                reason: failure.reason,
                message: failure.message,
            }),
            cancelled,
        };
        self.report("fail", async || {
            let request = self.request(message.clone());
            self.client().fail_job(request).await.map(drop)
        })
        .await;
    }

    /// Gives the job back, so that another process takes it up at once.
    pub(super) async fn release(&self) {
        let message = ReleaseJobRequest {
            job_id: self.job_id.clone(),
            lease_epoch: self.epoch,
        };
        self.report("release", async || {
            let request = self.request(message.clone());
            self.client().release_job(request).await.map(drop)
        })
        .await;
    }

    /// Reports until the jobs service has heard it; else the lease runs out and the job runs again.
    async fn report<F>(&self, what: &'static str, send: impl Fn() -> F)
    where
        F: Future<Output = Result<(), tonic::Status>>,
    {
        let mut pause = REPORT_PAUSE;
        for attempt in 1..=REPORT_ATTEMPTS {
            let Err(status) = send().await else {
                return;
            };
            if !may_pass(status.code()) || attempt == REPORT_ATTEMPTS {
                tracing::warn!(job_id = %self.job_id, error = %status, "cannot {what} job");
                return;
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
        }
    }

    fn client(&self) -> JobsInternalServiceClient<Module> {
        JobsInternalServiceClient::new(self.jobs.clone())
    }

    fn request<T>(&self, message: T) -> tonic::Request<T> {
        self.ctx
            .clone()
            .with_timeout(REPORT_TIMEOUT)
            .request(message)
    }
}

fn may_pass(code: Code) -> bool {
    !matches!(
        code,
        Code::NotFound | Code::FailedPrecondition | Code::Aborted | Code::InvalidArgument
    )
}
