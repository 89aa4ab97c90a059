//! Table `jobs_jobs`.

use sea_orm::entity::prelude::*;

/// One row per job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs_jobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) job_id: String,
    pub(crate) kind: String,
    pub(crate) module: String,
    pub(crate) owner_id: String,
    pub(crate) case_id: Option<String>,
    /// Unique per kind; null once it may be used again.
    pub(crate) dedup_key: Option<String>,
    pub(crate) status: String,
    pub(crate) progress: i32,
    pub(crate) stage: String,
    pub(crate) input: String,
    pub(crate) result: Option<String>,
    pub(crate) failure_reason: Option<String>,
    pub(crate) failure_message: Option<String>,
    pub(crate) attempt: i32,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_epoch: i64,
    pub(crate) cancel_requested: bool,
    pub(crate) available_at: Option<DateTimeUtc>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) started_at: Option<DateTimeUtc>,
    pub(crate) finished_at: Option<DateTimeUtc>,
}

/// Jobs stand alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
