//! Accounts.

use sea_orm::entity::prelude::*;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: String,
    pub(crate) username: String,
    /// The name in lower case; accounts are listed by it.
    pub(crate) username_key: String,
    /// Empty when the account has none.
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) display_name: String,
    pub(crate) role: String,
    pub(crate) state: String,
    /// Absent when nobody can sign in to the account with a password.
    pub(crate) password_hash: Option<String>,
    pub(crate) is_dev_user: bool,
    /// True for the user of an installation without sign-in.
    pub(crate) is_built_in: bool,
    pub(crate) create_time: DateTimeUtc,
    pub(crate) last_login_time: Option<DateTimeUtc>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("user")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
