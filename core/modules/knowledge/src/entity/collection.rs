//! Table `knowledge_collections`.

use sea_orm::entity::prelude::*;

/// One row per collection.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_collections")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) collection_id: String,
    pub(crate) scope_key: String,
    /// Unique together with the scope.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) metadata: String,
    pub(crate) created_at: DateTimeUtc,
}

/// Members are read by key alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
