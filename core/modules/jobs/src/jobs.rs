//! What callers may do with jobs.

use std::time::Duration;

use faultmaven_kit::{Actor, Fault, Ids, SharedClock};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::bell::Bells;
use crate::error::Error;
use crate::job::{Failed, Job, NewJob, Policy};
use crate::store::{Attempt, Listing, Store, Stored, Wanted};

/// How soon to look again when others were faster.
const OVERTAKEN_PAUSE: Duration = Duration::from_millis(20);
/// Identifiers and keys collide at most once in practice.
const INSERT_ATTEMPTS: u32 = 5;

/// The jobs of all modules.
pub(crate) struct Jobs {
    store: Store,
    clock: SharedClock,
    ids: Ids,
    policy: Policy,
    poll_interval: Duration,
    bells: Bells,
    shutdown: CancellationToken,
}

impl Jobs {
    pub(crate) fn new(
        store: Store,
        clock: SharedClock,
        ids: Ids,
        policy: Policy,
        poll_interval: Duration,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            store,
            clock,
            ids,
            policy,
            poll_interval,
            bells: Bells::default(),
            shutdown,
        }
    }

    /// Returns how long a lease lasts.
    pub(crate) fn lease_duration(&self) -> Duration {
        self.policy.lease
    }

    /// Returns a job that `actor` may see.
    pub(crate) async fn get(&self, actor: &Actor, job_id: &str) -> Result<Job, Error> {
        let job = self.store.get(job_id).await?;
        job.filter(|job| is_visible(job, actor))
            .ok_or(Error::JobNotFound)
    }

    /// Returns jobs, newest first.
    pub(crate) async fn list(&self, listing: Listing) -> Result<Vec<Job>, Error> {
        self.store.list(listing).await
    }

    /// Cancels a job, or asks the worker that has it to stop.
    pub(crate) async fn cancel(&self, actor: &Actor, job_id: String) -> Result<Job, Error> {
        let (actor, now) = (actor.clone(), self.clock.now());
        self.store
            .change(job_id, move |job| {
                if !is_visible(job, &actor) {
                    return Err(Error::JobNotFound);
                }
                actor.require_member("cancel jobs")?;
                Ok(job.cancel(now)?)
            })
            .await
    }

    /// Stores a job, or finds the one that holds its key; tells whether it was there.
    pub(crate) async fn enqueue(&self, new: NewJob) -> Result<(Job, bool), Error> {
        for _ in 0..INSERT_ATTEMPTS {
            let job = Job::pending(self.ids.hex16("job"), new.clone(), self.clock.now());
            match self.store.insert(job).await? {
                Stored::New(job) => {
                    self.bells.ring(&job.module);
                    return Ok((*job, false));
                }
                Stored::Existing(job) => return Ok((*job, true)),
                Stored::Again => {}
            }
        }
        Err(Fault::unavailable("jobs_unavailable", "the job's key changes hands, try again").into())
    }

    /// Returns the job that holds a key.
    pub(crate) async fn find(&self, kind: &str, key: &str) -> Result<Option<Job>, Error> {
        self.store.holder(kind, key).await
    }

    /// Leases a due job, waiting up to `wait` for one.
    pub(crate) async fn lease(&self, wanted: Wanted, wait: Duration) -> Result<Option<Job>, Error> {
        let patience_ends = Instant::now() + wait;
        let bell = self.bells.of(&wanted.module);
        loop {
            // Listening begins before looking, so that no ring in between is missed.
            let ring = bell.notified();
            let pause = match self.try_lease(&wanted).await? {
                Looked::Leased(job) => return Ok(Some(*job)),
                Looked::NothingFor(pause) => pause,
            };
            let look_again = pause.map_or(patience_ends, |pause| Instant::now() + pause);
            tokio::select! {
                () = ring => {}
                () = tokio::time::sleep_until(look_again.min(patience_ends)) => {
                    if Instant::now() >= patience_ends {
                        return Ok(None);
                    }
                }
                () = self.shutdown.cancelled() => return Err(Error::ShuttingDown),
            }
        }
    }

    async fn try_lease(&self, wanted: &Wanted) -> Result<Looked, Error> {
        loop {
            let now = self.clock.now();
            let until_due = match self.store.next_time(wanted).await? {
                Some(time) if time > now => (time - now).to_std().ok(),
                Some(_) => match self.store.lease(wanted, &self.policy, now).await? {
                    Attempt::Leased(job) => return Ok(Looked::Leased(job)),
                    Attempt::Ended => continue,
                    Attempt::Overtaken => Some(OVERTAKEN_PAUSE),
                },
                None => None,
            };
            return Ok(Looked::NothingFor(self.shortened(until_due)));
        }
    }

    /// Other processes cannot ring our bells, so on a shared database we look ourselves.
    fn shortened(&self, pause: Option<Duration>) -> Option<Duration> {
        if !self.store.is_shared() {
            return pause;
        }
        let poll = self.poll_interval;
        Some(pause.map_or(poll, |pause| pause.min(poll)))
    }

    /// Extends a lease; tells whether the job should stop.
    pub(crate) async fn heartbeat(
        &self,
        job_id: String,
        epoch: i64,
        progress: i32,
        stage: String,
    ) -> Result<bool, Error> {
        let (policy, now) = (self.policy.clone(), self.clock.now());
        let job = self
            .store
            .change(job_id, move |job| {
                Ok(job.heartbeat(epoch, progress, &stage, &policy, now)?)
            })
            .await?;
        Ok(job.cancel_requested)
    }

    /// Ends a leased job well.
    pub(crate) async fn complete(
        &self,
        job_id: String,
        epoch: i64,
        result: Option<String>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        self.store
            .change(job_id, move |job| {
                Ok(job.complete(epoch, result.clone(), now)?)
            })
            .await?;
        Ok(())
    }

    /// Ends a failed attempt.
    pub(crate) async fn fail(
        &self,
        job_id: String,
        epoch: i64,
        failed: Failed,
    ) -> Result<Job, Error> {
        let (policy, now) = (self.policy.clone(), self.clock.now());
        let job = self
            .store
            .change(job_id, move |job| {
                Ok(job.fail(epoch, failed.clone(), &policy, now)?)
            })
            .await?;
        self.bells.ring(&job.module);
        Ok(job)
    }

    /// Takes a leased job back.
    pub(crate) async fn release(&self, job_id: String, epoch: i64) -> Result<(), Error> {
        let now = self.clock.now();
        let job = self
            .store
            .change(job_id, move |job| Ok(job.release(epoch, now)?))
            .await?;
        self.bells.ring(&job.module);
        Ok(())
    }
}

/// What a look for due jobs brought.
enum Looked {
    Leased(Box<Job>),
    /// There may be one after this time; `None` when only a ring can tell.
    NothingFor(Option<Duration>),
}

fn is_visible(job: &Job, actor: &Actor) -> bool {
    actor.may_administer() || job.owner_id == actor.user_id
}
