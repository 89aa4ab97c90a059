//! Keeps a turn while it runs, and cleans up behind one that does not come to its end.

use std::time::Duration;

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1 as evidence_pb;

use super::{Staged, Turn, Turns};
use crate::callees::{from_case, from_evidence};
use crate::error::TurnError;
use crate::intake;

/// How long cleaning up after a turn may take, whatever is left of the turn's own time.
const CLEAN_UP: Duration = Duration::from_secs(10);
/// How soon a turn hears that it is to stop.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Turns {
    /// Does the work unless the turn is told to stop, loses its lease or runs out of time.
    pub(super) async fn guarded<T>(
        &self,
        turn: &Turn,
        work: impl Future<Output = Result<T, TurnError>>,
    ) -> Result<T, TurnError> {
        tokio::select! {
            done = work => done,
            error = self.keep_lease(turn) => Err(error),
            () = tokio::time::sleep_until(turn.deadline) => {
                Err(TurnError::Deadline { limit: self.config.turn_deadline })
            }
        }
    }

    /// Renews the lease until that fails for good, or the turn is told to stop.
    async fn keep_lease(&self, turn: &Turn) -> TurnError {
        loop {
            tokio::time::sleep(LOOK_AGAIN.min(turn.lease / 3)).await;
            let request = case_pb::RenewTurnRequest {
                case_id: turn.input.case_id.clone(),
                turn_token: turn.token.clone(),
            };
            let renewed = from_case(
                self.callees
                    .case()
                    .renew_turn(turn.ctx.request(request))
                    .await,
            );
            match renewed {
                Err(error) if !error.is_outcome_unknown() => return error,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Releases receipt and lease; evidence that was staged goes with them.
    pub(super) async fn give_up(&self, turn: &Turn, staged: Staged) {
        let ctx = Ctx {
            deadline: None,
            ..turn.ctx.clone()
        }
        .with_timeout(CLEAN_UP);
        let request = case_pb::AbortTurnRequest {
            case_id: turn.input.case_id.clone(),
            turn_token: turn.token.clone(),
        };
        if let Err(error) = from_case(self.callees.case().abort_turn(ctx.request(request)).await) {
            let case_id = &turn.input.case_id;
            tracing::warn!(case_id, %error, "the turn of {case_id} ends when its lease runs out");
        }
        if staged == Staged::Discard {
            self.discard(turn, &ctx).await;
            intake::discard_files(&self.callees, &ctx, &turn.input.file_ids).await;
        }
    }

    /// Drops the evidence that was staged for the turn.
    pub(super) async fn discard(&self, turn: &Turn, ctx: &Ctx) {
        let request = evidence_pb::DiscardEvidenceRequest {
            case_id: turn.input.case_id.clone(),
            turn_token: turn.token.clone(),
        };
        let answer = self
            .callees
            .evidence()
            .discard_evidence(ctx.request(request))
            .await;
        if let Err(error) = from_evidence(answer) {
            let case_id = &turn.input.case_id;
            tracing::warn!(case_id, %error, "staged evidence of {case_id} is left to a later sweep");
        }
    }
}
