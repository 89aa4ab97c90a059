//! Owners: how many cases somebody has, so that nothing counts rows.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_owners")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) owner_id: String,
    /// The UTC day `created_today` belongs to.
    pub(crate) day: String,
    pub(crate) created_today: i32,
    /// Cases that are not deleted.
    pub(crate) cases: i64,
    /// Cases that are neither deleted nor archived.
    pub(crate) visible: i64,
    /// Grows with every write to a case of the owner.
    pub(crate) list_version: i64,
    /// The case that greets the owner, while it is neither deleted nor archived.
    pub(crate) welcome_case_id: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
