//! The module through its generated clients.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use faultmaven_kit::{Actor, Audit, Ctx, Db, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks};
use faultmaven_proto::jobs::v1 as pb;
use faultmaven_proto::jobs::v1::jobs_internal_service_client::JobsInternalServiceClient;
use faultmaven_proto::jobs::v1::jobs_service_client::JobsServiceClient;
use faultmaven_testing::{actor, database};
use tempfile::TempDir;

use crate::{Config, Deps, build};

mod lease;
mod owner;
mod sweep;

/// A module on a fresh database, with a clock that stands still.
struct World {
    clock: Arc<ManualClock>,
    tasks: Tasks,
    db: Db,
    module: Module,
    _dir: TempDir,
}

impl World {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let clock = ManualClock::starting_at(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let tasks = Tasks::new();
        let hosted = host(&db, &clock, &tasks).await;
        hosted.ready().await.unwrap();
        Self {
            clock,
            tasks,
            db,
            module: hosted.module(),
            _dir: dir,
        }
    }

    /// Returns another process on the same database.
    async fn another_process(&self) -> Module {
        host(&self.db, &self.clock, &self.tasks).await.module()
    }

    fn internal(&self) -> JobsInternalServiceClient<Module> {
        JobsInternalServiceClient::new(self.module.clone())
    }

    fn public(&self) -> JobsServiceClient<Module> {
        JobsServiceClient::new(self.module.clone())
    }

    async fn enqueue(&self, request: pb::EnqueueJobRequest) -> pb::EnqueueJobResponse {
        let request = system().request(request);
        let response = self.internal().enqueue_job(request).await;
        response.unwrap().into_inner()
    }

    /// Stores a job of user_1 and returns its id.
    async fn store_job(&self) -> String {
        self.enqueue(analyze_file()).await.job.unwrap().job_id
    }

    /// Leases without waiting.
    async fn lease(&self) -> Option<pb::Job> {
        let request = system().request(wanted(Duration::ZERO));
        let response = self.internal().lease_job(request).await;
        response.unwrap().into_inner().job
    }

    async fn fail(&self, job: &pb::Job, retryable: bool) -> Result<pb::Job, Fault> {
        let request = system().request(pb::FailJobRequest {
            job_id: job.job_id.clone(),
            lease_epoch: job.lease_epoch,
            error: Some(pb::JobError {
                reason: "storage_unavailable".to_owned(),
                message: "the disk is full".to_owned(),
            }),
            retryable,
            cancelled: false,
        });
        let response = self.internal().fail_job(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().job.unwrap())
    }

    async fn complete(&self, job: &pb::Job, result_json: &str) -> Result<(), Fault> {
        let request = system().request(pb::CompleteJobRequest {
            job_id: job.job_id.clone(),
            lease_epoch: job.lease_epoch,
            result_json: result_json.to_owned(),
        });
        let response = self.internal().complete_job(request).await;
        response.map_err(|status| Fault::from_status(&status))?;
        Ok(())
    }

    async fn heartbeat(&self, job: &pb::Job, progress: i32) -> Result<bool, Fault> {
        let request = system().request(pb::HeartbeatJobRequest {
            job_id: job.job_id.clone(),
            lease_epoch: job.lease_epoch,
            progress,
            stage: "reading".to_owned(),
        });
        let response = self.internal().heartbeat_job(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().cancel_requested)
    }

    async fn get(&self, actor: Actor, job_id: &str) -> Result<pb::Job, Fault> {
        let request = user(actor).request(pb::GetJobRequest {
            job_id: job_id.to_owned(),
        });
        let response = self.public().get_job(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().job.unwrap())
    }

    async fn cancel(&self, actor: Actor, job_id: &str) -> Result<pb::Job, Fault> {
        let request = user(actor).request(pb::CancelJobRequest {
            job_id: job_id.to_owned(),
        });
        let response = self.public().cancel_job(request).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner().job.unwrap())
    }

    async fn list(
        &self,
        actor: Actor,
        request: pb::ListJobsRequest,
    ) -> Result<pb::ListJobsResponse, Fault> {
        let response = self.public().list_jobs(user(actor).request(request)).await;
        let response = response.map_err(|status| Fault::from_status(&status))?;
        Ok(response.into_inner())
    }
}

async fn host(db: &Db, clock: &Arc<ManualClock>, tasks: &Tasks) -> Hosted {
    let deps = Deps {
        db: db.clone(),
        clock: clock.clone(),
        ids: Ids::random(),
        tasks: tasks.clone(),
        audit: Audit::start(tasks, Hosted::new("auth").module()),
    };
    build(Config::default(), deps).await.unwrap()
}

fn system() -> Ctx {
    Ctx::system("evidence", "req_1")
}

fn user(actor: Actor) -> Ctx {
    Ctx::anonymous("req_1").on_behalf_of(actor)
}

fn owner() -> Actor {
    actor("user_1", Role::Member)
}

fn analyze_file() -> pb::EnqueueJobRequest {
    pb::EnqueueJobRequest {
        kind: "analyze_file".to_owned(),
        module: "evidence".to_owned(),
        owner_id: "user_1".to_owned(),
        case_id: "case_1".to_owned(),
        input_json: r#"{"file_id":"file_1"}"#.to_owned(),
        key: String::new(),
    }
}

fn with_key(key: &str) -> pb::EnqueueJobRequest {
    pb::EnqueueJobRequest {
        key: key.to_owned(),
        ..analyze_file()
    }
}

fn wanted(wait: Duration) -> pb::LeaseJobRequest {
    pb::LeaseJobRequest {
        module: "evidence".to_owned(),
        kinds: vec!["analyze_file".to_owned(), "unpack_archive".to_owned()],
        worker: "worker_1".to_owned(),
        wait: prost_types::Duration::try_from(wait).ok(),
    }
}

fn seven_days() -> Duration {
    TimeDelta::days(7).to_std().unwrap()
}
