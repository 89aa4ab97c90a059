//! Sign-ins: the family of all tokens that descend from one login.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_sign_ins")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sign_in_id: String,
    pub(crate) user_id: String,
    /// The OAuth client it was opened for; empty for our own pages.
    pub(crate) client_id: String,
    /// What its tokens are limited to; absent for no limit.
    pub(crate) scopes: Option<String>,
    pub(crate) create_time: DateTimeUtc,
    /// When the newest token of the family expires.
    pub(crate) expire_time: DateTimeUtc,
    pub(crate) revoke_time: Option<DateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
