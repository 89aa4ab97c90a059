//! Reads and writes collections, and counts documents.

use std::collections::HashMap;

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::knowledge::v1 as pb;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use super::Store;
use super::documents::visible;
use crate::access::ScopeFilter;
use crate::entity::collection::{Column, Entity, Model};
use crate::entity::{content, document, member};
use crate::error::Error;

/// How much there is of what.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// Stored names of types, and how many documents have each.
    pub(crate) by_type: Vec<(String, i64)>,
    pub(crate) bytes: i64,
    pub(crate) owners: i64,
    pub(crate) last_update: Option<DateTimeUtc>,
}

impl Store {
    /// Stores a collection; fails when its scope has one of the same name.
    pub(crate) async fn insert_collection(
        &self,
        receipt: Option<Receipt>,
        collection: Model,
        answer: pb::CreateCollectionResponse,
    ) -> Result<Once<pb::CreateCollectionResponse>, Error> {
        self.db
            .write_once(receipt, move |tx| {
                let (row, answer) = (collection.clone().into_active_model(), answer.clone());
                Box::pin(async move {
                    Entity::insert(row).exec_without_returning(tx).await?;
                    Ok(answer)
                })
            })
            .await
    }

    /// Returns collections by name, and how many documents are in each.
    pub(crate) async fn collections(
        &self,
        filter: &ScopeFilter,
    ) -> Result<Vec<(Model, i64)>, Error> {
        let collections = Entity::find()
            .filter(Column::ScopeKey.is_in(filter.keys()))
            .order_by_asc(Column::Name)
            .order_by_asc(Column::CollectionId)
            .all(self.db.read())
            .await?;
        let counts: Vec<(String, i64)> = member::Entity::find()
            .filter(member::Column::CollectionId.in_subquery(of_scope(filter.keys())))
            .select_only()
            .column(member::Column::CollectionId)
            .expr(Expr::col(member::Column::DocumentNumber).count())
            .group_by(member::Column::CollectionId)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let counts: HashMap<String, i64> = counts.into_iter().collect();
        let counted = collections.into_iter().map(|collection| {
            let count = counts.get(&collection.collection_id).copied();
            (collection, count.unwrap_or_default())
        });
        Ok(counted.collect())
    }

    /// Counts documents.
    pub(crate) async fn numbers(&self, filter: &ScopeFilter) -> Result<Numbers, Error> {
        let by_type = visible(filter)
            .select_only()
            .column(document::Column::DocumentType)
            .expr(Expr::col(document::Column::Number).count())
            .group_by(document::Column::DocumentType)
            .order_by_asc(document::Column::DocumentType)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let totals: Option<(i64, Option<DateTimeUtc>)> = visible(filter)
            .select_only()
            .expr(Expr::col(document::Column::OwnerId).count_distinct())
            .expr(Expr::col(document::Column::UpdatedAt).max())
            .into_tuple()
            .one(self.db.read())
            .await?;
        let (owners, last_update) = totals.unwrap_or_default();
        Ok(Numbers {
            by_type,
            bytes: self.bytes(filter).await?,
            owners,
            last_update,
        })
    }

    async fn bytes(&self, filter: &ScopeFilter) -> Result<i64, Error> {
        let seen = visible(filter)
            .select_only()
            .column(document::Column::Number);
        let length = Func::cust("octet_length").arg(Expr::col(content::Column::Content));
        let sum: Option<Option<i64>> = content::Entity::find()
            .filter(content::Column::DocumentNumber.in_subquery(seen.into_query()))
            .select_only()
            .expr(Expr::expr(length).sum().cast_as(Alias::new("bigint")))
            .into_tuple()
            .one(self.db.read())
            .await?;
        Ok(sum.flatten().unwrap_or_default())
    }
}

fn of_scope(keys: impl IntoIterator<Item = String>) -> sea_orm::sea_query::SelectStatement {
    Entity::find()
        .filter(Column::ScopeKey.is_in(keys))
        .select_only()
        .column(Column::CollectionId)
        .into_query()
}

/// Puts a document into the collections it names; fails when its scope lacks one of them.
pub(super) async fn insert_members(
    tx: &DatabaseTransaction,
    document: &document::Model,
) -> Result<(), Error> {
    let collection_ids = crate::library::collection_ids_of(document);
    if collection_ids.is_empty() {
        return Ok(());
    }
    let known = Entity::find()
        .filter(Column::ScopeKey.eq(&document.scope_key))
        .filter(Column::CollectionId.is_in(&collection_ids))
        .count(tx)
        .await?;
    if usize::try_from(known) != Ok(collection_ids.len()) {
        return Err(Error::CollectionNotFound);
    }
    let rows = collection_ids.into_iter().map(|collection_id| {
        let document_number = document.number;
        member::Model {
            collection_id,
            document_number,
        }
        .into_active_model()
    });
    member::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Takes a document out of all collections.
pub(super) async fn delete_members(tx: &DatabaseTransaction, number: i64) -> Result<(), Error> {
    member::Entity::delete_many()
        .filter(member::Column::DocumentNumber.eq(number))
        .exec(tx)
        .await?;
    Ok(())
}
