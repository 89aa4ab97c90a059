//! The audit log; rows are added and, when old enough, removed, never changed.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) audit_id: i64,
    pub(crate) time: DateTimeUtc,
    /// A user id, `system:<module>`, or empty for nobody known.
    pub(crate) actor: String,
    pub(crate) token_id: String,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: String,
    pub(crate) request_id: String,
    pub(crate) address: String,
    /// A JSON object.
    pub(crate) details: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
