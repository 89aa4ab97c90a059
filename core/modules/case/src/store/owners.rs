//! How many cases an owner has, kept up with every write.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, InsertStatement, OnConflict, Query};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};

use super::Stored;
use crate::entity::owner::{Column, Entity, Model};

/// What a write does to the counts of an owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OwnerChange {
    pub(crate) cases: i64,
    pub(crate) visible: i64,
}

/// Returns what is known of an owner.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, owner_id: &str) -> Stored<Option<Model>> {
    Ok(Entity::find_by_id(owner_id).one(db).await?)
}

/// Counts a case that an owner creates and returns how many that makes today.
pub(crate) async fn count_new_case<C: ConnectionTrait>(
    db: &C,
    owner_id: &str,
    now: DateTime<Utc>,
) -> Stored<i32> {
    let day = now.format("%Y-%m-%d").to_string();
    let today = CaseStatement::new()
        .case(
            column(Column::Day).eq(&day),
            column(Column::CreatedToday).add(1),
        )
        .finally(1);
    let mut on_conflict = OnConflict::column(Column::OwnerId);
    on_conflict
        .value(Column::CreatedToday, today)
        .value(Column::Day, &day);
    let one_more = OwnerChange {
        cases: 1,
        visible: 1,
    };
    let upsert = upsert(owner_id, &day, 1, one_more, on_conflict)
        .returning_col(Column::CreatedToday)
        .take();
    let row = db.query_one(&upsert).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the owner that was counted".into()))?;
    Ok(row.try_get_by_index(0)?)
}

/// Makes lists of an owner's cases look again, and counts what came or went.
pub(crate) async fn changed<C: ConnectionTrait>(
    db: &C,
    owner_id: &str,
    change: OwnerChange,
) -> Stored<()> {
    let on_conflict = OnConflict::column(Column::OwnerId);
    let upsert = upsert(owner_id, "", 0, change, on_conflict);
    db.execute(&upsert).await?;
    Ok(())
}

/// Remembers or forgets which case greets an owner.
pub(crate) async fn set_welcome<C: ConnectionTrait>(
    db: &C,
    owner_id: &str,
    case_id: Option<&str>,
) -> Stored<()> {
    let update = Query::update()
        .table(Entity)
        .value(Column::WelcomeCaseId, case_id.map(str::to_owned))
        .and_where(Expr::col(Column::OwnerId).eq(owner_id))
        .take();
    db.execute(&update).await?;
    Ok(())
}

/// Returns what stores the first counts of an owner, or adds a change to those there are.
fn upsert(
    owner_id: &str,
    day: &str,
    created_today: i32,
    change: OwnerChange,
    mut on_conflict: OnConflict,
) -> InsertStatement {
    on_conflict
        .value(Column::Cases, column(Column::Cases).add(change.cases))
        .value(Column::Visible, column(Column::Visible).add(change.visible))
        .value(Column::ListVersion, column(Column::ListVersion).add(1));
    Query::insert()
        .into_table(Entity)
        .columns([
            Column::OwnerId,
            Column::Day,
            Column::CreatedToday,
            Column::Cases,
            Column::Visible,
            Column::ListVersion,
        ])
        .values_panic([
            owner_id.into(),
            day.into(),
            created_today.into(),
            change.cases.into(),
            change.visible.into(),
            1_i64.into(),
        ])
        .on_conflict(on_conflict)
        .take()
}

/// Returns a column with its table, for an upsert tells it from the new value by that.
fn column(column: Column) -> Expr {
    Expr::col((Entity, column))
}
