//! Which turn of a case runs now; a conditional write excludes all others, in every process.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};

use super::Stored;
use crate::entity::turn_lease::{Column, Entity, Model};

/// Returns the lease of a case, live or not.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, case_id: &str) -> Stored<Option<Model>> {
    Ok(Entity::find_by_id(case_id).one(db).await?)
}

/// Returns the lease of a case, and keeps others from changing it until the transaction ends.
pub(crate) async fn find_for_update<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
) -> Stored<Option<Model>> {
    Ok(Entity::find_by_id(case_id).lock_exclusive().one(db).await?)
}

/// Takes the lease unless a live one exists; returns whether it was taken.
pub(crate) async fn claim<C: ConnectionTrait>(
    db: &C,
    lease: Model,
    now: DateTime<Utc>,
) -> Stored<bool> {
    let mut on_conflict = OnConflict::column(Column::CaseId);
    on_conflict
        .update_columns([
            Column::TurnToken,
            Column::UserId,
            Column::Fingerprint,
            Column::LeaseUntil,
            Column::Cancelled,
        ])
        .action_and_where(Expr::col((Entity, Column::LeaseUntil)).lte(now));
    let rows = Entity::insert(lease.into_active_model())
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(rows > 0)
}

/// Extends a lease; returns false when it is lost.
pub(crate) async fn renew<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    turn_token: &str,
    until: DateTime<Utc>,
) -> Stored<bool> {
    let renewed = Entity::update_many()
        .col_expr(Column::LeaseUntil, until.into())
        .filter(Column::CaseId.eq(case_id))
        .filter(Column::TurnToken.eq(turn_token))
        .exec(db)
        .await?;
    Ok(renewed.rows_affected > 0)
}

/// Tells the turn that holds a live lease, or the one of this token, to stop; returns false when there is
/// none.
pub(crate) async fn cancel<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    turn_token: Option<&str>,
    now: DateTime<Utc>,
) -> Stored<bool> {
    let marked = Entity::update_many()
        .col_expr(Column::Cancelled, true.into())
        .filter(Column::CaseId.eq(case_id));
    // A turn that was held up may renew its lease yet.
    let marked = match turn_token {
        Some(turn_token) => marked.filter(Column::TurnToken.eq(turn_token)),
        None => marked.filter(Column::LeaseUntil.gt(now)),
    };
    let cancelled = marked.exec(db).await?;
    Ok(cancelled.rows_affected > 0)
}

/// Ends a lease; returns false when it was lost before.
pub(crate) async fn release<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    turn_token: &str,
) -> Stored<bool> {
    let released = Entity::delete_many()
        .filter(Column::CaseId.eq(case_id))
        .filter(Column::TurnToken.eq(turn_token))
        .exec(db)
        .await?;
    Ok(released.rows_affected > 0)
}

/// Ends every lease.
pub(crate) async fn release_all<C: ConnectionTrait>(db: &C) -> Stored<u64> {
    let released = Entity::delete_many().exec(db).await?;
    Ok(released.rows_affected)
}
