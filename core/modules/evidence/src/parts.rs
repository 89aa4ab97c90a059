//! What every operation of the module works with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_analysis::SignatureSource;
use faultmaven_documents::Extractor;
use faultmaven_kit::db::Receipts;
use faultmaven_kit::{Audit, Ids, Module, SharedBlobStore, SharedClock, Tasks};
use faultmaven_proto::case::v1::case_internal_service_client::CaseInternalServiceClient;
use faultmaven_proto::jobs::v1::jobs_internal_service_client::JobsInternalServiceClient;
use tokio::sync::Notify;

use crate::config::{Config, Deps};
use crate::migration::RECEIPTS;
use crate::store::Store;

/// The name other modules know this one by.
pub(crate) const MODULE: &str = "evidence";

/// The module's stores, callees and settings.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) blobs: SharedBlobStore,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) tasks: Tasks,
    pub(crate) audit: Audit,
    pub(crate) receipts: Receipts,
    pub(crate) signatures: Arc<dyn SignatureSource>,
    pub(crate) documents: Extractor,
    case: Module,
    jobs: Module,
    changes: Notify,
}

impl Parts {
    /// Puts the parts together.
    pub(crate) fn new(config: Config, deps: Deps) -> Self {
        Self {
            config,
            store: Store::new(deps.db),
            blobs: deps.blobs,
            receipts: Receipts::new(RECEIPTS, deps.clock.clone()),
            clock: deps.clock,
            ids: deps.ids,
            tasks: deps.tasks,
            audit: deps.audit,
            signatures: deps.signatures,
            documents: deps.documents,
            case: deps.case,
            jobs: deps.jobs,
            changes: Notify::new(),
        }
    }

    /// Returns a client of the case module.
    pub(crate) fn case(&self) -> CaseInternalServiceClient<Module> {
        CaseInternalServiceClient::new(self.case.clone())
    }

    /// Returns a client of the jobs module.
    pub(crate) fn jobs(&self) -> JobsInternalServiceClient<Module> {
        JobsInternalServiceClient::new(self.jobs.clone())
    }

    /// Returns the time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Wakes everybody who waits for the state of a file to change.
    pub(crate) fn announce_change(&self) {
        self.changes.notify_waiters();
    }

    /// Returns what to wait for, to be enabled before the state is read.
    pub(crate) fn next_change(&self) -> tokio::sync::futures::Notified<'_> {
        self.changes.notified()
    }
}
