//! Table `llm_usage`.

use sea_orm::entity::prelude::*;

/// One row per call of a provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "llm_usage")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) usage_id: String,
    pub(crate) user_id: String,
    pub(crate) case_id: Option<String>,
    pub(crate) task: String,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) tokens_in: i64,
    pub(crate) tokens_out: i64,
    pub(crate) cost_usd: f64,
    pub(crate) duration_ms: i64,
    /// Null on success, so that counting the column counts failures.
    pub(crate) error: Option<String>,
    pub(crate) recorded_at: DateTimeUtc,
}

/// Ledger rows stand alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
