//! Invitations; their secrets are not stored.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_invitations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) invitation_id: String,
    pub(crate) secret_hash: String,
    /// Empty for whoever holds the secret.
    pub(crate) email: String,
    /// Empty for the installation alone.
    pub(crate) team_id: String,
    pub(crate) team_role: String,
    pub(crate) inviter_id: String,
    pub(crate) create_time: DateTimeUtc,
    pub(crate) expire_time: DateTimeUtc,
    pub(crate) accept_time: Option<DateTimeUtc>,
    /// Who used it; absent until then.
    pub(crate) accepter_id: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
