//! Has the summary of a case written once a turn has ended it.

use faultmaven_proto::case::v1::{CaseStatus, CommitTurnResponse};
use faultmaven_proto::jobs::v1::EnqueueJobRequest;
use serde_json::json;

use super::{Turn, Turns};
use crate::callees::from_jobs;

/// The kind of job, and the module that does it.
const KIND: &str = "closing_report";
const REPORT: &str = "report";

impl Turns {
    /// Enqueues the summary when the turn ended the case; nobody waits for it, and whoever looks at
    /// the reports of the case before it is there has it written.
    pub(super) async fn announce_end(&self, turn: &Turn, commit: &CommitTurnResponse) {
        let result = commit
            .result
            .as_ref()
            .filter(|result| result.status_changed);
        let case = result.and_then(|result| result.after.as_ref()?.case.as_ref());
        let is_over = |status| matches!(status, CaseStatus::Resolved | CaseStatus::Closed);
        let (Some(case), Ok(actor)) = (case, turn.ctx.actor()) else {
            return;
        };
        if !is_over(case.status()) {
            return;
        }
        let request = EnqueueJobRequest {
            kind: KIND.to_owned(),
            module: REPORT.to_owned(),
            owner_id: actor.user_id.clone(),
            case_id: case.case_id.clone(),
            input_json: json!({"actor": actor}).to_string(),
            key: case.case_id.clone(),
        };
        let request = turn.ctx.request(request);
        if let Err(error) = from_jobs(self.callees.jobs().enqueue_job(request).await) {
            let case_id = &case.case_id;
            tracing::warn!(case_id, %error, "the summary of {case_id} waits for the first look");
        }
    }
}
