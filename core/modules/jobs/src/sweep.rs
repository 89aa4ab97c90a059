//! Removes jobs that were kept long enough.

use chrono::TimeDelta;
use faultmaven_kit::Clock;
use faultmaven_kit::fault::chain;

use crate::store::Store;
use crate::{Config, Deps};

/// Starts the removal in the background.
pub(crate) fn start(config: &Config, deps: &Deps, store: Store) {
    let keep = TimeDelta::from_std(config.keep).unwrap_or(TimeDelta::MAX);
    let interval = config.sweep_interval;
    let clock = deps.clock.clone();
    let shutdown = deps.tasks.shutdown_token();
    deps.tasks.spawn("jobs sweep", async move {
        let sweeping = async {
            loop {
                sweep(&store, &*clock, keep).await;
                tokio::time::sleep(interval).await;
            }
        };
        // Each batch is a transaction of its own, so stopping anywhere loses nothing.
        shutdown.run_until_cancelled(sweeping).await;
    });
}

/// Removes the jobs that ended more than `keep` ago.
pub(crate) async fn sweep(store: &Store, clock: &dyn Clock, keep: TimeDelta) {
    let Some(oldest_kept) = clock.now().checked_sub_signed(keep) else {
        return;
    };
    match store.remove_finished(oldest_kept).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "old jobs removed"),
        Err(error) => tracing::error!(error = %chain(&error), "old jobs cannot be removed"),
    }
}
