//! The teams that cases are shared with.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::Stored;
use crate::case::Case;
use crate::entity::share::{ActiveModel, Column, Entity};

/// Stores the teams of a case in place of those it had.
pub(crate) async fn replace<C: ConnectionTrait>(db: &C, case: &Case) -> Stored<()> {
    Entity::delete_many()
        .filter(Column::CaseId.eq(&case.case_id))
        .exec(db)
        .await?;
    if case.shared_team_ids.is_empty() {
        return Ok(());
    }
    let rows = case.shared_team_ids.iter().map(|team_id| ActiveModel {
        team_id: Set(team_id.clone()),
        case_id: Set(case.case_id.clone()),
    });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Returns the query for the ids of the cases that are shared with one of the teams.
pub(super) fn case_ids(team_ids: &[String]) -> SelectStatement {
    Query::select()
        .column(Column::CaseId)
        .from(Entity)
        .and_where(Column::TeamId.is_in(team_ids))
        .take()
}
