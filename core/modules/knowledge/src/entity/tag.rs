//! Table `knowledge_tags`.

use sea_orm::entity::prelude::*;

/// One row per tag of a document, for selection by tag.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_tags")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) document_number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tag_key: String,
}

/// Tags are read by key alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
