//! Ledgers, loaded and stored as a whole.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

use super::{Stored, cases};
use crate::case::Case;
use crate::entity::ledger::{ActiveModel, Column, Entity};
use crate::ledger::Ledger;

/// Returns the ledger of a case; one that was never written is empty.
pub(crate) async fn load<C: ConnectionTrait>(db: &C, case_id: &str) -> Stored<Ledger> {
    match Entity::find_by_id(case_id).one(db).await? {
        Some(row) => Ok(serde_json::from_str(&row.document)?),
        None => Ok(Ledger::default()),
    }
}

/// Returns the ledgers of cases; those that were never written are left out.
pub(crate) async fn of_cases<C: ConnectionTrait>(
    db: &C,
    case_ids: &[&str],
) -> Stored<HashMap<String, Ledger>> {
    let ids = case_ids.iter().copied();
    let rows = Entity::find().filter(Column::CaseId.is_in(ids));
    let rows = rows.all(db).await?.into_iter();
    rows.map(|row| Ok((row.case_id, serde_json::from_str(&row.document)?)))
        .collect()
}

/// Stores a case that was found for update, with its ledger.
pub(crate) async fn save_with_case<C: ConnectionTrait>(
    db: &C,
    case: &mut Case,
    ledger: &Ledger,
) -> Stored<()> {
    case.count(ledger);
    cases::save(db, case).await?;
    let row = ActiveModel {
        case_id: Set(case.case_id.clone()),
        document: Set(serde_json::to_string(ledger)?),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::column(Column::CaseId)
                .update_column(Column::Document)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
