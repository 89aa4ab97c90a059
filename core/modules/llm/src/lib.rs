//! The models that can be asked, and the ledger of what asking them cost.

use faultmaven_kit::{Db, Fault, Hosted, SharedClock};
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalServiceServer;
use faultmaven_proto::llm::v1::llm_service_server::LlmServiceServer;

mod convert;
mod entity;
mod error;
mod ledger;
mod migration;
mod provider;
mod service;
mod store;

use service::Service;
use store::Store;

/// Which models there are.
#[derive(Debug, Clone)]
pub struct Config {
    /// The version of the embedded analyst.
    pub analyst_version: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            analyst_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where the ledger is stored.
    pub db: Db,
    /// Dates ledger rows.
    pub clock: SharedClock,
}

/// Returns the module, its tables migrated.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate("llm", migration::all()).await?;
    let providers = provider::configured(config.analyst_version);
    let store = Store::new(deps.db.clone());
    let service = Service::new(providers, store, deps.clock);
    Ok(Hosted::new("llm")
        .service(LlmServiceServer::new(service.clone()))
        .internal(LlmInternalServiceServer::new(service))
        .ready_when(move || {
            let db = deps.db.clone();
            Box::pin(async move { db.ping().await.map_err(|_| storage_unavailable()) })
        }))
}

fn storage_unavailable() -> Fault {
    Fault::unavailable("storage_unavailable", "the database does not answer")
}

#[cfg(test)]
mod tests;
