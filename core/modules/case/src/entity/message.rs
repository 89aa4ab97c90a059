//! Messages: the conversation of a case.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_messages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ordinal: i32,
    pub(crate) message_id: String,
    pub(crate) turn_number: i32,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) role: String,
    pub(crate) kind: String,
    pub(crate) author_id: String,
    pub(crate) content: String,
    /// JSON of citations, files and suggestions; absent for none.
    pub(crate) attachments: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
