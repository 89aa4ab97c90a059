//! Removes deleted cases for good, once nobody can restore them any more.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait, QueryFilter as _};

use super::Shared;
use crate::entity::{case, ledger, message, receipt, session_link, share, turn, turn_lease, word};
use crate::error::CaseError;
use crate::store::cases;

/// Returns the cases that may be removed, the longest deleted first.
pub(crate) async fn list(shared: &Shared, limit: u64) -> Result<Vec<String>, CaseError> {
    Ok(cases::deleted_before(shared.db.read(), before(shared), limit).await?)
}

/// Removes a case; one that is gone already is no error.
pub(crate) async fn purge(shared: &Shared, case_id: String) -> Result<(), CaseError> {
    let before = before(shared);
    shared
        .db
        .write(move |db| {
            let case_id = case_id.clone();
            Box::pin(async move { remove(db, &case_id, before).await })
        })
        .await
}

fn before(shared: &Shared) -> DateTime<Utc> {
    shared.clock.now() - shared.config.delete_grace
}

async fn remove(
    db: &DatabaseTransaction,
    case_id: &str,
    before: DateTime<Utc>,
) -> Result<(), CaseError> {
    let Some(case) = cases::find_any_for_update(db, case_id).await? else {
        return Ok(());
    };
    // It may have been restored meanwhile.
    if case.deleted_at.is_none_or(|deleted| deleted > before) {
        return Err(CaseError::NotFound);
    }
    remove_from::<message::Entity>(db, message::Column::CaseId, case_id).await?;
    remove_from::<ledger::Entity>(db, ledger::Column::CaseId, case_id).await?;
    remove_from::<turn::Entity>(db, turn::Column::CaseId, case_id).await?;
    remove_from::<turn_lease::Entity>(db, turn_lease::Column::CaseId, case_id).await?;
    remove_from::<word::Entity>(db, word::Column::CaseId, case_id).await?;
    remove_from::<share::Entity>(db, share::Column::CaseId, case_id).await?;
    remove_from::<session_link::Entity>(db, session_link::Column::CaseId, case_id).await?;
    remove_from::<receipt::Entity>(db, receipt::Column::CaseId, case_id).await?;
    remove_from::<case::Entity>(db, case::Column::CaseId, case_id).await
}

async fn remove_from<E: EntityTrait>(
    db: &DatabaseTransaction,
    column: E::Column,
    case_id: &str,
) -> Result<(), CaseError> {
    let of_case = E::delete_many().filter(column.eq(case_id));
    of_case.exec(db).await?;
    Ok(())
}
