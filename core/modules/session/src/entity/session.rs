//! Table `session_sessions`.

use sea_orm::entity::prelude::*;

/// One row per session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) session_id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) client_id: Option<String>,
    /// Unique; null for sessions that cannot be resumed.
    pub(crate) resume_key: Option<String>,
    pub(crate) session_type: String,
    pub(crate) title: Option<String>,
    pub(crate) metadata: String,
    pub(crate) timeout_seconds: i64,
    pub(crate) terminated: bool,
    pub(crate) archived: bool,
    pub(crate) message_count: i64,
    pub(crate) last_message: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) last_activity_at: DateTimeUtc,
    pub(crate) expires_at: DateTimeUtc,
}

/// Sessions stand alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
