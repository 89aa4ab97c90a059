//! Client bookkeeping: sessions grant nothing and own nothing.

use std::time::Duration;

use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Db, Hosted, Ids, SharedClock, Tasks};
use faultmaven_proto::session::v1::session_service_server::SessionServiceServer;

mod convert;
mod entity;
mod error;
mod message;
mod metadata;
mod migration;
mod service;
mod session;
mod sessions;
mod store;
mod sweep;

pub use migration::migrations;

use convert::Timeouts;
use service::Service;
use sessions::Sessions;
use store::Store;

/// How long sessions live and how many there may be.
#[derive(Debug, Clone)]
pub struct Config {
    /// The shortest time without activity after which a session may expire.
    pub idle_min: Duration,
    /// The longest such time.
    pub idle_max: Duration,
    /// The time for clients that name none.
    pub idle_default: Duration,
    /// How many active sessions a user may have; the longest inactive ones are ended.
    pub per_user: u64,
    /// How many messages the log of a session holds.
    pub messages_max: i64,
    /// How long a session is kept after its end.
    pub keep: Duration,
    /// How often sessions that were kept long enough are removed.
    pub sweep_interval: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            idle_min: Duration::from_secs(60 * 60),
            idle_max: Duration::from_secs(480 * 60),
            idle_default: Duration::from_secs(180 * 60),
            per_user: 50,
            messages_max: 1_000,
            keep: Duration::from_secs(7 * 24 * 3_600),
            sweep_interval: Duration::from_secs(3_600),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where sessions are stored.
    pub db: Db,
    /// Tells when sessions expire.
    pub clock: SharedClock,
    /// Names sessions.
    pub ids: Ids,
    /// Runs the removal of old sessions.
    pub tasks: Tasks,
}

/// Returns the module, its tables migrated and its background work started.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let store = Store::new(deps.db.clone());
    sweep::start(&config, &deps, store.clone());
    let timeouts = Timeouts {
        min: config.idle_min,
        max: config.idle_max,
        default: config.idle_default,
    };
    let receipts = Receipts::new(migration::RECEIPTS, deps.clock.clone());
    let sessions = Sessions::new(store, deps.clock, deps.ids, &config);
    let service = Service::new(sessions, receipts, timeouts);
    Ok(Hosted::new("session")
        .service(SessionServiceServer::new(service))
        .ready_with(deps.db))
}

#[cfg(test)]
mod tests;
