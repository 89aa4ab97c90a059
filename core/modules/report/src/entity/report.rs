//! Table `report_reports`.

use sea_orm::entity::prelude::*;

/// One row per version of a report.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_reports")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) report_id: String,
    pub(crate) case_id: String,
    pub(crate) report_type: String,
    /// Unique per case and type.
    pub(crate) version: i32,
    pub(crate) title: String,
    /// The blocks as JSON.
    pub(crate) document: String,
    pub(crate) case_version: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTimeUtc,
}

/// A row without its document, which may be long.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub(crate) struct Outline {
    pub(crate) report_id: String,
    pub(crate) case_id: String,
    pub(crate) report_type: String,
    pub(crate) version: i32,
    pub(crate) title: String,
    pub(crate) case_version: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTimeUtc,
}

/// Reports know their case by id alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
