//! Files: storing, finding, listing, linking.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::{Store, loose_blobs};
use crate::entity::file::{Column, Entity, FileState, Model};
use crate::error::EvidenceError;

/// Times a lost race for the same content is looked at again.
pub(super) const RACES: usize = 3;

/// What became of a file to be inserted.
#[derive(Debug)]
pub(crate) enum Inserted {
    New(Model),
    /// The case has these bytes already, in this file.
    Duplicate(Model),
}

/// Which files to list, newest first.
#[derive(Debug, Clone)]
pub(crate) struct FileListing {
    pub(crate) scope: FileScope,
    pub(crate) include_members: bool,
    /// Stored names; none means all.
    pub(crate) classes: Vec<&'static str>,
    /// Time and id of the last file of the page before.
    pub(crate) after: Option<(DateTime<Utc>, String)>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Whose files are meant.
#[derive(Debug, Clone)]
pub(crate) enum FileScope {
    Case(String),
    Owner(String),
}

impl Store {
    /// Makes the bytes reserved under `prefix` a file, unless the case has them already.
    pub(crate) async fn insert_file(
        &self,
        row: Model,
        prefix: &str,
    ) -> Result<Inserted, EvidenceError> {
        let mut races = 0;
        loop {
            let outcome = self.try_insert_file(row.clone(), prefix.to_owned()).await;
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

    async fn try_insert_file(&self, row: Model, prefix: String) -> Result<Inserted, EvidenceError> {
        self.db
            .write(move |transaction| {
                let (row, prefix) = (row.clone(), prefix.clone());
                Box::pin(async move {
                    if let Some(earlier) = same_content(transaction, &row).await? {
                        return Ok(Inserted::Duplicate(earlier));
                    }
                    if !loose_blobs::settle(transaction, &prefix).await? {
                        return Err(EvidenceError::UploadExpired);
                    }
                    Entity::insert(row.clone().into_active_model())
                        .exec_without_returning(transaction)
                        .await?;
                    Ok(Inserted::New(row))
                })
            })
            .await
    }

    /// Returns a file that is not being deleted.
    pub(crate) async fn file(&self, file_id: &str) -> Result<Option<Model>, EvidenceError> {
        let found = visible().filter(Column::FileId.eq(file_id));
        Ok(found.one(self.db.read()).await?)
    }

    /// Returns those of the named files that exist, and whatever was unpacked from them.
    pub(crate) async fn files_with_members(
        &self,
        file_ids: &[String],
    ) -> Result<Vec<Model>, EvidenceError> {
        let roots = visible()
            .filter(Column::FileId.is_in(file_ids))
            .all(self.db.read())
            .await?;
        let mut files = descendants(self.db.read(), roots).await?;
        files.retain(|file| !file.deleting);
        Ok(files)
    }

    /// Returns all files of a case that are not being deleted, oldest first.
    pub(crate) async fn files_of_case(&self, case_id: &str) -> Result<Vec<Model>, EvidenceError> {
        let found = visible()
            .filter(Column::CaseId.eq(case_id))
            .order_by_asc(Column::UploadedAt)
            .order_by_asc(Column::FileId);
        Ok(found.all(self.db.read()).await?)
    }

    /// Returns one page of files and how many there are in all.
    pub(crate) async fn list_files(
        &self,
        listing: FileListing,
    ) -> Result<(Vec<Model>, u64), EvidenceError> {
        let mut all = match listing.scope {
            FileScope::Case(case_id) => visible().filter(Column::CaseId.eq(case_id)),
            FileScope::Owner(owner_id) => visible().filter(Column::OwnerId.eq(owner_id)),
        };
        if !listing.include_members {
            all = all.filter(Column::ParentFileId.is_null());
        }
        if !listing.classes.is_empty() {
            all = all.filter(Column::DataClass.is_in(listing.classes));
        }
        let total = all.clone().count(self.db.read()).await?;
        let mut page = all
            .order_by_desc(Column::UploadedAt)
            .order_by_desc(Column::FileId)
            .offset(listing.offset)
            .limit(listing.limit);
        if let Some((time, file_id)) = listing.after {
            page = page.filter(older_than(time, &file_id));
        }
        Ok((page.all(self.db.read()).await?, total))
    }

    /// Gives a file and its members to a case, once; returns the files as they are now.
    pub(crate) async fn link(
        &self,
        file_id: &str,
        link: Link,
    ) -> Result<Vec<Model>, EvidenceError> {
        let file_id = file_id.to_owned();
        self.db
            .write(move |transaction| {
                let (file_id, link) = (file_id.clone(), link.clone());
                Box::pin(async move { link_family(transaction, &file_id, &link).await })
            })
            .await
    }

    /// Notes that the case module knows the files.
    pub(crate) async fn mark_registered(&self, file_ids: Vec<String>) -> Result<(), EvidenceError> {
        self.db
            .write(move |transaction| {
                let file_ids = file_ids.clone();
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::Registered, Expr::value(true))
                        .filter(Column::FileId.is_in(file_ids))
                        .exec(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Returns files, untouched since `before`, that their case does not know yet.
    pub(crate) async fn unregistered(
        &self,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<Model>, EvidenceError> {
        let found = visible()
            .filter(Column::CaseId.is_not_null())
            .filter(Column::Registered.eq(false))
            .filter(Column::UpdatedAt.lte(before))
            .order_by_asc(Column::UpdatedAt)
            .limit(limit);
        Ok(found.all(self.db.read()).await?)
    }

    /// Returns files, untouched since `before`, whose analysis is outstanding.
    pub(crate) async fn unfinished(
        &self,
        before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<Model>, EvidenceError> {
        let found = visible()
            .filter(Column::State.is_in([FileState::Stored, FileState::Processing]))
            .filter(Column::UpdatedAt.lte(before))
            .order_by_asc(Column::UpdatedAt)
            .limit(limit);
        Ok(found.all(self.db.read()).await?)
    }
}

/// What a file becomes when it is linked to a case.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) case_id: String,
    pub(crate) owner_id: String,
    pub(crate) turn: i32,
    pub(crate) now: DateTime<Utc>,
}

/// Begins a query for files that nobody is deleting.
pub(super) fn visible() -> Select<Entity> {
    Entity::find().filter(Column::Deleting.eq(false))
}

fn older_than(time: DateTime<Utc>, file_id: &str) -> Condition {
    Condition::any().add(Column::UploadedAt.lt(time)).add(
        Condition::all()
            .add(Column::UploadedAt.eq(time))
            .add(Column::FileId.lt(file_id)),
    )
}

/// Finds the file that `row` would be a duplicate of.
pub(super) async fn same_content<C: ConnectionTrait>(
    connection: &C,
    row: &Model,
) -> Result<Option<Model>, EvidenceError> {
    let found = visible()
        .filter(Column::DedupScope.eq(&row.dedup_scope))
        .filter(Column::Sha256.eq(&row.sha256));
    Ok(found.one(connection).await?)
}

/// Returns the files followed by everything that was unpacked from them, level by level.
pub(super) async fn descendants<C: ConnectionTrait>(
    connection: &C,
    roots: Vec<Model>,
) -> Result<Vec<Model>, EvidenceError> {
    let mut files = roots;
    let mut level: Vec<String> = files.iter().map(|file| file.file_id.clone()).collect();
    while !level.is_empty() {
        let members = Entity::find()
            .filter(Column::ParentFileId.is_in(level))
            .filter(Column::FileId.is_not_in(files.iter().map(|file| &file.file_id)))
            .order_by_asc(Column::UploadedAt)
            .order_by_asc(Column::MemberPath)
            .order_by_asc(Column::FileId)
            .all(connection)
            .await?;
        level = members.iter().map(|file| file.file_id.clone()).collect();
        files.extend(members);
    }
    Ok(files)
}

async fn link_family(
    transaction: &DatabaseTransaction,
    file_id: &str,
    link: &Link,
) -> Result<Vec<Model>, EvidenceError> {
    let root = visible()
        .filter(Column::FileId.eq(file_id))
        .lock_exclusive()
        .one(transaction)
        .await?;
    let root = root.ok_or(EvidenceError::FileNotFound)?;
    let mut family = descendants(transaction, vec![root]).await?;
    for file in &mut family {
        match &file.case_id {
            Some(case_id) if *case_id == link.case_id => continue,
            Some(_) => return Err(EvidenceError::AlreadyLinked),
            None => file.dedup_scope = file.scope_in(&link.case_id),
        }
        if let Some(earlier) = same_content(transaction, file).await? {
            return Err(EvidenceError::DuplicateInCase {
                file_id: earlier.file_id,
            });
        }
        file.case_id = Some(link.case_id.clone());
        file.owner_id.clone_from(&link.owner_id);
        file.uploaded_at_turn = link.turn;
        save_link(transaction, file, link).await?;
    }
    Ok(family)
}

/// Writes only what a link changes; an analysis may be finishing at the same time.
async fn save_link(
    transaction: &DatabaseTransaction,
    file: &Model,
    link: &Link,
) -> Result<(), EvidenceError> {
    Entity::update_many()
        .col_expr(Column::CaseId, Expr::value(link.case_id.as_str()))
        .col_expr(Column::DedupScope, Expr::value(file.dedup_scope.as_str()))
        .col_expr(Column::OwnerId, Expr::value(link.owner_id.as_str()))
        .col_expr(Column::UploadedAtTurn, Expr::value(link.turn))
        .col_expr(Column::Registered, Expr::value(false))
        .col_expr(Column::UpdatedAt, Expr::value(link.now))
        .filter(Column::FileId.eq(&file.file_id))
        .exec(transaction)
        .await?;
    Ok(())
}
