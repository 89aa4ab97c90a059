//! Turns: one row per committed turn.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_turns")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) case_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) turn_number: i32,
    pub(crate) author_id: String,
    pub(crate) path: String,
    pub(crate) outcome: String,
    pub(crate) committed_at: DateTimeUtc,
    /// JSON of everything else.
    pub(crate) document: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
