//! Cases: what lists, filters and headers need.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_cases")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) case_id: String,
    pub(crate) owner_id: String,
    pub(crate) title: String,
    pub(crate) title_source: String,
    pub(crate) description: String,
    pub(crate) priority: String,
    /// JSON list of words.
    pub(crate) tags: String,
    /// JSON object as the client sent it; empty for none.
    pub(crate) metadata: String,
    pub(crate) archived: bool,
    /// JSON list of ids; [`super::share`] holds the same for lists.
    pub(crate) shared_team_ids: String,
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) closure_reason: Option<String>,
    /// JSON of statement, pending transition and facts; absent while there are none.
    pub(crate) overview: Option<String>,
    pub(crate) current_turn: i32,
    pub(crate) message_count: i32,
    pub(crate) version: i64,
    pub(crate) state_version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) last_activity_at: DateTimeUtc,
    pub(crate) investigating_at: Option<DateTimeUtc>,
    pub(crate) resolved_at: Option<DateTimeUtc>,
    pub(crate) closed_at: Option<DateTimeUtc>,
    pub(crate) deleted_at: Option<DateTimeUtc>,
    /// Title, description, statement and tags in lower case.
    pub(crate) search_text: String,
    pub(crate) evidence_count: i32,
    pub(crate) hypothesis_count: i32,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
