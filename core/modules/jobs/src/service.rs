//! The module's two services: one for owners of jobs, one for modules.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::{Audit, Ctx};
use faultmaven_proto::jobs::v1 as pb;
use faultmaven_proto::jobs::v1::jobs_internal_service_server::JobsInternalService;
use faultmaven_proto::jobs::v1::jobs_service_server::JobsService;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::jobs::Jobs;

/// A waiting worker is answered this long before it stops listening, so that no lease gets lost.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// Serves [`Jobs`].
#[derive(Clone)]
pub(crate) struct Service(Arc<Jobs>, Audit);

impl Service {
    pub(crate) fn new(jobs: Jobs, audit: Audit) -> Self {
        Self(Arc::new(jobs), audit)
    }
}

#[tonic::async_trait]
impl JobsService for Service {
    async fn get_job(
        &self,
        request: Request<pb::GetJobRequest>,
    ) -> Result<Response<pb::GetJobResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let actor = ctx.actor()?.require_scope("cases:read")?;
        let job_id = convert::job_id(request.into_inner().job_id)?;
        let job = self.0.get(actor, &job_id).await?;
        let job = Some(convert::seen_by(actor, job));
        Ok(Response::new(pb::GetJobResponse { job }))
    }

    async fn list_jobs(
        &self,
        request: Request<pb::ListJobsRequest>,
    ) -> Result<Response<pb::ListJobsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let actor = ctx.actor()?.require_scope("cases:read")?;
        let mut listing = convert::listing(actor, request.get_ref())?;
        let limit = listing.limit;
        listing.limit += 1;
        let jobs = self.0.list(listing).await?;
        Ok(Response::new(convert::page(jobs, limit)?))
    }

    async fn cancel_job(
        &self,
        request: Request<pb::CancelJobRequest>,
    ) -> Result<Response<pb::CancelJobResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let actor = ctx.actor()?.require_scope("cases:write")?;
        let job_id = convert::job_id(request.into_inner().job_id)?;
        let job = self.0.cancel(actor, job_id).await?;
        let details = serde_json::json!({ "kind": job.kind, "case_id": job.case_id });
        self.1.done(&ctx, "job.cancel", &job.job_id, &details);
        let job = Some(convert::seen_by(actor, job));
        Ok(Response::new(pb::CancelJobResponse { job }))
    }
}

#[tonic::async_trait]
impl JobsInternalService for Service {
    async fn enqueue_job(
        &self,
        request: Request<pb::EnqueueJobRequest>,
    ) -> Result<Response<pb::EnqueueJobResponse>, Status> {
        let new = convert::new_job(request.into_inner())?;
        let (job, existing) = self.0.enqueue(new).await?;
        let job = Some(convert::whole(job));
        Ok(Response::new(pb::EnqueueJobResponse { job, existing }))
    }

    async fn find_job(
        &self,
        request: Request<pb::FindJobRequest>,
    ) -> Result<Response<pb::FindJobResponse>, Status> {
        let request = request.into_inner();
        let job = self.0.find(&request.kind, &request.key).await?;
        let job = job.map(convert::whole);
        Ok(Response::new(pb::FindJobResponse { job }))
    }

    async fn lease_job(
        &self,
        request: Request<pb::LeaseJobRequest>,
    ) -> Result<Response<pb::LeaseJobResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let wanted = convert::wanted(request.get_ref())?;
        let wait = convert::wait(request.get_ref()).min(time_to_answer(&ctx));
        let job = self.0.lease(wanted, wait).await?;
        let lease = prost_types::Duration::try_from(self.0.lease_duration()).ok();
        let job = job.map(convert::whole);
        Ok(Response::new(pb::LeaseJobResponse { job, lease }))
    }

    async fn heartbeat_job(
        &self,
        request: Request<pb::HeartbeatJobRequest>,
    ) -> Result<Response<pb::HeartbeatJobResponse>, Status> {
        let report = request.into_inner();
        let job_id = convert::job_id(report.job_id)?;
        let stage = convert::stage(&report.stage);
        let cancel_requested = self
            .0
            .heartbeat(job_id, report.lease_epoch, report.progress, stage)
            .await?;
        Ok(Response::new(pb::HeartbeatJobResponse { cancel_requested }))
    }

    async fn complete_job(
        &self,
        request: Request<pb::CompleteJobRequest>,
    ) -> Result<Response<pb::CompleteJobResponse>, Status> {
        let report = request.into_inner();
        let job_id = convert::job_id(report.job_id)?;
        let result = convert::result(report.result_json)?;
        self.0.complete(job_id, report.lease_epoch, result).await?;
        Ok(Response::new(pb::CompleteJobResponse {}))
    }

    async fn fail_job(
        &self,
        request: Request<pb::FailJobRequest>,
    ) -> Result<Response<pb::FailJobResponse>, Status> {
        let report = request.into_inner();
        let job_id = convert::job_id(report.job_id.clone())?;
        let epoch = report.lease_epoch;
        let job = self.0.fail(job_id, epoch, convert::failed(report)).await?;
        let job = Some(convert::whole(job));
        Ok(Response::new(pb::FailJobResponse { job }))
    }

    async fn release_job(
        &self,
        request: Request<pb::ReleaseJobRequest>,
    ) -> Result<Response<pb::ReleaseJobResponse>, Status> {
        let report = request.into_inner();
        let job_id = convert::job_id(report.job_id)?;
        self.0.release(job_id, report.lease_epoch).await?;
        Ok(Response::new(pb::ReleaseJobResponse {}))
    }
}

fn time_to_answer(ctx: &Ctx) -> Duration {
    let Some(deadline) = ctx.deadline else {
        return Duration::MAX;
    };
    let remaining = deadline.saturating_duration_since(Instant::now());
    remaining.saturating_sub(ANSWER_TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_worker_is_answered_before_it_stops_listening() {
        let ctx = Ctx::system("evidence", "req_1");
        assert_eq!(time_to_answer(&ctx), Duration::MAX);
        let patient = ctx.clone().with_timeout(Duration::from_secs(10));
        assert!(time_to_answer(&patient) <= Duration::from_secs(9));
        let hasty = ctx.with_timeout(Duration::from_millis(500));
        assert_eq!(time_to_answer(&hasty), Duration::ZERO);
    }
}
