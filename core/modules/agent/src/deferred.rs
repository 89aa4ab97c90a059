//! Turns that outlast their caller's patience: they go on, and a job tells how they end.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use faultmaven_kit::{Actor, Ctx, Fault, Ids};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::jobs::v1::{EnqueueJobRequest, FindJobRequest, Job, JobStatus};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, watch};

use crate::callees::from_jobs;
use crate::error::TurnError;
use crate::events::Events;
use crate::intake;
use crate::put_away::PutAway;
use crate::turn::Turns;

/// The kind of job that stands for a turn.
pub(crate) const RUN_TURN: &str = "run_turn";
/// The name the jobs module knows this one by.
pub(crate) const MODULE: &str = "agent";

/// How long a caller waits for its job to be followed before it is told of it.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(1);
/// How often a turn looks whether its job was cancelled.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How a turn ended.
pub(crate) type Outcome = Result<pb::TurnResult, Fault>;

/// How long a caller waits, and the request that a job repeats if need be.
#[derive(Debug, Clone)]
pub(crate) struct Patience {
    wait: Duration,
    request: pb::SubmitTurnRequest,
    put_away: PutAway,
    /// Whether the caller gave no key, so that nobody but the job can repeat the request.
    pub(crate) has_generated_key: bool,
}

/// What a job is told: who takes the turn, the encoded request, and what it lacks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    pub(crate) actor: Actor,
    turn: String,
    #[serde(default)]
    pub(crate) put_away: PutAway,
}

impl Patience {
    /// Returns how long the caller waits; absent means to the end. The request gets a key either way.
    pub(crate) fn take(
        request: &mut pb::SubmitTurnRequest,
        ids: &Ids,
    ) -> Result<Option<Self>, Fault> {
        let Some(wait) = request.answer_within.take() else {
            return Ok(None);
        };
        let wait = Duration::try_from(wait)
            .map_err(|_| Fault::invalid("answer_within", "must not be negative"))?;
        let has_generated_key = request.request_id.is_empty();
        if has_generated_key {
            request.request_id = ids.hex16("turn");
        }
        Ok(Some(Self {
            wait,
            request: request.clone(),
            put_away: PutAway::default(),
            has_generated_key,
        }))
    }
}

impl Input {
    /// Returns the request to repeat.
    pub(crate) fn request(&self) -> Result<pb::SubmitTurnRequest, Fault> {
        let bytes = BASE64.decode(&self.turn).ok();
        let request = bytes.and_then(|bytes| pb::SubmitTurnRequest::decode(&*bytes).ok());
        request.ok_or_else(|| Fault::invalid("turn", "is no encoded request"))
    }
}

/// Returns the name under which the job of a turn is found again.
pub(crate) fn job_key(actor: &Actor, request: &pb::SubmitTurnRequest) -> String {
    let name = format!("{}\n{}", actor.user_id, request.request_id);
    hex::encode(Sha256::digest(name))
}

/// Returns the result of a job as it is stored.
pub(crate) fn stored(result: &pb::TurnResult) -> serde_json::Value {
    serde_json::json!({ "turn": BASE64.encode(result.encode_to_vec()) })
}

/// The turns of this process that became jobs, by key, until others follow their end.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeferredTurns(Arc<Mutex<HashMap<String, DeferredTurn>>>);

/// A turn that goes on after its caller was told of a job.
#[derive(Debug, Clone)]
pub(crate) struct DeferredTurn {
    steps: watch::Receiver<pb::TurnStep>,
    end: watch::Receiver<Option<Outcome>>,
    followed: Arc<Notify>,
}

impl DeferredTurns {
    fn begin(
        &self,
        key: String,
        steps: watch::Receiver<pb::TurnStep>,
    ) -> (watch::Sender<Option<Outcome>>, Arc<Notify>) {
        let (sender, end) = watch::channel(None);
        let followed = Arc::new(Notify::new());
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.end.has_changed().is_ok());
        let turn = DeferredTurn {
            steps,
            end,
            followed: Arc::clone(&followed),
        };
        turns.insert(key, turn);
        (sender, followed)
    }

    /// Returns a turn of this process; none when it runs elsewhere.
    pub(crate) fn find(&self, key: &str) -> Option<DeferredTurn> {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(key).cloned()
    }
}

impl DeferredTurn {
    /// Tells the steps of the turn and returns how it ended; none when nobody can know.
    pub(crate) async fn follow(mut self, tell: impl Fn(&pb::TurnStep)) -> Option<Outcome> {
        self.followed.notify_one();
        loop {
            tell(&self.steps.borrow_and_update());
            tokio::select! {
                ended = self.end.wait_for(Option::is_some) => return ended.ok()?.clone(),
                Ok(()) = self.steps.changed() => {}
            }
        }
    }
}

impl Turns {
    /// Carries a turn out; its caller is told of a job when that takes longer than it waits.
    pub(crate) async fn outlast(
        &self,
        ctx: &Ctx,
        mut patience: Patience,
        mut work: Pin<Box<impl Future<Output = Result<pb::TurnResult, TurnError>>>>,
        events: &Events,
    ) -> Result<pb::TurnResult, TurnError> {
        if !patience.wait.is_zero()
            && let Ok(outcome) = tokio::time::timeout(patience.wait, &mut work).await
        {
            return outcome;
        }
        let key = job_key(ctx.actor()?, &patience.request);
        let (end, followed) = self.deferred.begin(key, events.steps());
        // The turn goes on meanwhile, for it may hold what the job is stored with.
        let mut told = Box::pin(self.defer(ctx, &mut patience, &followed, events));
        let outcome = tokio::select! {
            outcome = &mut work => {
                told.await;
                outcome
            }
            () = &mut told => {
                drop(told);
                self.unless_cancelled(ctx, &patience.request, work).await
            }
        };
        let outcome = outcome.map_err(Fault::from);
        // Nobody may have leased the job yet; who does finds the end here.
        end.send_replace(Some(outcome.clone()));
        outcome.map_err(TurnError::from)
    }

    async fn defer(&self, ctx: &Ctx, patience: &mut Patience, followed: &Notify, events: &Events) {
        match self.enqueue(ctx, patience).await {
            Ok(job_id) => {
                // Cancelling a job that nobody has leased yet would not reach the turn at once.
                let _ = tokio::time::timeout(FOLLOWED_WITHIN, followed.notified()).await;
                events.deferred(job_id);
            }
            Err(error) => {
                let case_id = &patience.request.case_id;
                tracing::warn!(case_id, %error, "a long turn of {case_id} gets no job; its caller waits on");
                let put_away = std::mem::take(&mut patience.put_away);
                self.forget(ctx, put_away).await;
            }
        }
    }

    /// Does the work and stops the turn when its job is cancelled, whoever follows that.
    async fn unless_cancelled<T>(
        &self,
        ctx: &Ctx,
        request: &pb::SubmitTurnRequest,
        mut work: Pin<Box<impl Future<Output = T>>>,
    ) -> T {
        let mut had_job = false;
        loop {
            if let Ok(done) = tokio::time::timeout(LOOK_AGAIN, &mut work).await {
                return done;
            }
            let job = tokio::select! {
                done = &mut work => return done,
                job = self.find_job(ctx, request) => job,
            };
            match job {
                Ok(Some(job)) if !job.cancel_requested => had_job = true,
                Ok(None) if !had_job => return work.await,
                Ok(Some(_) | None) => {
                    let (case_id, key) = (&request.case_id, &request.request_id);
                    if let Err(error) = self.stop(ctx, case_id, key).await {
                        let case_id = &request.case_id;
                        tracing::warn!(case_id, %error, "a cancelled turn of {case_id} goes on for now");
                    }
                }
                Err(_) => {}
            }
        }
    }

    async fn enqueue(&self, ctx: &Ctx, patience: &mut Patience) -> Result<String, TurnError> {
        let Patience {
            request, put_away, ..
        } = &mut *patience;
        self.put_away(ctx, request, put_away).await?;
        let actor = ctx.actor()?.clone();
        let key = job_key(&actor, &patience.request);
        let owner_id = actor.user_id.clone();
        let turn = BASE64.encode(patience.request.encode_to_vec());
        let put_away = patience.put_away.clone();
        let input = serde_json::to_string(&Input {
            actor,
            turn,
            put_away,
        });
        let request = EnqueueJobRequest {
            kind: RUN_TURN.to_owned(),
            module: MODULE.to_owned(),
            owner_id,
            case_id: patience.request.case_id.clone(),
            input_json: input.map_err(|error| Fault::internal(&error))?,
            key,
        };
        let answer = self.callees.jobs().enqueue_job(ctx.request(request)).await;
        let job = from_jobs(answer)?.job;
        Ok(job.map(|job| job.job_id).unwrap_or_default())
    }

    /// Returns why a turn does not begin, unless it runs and a job tells its end: then says which.
    pub(crate) async fn refuse(
        &self,
        ctx: &Ctx,
        patience: Option<Patience>,
        error: TurnError,
        events: &Events,
    ) -> Result<(), TurnError> {
        let Some(patience) = patience.filter(|_| error.is_running()) else {
            return Err(error);
        };
        let Some(job_id) = self.job_of(ctx, &patience).await else {
            return Err(error);
        };
        intake::discard_files(&self.callees, ctx, &patience.request.file_ids).await;
        events.deferred(job_id);
        Ok(())
    }

    /// Returns the job of a turn that runs and outlasted an earlier caller.
    async fn job_of(&self, ctx: &Ctx, patience: &Patience) -> Option<String> {
        let job = self.find_job(ctx, &patience.request).await.ok()??;
        let is_open = matches!(job.status(), JobStatus::Pending | JobStatus::Running);
        is_open.then_some(job.job_id)
    }

    async fn find_job(
        &self,
        ctx: &Ctx,
        request: &pb::SubmitTurnRequest,
    ) -> Result<Option<Job>, TurnError> {
        let request = FindJobRequest {
            kind: RUN_TURN.to_owned(),
            key: job_key(ctx.actor()?, request),
        };
        let answer = self.callees.jobs().find_job(ctx.request(request)).await;
        Ok(from_jobs(answer)?.job)
    }
}
