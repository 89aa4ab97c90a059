//! What became of requests that carried an idempotency key.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use super::Stored;
use crate::entity::receipt::{Column, Entity, Model};

/// Names one request of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceiptKey {
    pub(crate) user_id: String,
    pub(crate) route: String,
    pub(crate) key: String,
}

/// Returns the receipt of a request.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, key: &ReceiptKey) -> Stored<Option<Model>> {
    let id = (key.user_id.clone(), key.route.clone(), key.key.clone());
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Stores a receipt that must be new.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, receipt: Model) -> Stored<()> {
    Entity::insert(receipt.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes over a receipt whose turn died; returns false when somebody else was faster.
pub(crate) async fn take_over<C: ConnectionTrait>(
    db: &C,
    receipt: Model,
    now: DateTime<Utc>,
) -> Stored<bool> {
    let mut on_conflict = OnConflict::columns([Column::UserId, Column::Route, Column::Key]);
    on_conflict
        .update_columns([Column::CaseId, Column::TurnToken, Column::LeaseUntil])
        .action_and_where(column_of_table(Column::Done).eq(false))
        .action_and_where(column_of_table(Column::LeaseUntil).lte(now));
    let rows = Entity::insert(receipt.into_active_model())
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(rows > 0)
}

fn column_of_table(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// Extends the receipt a turn holds.
pub(crate) async fn renew<C: ConnectionTrait>(
    db: &C,
    turn_token: &str,
    until: DateTime<Utc>,
) -> Stored<()> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, until.into())
        .filter(Column::TurnToken.eq(turn_token))
        .exec(db)
        .await?;
    Ok(())
}

/// Stores the answer of the turn that holds a receipt.
pub(crate) async fn finish<C: ConnectionTrait>(
    db: &C,
    turn_token: &str,
    answer: &[u8],
) -> Stored<()> {
    Entity::update_many()
        .col_expr(Column::Done, true.into())
        .col_expr(Column::Answer, answer.to_vec().into())
        .col_expr(Column::TurnToken, Option::<String>::None.into())
        .filter(Column::TurnToken.eq(turn_token))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the receipt a turn held in vain.
pub(crate) async fn release<C: ConnectionTrait>(db: &C, turn_token: &str) -> Stored<()> {
    Entity::delete_many()
        .filter(Column::TurnToken.eq(turn_token))
        .filter(Column::Done.eq(false))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes every receipt of a turn that did not end, so that a repeat runs anew.
pub(crate) async fn release_unfinished<C: ConnectionTrait>(db: &C) -> Stored<()> {
    Entity::delete_many()
        .filter(Column::Done.eq(false))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes receipts nobody can ask for any more.
pub(crate) async fn sweep<C: ConnectionTrait>(db: &C, before: DateTime<Utc>) -> Stored<u64> {
    let swept = Entity::delete_many()
        .filter(Column::CreatedAt.lt(before))
        .exec(db)
        .await?;
    Ok(swept.rows_affected)
}
