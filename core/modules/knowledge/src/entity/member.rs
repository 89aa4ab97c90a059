//! Table `knowledge_members`.

use sea_orm::entity::prelude::*;

/// One row per document in a collection.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_members")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) collection_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) document_number: i64,
}

/// Members are read by key alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
