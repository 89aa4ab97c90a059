//! Reads and writes jobs.

use chrono::{DateTime, Utc};
use faultmaven_kit::{Backend, Db};
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use crate::entity::job::{Column, Entity, Model};
use crate::error::Error;
use crate::job::{Job, Policy, Status};

mod row;

/// How many old jobs one statement removes.
const SWEEP_BATCH: u64 = 500;

/// The table of jobs.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
}

/// The work one worker can do.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) module: String,
    pub(crate) kinds: Vec<String>,
    pub(crate) worker: String,
}

/// What became of an attempt to lease a job.
#[derive(Debug)]
pub(crate) enum Attempt {
    Leased(Box<Job>),
    /// The job was not leased but ended.
    Ended,
    /// All due jobs are being leased by others.
    Overtaken,
}

/// What became of an attempt to store a job.
#[derive(Debug)]
pub(crate) enum Stored {
    New(Box<Job>),
    /// The key is taken by this job.
    Existing(Box<Job>),
    /// The id is taken, or the job that held the key gave it up meanwhile.
    Again,
}

/// Where a page of jobs begins, and what it holds.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) owner_id: String,
    pub(crate) case_id: Option<String>,
    pub(crate) status: Option<Status>,
    /// Creation time and id of the last job of the page before.
    pub(crate) after: Option<(DateTime<Utc>, String)>,
    pub(crate) limit: u64,
}

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Returns whether other processes may write to the table too.
    pub(crate) fn is_shared(&self) -> bool {
        self.db.backend() == Backend::Postgres
    }

    /// Lets the leases end that a process took into its grave; the next worker takes those jobs over.
    ///
    /// One process alone owns a file database, so at its start nobody can hold a lease. On a server,
    /// other replicas may be at work, and leases end by themselves.
    pub(crate) async fn end_orphaned_leases(&self, now: DateTime<Utc>) -> Result<(), Error> {
        if self.is_shared() {
            return Ok(());
        }
        self.db
            .write(move |db| {
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::AvailableAt, Some(now).into())
                        .filter(Column::Status.eq(Status::Running.as_str()))
                        .exec(db)
                        .await?;
                    Ok::<(), Error>(())
                })
            })
            .await
    }

    /// Stores `job` unless its key is taken.
    pub(crate) async fn insert(&self, job: Job) -> Result<Stored, Error> {
        self.db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(insert(tx, job))
            })
            .await
    }

    /// Returns the job that holds a key.
    pub(crate) async fn holder(&self, kind: &str, key: &str) -> Result<Option<Job>, Error> {
        let row = holder(kind, key).one(self.db.read()).await?;
        row.map(Job::try_from).transpose()
    }

    /// Returns one job.
    pub(crate) async fn get(&self, job_id: &str) -> Result<Option<Job>, Error> {
        let row = Entity::find_by_id(job_id).one(self.db.read()).await?;
        row.map(Job::try_from).transpose()
    }

    /// Returns jobs, newest first.
    pub(crate) async fn list(&self, listing: Listing) -> Result<Vec<Job>, Error> {
        let mut query = Entity::find().filter(Column::OwnerId.eq(listing.owner_id));
        if let Some(case_id) = listing.case_id {
            query = query.filter(Column::CaseId.eq(case_id));
        }
        if let Some(status) = listing.status {
            query = query.filter(Column::Status.eq(status.as_str()));
        }
        if let Some((created_at, job_id)) = listing.after {
            query = query.filter(before(created_at, &job_id));
        }
        let rows = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::JobId)
            .limit(listing.limit)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(Job::try_from).collect()
    }

    /// Returns when the next job of that kind can be leased; `None` when there is none.
    pub(crate) async fn next_time(&self, wanted: &Wanted) -> Result<Option<DateTime<Utc>>, Error> {
        let row = first(wanted).one(self.db.read()).await?;
        Ok(row.and_then(|row| row.available_at))
    }

    /// Leases the job that has been due longest.
    pub(crate) async fn lease(
        &self,
        wanted: &Wanted,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Attempt, Error> {
        let (wanted, policy) = (wanted.clone(), policy.clone());
        self.db
            .write(move |tx| {
                let (wanted, policy) = (wanted.clone(), policy.clone());
                Box::pin(async move { lease(tx, &wanted, &policy, now).await })
            })
            .await
    }

    /// Applies `change` to one job, alone and whole.
    pub(crate) async fn change<F>(&self, job_id: String, change: F) -> Result<Job, Error>
    where
        F: Fn(&mut Job) -> Result<(), Error> + Clone + Send + Sync + 'static,
    {
        self.db
            .write(move |tx| {
                let (job_id, change) = (job_id.clone(), change.clone());
                Box::pin(async move {
                    let query = Entity::find_by_id(job_id).lock_exclusive();
                    let row = query.one(tx).await?.ok_or(Error::JobNotFound)?;
                    let mut job = Job::try_from(row)?;
                    change(&mut job)?;
                    replace(tx, job.clone()).await?;
                    Ok(job)
                })
            })
            .await
    }

    /// Removes jobs that ended before `time`; returns how many.
    pub(crate) async fn remove_finished(&self, time: DateTime<Utc>) -> Result<u64, Error> {
        let mut removed = 0;
        loop {
            let job_ids = self.finished_before(time).await?;
            if job_ids.is_empty() {
                return Ok(removed);
            }
            removed += self
                .db
                .write(move |tx| {
                    let job_ids = job_ids.clone();
                    Box::pin(async move {
                        let rows = Entity::delete_many().filter(Column::JobId.is_in(job_ids));
                        Ok::<_, Error>(rows.exec(tx).await?.rows_affected)
                    })
                })
                .await?;
        }
    }

    async fn finished_before(&self, time: DateTime<Utc>) -> Result<Vec<String>, Error> {
        let job_ids = Entity::find()
            .select_only()
            .column(Column::JobId)
            .filter(Column::FinishedAt.lt(time))
            .limit(SWEEP_BATCH)
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(job_ids)
    }
}

async fn insert(tx: &DatabaseTransaction, job: Job) -> Result<Stored, Error> {
    let row = Model::from(job.clone()).into_active_model();
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted > 0 {
        return Ok(Stored::New(Box::new(job)));
    }
    let Some(key) = job.key else {
        return Ok(Stored::Again);
    };
    Ok(match holder(&job.kind, &key).one(tx).await? {
        Some(row) => Stored::Existing(Box::new(Job::try_from(row)?)),
        None => Stored::Again,
    })
}

fn holder(kind: &str, key: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::Kind.eq(kind))
        .filter(Column::DedupKey.eq(key))
}

async fn lease(
    tx: &DatabaseTransaction,
    wanted: &Wanted,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Attempt, Error> {
    let row = first(wanted)
        .filter(Column::AvailableAt.lte(now))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await?;
    let Some(row) = row else {
        return Ok(Attempt::Overtaken);
    };
    let mut job = Job::try_from(row)?;
    let epoch = job.lease_epoch;
    let leased = job.lease(&wanted.worker, policy, now);
    let updated = Entity::update_many()
        .set(row::changes(job.clone()))
        .filter(Column::JobId.eq(job.job_id.as_str()))
        .filter(Column::LeaseEpoch.eq(epoch))
        .filter(Column::AvailableAt.lte(now))
        .exec(tx)
        .await?;
    Ok(match (updated.rows_affected, leased) {
        (0, _) => Attempt::Overtaken,
        (_, true) => Attempt::Leased(Box::new(job)),
        (_, false) => Attempt::Ended,
    })
}

async fn replace(tx: &DatabaseTransaction, job: Job) -> Result<(), Error> {
    let job_id = job.job_id.clone();
    Entity::update_many()
        .set(row::changes(job))
        .filter(Column::JobId.eq(job_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Selects the job that can be leased first, now or later.
fn first(wanted: &Wanted) -> Select<Entity> {
    Entity::find()
        .filter(Column::Module.eq(wanted.module.as_str()))
        .filter(Column::Kind.is_in(wanted.kinds.iter().map(String::as_str)))
        .filter(Column::AvailableAt.is_not_null())
        .order_by_asc(Column::AvailableAt)
        .order_by_asc(Column::JobId)
        .limit(1)
}

fn before(created_at: DateTime<Utc>, job_id: &str) -> Condition {
    let same_time = Condition::all()
        .add(Column::CreatedAt.eq(created_at))
        .add(Column::JobId.lt(job_id));
    Condition::any()
        .add(Column::CreatedAt.lt(created_at))
        .add(same_time)
}
