//! Durable background work: stored here, leased and run by the module that owns its kind.

use std::time::Duration;

use faultmaven_kit::{Audit, Db, Hosted, Ids, SharedClock, Tasks};
use faultmaven_proto::jobs::v1::jobs_internal_service_server::JobsInternalServiceServer;
use faultmaven_proto::jobs::v1::jobs_service_server::JobsServiceServer;

mod bell;
mod convert;
mod entity;
mod error;
mod job;
mod jobs;
mod migration;
mod service;
mod store;
mod sweep;

pub use migration::migrations;

use job::Policy;
use jobs::Jobs;
use service::Service;
use store::Store;

/// How jobs are leased, retried and kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a worker holds a job without a heartbeat.
    pub lease: Duration,
    /// How often a job is tried before it has failed.
    pub attempts: i32,
    /// The pause after the first, second, … failed attempt; the last one repeats.
    pub backoff: Vec<Duration>,
    /// How long a job is kept after its end.
    pub keep: Duration,
    /// How often jobs that were kept long enough are removed.
    pub sweep_interval: Duration,
    /// How often a waiting worker looks for jobs that another process stored.
    pub poll_interval: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            attempts: 3,
            backoff: [5, 30, 120].map(Duration::from_secs).to_vec(),
            keep: Duration::from_secs(7 * 24 * 3_600),
            sweep_interval: Duration::from_secs(3_600),
            poll_interval: Duration::from_secs(1),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where jobs are stored.
    pub db: Db,
    /// Tells when jobs are due.
    pub clock: SharedClock,
    /// Names jobs.
    pub ids: Ids,
    /// Runs the removal of old jobs.
    pub tasks: Tasks,
    /// The way to the audit log.
    pub audit: Audit,
}

/// Returns the module, its tables migrated and its background work started.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let store = Store::new(deps.db.clone());
    store.end_orphaned_leases(deps.clock.now()).await?;
    sweep::start(&config, &deps, store.clone());
    let policy = Policy {
        lease: config.lease,
        attempts: config.attempts.max(1),
        backoff: config.backoff,
    };
    let jobs = Jobs::new(
        store,
        deps.clock,
        deps.ids,
        policy,
        config.poll_interval,
        deps.tasks.shutdown_token(),
    );
    let service = Service::new(jobs, deps.audit);
    Ok(Hosted::new("jobs")
        .service(JobsServiceServer::new(service.clone()))
        .internal(JobsInternalServiceServer::new(service))
        .ready_with(deps.db))
}

#[cfg(test)]
mod tests;
