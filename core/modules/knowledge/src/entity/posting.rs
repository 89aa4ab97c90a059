//! Table `knowledge_postings`.

use sea_orm::entity::prelude::*;

/// One row per term and document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_postings")]
pub(crate) struct Model {
    /// That of the document, so that a search reads nothing it may not show.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) scope_key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) term: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) document_number: i64,
    /// Packed: the chunks that hold the term.
    pub(crate) entries: Vec<u8>,
}

/// Postings are read by term alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
