//! Deleting a file: hidden first, removed when the case has let go of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::files::descendants;
use super::{Store, loose_blobs};
use crate::entity::analysis;
use crate::entity::file::{Column, Entity, Model};
use crate::entity::record::{self, EvidenceState};
use crate::error::EvidenceError;

impl Store {
    /// Hides a file and its members; returns them, also when they were hidden before.
    pub(crate) async fn hide(
        &self,
        file_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Model>, EvidenceError> {
        let file_id = file_id.to_owned();
        self.db
            .write(move |transaction| {
                let file_id = file_id.clone();
                Box::pin(async move {
                    let root = Entity::find_by_id(file_id).one(transaction).await?;
                    let root = root.ok_or(EvidenceError::FileNotFound)?;
                    let family = descendants(transaction, vec![root]).await?;
                    for file in &family {
                        // The case may get the same bytes again while these are leaving.
                        set_hidden(transaction, &file.file_id, &file.file_id, true, now).await?;
                    }
                    Ok(family)
                })
            })
            .await
    }

    /// Shows files again that could not be deleted.
    pub(crate) async fn unhide(
        &self,
        family: Vec<Model>,
        now: DateTime<Utc>,
    ) -> Result<(), EvidenceError> {
        self.db
            .write(move |transaction| {
                let family = family.clone();
                Box::pin(async move {
                    for file in &family {
                        let scope = scope_again(transaction, file).await?;
                        set_hidden(transaction, &file.file_id, &scope, false, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Removes hidden files, withdraws the evidence that cites them and erases its quotes.
    ///
    /// Returns the ids of that evidence; the bytes are left to the sweep.
    pub(crate) async fn remove_files(
        &self,
        family: Vec<Model>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, EvidenceError> {
        self.db
            .write(move |transaction| {
                let family = family.clone();
                Box::pin(async move {
                    let ids: Vec<_> = family.iter().map(|file| file.file_id.clone()).collect();
                    let withdrawn = withdraw(transaction, &ids).await?;
                    analysis::Entity::delete_many()
                        .filter(analysis::Column::FileId.is_in(&ids))
                        .exec(transaction)
                        .await?;
                    Entity::delete_many()
                        .filter(Column::FileId.is_in(&ids))
                        .exec(transaction)
                        .await?;
                    for file in &family {
                        let prefix = crate::intake::prefix_of(&file.blob_key).to_owned();
                        loose_blobs::insert(transaction, prefix, now).await?;
                    }
                    Ok(withdrawn)
                })
            })
            .await
    }

    /// Removes everything of a case, hidden or not; the bytes are left to the sweep.
    ///
    /// Returns the places of the bytes.
    pub(crate) async fn remove_case(
        &self,
        case_id: String,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, EvidenceError> {
        self.db
            .write(move |transaction| {
                let case_id = case_id.clone();
                Box::pin(async move {
                    let files = Entity::find().filter(Column::CaseId.eq(&case_id));
                    let files = files.all(transaction).await?;
                    for file in &files {
                        analysis::Entity::delete_by_id(&file.file_id)
                            .exec(transaction)
                            .await?;
                    }
                    record::Entity::delete_many()
                        .filter(record::Column::CaseId.eq(&case_id))
                        .exec(transaction)
                        .await?;
                    Entity::delete_many()
                        .filter(Column::CaseId.eq(&case_id))
                        .exec(transaction)
                        .await?;
                    let prefixes = files
                        .iter()
                        .map(|it| crate::intake::prefix_of(&it.blob_key));
                    let prefixes: Vec<String> = prefixes.map(str::to_owned).collect();
                    for prefix in &prefixes {
                        loose_blobs::insert(transaction, prefix.clone(), now).await?;
                    }
                    Ok(prefixes)
                })
            })
            .await
    }

    /// Returns the topmost files whose deletion was interrupted before `before`.
    pub(crate) async fn half_deleted(
        &self,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<Model>, EvidenceError> {
        let hidden = Entity::find()
            .filter(Column::Deleting.eq(true))
            .filter(Column::UpdatedAt.lte(before))
            .order_by_asc(Column::UpdatedAt)
            .limit(limit)
            .all(self.db.read())
            .await?;
        let by_id: HashMap<_, _> = hidden.iter().map(|file| (&file.file_id, file)).collect();
        let has_hidden_parent = |file: &Model| {
            file.parent_file_id
                .as_ref()
                .is_some_and(|id| by_id.contains_key(id))
        };
        let roots = hidden.iter().filter(|file| !has_hidden_parent(file));
        Ok(roots.cloned().collect())
    }
}

/// Returns the scope of a file that comes back, which is its own when its bytes came in again meanwhile.
async fn scope_again(
    transaction: &DatabaseTransaction,
    file: &Model,
) -> Result<String, EvidenceError> {
    let Some(case_id) = &file.case_id else {
        return Ok(file.file_id.clone());
    };
    let scope = file.scope_in(case_id);
    let taken = Entity::find()
        .filter(Column::DedupScope.eq(&scope))
        .filter(Column::Sha256.eq(&file.sha256));
    let taken = taken.one(transaction).await?.is_some();
    Ok(if taken { file.file_id.clone() } else { scope })
}

async fn set_hidden(
    transaction: &DatabaseTransaction,
    file_id: &str,
    dedup_scope: &str,
    hidden: bool,
    now: DateTime<Utc>,
) -> Result<(), EvidenceError> {
    Entity::update_many()
        .col_expr(Column::Deleting, Expr::value(hidden))
        .col_expr(Column::DedupScope, Expr::value(dedup_scope))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::FileId.eq(file_id))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn withdraw(
    transaction: &DatabaseTransaction,
    file_ids: &[String],
) -> Result<Vec<String>, EvidenceError> {
    let active = record::Entity::find()
        .filter(record::Column::FileId.is_in(file_ids))
        .filter(record::Column::State.eq(EvidenceState::Active))
        .order_by_asc(record::Column::CollectedAt)
        .all(transaction)
        .await?;
    record::Entity::update_many()
        .col_expr(record::Column::State, Expr::value(EvidenceState::Withdrawn))
        .col_expr(record::Column::Quote, Expr::value(""))
        .filter(record::Column::FileId.is_in(file_ids))
        .filter(record::Column::State.is_in([EvidenceState::Active, EvidenceState::Withdrawn]))
        .exec(transaction)
        .await?;
    record::Entity::delete_many()
        .filter(record::Column::FileId.is_in(file_ids))
        .filter(record::Column::State.eq(EvidenceState::Staged))
        .exec(transaction)
        .await?;
    Ok(active.into_iter().map(|row| row.evidence_id).collect())
}
