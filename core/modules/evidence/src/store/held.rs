//! Files kept apart until the request they were uploaded for is accepted.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::db::Receipt;
use faultmaven_proto::evidence::v1 as pb;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};

use super::files::{RACES, same_content, visible};
use super::{Link, Store, loose_blobs};
use crate::entity::file;
use crate::entity::loose_blob::{Column, Entity};
use crate::error::EvidenceError;
use crate::note::Note;

/// Where files go that a request hands over.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// Absent keeps them without a case.
    pub(crate) link: Option<Link>,
    pub(crate) uploaded_by: String,
    pub(crate) source_url: Option<String>,
    /// What is empty leaves what the upload said.
    pub(crate) note: Note,
    pub(crate) now: DateTime<Utc>,
}

/// What a file is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldFor {
    /// The request that brings it, which ends with this process.
    Request,
    /// A job, which a crash does not end.
    Job,
}

/// What became of a file that was to be kept.
#[derive(Debug)]
pub(crate) enum Kept {
    New(file::Model),
    /// The case has these bytes already, in this file; what lies at the place is to be swept.
    Duplicate(file::Model, String),
    /// It was a file of the case before.
    Known(file::Model),
}

impl Store {
    /// Holds a file at its reserved place until `expires_at`.
    pub(crate) async fn hold(
        &self,
        row: &file::Model,
        prefix: &str,
        held_for: HeldFor,
        expires_at: DateTime<Utc>,
    ) -> Result<(), EvidenceError> {
        let durable = held_for == HeldFor::Job;
        let (file_id, held) = (row.file_id.clone(), serde_json::to_string(row)?);
        let prefix = prefix.to_owned();
        self.db
            .write(move |transaction| {
                let update = Entity::update_many()
                    .col_expr(Column::ExpiresAt, Expr::value(expires_at))
                    .col_expr(Column::FileId, Expr::value(file_id.as_str()))
                    .col_expr(Column::Held, Expr::value(held.as_str()))
                    .col_expr(Column::Durable, Expr::value(durable))
                    .filter(Column::Prefix.eq(prefix.as_str()))
                    .filter(Column::Sweeping.eq(false));
                Box::pin(async move {
                    match update.exec(transaction).await?.rows_affected {
                        0 => Err(EvidenceError::UploadExpired),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    /// Returns a file that this person holds.
    pub(crate) async fn held(
        &self,
        file_id: &str,
        uploaded_by: &str,
    ) -> Result<Option<file::Model>, EvidenceError> {
        let held = held(self.db.read(), file_id, uploaded_by).await?;
        Ok(held.map(|(row, _)| row))
    }

    /// Makes held files files of their destination, all or none.
    pub(crate) async fn keep(
        &self,
        receipt: Option<Receipt>,
        file_ids: Vec<String>,
        destination: Destination,
    ) -> Result<Vec<Kept>, EvidenceError> {
        let mut races = 0;
        let wish = Arc::new((receipt, file_ids, destination));
        loop {
            let wish = Arc::clone(&wish);
            let outcome = self
                .db
                .write(move |transaction| {
                    let wish = Arc::clone(&wish);
                    Box::pin(async move {
                        let (receipt, file_ids, destination) = &*wish;
                        let kept = keep_all(transaction, file_ids, destination).await?;
                        if let Some(receipt) = receipt {
                            let answer = named(&kept);
                            receipt
                                .record::<_, EvidenceError>(transaction, &answer)
                                .await?;
                        }
                        Ok(kept)
                    })
                })
                .await;
            match outcome {
                // Somebody else stored the same bytes a moment ago.
                Err(EvidenceError::Database(error))
                    if faultmaven_kit::db::is_unique_violation(&error) && races < RACES =>
                {
                    races += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Returns the files that were kept under a receipt, and which were duplicates then.
    pub(crate) async fn kept_under(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<Vec<(file::Model, bool)>>, EvidenceError> {
        let stored = self
            .db
            .answered::<pb::KeepFilesResponse, EvidenceError>(receipt)
            .await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let mut files = Vec::with_capacity(stored.answer.files.len());
        for kept in stored.answer.files {
            let file_id = kept.file.unwrap_or_default().file_id;
            let file = self.file(&file_id).await?;
            let file = file.ok_or(EvidenceError::FileNotFound)?;
            files.push((file, !kept.duplicate_of.is_empty()));
        }
        Ok(Some(files))
    }

    /// Lets go of files that this person holds; returns the places to be swept.
    pub(crate) async fn release(
        &self,
        file_ids: Vec<String>,
        uploaded_by: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, EvidenceError> {
        let uploaded_by = uploaded_by.to_owned();
        self.db
            .write(move |transaction| {
                let (file_ids, uploaded_by) = (file_ids.clone(), uploaded_by.clone());
                Box::pin(async move {
                    let mut prefixes = Vec::new();
                    for file_id in &file_ids {
                        let held = held(transaction, file_id, &uploaded_by).await?;
                        prefixes.extend(held.map(|(_, prefix)| prefix));
                    }
                    Entity::update_many()
                        .col_expr(Column::Sweeping, Expr::value(true))
                        .col_expr(Column::ExpiresAt, Expr::value(now))
                        .filter(Column::Prefix.is_in(&prefixes))
                        .exec(transaction)
                        .await?;
                    Ok(prefixes)
                })
            })
            .await
    }
}

/// Returns the answer that a receipt keeps: what a file has become is read anew.
fn named(kept: &[Kept]) -> pb::KeepFilesResponse {
    let files = kept.iter().map(|kept| {
        let (file, is_duplicate) = match kept {
            Kept::New(file) | Kept::Known(file) => (file, false),
            Kept::Duplicate(file, _) => (file, true),
        };
        let duplicate_of = is_duplicate.then(|| file.file_id.clone());
        pb::KeptFile {
            duplicate_of: duplicate_of.unwrap_or_default(),
            file: Some(pb::UploadedFile {
                file_id: file.file_id.clone(),
                ..pb::UploadedFile::default()
            }),
        }
    });
    pb::KeepFilesResponse {
        files: files.collect(),
        replayed: false,
    }
}

async fn held<C: ConnectionTrait>(
    connection: &C,
    file_id: &str,
    uploaded_by: &str,
) -> Result<Option<(file::Model, String)>, EvidenceError> {
    let found = Entity::find()
        .filter(Column::FileId.eq(file_id))
        .filter(Column::Sweeping.eq(false))
        .one(connection)
        .await?;
    let Some(place) = found else { return Ok(None) };
    let row: file::Model = serde_json::from_str(&place.held.unwrap_or_default())?;
    Ok((row.uploaded_by == uploaded_by).then_some((row, place.prefix)))
}

async fn keep_all(
    transaction: &DatabaseTransaction,
    file_ids: &[String],
    destination: &Destination,
) -> Result<Vec<Kept>, EvidenceError> {
    let mut kept = Vec::with_capacity(file_ids.len());
    for file_id in file_ids {
        let held = held(transaction, file_id, &destination.uploaded_by).await?;
        kept.push(match held {
            Some((row, prefix)) => keep_one(transaction, row, prefix, destination).await?,
            None => Kept::Known(known(transaction, file_id, destination).await?),
        });
    }
    Ok(kept)
}

async fn keep_one(
    transaction: &DatabaseTransaction,
    mut row: file::Model,
    prefix: String,
    destination: &Destination,
) -> Result<Kept, EvidenceError> {
    let case_id = destination.link.as_ref().map(|link| &link.case_id);
    if row.case_id.is_some() && row.case_id.as_ref() != case_id {
        return Err(EvidenceError::FileNotFound);
    }
    if let Some(link) = &destination.link {
        row.case_id = Some(link.case_id.clone());
        row.dedup_scope.clone_from(&link.case_id);
        row.owner_id.clone_from(&link.owner_id);
        row.uploaded_at_turn = link.turn;
    }
    if let Some(source_url) = &destination.source_url {
        row.source_url.clone_from(source_url);
    }
    let note = &destination.note;
    if !note.description.is_empty() {
        row.description.clone_from(&note.description);
    }
    if !note.tags.is_empty() {
        row.tags = note.tags_json();
    }
    (row.uploaded_at, row.updated_at) = (destination.now, destination.now);
    if let Some(earlier) = same_content(transaction, &row).await? {
        return Ok(Kept::Duplicate(earlier, prefix));
    }
    if !loose_blobs::settle(transaction, &prefix).await? {
        return Err(EvidenceError::UploadExpired);
    }
    file::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(Kept::New(row))
}

async fn known(
    transaction: &DatabaseTransaction,
    file_id: &str,
    destination: &Destination,
) -> Result<file::Model, EvidenceError> {
    let Some(link) = &destination.link else {
        return Err(EvidenceError::FileNotFound);
    };
    let found = visible()
        .filter(file::Column::FileId.eq(file_id))
        .filter(file::Column::CaseId.eq(&link.case_id));
    let found = found.one(transaction).await?;
    found.ok_or(EvidenceError::FileNotFound)
}
