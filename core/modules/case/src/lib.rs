//! Cases: what a problem is, how far its investigation has come, and how it may change.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Audit, Db, Hosted, Ids, SharedClock, Tasks};
use faultmaven_proto::case::v1::case_internal_service_server::CaseInternalServiceServer;
use faultmaven_proto::case::v1::case_service_server::CaseServiceServer;

mod access;
mod case;
mod convert;
mod drop_reason;
mod entity;
mod error;
mod fact;
mod internal_service;
mod ledger;
mod limits;
mod list_cache;
mod migration;
mod operations;
mod orphans;
mod progress;
mod readmodel;
mod request;
mod service;
mod similar;
mod stagnation;
mod statement;
mod store;
mod sweep;
mod transition;
mod turn;
mod turn_queue;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use migration::migrations;

use list_cache::{ListCache, OwnerCache};
use operations::Shared;
use turn_queue::TurnQueue;

/// Lifetimes and waits of this module.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a turn waits for a running one of the same case, unless it says otherwise.
    pub turn_queue_wait: Duration,
    /// How long a running turn holds its case without renewing.
    pub turn_lease: Duration,
    /// How long the answer to a request with an idempotency key is kept.
    pub receipt_keep: Duration,
    /// How long a deleted case can be restored.
    pub delete_grace: Duration,
    /// How many bytes of recently listed cases are kept in memory.
    pub list_cache_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            turn_queue_wait: Duration::from_secs(10),
            turn_lease: Duration::from_secs(60),
            receipt_keep: 7 * DAY,
            delete_grace: 7 * DAY,
            list_cache_bytes: 8 * 1024 * 1024,
        }
    }
}

/// What this module stands on.
#[derive(Clone)]
pub struct Deps {
    /// Where cases are stored.
    pub db: Db,
    /// What time it is.
    pub clock: SharedClock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// What runs in the background.
    pub tasks: Tasks,
    /// The way to the audit log.
    pub audit: Audit,
}

/// Prepares the tables, starts the background work and returns the services.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    orphans::release(&deps.db).await?;
    let shared = Arc::new(Shared {
        audit: deps.audit,
        receipts: Receipts::new(migration::RECEIPTS, Arc::clone(&deps.clock)),
        lists: ListCache::new(config.list_cache_bytes),
        owners: OwnerCache::new(),
        queue: TurnQueue::default(),
        db: deps.db.clone(),
        clock: deps.clock,
        ids: deps.ids,
        config,
    });
    sweep::start(&deps.tasks, Arc::clone(&shared));
    Ok(Hosted::new("case")
        .service(CaseServiceServer::new(service::Service::new(Arc::clone(
            &shared,
        ))))
        .internal(CaseInternalServiceServer::new(
            internal_service::Service::new(shared),
        ))
        .ready_with(deps.db))
}
