//! Documents that help with problems, and the passages in them that answer a search.

use faultmaven_documents::Extractor;
use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Audit, Db, Hosted, Ids, Module, SharedClock};
use faultmaven_proto::knowledge::v1::knowledge_service_server::KnowledgeServiceServer;

mod access;
mod chunk;
mod collection;
mod convert;
mod document;
mod entity;
mod error;
mod extract;
mod index;
mod library;
mod migration;
mod posting;
mod rank;
mod review;
mod search;
mod service;
mod similar;
mod snippet;
mod store;
mod terms;
mod verifier;

pub use migration::migrations;

use library::Library;
use search::Searcher;
use service::Service;
use store::Store;
use verifier::Verifiers;

/// What a message holds besides the content of a document.
const MESSAGE_SLACK_BYTES: usize = 16 << 20;

/// How large documents may be.
#[derive(Debug, Clone)]
pub struct Config {
    /// The most bytes the content of a document may have.
    pub document_max_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            document_max_bytes: 50 << 20,
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where documents and their index are stored.
    pub db: Db,
    /// Tells when documents were written.
    pub clock: SharedClock,
    /// Names documents.
    pub ids: Ids,
    /// The way to the audit log.
    pub audit: Audit,
    /// Who takes the text out of files.
    pub documents: Extractor,
    /// Knows who manages a team.
    pub auth: Module,
}

/// Returns the module, its tables migrated.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let store = Store::new(deps.db.clone());
    let receipts = Receipts::new(migration::RECEIPTS, deps.clock.clone());
    let library = Library::new(store.clone(), deps.clock, deps.ids);
    let service = Service::new(
        library,
        Searcher::new(store),
        Verifiers::new(deps.auth),
        deps.audit,
        receipts,
        deps.documents,
        config.document_max_bytes,
    );
    let message_max = config
        .document_max_bytes
        .saturating_add(MESSAGE_SLACK_BYTES);
    let server = KnowledgeServiceServer::new(service).max_decoding_message_size(message_max);
    Ok(Hosted::new("knowledge").service(server).ready_with(deps.db))
}

#[cfg(test)]
mod tests;
