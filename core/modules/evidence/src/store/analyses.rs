//! What the engine found.

use sea_orm::EntityTrait as _;

use super::Store;
use crate::entity::analysis::{Entity, Model};
use crate::error::EvidenceError;

impl Store {
    /// Returns the analysis of a file.
    pub(crate) async fn analysis(&self, file_id: &str) -> Result<Option<Model>, EvidenceError> {
        Ok(Entity::find_by_id(file_id).one(self.db.read()).await?)
    }
}
