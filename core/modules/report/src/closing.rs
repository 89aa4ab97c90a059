//! The job that writes the summary of a case when it ends.

use std::sync::Arc;

use async_trait::async_trait;
use faultmaven_kit::{Actor, Fault, JobFailure, JobHandler, RunningJob};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::reports::Reports;

/// The kind of job; whoever ends a case enqueues it, keyed by the case.
pub(crate) const KIND: &str = "closing_report";

/// Writes summaries in the name of those who ended the cases.
pub(crate) struct WriteClosing(pub(crate) Arc<Reports>);

#[derive(Deserialize)]
struct Input {
    actor: Actor,
}

#[async_trait]
impl JobHandler for WriteClosing {
    async fn run(&self, job: RunningJob) -> Result<Option<Value>, JobFailure> {
        let input: Input = serde_json::from_value(job.input.clone())
            .map_err(|error| JobFailure::permanent("invalid_input", error.to_string()))?;
        let ctx = job.ctx.clone().on_behalf_of(input.actor);
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
