//! Reports: deterministic documents written from a case, every factual line with its citation.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Audit, Db, Hosted, Ids, Module, SharedClock, Tasks, Worker};
use faultmaven_proto::report::v1::report_internal_service_server::ReportInternalServiceServer;
use faultmaven_proto::report::v1::report_service_server::ReportServiceServer;

mod advice;
mod appendix;
mod bundle;
mod closing;
mod convert;
mod document;
mod draft;
mod entity;
mod error;
mod export;
mod gather;
mod html;
mod markdown;
mod mask;
mod material;
mod migration;
mod pdf;
mod prose;
mod rendering;
mod report;
mod reports;
mod service;
mod skeleton;
mod store;
mod text;
mod words;

pub use migration::migrations;

use closing::{WriteClosing, WriteHandover};
use gather::Gatherer;
use reports::Reports;
use service::Service;
use store::Store;

/// The name the jobs module knows this one by.
const MODULE: &str = "report";
/// How many ended cases are written up at once.
const CLOSING_AT_ONCE: usize = 2;

/// How reports are written.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many versions of one type a case may have.
    pub versions_max: i32,
    /// How long the writing of one request may take.
    pub deadline: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            versions_max: 5,
            deadline: Duration::from_secs(120),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where reports are stored.
    pub db: Db,
    /// Dates reports.
    pub clock: SharedClock,
    /// Names reports.
    pub ids: Ids,
    /// Runs the jobs of this module.
    pub tasks: Tasks,
    /// The way to the audit log.
    pub audit: Audit,
    /// Knows the case and who may see it.
    pub case: Module,
    /// Knows files and evidence.
    pub evidence: Module,
    /// Knows the names of people.
    pub auth: Module,
    /// Knows which runbooks there are.
    pub knowledge: Module,
    /// Hands out the jobs of this module.
    pub jobs: Module,
}

/// Returns the module, its tables migrated.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let reports = Reports {
        store: Store::new(deps.db.clone()),
        gatherer: Gatherer::new(deps.case, deps.evidence, deps.auth, deps.knowledge),
        receipts: Receipts::new(migration::RECEIPTS, deps.clock.clone()),
        clock: Arc::clone(&deps.clock),
        ids: deps.ids.clone(),
        audit: deps.audit,
        versions_max: config.versions_max,
        deadline: config.deadline,
    };
    let reports = Arc::new(reports);
    let closing = Arc::new(WriteClosing(Arc::clone(&reports)));
    let handover = Arc::new(WriteHandover(Arc::clone(&reports)));
    Worker::new(deps.jobs, MODULE, deps.ids, deps.clock)
        .handle(closing::KIND, closing, CLOSING_AT_ONCE)
        .handle(closing::HANDOVER, handover, CLOSING_AT_ONCE)
        .spawn(&deps.tasks);
    let service = Service::new(reports);
    Ok(Hosted::new(MODULE)
        .service(ReportServiceServer::new(service.clone()))
        .internal(ReportInternalServiceServer::new(service))
        .ready_with(deps.db))
}

#[cfg(test)]
mod tests;
