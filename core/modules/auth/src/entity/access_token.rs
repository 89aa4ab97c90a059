//! Access tokens that were handed out; the tokens themselves are not stored.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_access_tokens")]
pub(crate) struct Model {
    /// The `jti` of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) token_id: String,
    pub(crate) sign_in_id: String,
    pub(crate) user_id: String,
    pub(crate) expire_time: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::sign_in::Entity",
        from = "Column::SignInId",
        to = "super::sign_in::Column::SignInId"
    )]
    SignIn,
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::UserId"
    )]
    User,
}

impl Related<super::sign_in::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::SignIn.def()
    }
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
