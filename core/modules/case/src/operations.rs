//! What can be done with cases: each operation checks, loads, applies a rule and stores.

use faultmaven_kit::db::Receipts;
use faultmaven_kit::id::is_well_formed;
use faultmaven_kit::{Audit, Ctx, Db, Ids, SharedClock};
use sea_orm::ConnectionTrait;

use crate::Config;
use crate::access::{self, Access};
use crate::case::Case;
use crate::error::CaseError;
use crate::list_cache::{ListCache, OwnerCache};
use crate::store::cases;
use crate::turn_queue::TurnQueue;

pub(crate) mod amend;
pub(crate) mod analytics;
pub(crate) mod create;
pub(crate) mod edit;
pub(crate) mod files;
pub(crate) mod list;
pub(crate) mod note;
pub(crate) mod purge;
pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod search;
pub(crate) mod similar;
pub(crate) mod tables;
pub(crate) mod title;
pub(crate) mod turn_commit;
pub(crate) mod turn_lease;
pub(crate) mod welcome;

/// What every operation may use.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) audit: Audit,
    pub(crate) receipts: Receipts,
    pub(crate) lists: ListCache,
    pub(crate) owners: OwnerCache,
    pub(crate) queue: TurnQueue,
    pub(crate) config: Config,
}

/// Returns a case the caller may use in this way.
pub(crate) async fn accessible<C: ConnectionTrait>(
    db: &C,
    ctx: &Ctx,
    case_id: &str,
    access: Access,
) -> Result<Case, CaseError> {
    access::check_caller(ctx, access)?;
    if !is_well_formed("case", 12, case_id) {
        return Err(CaseError::NotFound);
    }
    let case = cases::find(db, case_id).await?.ok_or(CaseError::NotFound)?;
    access::check(ctx, &case, access)?;
    Ok(case)
}

/// Returns a case the caller may change, and keeps others from changing it meanwhile.
pub(crate) async fn changeable<C: ConnectionTrait>(
    db: &C,
    ctx: &Ctx,
    case_id: &str,
    access: Access,
) -> Result<Case, CaseError> {
    access::check_caller(ctx, access)?;
    let case = cases::find_for_update(db, case_id).await?;
    let case = case.ok_or(CaseError::NotFound)?;
    access::check(ctx, &case, access)?;
    Ok(case)
}
