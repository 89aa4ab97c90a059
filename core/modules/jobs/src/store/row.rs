//! A job as a row and back.

use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, NotSet};

use crate::entity::job::{ActiveModel, Model};
use crate::error::Error;
use crate::job::{Failure, Job, Status};

/// Returns what may change of a job; its input is not written again with every heartbeat.
pub(crate) fn changes(job: Job) -> ActiveModel {
    ActiveModel {
        job_id: NotSet,
        kind: NotSet,
        module: NotSet,
        owner_id: NotSet,
        case_id: NotSet,
        input: NotSet,
        created_at: NotSet,
        ..Model::from(job).into_active_model().reset_all()
    }
}

impl From<Job> for Model {
    fn from(job: Job) -> Self {
        let (failure_reason, failure_message) = match job.failure {
            Some(failure) => (Some(failure.reason), Some(failure.message)),
            None => (None, None),
        };
        Self {
            job_id: job.job_id,
            kind: job.kind,
            module: job.module,
            owner_id: job.owner_id,
            case_id: job.case_id,
            dedup_key: job.key,
            status: job.status.as_str().to_owned(),
            progress: job.progress,
            stage: job.stage,
            input: job.input,
            result: job.result,
            failure_reason,
            failure_message,
            attempt: job.attempt,
            lease_owner: job.lease_owner,
            lease_epoch: job.lease_epoch,
            cancel_requested: job.cancel_requested,
            available_at: job.available_at,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

impl TryFrom<Model> for Job {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let status = Status::ALL
            .into_iter()
            .find(|status| status.as_str() == row.status)
            .ok_or_else(|| Error::Corrupt(format!("{} has status {}", row.job_id, row.status)))?;
        let failure = row.failure_reason.map(|reason| Failure {
            reason,
            message: row.failure_message.unwrap_or_default(),
        });
        Ok(Self {
            job_id: row.job_id,
            kind: row.kind,
            module: row.module,
            owner_id: row.owner_id,
            case_id: row.case_id,
            key: row.dedup_key,
            status,
            progress: row.progress,
            stage: row.stage,
            input: row.input,
            result: row.result,
            failure,
            attempt: row.attempt,
            lease_owner: row.lease_owner,
            lease_epoch: row.lease_epoch,
            cancel_requested: row.cancel_requested,
            available_at: row.available_at,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}
