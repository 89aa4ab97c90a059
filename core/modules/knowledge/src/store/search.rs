//! Reads the index.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select,
};

use super::Store;
use super::documents::{reviewed, tagged, visible};
use crate::access::ScopeFilter;
use crate::document::DocumentType;
use crate::entity::posting::Column;
use crate::entity::{chunk, document, posting};
use crate::error::Error;
use crate::rank::{Hit, Statistics};
use crate::review::Review;

/// One term in one document.
#[derive(Debug)]
pub(crate) struct Posting {
    pub(crate) term: String,
    pub(crate) document_number: i64,
    pub(crate) entries: Vec<u8>,
}

impl Store {
    /// Returns how much text the caller may search.
    pub(crate) async fn statistics(&self, filter: &ScopeFilter) -> Result<Statistics, Error> {
        let sums: Option<(i64, Option<i64>, Option<i64>)> = visible(filter)
            .select_only()
            .expr(Expr::col(document::Column::ScopeKey).count())
            .expr(sum(document::Column::ChunkCount))
            .expr(sum(document::Column::WordCount))
            .into_tuple()
            .one(self.db.read())
            .await?;
        let (documents, chunks, words) = sums.unwrap_or_default();
        Ok(Statistics {
            documents: documents.unsigned_abs(),
            chunks: chunks.unwrap_or_default().unsigned_abs(),
            words: words.unwrap_or_default().unsigned_abs(),
        })
    }

    /// Returns how many documents hold each term.
    pub(crate) async fn holders(
        &self,
        filter: &ScopeFilter,
        terms: &[String],
    ) -> Result<HashMap<String, u64>, Error> {
        let counts: Vec<(String, i64)> = posting::Entity::find()
            .filter(Column::ScopeKey.is_in(filter.keys()))
            .filter(Column::Term.is_in(terms))
            .select_only()
            .column(Column::Term)
            .expr(Expr::col(Column::Term).count())
            .group_by(Column::Term)
            .into_tuple()
            .all(self.db.read())
            .await?;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(term, count)| (term, count.unsigned_abs()))
            .collect())
    }

    /// Returns where terms stand, in all documents or in some.
    pub(crate) async fn postings(
        &self,
        filter: &ScopeFilter,
        terms: &[String],
        documents: Option<&[i64]>,
    ) -> Result<Vec<Posting>, Error> {
        let mut query = posting::Entity::find()
            .filter(Column::ScopeKey.is_in(filter.keys()))
            .filter(Column::Term.is_in(terms));
        if let Some(documents) = documents {
            query = query.filter(Column::DocumentNumber.is_in(documents.iter().copied()));
        }
        let rows: Vec<(String, i64, Vec<u8>)> = query
            .select_only()
            .columns([Column::Term, Column::DocumentNumber, Column::Entries])
            .into_tuple()
            .all(self.db.read())
            .await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(term, document_number, entries)| Posting {
                term,
                document_number,
                entries,
            })
            .collect())
    }

    /// Returns the documents that a search finds only when it asks for them.
    pub(crate) async fn hidden(&self, filter: &ScopeFilter) -> Result<HashSet<i64>, Error> {
        let all = document::Entity::find();
        let query = all.filter(document::Column::ScopeKey.is_in(filter.keys()));
        self.numbers_of(reviewed(query, &Review::HIDDEN)).await
    }

    /// Returns the documents of a type that have all of the tags and one of the states.
    pub(crate) async fn wanted(
        &self,
        filter: &ScopeFilter,
        document_type: Option<DocumentType>,
        tag_keys: &[String],
        reviews: &[Review],
    ) -> Result<HashSet<i64>, Error> {
        let mut query = reviewed(visible(filter), reviews);
        if let Some(document_type) = document_type {
            query = query.filter(document::Column::DocumentType.eq(document_type.as_str()));
        }
        for tag_key in tag_keys {
            query = tagged(query, tag_key);
        }
        self.numbers_of(query).await
    }

    async fn numbers_of(&self, query: Select<document::Entity>) -> Result<HashSet<i64>, Error> {
        let numbers: Vec<i64> = query
            .select_only()
            .column(document::Column::Number)
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(numbers.into_iter().collect())
    }

    /// Returns the passages that were found, as far as they are still there.
    pub(crate) async fn passages(
        &self,
        filter: &ScopeFilter,
        hits: &[Hit],
    ) -> Result<Vec<(document::Model, chunk::Model)>, Error> {
        let places = hits.iter().map(|hit| {
            Condition::all()
                .add(chunk::Column::DocumentNumber.eq(hit.document))
                .add(chunk::Column::Chunk.eq(i64::from(hit.chunk)))
        });
        let rows = chunk::Entity::find()
            .find_also_related(document::Entity)
            .filter(document::Column::ScopeKey.is_in(filter.keys()))
            .filter(places.fold(Condition::any(), Condition::add))
            .all(self.db.read())
            .await?;
        let rows = rows.into_iter();
        Ok(rows
            .filter_map(|(chunk, document)| Some((document?, chunk)))
            .collect())
    }
}

/// PostgreSQL sums 64-bit integers to a type of its own.
fn sum(column: document::Column) -> SimpleExpr {
    Expr::col(column).sum().cast_as(Alias::new("bigint"))
}
