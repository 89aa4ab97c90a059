//! What the engine found in a file, replaced as a whole.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_analyses")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) file_id: String,
    pub(crate) engine_version: String,
    #[sea_orm(column_type = "Text")]
    pub(crate) structure: String,
    /// JSON of `report::StoredReport`.
    #[sea_orm(column_type = "Text")]
    pub(crate) report: String,
    pub(crate) finished_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
