//! The gRPC services: decode, one call, encode.

use std::sync::Arc;

use faultmaven_kit::{BlobError, Fault, Hosted, Worker};
use faultmaven_proto::evidence::v1::evidence_internal_service_server::EvidenceInternalServiceServer;
use faultmaven_proto::evidence::v1::evidence_service_server::EvidenceServiceServer;

use crate::analyze::FileAnalysis;
use crate::config::{Config, Deps};
use crate::jobs::ANALYZE_FILE;
use crate::migration::migrations;
use crate::parts::{MODULE, Parts};
use crate::reconcile;

mod internal;
mod lists;
mod public;

/// Migrates the module's tables, starts its background work and returns its services.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let db = deps.db.clone();
    let jobs = deps.jobs.clone();
    let parts = Arc::new(Parts::new(config, deps));
    if parts.store.is_exclusive() {
        // Whoever reserved a place before this process started is dead.
        parts.store.expire_all_reservations(parts.now()).await?;
    }
    reconcile::spawn(&parts);
    let handler = Arc::new(FileAnalysis(Arc::clone(&parts)));
    Worker::new(jobs, MODULE, parts.ids.clone(), Arc::clone(&parts.clock))
        .handle(ANALYZE_FILE, handler, parts.config.analysis_concurrency)
        .spawn(&parts.tasks);
    Ok(hosted(parts).ready_with(db))
}

fn hosted(parts: Arc<Parts>) -> Hosted {
    let public = EvidenceServiceServer::new(public::Public(Arc::clone(&parts)));
    let internal = EvidenceInternalServiceServer::new(internal::Internal(Arc::clone(&parts)));
    Hosted::new(MODULE)
        .service(public)
        .internal(internal)
        .ready_when(move || {
            let blobs = Arc::clone(&parts.blobs);
            Box::pin(async move { written(blobs.ping().await) })
        })
}

fn written(outcome: Result<(), BlobError>) -> Result<(), Fault> {
    outcome
        .map_err(|_| Fault::unavailable("storage_unavailable", "the file storage does not answer"))
}
