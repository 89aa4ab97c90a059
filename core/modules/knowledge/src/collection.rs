//! Named sets of documents, and the numbers of a library.

use faultmaven_kit::clock::timestamp;
use faultmaven_kit::db::{Once, Receipt, is_unique_violation};
use faultmaven_proto::knowledge::v1 as pb;

use crate::access::{ScopeFilter, Writer, scope_of};
use crate::convert::{document_type_code, scope_code, team_id_of};
use crate::document::Scope;
use crate::entity::collection::Model;
use crate::error::Error;
use crate::library::Library;
use crate::store::Numbers;

/// A collection to create.
#[derive(Debug, Clone)]
pub(crate) struct NewCollection {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    pub(crate) description: String,
    /// A JSON object.
    pub(crate) metadata: String,
}

impl Library {
    /// Creates an empty collection.
    pub(crate) async fn create_collection(
        &self,
        writer: &Writer,
        receipt: Option<Receipt>,
        new: NewCollection,
    ) -> Result<Once<pb::CreateCollectionResponse>, Error> {
        writer.require(&new.scope)?;
        let collection = Model {
            collection_id: self.ids.hex16("col"),
            scope_key: writer.filter.key(&new.scope),
            name: new.name,
            description: new.description,
            metadata: new.metadata,
            created_at: self.clock.now(),
        };
        let name = collection.name.clone();
        let answer = pb::CreateCollectionResponse {
            collection: Some(message(collection.clone(), 0)),
            replayed: false,
        };
        let inserted = self.store.insert_collection(receipt, collection, answer);
        match inserted.await {
            Err(Error::Database(error)) if is_unique_violation(&error) => {
                Err(Error::NameTaken(name))
            }
            inserted => inserted,
        }
    }

    /// Returns the collections one may see by name, and how many documents are in each.
    pub(crate) async fn collections(
        &self,
        filter: &ScopeFilter,
    ) -> Result<Vec<(Model, i64)>, Error> {
        self.store.collections(filter).await
    }

    /// Counts the documents one may see.
    pub(crate) async fn numbers(&self, filter: &ScopeFilter) -> Result<Numbers, Error> {
        self.store.numbers(filter).await
    }
}

/// Returns a collection as a message.
pub(crate) fn message(collection: Model, document_count: i64) -> pb::Collection {
    let scope = scope_of(&collection.scope_key);
    pb::Collection {
        scope: scope_code(&scope).into(),
        team_id: team_id_of(scope),
        collection_id: collection.collection_id,
        name: collection.name,
        description: collection.description,
        metadata_json: collection.metadata,
        document_count,
        create_time: Some(timestamp(collection.created_at)),
    }
}

/// Returns the numbers as a message.
pub(crate) fn numbers(numbers: Numbers) -> pb::GetLibraryStatsResponse {
    let by_type = numbers
        .by_type
        .into_iter()
        .map(|(name, count)| pb::TypeCount {
            r#type: document_type_code(&name).into(),
            count,
        });
    let by_type: Vec<_> = by_type.collect();
    pb::GetLibraryStatsResponse {
        total_documents: by_type.iter().map(|row| row.count).sum(),
        by_type,
        total_bytes: numbers.bytes,
        total_owners: numbers.owners,
        last_update_time: numbers.last_update.map(timestamp),
    }
}
