//! Places in the blob store that no file row stands for: being written, held, or to be removed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_loose_blobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) prefix: String,
    /// From then on whatever lies there may be swept.
    pub(crate) expires_at: DateTimeUtc,
    /// Set once the sweep has begun; nobody may settle there any more.
    pub(crate) sweeping: bool,
    /// The file that is held here until a request names it.
    pub(crate) file_id: Option<String>,
    /// JSON of the row it becomes then.
    pub(crate) held: Option<String>,
    /// Whether the held file outlives the process that received it.
    pub(crate) durable: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
