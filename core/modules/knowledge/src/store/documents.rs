//! Reads and writes documents.

use std::sync::Arc;

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::knowledge::v1 as pb;
use sea_orm::ActiveValue::NotSet;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::{Store, collections, index};
use crate::access::ScopeFilter;
use crate::document::{DocumentType, Scope};
use crate::entity::document::{ActiveModel, Column, Entity, Model};
use crate::entity::{content, member, tag};
use crate::error::Error;
use crate::library::Text;
use crate::review::Review;

/// Which documents to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    pub(crate) document_type: Option<DocumentType>,
    pub(crate) tag_keys: Vec<String>,
    pub(crate) collection_id: Option<String>,
    /// None lists documents in every state.
    pub(crate) reviews: Vec<Review>,
    /// The number of the last document of the page before.
    pub(crate) before: Option<i64>,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Returns the answer that a receipt keeps: the text is kept once, with the document.
fn named(document_id: String) -> pb::CreateDocumentResponse {
    pb::CreateDocumentResponse {
        document: Some(pb::Document {
            document_id,
            ..pb::Document::default()
        }),
        ..pb::CreateDocumentResponse::default()
    }
}

impl Store {
    /// Returns the id of the document that was stored under a receipt.
    pub(crate) async fn stored_under(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<String>, Error> {
        let stored = self
            .db
            .answered::<pb::CreateDocumentResponse, Error>(receipt)
            .await?;
        let document = stored.and_then(|once| once.answer.document);
        Ok(document.map(|document| document.document_id))
    }

    /// Returns a document with its text.
    pub(crate) async fn find(
        &self,
        filter: &ScopeFilter,
        document_id: &str,
    ) -> Result<(Model, String), Error> {
        let query = visible(filter).filter(Column::DocumentId.eq(document_id));
        let found = self.one_with_content(query).await?;
        found.ok_or(Error::DocumentNotFound)
    }

    /// Returns the document of a scope that has this text.
    pub(crate) async fn find_same(
        &self,
        filter: &ScopeFilter,
        scope: &Scope,
        sha256: &str,
    ) -> Result<Option<(Model, String)>, Error> {
        let query = Entity::find()
            .filter(Column::ScopeKey.eq(filter.key(scope)))
            .filter(Column::Sha256.eq(sha256));
        self.one_with_content(query).await
    }

    async fn one_with_content(
        &self,
        query: Select<Entity>,
    ) -> Result<Option<(Model, String)>, Error> {
        // One statement, so that the text is of the version it is returned with.
        let found = query
            .find_also_related(content::Entity)
            .one(self.db.read())
            .await?;
        Ok(found.map(|(document, content)| {
            let content = content.map(|row| row.content);
            (document, content.unwrap_or_default())
        }))
    }

    /// Returns documents, newest first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        filter: &ScopeFilter,
        listing: &Listing,
    ) -> Result<(Vec<Model>, u64), Error> {
        let query = selected(filter, listing);
        let total = query.clone().count(self.db.read()).await?;
        let page = match listing.before {
            Some(number) => query.filter(Column::Number.lt(number)),
            None => query,
        };
        let documents = page
            .order_by_desc(Column::Number)
            .offset(listing.offset)
            .limit(listing.limit)
            .all(self.db.read())
            .await?;
        Ok((documents, total))
    }

    /// Stores a document and its index; fails when the scope has the text already.
    pub(crate) async fn insert(
        &self,
        receipt: Option<Receipt>,
        document: Model,
        text: Arc<Text>,
    ) -> Result<Once<pb::CreateDocumentResponse>, Error> {
        self.db
            .write_once(receipt, move |tx| {
                let (mut document, text) = (document.clone(), Arc::clone(&text));
                Box::pin(async move {
                    let inserted = Entity::insert(unnumbered(&document)).exec(tx).await?;
                    document.number = inserted.last_insert_id;
                    index::insert_tags(tx, &document).await?;
                    collections::insert_members(tx, &document).await?;
                    index::insert_text(tx, &document, &text).await?;
                    Ok(named(document.document_id))
                })
            })
            .await
    }

    /// Replaces what was read as revision `read` of a document, and its index when it has a new one.
    pub(crate) async fn replace(
        &self,
        filter: &ScopeFilter,
        read: i64,
        document: Model,
        text: Option<Arc<Text>>,
    ) -> Result<(), Error> {
        let keys = filter.keys();
        self.db
            .write(move |tx| {
                let (document, text, keys) = (document.clone(), text.clone(), keys.clone());
                Box::pin(async move {
                    let replaced = Entity::update_many()
                        .set(unnumbered(&document))
                        .filter(Column::Number.eq(document.number))
                        .filter(Column::Revision.eq(read))
                        .filter(Column::ScopeKey.is_in(keys))
                        .exec(tx)
                        .await?;
                    if replaced.rows_affected == 0 {
                        return Err(Error::Overtaken);
                    }
                    index::delete_tags(tx, document.number).await?;
                    index::insert_tags(tx, &document).await?;
                    collections::delete_members(tx, document.number).await?;
                    collections::insert_members(tx, &document).await?;
                    if let Some(text) = text {
                        index::delete_text(tx, document.number).await?;
                        index::insert_text(tx, &document, &text).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Removes a document and its index.
    pub(crate) async fn delete(
        &self,
        filter: &ScopeFilter,
        document_id: &str,
    ) -> Result<(), Error> {
        let query = visible(filter).filter(Column::DocumentId.eq(document_id));
        self.db
            .write(move |tx| {
                let query = query.clone().lock_exclusive();
                Box::pin(async move {
                    let found = query.one(tx).await?;
                    let document = found.ok_or(Error::DocumentNotFound)?;
                    delete(tx, document.number).await
                })
            })
            .await
    }
}

async fn delete(tx: &DatabaseTransaction, number: i64) -> Result<(), Error> {
    index::delete_tags(tx, number).await?;
    collections::delete_members(tx, number).await?;
    index::delete_text(tx, number).await?;
    Entity::delete_by_id(number).exec(tx).await?;
    Ok(())
}

/// Returns all columns but the number, which the database gives and nothing changes.
fn unnumbered(document: &Model) -> ActiveModel {
    let mut columns = document.clone().into_active_model().reset_all();
    columns.number = NotSet;
    columns
}

/// Begins a query for the documents that a caller may see.
pub(super) fn visible(filter: &ScopeFilter) -> Select<Entity> {
    let is_shown = Condition::any()
        .add(Column::Review.is_not_in(Review::HIDDEN.map(Review::as_str)))
        .add(Column::OwnerId.eq(filter.user_id()));
    Entity::find()
        .filter(Column::ScopeKey.is_in(filter.keys()))
        .filter(is_shown)
}

/// Keeps the documents in one of some states.
pub(super) fn reviewed(query: Select<Entity>, reviews: &[Review]) -> Select<Entity> {
    query.filter(Column::Review.is_in(reviews.iter().map(|it| it.as_str())))
}

fn selected(filter: &ScopeFilter, listing: &Listing) -> Select<Entity> {
    let mut query = visible(filter);
    if let Some(document_type) = listing.document_type {
        query = query.filter(Column::DocumentType.eq(document_type.as_str()));
    }
    for tag_key in &listing.tag_keys {
        query = tagged(query, tag_key);
    }
    if !listing.reviews.is_empty() {
        query = reviewed(query, &listing.reviews);
    }
    if let Some(collection_id) = &listing.collection_id {
        let members = member::Entity::find()
            .select_only()
            .column(member::Column::DocumentNumber)
            .filter(member::Column::CollectionId.eq(collection_id));
        query = query.filter(Column::Number.in_subquery(sea_orm::QueryTrait::into_query(members)));
    }
    query
}

/// Keeps the documents that have a tag.
pub(super) fn tagged(query: Select<Entity>, tag_key: &str) -> Select<Entity> {
    let with_tag = tag::Entity::find()
        .select_only()
        .column(tag::Column::DocumentNumber)
        .filter(tag::Column::TagKey.eq(tag_key));
    query.filter(Column::Number.in_subquery(sea_orm::QueryTrait::into_query(with_tag)))
}
