//! Everything that the tables hold of one case.

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _};

use super::Stored;
use crate::entity::{case, ledger, message, receipt, session_link, share, turn, turn_lease, word};

/// Removes all rows of a case.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, case_id: &str) -> Stored<()> {
    remove_from::<message::Entity, C>(db, message::Column::CaseId, case_id).await?;
    remove_from::<ledger::Entity, C>(db, ledger::Column::CaseId, case_id).await?;
    remove_from::<turn::Entity, C>(db, turn::Column::CaseId, case_id).await?;
    remove_from::<turn_lease::Entity, C>(db, turn_lease::Column::CaseId, case_id).await?;
    remove_from::<word::Entity, C>(db, word::Column::CaseId, case_id).await?;
    remove_from::<share::Entity, C>(db, share::Column::CaseId, case_id).await?;
    remove_from::<session_link::Entity, C>(db, session_link::Column::CaseId, case_id).await?;
    remove_from::<receipt::Entity, C>(db, receipt::Column::CaseId, case_id).await?;
    remove_from::<case::Entity, C>(db, case::Column::CaseId, case_id).await
}

async fn remove_from<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    column: E::Column,
    case_id: &str,
) -> Stored<()> {
    let of_case = E::delete_many().filter(column.eq(case_id));
    of_case.exec(db).await?;
    Ok(())
}
