//! The job that stands for a turn: it reports the turn's end, and repeats a turn that a crash cut.

use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use faultmaven_kit::{Code, Ctx, Fault, JobFailure, JobHandler, RunningJob};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::jobs::v1::CancelJobRequest;
use faultmaven_proto::jobs::v1::jobs_service_client::JobsServiceClient;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::callees::from_jobs;
use crate::deferred::{Input, Outcome, job_key, stored};
use crate::events::{EventReceiver, percent};
use crate::put_away::PutAway;
use crate::turn::Turns;

/// How often a job looks whether it was cancelled.
const CHECK_IN: Duration = Duration::from_secs(1);
/// How long a cancelled job may take to hear of it after its turn did.
const CANCEL_ARRIVES: Duration = Duration::from_secs(5);
/// How often a job looks for the end of a turn that another process runs.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often a job tries again at that pace while a module is not there, before it waits longer.
const TRIES: u32 = 10;

/// Follows turns to their end.
pub(crate) struct RunTurn(pub(crate) Turns);

#[async_trait]
impl JobHandler for RunTurn {
    async fn run(&self, job: RunningJob) -> Result<Option<Value>, JobFailure> {
        let input: Input = serde_json::from_value(job.input.clone())
            .map_err(|error| JobFailure::permanent("invalid_input", error.to_string()))?;
        let request = input.request()?;
        let ctx = job.ctx.clone().on_behalf_of(input.actor);
        let shutdown = self.0.tasks.shutdown_token();
        let outcome = tokio::select! {
            outcome = self.explained_end(&ctx, request, &input.put_away, &job) => outcome,
            never = check_in(&job) => match never {},
            () = shutdown.cancelled() => {
                return Err(JobFailure::transient("shutting_down", "the program stops"));
            }
        };
        outcome.map(|result| Some(stored(&result)))
    }
}

impl RunTurn {
    /// Returns how the turn ended; whoever cancelled it, its job then counts as cancelled too.
    async fn explained_end(
        &self,
        ctx: &Ctx,
        request: pb::SubmitTurnRequest,
        put_away: &PutAway,
        job: &RunningJob,
    ) -> Result<pb::TurnResult, JobFailure> {
        let outcome = self.end(ctx, request, put_away, job).await;
        if matches!(&outcome, Err(failure) if failure.reason == "turn_cancelled") {
            self.cancel_job(ctx, &job.job_id).await;
            let cancelled = job.cancelled();
            let _ = tokio::time::timeout(CANCEL_ARRIVES, cancelled.cancelled()).await;
        }
        outcome
    }

    async fn cancel_job(&self, ctx: &Ctx, job_id: &str) {
        let request = CancelJobRequest {
            job_id: job_id.to_owned(),
        };
        let mut client = JobsServiceClient::new(self.0.callees.jobs.clone());
        let answer = client.cancel_job(ctx.request(request)).await;
        if let Err(error) = from_jobs(answer) {
            tracing::warn!(job_id, %error, "the job {job_id} of a cancelled turn counts as failed");
        }
    }

    async fn end(
        &self,
        ctx: &Ctx,
        request: pb::SubmitTurnRequest,
        put_away: &PutAway,
        job: &RunningJob,
    ) -> Result<pb::TurnResult, JobFailure> {
        let key = job_key(ctx.actor()?, &request);
        if let Some(turn) = self.0.deferred.find(&key)
            && let Some(outcome) = turn.follow(|step| tell(job, step)).await
        {
            return outcome.map_err(final_failure);
        }
        let mut tries = 0;
        loop {
            let outcome = match self.0.whole(ctx, request.clone(), put_away).await {
                Ok(whole) => self.take(ctx.clone(), whole, job).await,
                Err(error) => Err(error.into()),
            };
            let may_wait = !job.cancelled().is_cancelled();
            match outcome {
                Err(fault) if fault.reason == "turn_in_progress" && may_wait => {}
                // After a crash the other modules may start later than this one.
                Err(fault) if fault.code == Code::Unavailable => {
                    tries += 1;
                    if tries == TRIES || !may_wait {
                        return Err(fault.into());
                    }
                }
                outcome => return outcome.map_err(final_failure),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn take(&self, ctx: Ctx, request: pb::SubmitTurnRequest, job: &RunningJob) -> Outcome {
        let (case_id, key) = (request.case_id.clone(), request.request_id.clone());
        let stop = job.cancelled();
        let events = self.0.submit(ctx.clone(), request).await?;
        tokio::select! {
            outcome = followed(events, job) => outcome,
            never = self.pass_on(&stop, &ctx, (&case_id, &key)) => match never {},
        }
    }

    /// Tells the turn that this job takes to stop when the job is; its end comes by itself.
    async fn pass_on(
        &self,
        stop: &CancellationToken,
        ctx: &Ctx,
        (case_id, key): (&str, &str),
    ) -> Infallible {
        stop.cancelled().await;
        while !self.0.tasks.shutdown_token().is_cancelled() {
            match self.0.stop(ctx, case_id, key).await {
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(case_id, %error, "a cancelled turn of {case_id} goes on for now");
                }
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        std::future::pending().await
    }
}

/// Returns how a turn ends that is told of in `events`.
async fn followed(mut events: EventReceiver, job: &RunningJob) -> Outcome {
    while let Some(message) = events.recv().await {
        let message = message.map_err(|status| Fault::from_status(&status))?;
        match message.event {
            Some(Event::Result(result)) => return Ok(*result),
            Some(Event::Step(step)) => tell(job, &step),
            _ => {}
        }
    }
    Err(Fault::unavailable(
        "turn_unavailable",
        "the turn ended without a result",
    ))
}

/// A turn that failed left nothing; whether to take it again is for its user to say.
fn final_failure(fault: Fault) -> JobFailure {
    JobFailure::permanent(fault.reason, fault.message)
}

fn tell(job: &RunningJob, step: &pb::TurnStep) {
    job.progress(percent(step), step.description.clone());
}

/// Looks again and again whether the job was cancelled; a person waits for that.
async fn check_in(job: &RunningJob) -> Infallible {
    loop {
        tokio::time::sleep(CHECK_IN).await;
        job.check_in();
    }
}
