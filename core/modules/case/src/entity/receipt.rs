//! Receipts: what became of requests that carried an idempotency key.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_receipts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) route: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key: String,
    pub(crate) case_id: String,
    pub(crate) fingerprint: String,
    pub(crate) done: bool,
    /// Names the turn that holds the receipt while it runs.
    pub(crate) turn_token: Option<String>,
    pub(crate) lease_until: DateTimeUtc,
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
