//! Turn leases: which turn of a case runs now.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_turn_leases")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) case_id: String,
    pub(crate) turn_token: String,
    pub(crate) user_id: String,
    pub(crate) fingerprint: String,
    pub(crate) lease_until: DateTimeUtc,
    /// Whether the turn was told to stop.
    pub(crate) cancelled: bool,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
