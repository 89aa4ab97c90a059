//! The jobs that write the summary of a case when it ends and when somebody is to take over.

use std::sync::Arc;

use async_trait::async_trait;
use faultmaven_kit::{Actor, Ctx, Fault, JobFailure, JobHandler, RunningJob};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::report::Kind;
use crate::reports::Reports;

/// The kind of job; whoever ends a case enqueues it, keyed by the case.
pub(crate) const KIND: &str = "closing_report";

/// Writes summaries in the name of those who ended the cases.
pub(crate) struct WriteClosing(pub(crate) Arc<Reports>);

/// The kind of job that whoever hands a case over enqueues.
pub(crate) const HANDOVER: &str = "handover_report";

/// Writes summaries for those who take over.
pub(crate) struct WriteHandover(pub(crate) Arc<Reports>);

#[derive(Deserialize)]
struct Input {
    actor: Actor,
}

#[async_trait]
impl JobHandler for WriteClosing {
    async fn run(&self, job: RunningJob) -> Result<Option<Value>, JobFailure> {
        let ctx = on_behalf(&job)?;
        job.progress(10, "Writing the summary");
        match self.0.close(&ctx, &job.case_id).await {
            Ok(kind) => Ok(kind.map(|kind| json!({"report_type": kind.as_str()}))),
            Err(Error::NotAvailable(unavailable)) => {
                Ok(Some(json!({"skipped": unavailable.lacks})))
            }
            Err(error) => Err(Fault::from(error).into()),
        }
    }
}

#[async_trait]
impl JobHandler for WriteHandover {
    async fn run(&self, job: RunningJob) -> Result<Option<Value>, JobFailure> {
        let ctx = on_behalf(&job)?;
        job.progress(10, "Writing the summary");
        match self.0.hand_over(&ctx, &job.case_id).await {
            Ok(()) => Ok(Some(json!({"report_type": Kind::Summary.as_str()}))),
            Err(Error::LimitReached { .. }) => Ok(Some(json!({"skipped": "report_limit_reached"}))),
            Err(error) => Err(Fault::from(error).into()),
        }
    }
}

/// Returns the context of whoever had the job done.
fn on_behalf(job: &RunningJob) -> Result<Ctx, JobFailure> {
    let input: Input = serde_json::from_value(job.input.clone())
        .map_err(|error| JobFailure::permanent("invalid_input", error.to_string()))?;
    Ok(job.ctx.clone().on_behalf_of(input.actor))
}
