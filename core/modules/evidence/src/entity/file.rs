//! Files that users handed over, and members unpacked from them.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "evidence_files")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) file_id: String,
    pub(crate) owner_id: String,
    pub(crate) uploaded_by: String,
    pub(crate) case_id: Option<String>,
    /// The case, or the file itself while it has none; unique together with the hash.
    pub(crate) dedup_scope: String,
    pub(crate) uploaded_at: DateTimeUtc,
    pub(crate) uploaded_at_turn: i32,
    pub(crate) parent_file_id: Option<String>,
    pub(crate) member_path: String,
    /// Archives around the file; 0 for what was uploaded.
    pub(crate) depth: i32,
    pub(crate) origin: FileOrigin,
    pub(crate) filename: String,
    pub(crate) size_bytes: i64,
    pub(crate) sha256: String,
    pub(crate) blob_key: String,
    pub(crate) media_type: String,
    pub(crate) format: String,
    pub(crate) encoding: String,
    pub(crate) line_ending: String,
    pub(crate) line_count: i64,
    pub(crate) data_class: String,
    pub(crate) class_confidence: f64,
    pub(crate) class_from_user: bool,
    pub(crate) source_url: String,
    pub(crate) state: FileState,
    pub(crate) summary: String,
    /// Empty when nothing went wrong.
    pub(crate) error_reason: String,
    pub(crate) error_message: String,
    /// JSON of the engine's coverage; absent before the first analysis.
    pub(crate) coverage: Option<String>,
    pub(crate) job_id: String,
    /// Grows when the file is to be analysed anew; results of older ones are refused.
    pub(crate) generation: i32,
    /// Starts of the analysis in this generation.
    pub(crate) attempts: i32,
    /// Whether the case module knows the file.
    pub(crate) registered: bool,
    /// Set while the file is being deleted; it is invisible then.
    pub(crate) deleting: bool,
    pub(crate) updated_at: DateTimeUtc,
    /// What whoever uploaded it says of it.
    #[serde(default)]
    pub(crate) description: String,
    /// A JSON array.
    #[serde(default)]
    pub(crate) tags: String,
}

/// How the bytes came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub(crate) enum FileOrigin {
    Upload,
    Paste,
    PageCapture,
    Screenshot,
    Member,
    /// Text that was taken out of a document.
    Derived,
    Generated,
}

/// Where the processing of a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::None)",
    rename_all = "snake_case"
)]
pub(crate) enum FileState {
    Stored,
    Processing,
    Analyzed,
    Unanalyzable,
    Failed,
}

impl FileState {
    /// Returns whether no analysis is outstanding.
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Self::Stored | Self::Processing)
    }
}

impl Model {
    /// Returns the class the engine gave, or the user.
    pub(crate) fn class(&self) -> Option<faultmaven_analysis::DataClass> {
        crate::convert::class::parse(&self.data_class)
    }

    /// Returns where the same bytes would be a duplicate once the file is in this case.
    ///
    /// The text of a document belongs to it, so that it goes when the document goes.
    pub(crate) fn scope_in(&self, case_id: &str) -> String {
        let parent = self.parent_file_id.as_deref();
        match (self.origin, parent) {
            (FileOrigin::Derived, Some(document)) => document.to_owned(),
            _ => case_id.to_owned(),
        }
    }

    /// Returns whether the bytes can be read line by line and cited.
    pub(crate) fn is_text(&self) -> bool {
        self.class()
            .is_some_and(faultmaven_analysis::DataClass::is_text)
            && self.encoding != crate::convert::class::NOT_TEXT
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
