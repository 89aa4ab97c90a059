//! Table `knowledge_documents`.

use sea_orm::entity::prelude::*;

/// One row per document, without its text.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_documents")]
pub(crate) struct Model {
    /// What the other tables know the document by; grows with every document.
    #[sea_orm(primary_key)]
    pub(crate) number: i64,
    /// Unique.
    pub(crate) document_id: String,
    /// Who may see the document; unique together with the hash.
    pub(crate) scope_key: String,
    pub(crate) sha256: String,
    pub(crate) owner_id: String,
    pub(crate) title: String,
    pub(crate) document_type: String,
    pub(crate) type_label: String,
    pub(crate) category: String,
    pub(crate) description: String,
    pub(crate) source_url: String,
    /// A JSON array.
    pub(crate) tags: String,
    pub(crate) metadata: String,
    /// Grows with every change of content.
    pub(crate) version: i32,
    /// Grows with every change.
    pub(crate) revision: i64,
    pub(crate) chunk_count: i64,
    pub(crate) word_count: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    /// A JSON array.
    pub(crate) collection_ids: String,
    /// How far others may rely on the document.
    pub(crate) review: String,
    pub(crate) review_reason: String,
    /// Empty until somebody has changed the review.
    pub(crate) reviewer_id: String,
    pub(crate) reviewed_at: Option<DateTimeUtc>,
}

/// What belongs to a document.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(has_one = "super::content::Entity")]
    Content,
    #[sea_orm(has_many = "super::chunk::Entity")]
    Chunk,
}

impl Related<super::content::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Content.def()
    }
}

impl Related<super::chunk::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Chunk.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
