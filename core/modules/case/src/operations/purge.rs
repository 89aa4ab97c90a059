//! Removes deleted cases for good, once nobody can restore them any more.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use super::Shared;
use crate::error::CaseError;
use crate::store::{cases, purge};

/// Returns the cases that may be removed, the longest deleted first; they are lost from then on.
pub(crate) async fn list(shared: &Shared, limit: u64) -> Result<Vec<String>, CaseError> {
    let before = before(shared);
    shared
        .db
        .write(move |db| {
            Box::pin(async move {
                let case_ids = cases::deleted_before(db, before, limit).await?;
                cases::give_up(db, &case_ids).await?;
                Ok(case_ids)
            })
        })
        .await
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
    purge::remove(db, case_id).await
}
