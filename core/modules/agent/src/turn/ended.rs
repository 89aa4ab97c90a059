//! Has the summary of a case written once a turn has ended it or calls for somebody else.

use faultmaven_proto::case::v1::{CaseStatus, CommitTurnResponse};
use faultmaven_proto::jobs::v1::EnqueueJobRequest;
use serde_json::json;

use super::{Turn, Turns};
use crate::callees::from_jobs;

/// The module that does the jobs, and their kinds.
const REPORT: &str = "report";
const CLOSING: &str = "closing_report";
const HANDOVER: &str = "handover_report";

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
        if case.is_some_and(|case| is_over(case.status())) {
            self.have_written(turn, CLOSING, turn.input.case_id.clone())
                .await;
        }
    }

    /// Enqueues the summary for whoever takes over; a case that has one keeps it.
    pub(super) async fn announce_handover(&self, turn: &Turn) {
        let key = format!("{}:{}", turn.input.case_id, turn.number);
        self.have_written(turn, HANDOVER, key).await;
    }

    async fn have_written(&self, turn: &Turn, kind: &str, key: String) {
        let case_id = &turn.input.case_id;
        let Ok(actor) = turn.ctx.actor() else {
            return;
        };
        let request = EnqueueJobRequest {
            kind: kind.to_owned(),
            module: REPORT.to_owned(),
            owner_id: actor.user_id.clone(),
            case_id: case_id.clone(),
            input_json: json!({"actor": actor}).to_string(),
            key,
        };
        let request = turn.ctx.request(request);
        if let Err(error) = from_jobs(self.callees.jobs().enqueue_job(request).await) {
            tracing::warn!(case_id, kind, %error, "the summary of {case_id} waits until somebody asks for it");
        }
    }
}
