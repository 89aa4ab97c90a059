//! Places in the blob store that no file row stands for.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::Store;
use crate::entity::{file, loose_blob};
use crate::error::EvidenceError;

impl Store {
    /// Reserves a place for the bytes of a new file; `false` when the file id is taken.
    pub(crate) async fn reserve(
        &self,
        file_id: &str,
        prefix: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, EvidenceError> {
        let (file_id, prefix) = (file_id.to_owned(), prefix.to_owned());
        self.db
            .write(move |transaction| {
                let (file_id, prefix) = (file_id.clone(), prefix.clone());
                Box::pin(async move {
                    let taken = file::Entity::find_by_id(file_id).one(transaction).await?;
                    let reserved = loose_blob::Entity::find_by_id(prefix.clone());
                    if taken.is_some() || reserved.one(transaction).await?.is_some() {
                        return Ok(false);
                    }
                    insert(transaction, prefix, expires_at).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Moves the end of a reservation; `false` when it has been swept.
    pub(crate) async fn renew(
        &self,
        prefix: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, EvidenceError> {
        let prefix = prefix.to_owned();
        self.db
            .write(move |transaction| {
                let prefix = prefix.clone();
                Box::pin(async move {
                    let renewed = loose_blob::Entity::update_many()
                        .col_expr(loose_blob::Column::ExpiresAt, Expr::value(expires_at))
                        .filter(loose_blob::Column::Prefix.eq(prefix))
                        .filter(loose_blob::Column::Sweeping.eq(false))
                        .exec(transaction)
                        .await?;
                    Ok(renewed.rows_affected == 1)
                })
            })
            .await
    }

    /// Forgets a place that has been emptied.
    pub(crate) async fn forget_loose(&self, prefix: &str) -> Result<(), EvidenceError> {
        let prefix = prefix.to_owned();
        self.db
            .write(move |transaction| {
                let prefix = prefix.clone();
                Box::pin(async move {
                    loose_blob::Entity::delete_by_id(prefix)
                        .exec(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes up to `limit` places that may be swept, so that nobody can settle there any more.
    pub(crate) async fn claim_expired(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<String>, EvidenceError> {
        self.db
            .write(move |transaction| {
                Box::pin(async move {
                    let expired = loose_blob::Entity::find()
                        .filter(loose_blob::Column::ExpiresAt.lte(now))
                        .order_by_asc(loose_blob::Column::ExpiresAt)
                        .limit(limit)
                        .all(transaction)
                        .await?;
                    let prefixes: Vec<_> = expired.into_iter().map(|row| row.prefix).collect();
                    loose_blob::Entity::update_many()
                        .col_expr(loose_blob::Column::Sweeping, Expr::value(true))
                        .filter(loose_blob::Column::Prefix.is_in(prefixes.iter()))
                        .filter(loose_blob::Column::ExpiresAt.lte(now))
                        .exec(transaction)
                        .await?;
                    Ok(prefixes)
                })
            })
            .await
    }

    /// Lets the reservations end of a process that died; what is held for a job stays.
    pub(crate) async fn expire_all_reservations(
        &self,
        now: DateTime<Utc>,
    ) -> Result<(), EvidenceError> {
        self.db
            .write(move |transaction| {
                Box::pin(async move {
                    loose_blob::Entity::update_many()
                        .col_expr(loose_blob::Column::ExpiresAt, Expr::value(now))
                        .filter(loose_blob::Column::ExpiresAt.gt(now))
                        .filter(loose_blob::Column::Durable.eq(false))
                        .exec(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Notes a place that may be swept from `expires_at` on.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    prefix: String,
    expires_at: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    let row = loose_blob::ActiveModel {
        prefix: Set(prefix),
        expires_at: Set(expires_at),
        sweeping: Set(false),
        file_id: Set(None),
        held: Set(None),
        durable: Set(false),
    };
    // Two replicas may finish the same deletion.
    let again = OnConflict::column(loose_blob::Column::Prefix)
        .update_column(loose_blob::Column::ExpiresAt)
        .to_owned();
    loose_blob::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Ends a reservation because a file row now stands for the place; `false` when it was swept.
pub(super) async fn settle(
    transaction: &DatabaseTransaction,
    prefix: &str,
) -> Result<bool, EvidenceError> {
    let settled = loose_blob::Entity::delete_many()
        .filter(loose_blob::Column::Prefix.eq(prefix))
        .filter(loose_blob::Column::Sweeping.eq(false))
        .exec(transaction)
        .await?;
    Ok(settled.rows_affected == 1)
}
