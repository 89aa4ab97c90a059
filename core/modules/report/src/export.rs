//! A case as a bundle.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1::CaseAccess;
use serde_json::json;

use crate::bundle::{self, Contents};
use crate::error::Error;
use crate::rendering::File;
use crate::reports::Reports;

impl Reports {
    /// Returns a case as a zip for its owner to hand on.
    pub(crate) async fn export(
        &self,
        ctx: &Ctx,
        case_id: &str,
        redacts: bool,
    ) -> Result<File, Error> {
        let ctx = ctx.clone().with_timeout(self.deadline);
        self.gatherer
            .check_access(&ctx, case_id, CaseAccess::Own)
            .await?;
        let material = self.gatherer.gather(&ctx, case_id).await?;
        let last_turn = material.case.current_turn;
        let messages = self.gatherer.messages(&ctx, case_id, last_turn).await?;
        let passages = self.gatherer.passages(&ctx, &material, &messages).await?;
        let name = format!("{case_id}-v{}.zip", material.case.version);
        let contents = Contents {
            material,
            messages,
            passages,
        };
        let written = tokio::task::spawn_blocking(move || bundle::write(&contents, redacts));
        let content = written.await??;
        let details = json!({"redacted": redacts, "size_bytes": content.len()});
        self.audit.done(&ctx, "case.export", case_id, &details);
        Ok(File {
            name,
            media_type: "application/zip",
            content,
        })
    }
}
