//! Stops a running turn before it is committed.

use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1::CaseAccess;

use crate::error::TurnError;
use crate::turn::Turns;

impl Turns {
    /// Returns whether a turn of the case was told to stop.
    pub(crate) async fn cancel(&self, ctx: &Ctx, case_id: &str) -> Result<bool, TurnError> {
        if !is_well_formed("case", 12, case_id) {
            return Err(Fault::not_found("case").into());
        }
        self.callees
            .check_access(ctx, case_id, CaseAccess::Write)
            .await?;
        Ok(self.running.cancel(case_id))
    }
}
