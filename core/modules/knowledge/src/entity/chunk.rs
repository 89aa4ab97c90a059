//! Table `knowledge_chunks`.

use sea_orm::entity::prelude::*;

/// One row per passage of the present version of a document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_chunks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) document_number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) chunk: i32,
    pub(crate) version: i32,
    pub(crate) heading: String,
    pub(crate) byte_start: i64,
    pub(crate) byte_end: i64,
    pub(crate) content: String,
}

/// A passage belongs to a document.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::document::Entity",
        from = "Column::DocumentNumber",
        to = "super::document::Column::Number"
    )]
    Document,
}

impl Related<super::document::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Document.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
