//! Removes deleted cases for good, once nobody can restore them any more.

use std::time::Duration;

use faultmaven_kit::fault::chain;
use faultmaven_kit::{Ctx, Ids, Tasks};
use faultmaven_proto::{case, evidence, llm, report};

use crate::callees::{Callees, from, from_case, from_evidence};
use crate::deferred::MODULE;
use crate::error::TurnError;

const PAUSE: Duration = Duration::from_secs(10 * 60);
/// What one round removes.
const BATCH: i32 = 100;
/// How long the list may take, and each case.
const CALL: Duration = Duration::from_secs(60);

/// Looks for such cases now and again and again until shutdown.
pub(crate) fn start(tasks: &Tasks, callees: &Callees, ids: &Ids) {
    let (callees, ids) = (callees.clone(), ids.clone());
    tasks.repeat("purge of deleted cases", PAUSE, move || {
        let ctx = Ctx::system(MODULE, ids.hex16("req"));
        let callees = callees.clone();
        async move { purge_all(&callees, &ctx).await }
    });
}

async fn purge_all(callees: &Callees, ctx: &Ctx) -> Result<(), TurnError> {
    let request = case::v1::ListPurgeableRequest { max_results: BATCH };
    let request = ctx.clone().with_timeout(CALL).request(request);
    let found = callees.case().list_purgeable(request).await;
    for case_id in from_case(found)?.case_ids {
        match purge(callees, &ctx.clone().with_timeout(CALL), &case_id).await {
            Ok(()) => tracing::info!(case_id, "{case_id} is removed for good"),
            // The next round tries again, and what is gone already is no trouble.
            Err(error) => {
                tracing::warn!(case_id, error = %chain(&error), "{case_id} is removed later")
            }
        }
    }
    Ok(())
}

/// The case itself goes last: as long as it is there, what is left of it is found again.
async fn purge(callees: &Callees, ctx: &Ctx, case_id: &str) -> Result<(), TurnError> {
    let case_id = || case_id.to_owned();
    let request = llm::v1::ForgetCaseRequest { case_id: case_id() };
    from("llm", callees.llm().forget_case(ctx.request(request)).await)?;
    let request = report::v1::PurgeCaseRequest { case_id: case_id() };
    let purged = callees.reports().purge_case(ctx.request(request)).await;
    from("report", purged)?;
    let request = evidence::v1::PurgeCaseRequest { case_id: case_id() };
    let purged = callees.evidence().purge_case(ctx.request(request)).await;
    from_evidence(purged)?;
    let request = case::v1::PurgeCaseRequest { case_id: case_id() };
    from_case(callees.case().purge_case(ctx.request(request)).await)?;
    Ok(())
}
