use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use faultmaven_proto::jobs::v1::jobs_internal_service_server::{
    JobsInternalService, JobsInternalServiceServer,
};
use faultmaven_proto::jobs::v1::{
    CompleteJobRequest, CompleteJobResponse, EnqueueJobRequest, EnqueueJobResponse, FailJobRequest,
    FailJobResponse, HeartbeatJobRequest, HeartbeatJobResponse, LeaseJobRequest, LeaseJobResponse,
    ReleaseJobRequest, ReleaseJobResponse,
};
use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tonic::{Request, Response, Status};

use super::*;
use crate::{Hosted, SystemClock};

/// What the fake service was told.
#[derive(Debug, PartialEq)]
enum Call {
    Leased(String),
    Heartbeat(i32, String),
    Completed(String),
    Failed(String, bool, bool),
    Released(String),
}

struct FakeJobs {
    waiting: Mutex<VecDeque<Job>>,
    arrived: Notify,
    calls: mpsc::UnboundedSender<Call>,
    down: AtomicBool,
    cancel: AtomicBool,
    lost: AtomicBool,
}

impl FakeJobs {
    fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Call>) {
        let (calls, told) = mpsc::unbounded_channel();
        let fake = Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
            calls,
            down: AtomicBool::new(false),
            cancel: AtomicBool::new(false),
            lost: AtomicBool::new(false),
        };
        (Arc::new(fake), told)
    }

    fn enqueue(&self, job_id: &str, input: &str) {
        self.waiting.lock().unwrap().push_back(Job {
            job_id: job_id.into(),
            kind: "analyze_file".into(),
            owner_id: "user_1".into(),
            input_json: input.into(),
            attempt: 1,
            lease_epoch: 7,
            ..Job::default()
        });
        self.arrived.notify_waiters();
    }

    fn tell(&self, call: Call) {
        self.calls.send(call).unwrap();
    }
}

#[tonic::async_trait]
impl JobsInternalService for FakeJobs {
    async fn enqueue_job(
        &self,
        _: Request<EnqueueJobRequest>,
    ) -> Result<Response<EnqueueJobResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn find_job(
        &self,
        _: Request<faultmaven_proto::jobs::v1::FindJobRequest>,
    ) -> Result<Response<faultmaven_proto::jobs::v1::FindJobResponse>, Status> {
        Err(Status::unimplemented("not needed here"))
    }

    async fn lease_job(
        &self,
        request: Request<LeaseJobRequest>,
    ) -> Result<Response<LeaseJobResponse>, Status> {
        if self.down.swap(false, Ordering::Relaxed) {
            return Err(Status::unavailable("starting"));
        }
        assert_eq!(request.get_ref().module, "evidence");
        assert_eq!(request.get_ref().kinds, ["analyze_file"]);
        loop {
            let arrived = self.arrived.notified();
            let job = self.waiting.lock().unwrap().pop_front();
            if let Some(job) = job {
                self.tell(Call::Leased(job.job_id.clone()));
                return Ok(Response::new(LeaseJobResponse {
                    job: Some(job),
                    lease: prost_types::Duration::try_from(Duration::from_secs(60)).ok(),
                }));
            }
            arrived.await;
        }
    }

    async fn heartbeat_job(
        &self,
        request: Request<HeartbeatJobRequest>,
    ) -> Result<Response<HeartbeatJobResponse>, Status> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(Fault::precondition("lease_lost", "somebody else has it").into());
        }
        let message = request.into_inner();
        assert_eq!(message.lease_epoch, 7);
        self.tell(Call::Heartbeat(message.progress, message.stage));
        Ok(Response::new(HeartbeatJobResponse {
            cancel_requested: self.cancel.load(Ordering::Relaxed),
        }))
    }

    async fn complete_job(
        &self,
        request: Request<CompleteJobRequest>,
    ) -> Result<Response<CompleteJobResponse>, Status> {
        if self.down.swap(false, Ordering::Relaxed) {
            return Err(Status::unavailable("restarting"));
        }
        self.tell(Call::Completed(request.into_inner().result_json));
        Ok(Response::new(CompleteJobResponse {}))
    }

    async fn fail_job(
        &self,
        request: Request<FailJobRequest>,
    ) -> Result<Response<FailJobResponse>, Status> {
        let message = request.into_inner();
        let reason = message.error.unwrap().reason;
        self.tell(Call::Failed(reason, message.retryable, message.cancelled));
        Ok(Response::new(FailJobResponse { job: None }))
    }

    async fn release_job(
        &self,
        request: Request<ReleaseJobRequest>,
    ) -> Result<Response<ReleaseJobResponse>, Status> {
        self.tell(Call::Released(request.into_inner().job_id));
        Ok(Response::new(ReleaseJobResponse {}))
    }
}

/// Does what the input says.
struct Obedient {
    dropped: mpsc::UnboundedSender<()>,
}

struct TellWhenDropped(mpsc::UnboundedSender<()>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[async_trait]
impl JobHandler for Obedient {
    async fn run(&self, job: RunningJob) -> Result<Option<serde_json::Value>, JobFailure> {
        let _guard = TellWhenDropped(self.dropped.clone());
        match job.input["do"].as_str() {
            Some("fail") => Err(JobFailure::transient("flaky", "try again")),
            Some("panic") => panic!("as asked"),
            Some("wait") => std::future::pending().await,
            Some("progress") => {
                job.progress(40, "reading");
                job.progress(10, "reading more");
                std::future::pending().await
            }
            Some("listen") => {
                job.cancelled().cancelled().await;
                Err(JobFailure::permanent("stopped", "as asked"))
            }
            _ => Ok(Some(
                json!({ "owner": job.owner_id, "attempt": job.attempt }),
            )),
        }
    }
}

struct Stage {
    fake: Arc<FakeJobs>,
    told: mpsc::UnboundedReceiver<Call>,
    dropped: mpsc::UnboundedReceiver<()>,
    tasks: Tasks,
}

impl Stage {
    fn set(concurrency: usize) -> Self {
        let (fake, told) = FakeJobs::new();
        let (sender, dropped) = mpsc::unbounded_channel();
        let tasks = Tasks::new();
        let service = JobsInternalServiceServer::from_arc(Arc::clone(&fake));
        let module = Hosted::new("jobs").internal(service).module();
        let clock = SystemClock::shared();
        Worker::new(module, "evidence", Ids::sequential(), clock)
            .handle(
                "analyze_file",
                Arc::new(Obedient { dropped: sender }),
                concurrency,
            )
            .spawn(&tasks);
        Self {
            fake,
            told,
            dropped,
            tasks,
        }
    }

    async fn leased(&mut self, job_id: &str) {
        assert_eq!(self.next().await, Call::Leased(job_id.into()));
    }

    async fn next(&mut self) -> Call {
        self.told.recv().await.unwrap()
    }

    /// Returns the next call that is not a heartbeat.
    async fn end(&mut self) -> Call {
        loop {
            let call = self.next().await;
            if !matches!(call, Call::Heartbeat(..)) {
                return call;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_run_and_its_result_reported() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", "{}");
    stage.leased("job_1").await;
    let result = json!({ "owner": "user_1", "attempt": 1 });
    assert_eq!(stage.end().await, Call::Completed(result.to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_reported_with_its_reason() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", r#"{"do":"fail"}"#);
    stage.leased("job_1").await;
    assert_eq!(stage.end().await, Call::Failed("flaky".into(), true, false));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_and_the_worker_goes_on() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", r#"{"do":"panic"}"#);
    stage.fake.enqueue("job_2", "");
    stage.leased("job_1").await;
    assert_eq!(
        stage.end().await,
        Call::Failed("panic".into(), false, false)
    );
    stage.leased("job_2").await;
    assert!(matches!(stage.end().await, Call::Completed(_)));
}

#[tokio::test(start_paused = true)]
async fn unreadable_input_is_a_permanent_failure() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", "{");
    stage.leased("job_1").await;
    assert_eq!(
        stage.end().await,
        Call::Failed("invalid_input".into(), false, false)
    );
}

#[tokio::test(start_paused = true)]
async fn progress_travels_by_heartbeat_and_never_falls() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", r#"{"do":"progress"}"#);
    stage.leased("job_1").await;
    assert_eq!(
        stage.next().await,
        Call::Heartbeat(40, "reading more".into())
    );
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_long_job_alive() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", r#"{"do":"wait"}"#);
    stage.leased("job_1").await;
    for _ in 0..20 {
        assert_eq!(stage.next().await, Call::Heartbeat(0, String::new()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_requested_cancellation_reaches_the_handler() {
    let mut stage = Stage::set(1);
    stage.fake.cancel.store(true, Ordering::Relaxed);
    stage.fake.enqueue("job_1", r#"{"do":"listen"}"#);
    stage.leased("job_1").await;
    assert_eq!(
        stage.end().await,
        Call::Failed("cancelled".into(), false, true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_deaf_to_cancellation_is_dropped() {
    let mut stage = Stage::set(1);
    stage.fake.cancel.store(true, Ordering::Relaxed);
    stage.fake.enqueue("job_1", r#"{"do":"wait"}"#);
    stage.leased("job_1").await;
    assert_eq!(
        stage.end().await,
        Call::Failed("cancelled".into(), false, true)
    );
    stage.dropped.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_ends_the_handler_without_a_report() {
    let mut stage = Stage::set(1);
    stage.fake.lost.store(true, Ordering::Relaxed);
    stage.fake.enqueue("job_1", r#"{"do":"wait"}"#);
    stage.leased("job_1").await;
    stage.dropped.recv().await.unwrap();
    stage.fake.enqueue("job_2", "");
    stage.leased("job_2").await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_hands_a_running_job_back() {
    let mut stage = Stage::set(1);
    stage.fake.enqueue("job_1", r#"{"do":"wait"}"#);
    stage.leased("job_1").await;
    let late = stage.tasks.shutdown(Duration::from_secs(60)).await;
    assert!(late.is_empty(), "{late:?}");
    assert_eq!(stage.end().await, Call::Released("job_1".into()));
}

#[tokio::test(start_paused = true)]
async fn no_more_jobs_are_leased_than_may_run_at_once() {
    let mut stage = Stage::set(2);
    for job_id in ["job_1", "job_2", "job_3"] {
        stage.fake.enqueue(job_id, r#"{"do":"wait"}"#);
    }
    stage.leased("job_1").await;
    stage.leased("job_2").await;
    for _ in 0..10 {
        assert!(matches!(stage.next().await, Call::Heartbeat(..)));
    }
    stage.fake.lost.store(true, Ordering::Relaxed);
    assert_eq!(stage.end().await, Call::Leased("job_3".into()));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_asked_again() {
    let mut stage = Stage::set(1);
    stage.fake.down.store(true, Ordering::Relaxed);
    stage.fake.enqueue("job_1", "");
    stage.leased("job_1").await;
    stage.fake.down.store(true, Ordering::Relaxed);
    assert!(matches!(stage.end().await, Call::Completed(_)));
}
