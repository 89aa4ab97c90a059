//! Evidence: a claim and the citation that was verified for it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_records")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) evidence_id: String,
    pub(crate) case_id: String,
    pub(crate) turn_number: i32,
    pub(crate) turn_token: String,
    pub(crate) state: EvidenceState,
    pub(crate) category: Category,
    pub(crate) claim: String,
    pub(crate) collected_by: String,
    /// Differs by a microsecond within one turn, so that the order of the claims is kept.
    pub(crate) collected_at: DateTimeUtc,
    /// Absent when a message is cited.
    pub(crate) file_id: Option<String>,
    pub(crate) filename: String,
    pub(crate) sha256: String,
    /// Absent when a file is cited.
    pub(crate) message_id: Option<String>,
    pub(crate) author_id: String,
    pub(crate) byte_start: i64,
    pub(crate) byte_end: i64,
    pub(crate) line_start: i64,
    pub(crate) line_end: i64,
    /// Erased when the source is deleted.
    #[sea_orm(column_type = "Text")]
    pub(crate) quote: String,
    pub(crate) signature: String,
    pub(crate) observed_from: Option<DateTimeUtc>,
    pub(crate) observed_to: Option<DateTimeUtc>,
    /// JSON of `absence::StoredProof`.
    pub(crate) absence: Option<String>,
}

/// Where a piece of evidence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub(crate) enum EvidenceState {
    Staged,
    Active,
    Withdrawn,
}

/// What a piece of evidence shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub(crate) enum Category {
    Symptom,
    Causal,
    Resolution,
    SymptomAbsence,
    CausalAbsence,
    Other,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
