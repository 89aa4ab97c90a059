//! The job that stands for a turn: it reports the turn's end, and repeats a turn that a crash cut.

use std::time::Duration;

use async_trait::async_trait;
use faultmaven_kit::{Code, Ctx, Fault, JobFailure, JobHandler, RunningJob};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::deferred::{Input, Outcome, job_key, stored};
use crate::events::percent;
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
        let outcome = tokio::select! {
            outcome = self.explained_end(&ctx, request, &input.put_away, &job) => outcome,
            never = check_in(&job) => match never {},
            () = self.stopped(job.cancelled(), &job.case_id) => {
                return Err(JobFailure::transient("cancelled", "the turn was cancelled"));
            }
        };
        outcome.map(|result| Some(stored(&result)))
    }
}

impl RunTurn {
    /// Returns how the turn ended, once the job knows too when it was cancelled.
    async fn explained_end(
        &self,
        ctx: &Ctx,
        request: pb::SubmitTurnRequest,
        put_away: &PutAway,
        job: &RunningJob,
    ) -> Result<pb::TurnResult, JobFailure> {
        let outcome = self.end(ctx, request, put_away, job).await;
        if matches!(&outcome, Err(failure) if failure.reason == "turn_cancelled") {
            let cancelled = job.cancelled();
            let _ = tokio::time::timeout(CANCEL_ARRIVES, cancelled.cancelled()).await;
        }
        outcome
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
        let mut events = self.0.submit(ctx, request).await?;
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

    /// Returns once the work is to stop and the turn was told so.
    async fn stopped(&self, stop: CancellationToken, case_id: &str) {
        stop.cancelled().await;
        let shuts_down = self.0.tasks.shutdown_token().is_cancelled();
        if !shuts_down && !self.0.running.cancel(case_id) {
            // It is being committed, or runs elsewhere: its end is reported when it comes.
            std::future::pending::<()>().await;
        }
    }
}

/// A turn that failed left nothing; whether to take it again is for its user to say.
fn final_failure(fault: Fault) -> JobFailure {
    JobFailure::permanent(fault.reason, fault.message)
}

fn tell(job: &RunningJob, step: &pb::TurnStep) {
    job.progress(percent(step), step.description.clone());
}

/// Looks again and again whether the job was cancelled; a person waits for that.
async fn check_in(job: &RunningJob) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(CHECK_IN).await;
        job.check_in();
    }
}
