//! Stops a running turn before it is committed.

use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1::CancelTurnRequest;

use crate::callees::from_case;
use crate::error::TurnError;
use crate::turn::{ROUTE, Turns};

impl Turns {
    /// Tells the running turn of a case to stop, wherever it runs; returns whether there is one.
    pub(crate) async fn cancel(&self, ctx: &Ctx, case_id: &str) -> Result<bool, TurnError> {
        if !is_well_formed("case", 12, case_id) {
            return Err(Fault::not_found("case").into());
        }
        self.stop(ctx, case_id, "").await
    }

    /// Tells the turn of one request to stop, and no other; an empty request id means whichever runs.
    pub(crate) async fn stop(
        &self,
        ctx: &Ctx,
        case_id: &str,
        request_id: &str,
    ) -> Result<bool, TurnError> {
        let request = CancelTurnRequest {
            case_id: case_id.to_owned(),
            idempotency_key: request_id.to_owned(),
            route: ROUTE.to_owned(),
        };
        let answer = self.callees.case().cancel_turn(ctx.request(request)).await;
        Ok(from_case(answer)?.cancelled)
    }
}
