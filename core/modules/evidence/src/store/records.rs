//! Evidence: staged, activated, discarded, listed.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::Store;
use crate::entity::file;
use crate::entity::record::{Column, Entity, EvidenceState, Model};
use crate::error::EvidenceError;

/// Which evidence to list, newest first.
#[derive(Debug, Clone)]
pub(crate) struct RecordListing {
    pub(crate) case_id: String,
    pub(crate) include_withdrawn: bool,
    /// Time and id of the last record of the page before.
    pub(crate) after: Option<(DateTime<Utc>, String)>,
    pub(crate) limit: u64,
}

impl Store {
    /// Stores verified claims, all or none; fails when a file they cite was deleted meanwhile.
    pub(crate) async fn stage(&self, records: Vec<Model>) -> Result<(), EvidenceError> {
        if records.is_empty() {
            return Ok(());
        }
        self.db
            .write(move |transaction| {
                let rows: Vec<_> = records
                    .iter()
                    .cloned()
                    .map(Model::into_active_model)
                    .collect();
                let mut cited: Vec<_> = records
                    .iter()
                    .filter_map(|row| row.file_id.clone())
                    .collect();
                cited.sort_unstable();
                cited.dedup();
                Box::pin(async move {
                    require_files(transaction, cited).await?;
                    Entity::insert_many(rows)
                        .exec_without_returning(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Makes staged evidence of a case visible.
    pub(crate) async fn activate(
        &self,
        case_id: &str,
        evidence_ids: Vec<String>,
    ) -> Result<(), EvidenceError> {
        let (from, to) = (EvidenceState::Staged, EvidenceState::Active);
        self.move_on(case_id, evidence_ids, from, to).await
    }

    /// Marks evidence that its case no longer counts.
    pub(crate) async fn withdraw(
        &self,
        case_id: &str,
        evidence_ids: Vec<String>,
    ) -> Result<(), EvidenceError> {
        let (from, to) = (EvidenceState::Active, EvidenceState::Withdrawn);
        self.move_on(case_id, evidence_ids, from, to).await
    }

    /// Moves evidence of a case from one state to the next; what is in another stays.
    async fn move_on(
        &self,
        case_id: &str,
        evidence_ids: Vec<String>,
        from: EvidenceState,
        to: EvidenceState,
    ) -> Result<(), EvidenceError> {
        let case_id = case_id.to_owned();
        self.db
            .write(move |transaction| {
                let (case_id, evidence_ids) = (case_id.clone(), evidence_ids.clone());
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::State, Expr::value(to))
                        .filter(Column::CaseId.eq(case_id))
                        .filter(Column::EvidenceId.is_in(evidence_ids))
                        .filter(Column::State.eq(from))
                        .exec(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Drops the staged evidence of one turn.
    pub(crate) async fn discard_turn(
        &self,
        case_id: &str,
        turn_token: &str,
    ) -> Result<(), EvidenceError> {
        let staged = Condition::all()
            .add(Column::CaseId.eq(case_id))
            .add(Column::TurnToken.eq(turn_token))
            .add(Column::State.eq(EvidenceState::Staged));
        self.delete_records(staged).await
    }

    /// Drops staged evidence that no committed turn names.
    pub(crate) async fn discard(&self, evidence_ids: Vec<String>) -> Result<(), EvidenceError> {
        let staged = Condition::all()
            .add(Column::EvidenceId.is_in(evidence_ids))
            .add(Column::State.eq(EvidenceState::Staged));
        self.delete_records(staged).await
    }

    async fn delete_records(&self, which: Condition) -> Result<(), EvidenceError> {
        self.db
            .write(move |transaction| {
                let which = which.clone();
                Box::pin(async move {
                    Entity::delete_many()
                        .filter(which)
                        .exec(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Returns evidence that was staged before `before` and is staged still.
    pub(crate) async fn staged_before(
        &self,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<Model>, EvidenceError> {
        let found = Entity::find()
            .filter(Column::State.eq(EvidenceState::Staged))
            .filter(Column::CollectedAt.lte(before))
            .order_by_asc(Column::CollectedAt)
            .limit(limit);
        Ok(found.all(self.db.read()).await?)
    }

    /// Returns a piece of evidence of a committed turn.
    pub(crate) async fn record(&self, evidence_id: &str) -> Result<Option<Model>, EvidenceError> {
        let found = Entity::find_by_id(evidence_id)
            .filter(Column::State.ne(EvidenceState::Staged))
            .one(self.db.read())
            .await?;
        Ok(found)
    }

    /// Returns one page of evidence of committed turns.
    pub(crate) async fn list_records(
        &self,
        listing: RecordListing,
    ) -> Result<Vec<Model>, EvidenceError> {
        let mut states = vec![EvidenceState::Active];
        if listing.include_withdrawn {
            states.push(EvidenceState::Withdrawn);
        }
        let mut page = Entity::find()
            .filter(Column::CaseId.eq(listing.case_id))
            .filter(Column::State.is_in(states))
            .order_by_desc(Column::CollectedAt)
            .order_by_desc(Column::EvidenceId)
            .limit(listing.limit);
        if let Some((time, evidence_id)) = listing.after {
            let older = Condition::any().add(Column::CollectedAt.lt(time)).add(
                Condition::all()
                    .add(Column::CollectedAt.eq(time))
                    .add(Column::EvidenceId.lt(evidence_id)),
            );
            page = page.filter(older);
        }
        Ok(page.all(self.db.read()).await?)
    }
}

async fn require_files(
    transaction: &DatabaseTransaction,
    file_ids: Vec<String>,
) -> Result<(), EvidenceError> {
    let wanted = file_ids.len();
    let found = file::Entity::find()
        .filter(file::Column::FileId.is_in(file_ids))
        .filter(file::Column::Deleting.eq(false))
        .lock_shared()
        .all(transaction)
        .await?;
    if found.len() < wanted {
        return Err(EvidenceError::FileNotFound);
    }
    Ok(())
}
