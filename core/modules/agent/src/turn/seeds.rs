//! Asks the library for causes of failures like the one of the case.

use super::draft::Preview;
use super::{Turn, Turns};
use crate::analyst::seeds::{self, DOCUMENTS, Runbook, Seeds};
use crate::analyst::situation::Situation;
use crate::error::TurnError;

/// More than seed, so that those left out are told.
const RUNBOOKS_MAX: i32 = 5;

impl Turns {
    /// Returns what runbooks add to the turn; without an answer the turn goes on as it is.
    pub(super) async fn seeds(
        &self,
        turn: &Turn,
        situation: &Situation,
        preview: &Preview,
    ) -> Seeds {
        let after = &preview.after;
        let is_due = seeds::are_due(&situation.investigation, after);
        if !is_due || situation.knowledge_failed {
            return Seeds::default();
        }
        match self.runbooks(turn, &seeds::subject(after)).await {
            Ok(runbooks) => seeds::sow(&runbooks, after, &preview.turn.resolved_refs),
            Err(error) => {
                let case_id = &turn.input.case_id;
                tracing::warn!(case_id, %error, "runbooks were not searched for {case_id}");
                let mut none = Seeds::default();
                none.skip("search_unavailable", "runbooks of the library");
                none
            }
        }
    }

    /// Returns the runbooks that treat a failure of this kind, with the text of those that count.
    async fn runbooks(&self, turn: &Turn, subject: &str) -> Result<Vec<Runbook>, TurnError> {
        if subject.is_empty() {
            return Ok(Vec::new());
        }
        let ctx = &turn.ctx;
        let found = self.callees.runbooks(ctx, subject, RUNBOOKS_MAX).await?;
        let alike = found.into_iter().filter(|it| seeds::is_alike(it.score));
        let mut runbooks = Vec::new();
        for (at, result) in alike.enumerate() {
            let mut runbook = Runbook {
                document_id: result.document_id,
                title: result.title,
                similarity: result.score,
                ..Runbook::default()
            };
            if at < DOCUMENTS {
                let document = self.callees.document(ctx, &runbook.document_id).await?;
                runbook.version = document.version;
                runbook.content = document.content;
            }
            runbooks.push(runbook);
        }
        Ok(runbooks)
    }
}
