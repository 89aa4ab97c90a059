//! Table `session_messages`.

use sea_orm::entity::prelude::*;

/// One row per entry of a session's log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_messages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) session_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i64,
    pub(crate) message_id: String,
    pub(crate) role: String,
    pub(crate) content: String,
    pub(crate) created_at: DateTimeUtc,
}

/// Messages are read by session alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
