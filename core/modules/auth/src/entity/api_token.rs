//! Tokens for programs, by the hash of their secret.

use sea_orm::entity::prelude::*;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_api_tokens")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) token_id: String,
    pub(crate) user_id: String,
    pub(crate) secret_hash: String,
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// Names joined by a space.
    pub(crate) scopes: String,
    pub(crate) create_time: DateTimeUtc,
    pub(crate) expire_time: Option<DateTimeUtc>,
    pub(crate) last_used_time: Option<DateTimeUtc>,
    pub(crate) revoke_time: Option<DateTimeUtc>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("api_token")
            .field("token_id", &self.token_id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::UserId"
    )]
    User,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
