//! Removes receipts nobody can ask for any more.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::Tasks;

use crate::error::CaseError;
use crate::operations::Shared;
use crate::store::receipts;

const PAUSE: Duration = Duration::from_secs(60 * 60);

/// Sweeps now and every hour until shutdown.
pub(crate) fn start(tasks: &Tasks, shared: Arc<Shared>) {
    tasks.repeat("case sweep", PAUSE, move || {
        let shared = Arc::clone(&shared);
        async move { sweep(&shared).await }
    });
}

async fn sweep(shared: &Shared) -> Result<(), CaseError> {
    let before = shared.clock.now() - shared.config.receipt_keep;
    let swept = shared
        .db
        .write(move |db| Box::pin(receipts::sweep(db, before)))
        .await?;
    if swept > 0 {
        tracing::info!(receipts = swept, "old receipts removed");
    }
    Ok(())
}
