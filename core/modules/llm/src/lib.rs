//! The models that can be asked, and the ledger of what asking them cost.

use faultmaven_kit::{Db, Hosted, SharedClock};
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

pub use migration::migrations;

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
    deps.db.migrate(migrations()).await?;
    let providers = provider::configured(config.analyst_version);
    let store = Store::new(deps.db.clone());
    let service = Service::new(providers, store, deps.clock);
    Ok(Hosted::new("llm")
        .service(LlmServiceServer::new(service.clone()))
        .internal(LlmInternalServiceServer::new(service))
        .ready_with(deps.db))
}

#[cfg(test)]
mod tests;
