//! The modules that this one calls, as small as its tests need them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use faultmaven_kit::{Caller, Ctx, Fault, Hosted, Module};
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::case_internal_service_server::{
    CaseInternalService, CaseInternalServiceServer,
};
use faultmaven_proto::jobs::v1 as jobs;
use faultmaven_proto::jobs::v1::jobs_internal_service_server::{
    JobsInternalService, JobsInternalServiceServer,
};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

/// Cases in memory.
#[derive(Clone, Default)]
pub(super) struct FakeCases(pub(super) Arc<Mutex<HashMap<String, FakeCase>>>);

#[derive(Default)]
pub(super) struct FakeCase {
    pub(super) owner_id: String,
    pub(super) is_terminal: bool,
    pub(super) current_turn: i32,
    pub(super) files: Vec<case::FileDigest>,
    pub(super) committed: HashSet<String>,
    pub(super) turn_running: bool,
    /// Set to let registrations be refused although files may be added.
    pub(super) refuses_files: bool,
    /// Set to let the next registrations fail.
    pub(super) is_down: bool,
}

impl FakeCases {
    pub(super) fn add(&self, case_id: &str, owner_id: &str) {
        let case = FakeCase {
            owner_id: owner_id.to_owned(),
            current_turn: 3,
            ..FakeCase::default()
        };
        self.0.lock().unwrap().insert(case_id.to_owned(), case);
    }

    pub(super) fn with<T>(&self, case_id: &str, change: impl FnOnce(&mut FakeCase) -> T) -> T {
        change(self.0.lock().unwrap().get_mut(case_id).unwrap())
    }

    pub(super) fn module(&self) -> Module {
        let service = CaseInternalServiceServer::new(self.clone());
        Hosted::new("case").internal(service).module()
    }

    fn visible<T>(
        &self,
        ctx: &Ctx,
        case_id: &str,
        look: impl FnOnce(&mut FakeCase) -> Result<T, Fault>,
    ) -> Result<Response<T>, Status> {
        let mut cases = self.0.lock().unwrap();
        let Some(case) = cases.get_mut(case_id) else {
            return Err(Fault::not_found("case").into());
        };
        if let Caller::User(actor) = &ctx.caller
            && actor.user_id != case.owner_id
        {
            return Err(Fault::not_found("case").into());
        }
        Ok(Response::new(look(case)?))
    }
}

fn unused<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not part of these tests"))
}

#[tonic::async_trait]
impl CaseInternalService for FakeCases {
    async fn check_access(
        &self,
        request: Request<case::CheckAccessRequest>,
    ) -> Result<Response<case::CheckAccessResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let adds_files = request.get_ref().access() == case::CaseAccess::AddFiles;
        self.visible(&ctx, &request.get_ref().case_id, |case| {
            if adds_files && case.is_terminal {
                return Err(Fault::precondition(
                    "case_is_terminal",
                    "the case is closed",
                ));
            }
            Ok(case::CheckAccessResponse {
                owner_id: case.owner_id.clone(),
                status: case::CaseStatus::Inquiry.into(),
                current_turn: case.current_turn,
            })
        })
    }

    async fn register_files(
        &self,
        request: Request<case::RegisterFilesRequest>,
    ) -> Result<Response<case::RegisterFilesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        self.visible(&ctx, &request.case_id, |case| {
            if case.is_down {
                return Err(Fault::unavailable("case_unavailable", "down"));
            }
            if case.refuses_files {
                return Err(Fault::precondition(
                    "case_is_terminal",
                    "the case is closed",
                ));
            }
            for file in request.files {
                if case.files.iter().all(|known| known.file_id != file.file_id) {
                    case.files.push(file);
                }
            }
            Ok(case::RegisterFilesResponse {})
        })
    }

    async fn remove_file(
        &self,
        request: Request<case::RemoveFileRequest>,
    ) -> Result<Response<case::RemoveFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        self.visible(&ctx, &request.case_id, |case| {
            if case.is_down {
                return Err(Fault::unavailable("case_unavailable", "down"));
            }
            if case.is_terminal {
                return Err(Fault::precondition(
                    "case_is_terminal",
                    "the case is closed",
                ));
            }
            case.files
                .retain(|file| !request.file_ids.contains(&file.file_id));
            Ok(case::RemoveFileResponse::default())
        })
    }

    async fn find_similar_cases(
        &self,
        _: Request<case::FindSimilarCasesRequest>,
    ) -> Result<Response<case::FindSimilarCasesResponse>, Status> {
        Err(Status::unimplemented("not used here"))
    }

    async fn list_purgeable(
        &self,
        _: Request<case::ListPurgeableRequest>,
    ) -> Result<Response<case::ListPurgeableResponse>, Status> {
        Err(Status::unimplemented("not used here"))
    }

    async fn purge_case(
        &self,
        _: Request<case::PurgeCaseRequest>,
    ) -> Result<Response<case::PurgeCaseResponse>, Status> {
        Err(Status::unimplemented("not used here"))
    }

    async fn filter_committed_evidence(
        &self,
        request: Request<case::FilterCommittedEvidenceRequest>,
    ) -> Result<Response<case::FilterCommittedEvidenceResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        self.visible(&ctx, &request.case_id, |case| {
            let mut evidence_ids = request.evidence_ids;
            evidence_ids.retain(|id| case.committed.contains(id));
            Ok(case::FilterCommittedEvidenceResponse {
                evidence_ids,
                turn_running: case.turn_running,
            })
        })
    }

    async fn begin_turn(
        &self,
        _: Request<case::BeginTurnRequest>,
    ) -> Result<Response<case::BeginTurnResponse>, Status> {
        unused()
    }

    async fn renew_turn(
        &self,
        _: Request<case::RenewTurnRequest>,
    ) -> Result<Response<case::RenewTurnResponse>, Status> {
        unused()
    }

    async fn cancel_turn(
        &self,
        _: Request<case::CancelTurnRequest>,
    ) -> Result<Response<case::CancelTurnResponse>, Status> {
        unused()
    }

    async fn abort_turn(
        &self,
        _: Request<case::AbortTurnRequest>,
    ) -> Result<Response<case::AbortTurnResponse>, Status> {
        unused()
    }

    async fn get_investigation(
        &self,
        _: Request<case::GetInvestigationRequest>,
    ) -> Result<Response<case::GetInvestigationResponse>, Status> {
        unused()
    }

    async fn preview_turn(
        &self,
        _: Request<case::PreviewTurnRequest>,
    ) -> Result<Response<case::PreviewTurnResponse>, Status> {
        unused()
    }

    async fn commit_turn(
        &self,
        _: Request<case::CommitTurnRequest>,
    ) -> Result<Response<case::CommitTurnResponse>, Status> {
        unused()
    }
}

/// Jobs in memory.
#[derive(Clone, Default)]
pub(super) struct FakeJobs {
    pub(super) jobs: Arc<Mutex<Vec<FakeJob>>>,
    /// Set to leave every job where it is.
    pub(super) is_paused: Arc<Mutex<bool>>,
    bell: Arc<Notify>,
}

pub(super) struct FakeJob {
    pub(super) job: jobs::Job,
    pub(super) key: String,
}

impl FakeJobs {
    pub(super) fn module(&self) -> Module {
        let service = JobsInternalServiceServer::new(self.clone());
        Hosted::new("jobs").internal(service).module()
    }

    pub(super) fn pause(&self) {
        *self.is_paused.lock().unwrap() = true;
    }

    pub(super) fn resume(&self) {
        *self.is_paused.lock().unwrap() = false;
        self.bell.notify_waiters();
    }

    /// Makes every job look as if it had never been stored.
    pub(super) fn forget(&self) {
        self.jobs.lock().unwrap().clear();
    }

    fn take(&self) -> Option<jobs::Job> {
        if *self.is_paused.lock().unwrap() {
            return None;
        }
        let mut jobs = self.jobs.lock().unwrap();
        let pending = |known: &&mut FakeJob| known.job.status() == jobs::JobStatus::Pending;
        let found = &mut jobs.iter_mut().find(pending)?.job;
        found.set_status(jobs::JobStatus::Running);
        found.attempt += 1;
        found.lease_epoch += 1;
        Some(found.clone())
    }

    fn set(&self, job_id: &str, status: jobs::JobStatus) -> jobs::Job {
        let mut jobs = self.jobs.lock().unwrap();
        let found = jobs
            .iter_mut()
            .find(|known| known.job.job_id == job_id)
            .unwrap();
        found.job.set_status(status);
        self.bell.notify_waiters();
        found.job.clone()
    }
}

#[tonic::async_trait]
impl JobsInternalService for FakeJobs {
    async fn enqueue_job(
        &self,
        request: Request<jobs::EnqueueJobRequest>,
    ) -> Result<Response<jobs::EnqueueJobResponse>, Status> {
        let request = request.into_inner();
        let mut known = self.jobs.lock().unwrap();
        let existing = known.iter().find(|known| {
            known.key == request.key
                && matches!(
                    known.job.status(),
                    jobs::JobStatus::Pending
                        | jobs::JobStatus::Running
                        | jobs::JobStatus::Completed
                )
        });
        if let Some(existing) = existing {
            let job = Some(existing.job.clone());
            return Ok(Response::new(jobs::EnqueueJobResponse {
                job,
                existing: true,
            }));
        }
        let job = jobs::Job {
            job_id: format!("job_{:016x}", known.len() + 1),
            kind: request.kind,
            module: request.module,
            owner_id: request.owner_id,
            case_id: request.case_id,
            status: jobs::JobStatus::Pending.into(),
            input_json: request.input_json,
            ..jobs::Job::default()
        };
        known.push(FakeJob {
            job: job.clone(),
            key: request.key,
        });
        self.bell.notify_waiters();
        Ok(Response::new(jobs::EnqueueJobResponse {
            job: Some(job),
            existing: false,
        }))
    }

    async fn find_job(
        &self,
        _: Request<jobs::FindJobRequest>,
    ) -> Result<Response<jobs::FindJobResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn lease_job(
        &self,
        _: Request<jobs::LeaseJobRequest>,
    ) -> Result<Response<jobs::LeaseJobResponse>, Status> {
        loop {
            let mut bell = std::pin::pin!(self.bell.notified());
            bell.as_mut().enable();
            if let Some(job) = self.take() {
                let lease = prost_types::Duration {
                    seconds: 60,
                    nanos: 0,
                };
                return Ok(Response::new(jobs::LeaseJobResponse {
                    job: Some(job),
                    lease: Some(lease),
                }));
            }
            if tokio::time::timeout(Duration::from_secs(20), bell)
                .await
                .is_err()
            {
                return Ok(Response::new(jobs::LeaseJobResponse::default()));
            }
        }
    }

    async fn heartbeat_job(
        &self,
        _: Request<jobs::HeartbeatJobRequest>,
    ) -> Result<Response<jobs::HeartbeatJobResponse>, Status> {
        Ok(Response::new(jobs::HeartbeatJobResponse::default()))
    }

    async fn complete_job(
        &self,
        request: Request<jobs::CompleteJobRequest>,
    ) -> Result<Response<jobs::CompleteJobResponse>, Status> {
        self.set(&request.get_ref().job_id, jobs::JobStatus::Completed);
        Ok(Response::new(jobs::CompleteJobResponse {}))
    }

    async fn fail_job(
        &self,
        request: Request<jobs::FailJobRequest>,
    ) -> Result<Response<jobs::FailJobResponse>, Status> {
        let status = if request.get_ref().retryable {
            jobs::JobStatus::Pending
        } else {
            jobs::JobStatus::Failed
        };
        let job = Some(self.set(&request.get_ref().job_id, status));
        Ok(Response::new(jobs::FailJobResponse { job }))
    }

    async fn release_job(
        &self,
        request: Request<jobs::ReleaseJobRequest>,
    ) -> Result<Response<jobs::ReleaseJobResponse>, Status> {
        self.set(&request.get_ref().job_id, jobs::JobStatus::Pending);
        Ok(Response::new(jobs::ReleaseJobResponse {}))
    }
}
