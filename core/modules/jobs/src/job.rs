//! The rules of one job: how it is leased, reported on and ended.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Progress that only a completed job reaches.
const COMPLETE: i32 = 100;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    pub(crate) const ALL: [Self; 5] = [
        Self::Pending,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Returns the name that is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// How long leases last and how often a job is tried.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) lease: Duration,
    pub(crate) attempts: i32,
    pub(crate) backoff: Vec<Duration>,
}

impl Policy {
    fn pause_after(&self, attempt: i32) -> Duration {
        let index = usize::try_from(attempt - 1).unwrap_or(0);
        let pause = self.backoff.get(index).or_else(|| self.backoff.last());
        pause.copied().unwrap_or_default()
    }
}

/// A piece of work and its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) job_id: String,
    pub(crate) kind: String,
    pub(crate) module: String,
    /// Empty for work nobody asked for.
    pub(crate) owner_id: String,
    pub(crate) case_id: Option<String>,
    /// What keeps another job of the kind from being stored; given up when this one fails.
    pub(crate) key: Option<String>,
    pub(crate) status: Status,
    pub(crate) progress: i32,
    pub(crate) stage: String,
    pub(crate) input: String,
    pub(crate) result: Option<String>,
    pub(crate) failure: Option<Failure>,
    pub(crate) attempt: i32,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_epoch: i64,
    pub(crate) cancel_requested: bool,
    /// When a worker may take the job: at the end of the pause or of the lease; never once ended.
    pub(crate) available_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// What a worker wants to have done.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) kind: String,
    pub(crate) module: String,
    pub(crate) owner_id: String,
    pub(crate) case_id: Option<String>,
    pub(crate) input: String,
    pub(crate) key: Option<String>,
}

/// The lease is over, or was given to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseLost;

/// The job has ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlreadyEnded(pub(crate) Status);

impl Job {
    /// Returns a job that waits for its first lease.
    pub(crate) fn pending(job_id: String, new: NewJob, now: DateTime<Utc>) -> Self {
        Self {
            job_id,
            kind: new.kind,
            module: new.module,
            owner_id: new.owner_id,
            case_id: new.case_id,
            key: new.key,
            status: Status::Pending,
            progress: 0,
            stage: String::new(),
            input: new.input,
            result: None,
            failure: None,
            attempt: 0,
            lease_owner: None,
            lease_epoch: 0,
            cancel_requested: false,
            available_at: Some(now),
            created_at: now,
            started_at: None,
            finished_at: None,
        }
    }

    /// Gives the job to `worker`, or ends it when no attempt is left; tells whether it was given.
    pub(crate) fn lease(&mut self, worker: &str, policy: &Policy, now: DateTime<Utc>) -> bool {
        if self.cancel_requested {
            self.end(Status::Cancelled, now);
            return false;
        }
        if self.attempt >= policy.attempts {
            self.fail_for_good(lease_expired(self.attempt), now);
            return false;
        }
        self.status = Status::Running;
        self.attempt += 1;
        self.lease_epoch += 1;
        self.lease_owner = Some(worker.to_owned());
        self.available_at = Some(later(now, policy.lease));
        self.started_at.get_or_insert(now);
        true
    }

    /// Extends the lease and keeps what the worker reports.
    pub(crate) fn heartbeat(
        &mut self,
        epoch: i64,
        progress: i32,
        stage: &str,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<(), LeaseLost> {
        self.check_lease(epoch)?;
        self.available_at = Some(later(now, policy.lease));
        self.progress = self.progress.max(progress.min(COMPLETE - 1));
        if !stage.is_empty() {
            stage.clone_into(&mut self.stage);
        }
        Ok(())
    }

    /// Ends the job well; reporting it again changes nothing.
    pub(crate) fn complete(
        &mut self,
        epoch: i64,
        result: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), LeaseLost> {
        if self.status == Status::Completed && self.lease_epoch == epoch {
            return Ok(());
        }
        self.check_lease(epoch)?;
        self.end(Status::Completed, now);
        self.progress = COMPLETE;
        self.result = result;
        Ok(())
    }

    /// Ends the job badly, or lets it wait for its next attempt; reporting it again changes nothing.
    pub(crate) fn fail(
        &mut self,
        epoch: i64,
        failed: Failed,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<(), LeaseLost> {
        let reported = self.lease_epoch == epoch
            && matches!(
                self.status,
                Status::Pending | Status::Failed | Status::Cancelled
            );
        if reported {
            return Ok(());
        }
        self.check_lease(epoch)?;
        match failed {
            Failed::Cancelled => self.end(Status::Cancelled, now),
            Failed::MayPass(_) if self.cancel_requested => self.end(Status::Cancelled, now),
            Failed::MayPass(_) if self.attempt < policy.attempts => {
                self.wait_until(later(now, policy.pause_after(self.attempt)));
            }
            Failed::MayPass(failure) | Failed::ForGood(failure) => {
                self.fail_for_good(failure, now);
            }
        }
        Ok(())
    }

    /// Takes the job back as if it had not been leased.
    pub(crate) fn release(&mut self, epoch: i64, now: DateTime<Utc>) -> Result<(), LeaseLost> {
        if self.status == Status::Pending && self.lease_epoch == epoch {
            return Ok(());
        }
        self.check_lease(epoch)?;
        if self.cancel_requested {
            self.end(Status::Cancelled, now);
            return Ok(());
        }
        self.attempt -= 1;
        if self.attempt == 0 {
            self.started_at = None;
        }
        self.wait_until(now);
        Ok(())
    }

    /// Cancels a job nobody works on, and asks the worker of any other to stop.
    pub(crate) fn cancel(&mut self, now: DateTime<Utc>) -> Result<(), AlreadyEnded> {
        if self.status.is_terminal() {
            return Err(AlreadyEnded(self.status));
        }
        let is_worked_on =
            self.status == Status::Running && self.available_at.is_some_and(|end| end > now);
        self.cancel_requested = true;
        if !is_worked_on {
            self.end(Status::Cancelled, now);
        }
        Ok(())
    }

    fn check_lease(&self, epoch: i64) -> Result<(), LeaseLost> {
        if self.status == Status::Running && self.lease_epoch == epoch {
            return Ok(());
        }
        Err(LeaseLost)
    }

    fn wait_until(&mut self, time: DateTime<Utc>) {
        self.status = Status::Pending;
        self.lease_owner = None;
        self.available_at = Some(time);
    }

    fn fail_for_good(&mut self, failure: Failure, now: DateTime<Utc>) {
        self.end(Status::Failed, now);
        self.failure = Some(failure);
    }

    fn end(&mut self, status: Status, now: DateTime<Utc>) {
        self.status = status;
        self.lease_owner = None;
        self.available_at = None;
        self.finished_at = Some(now);
        if status != Status::Completed {
            self.key = None;
        }
    }
}

/// How an attempt failed.
#[derive(Debug, Clone)]
pub(crate) enum Failed {
    /// The worker stopped because it was asked to.
    Cancelled,
    /// Another attempt may succeed.
    MayPass(Failure),
    /// Every attempt would fail.
    ForGood(Failure),
}

fn lease_expired(attempts: i32) -> Failure {
    Failure {
        reason: "lease_expired".to_owned(),
        message: format!("the worker did not report back in any of {attempts} attempts"),
    }
}

fn later(now: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(by)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
