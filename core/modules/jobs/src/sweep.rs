//! Removes jobs that were kept long enough.

use chrono::TimeDelta;
use faultmaven_kit::Clock;

use crate::error::Error;
use crate::store::Store;
use crate::{Config, Deps};

/// Starts the removal in the background.
pub(crate) fn start(config: &Config, deps: &Deps, store: Store) {
    let keep = TimeDelta::from_std(config.keep).unwrap_or(TimeDelta::MAX);
    let clock = deps.clock.clone();
    deps.tasks
        .repeat("jobs sweep", config.sweep_interval, move || {
            let (store, clock) = (store.clone(), clock.clone());
            async move { sweep(&store, &*clock, keep).await }
        });
}

/// Removes the jobs that ended more than `keep` ago.
pub(crate) async fn sweep(store: &Store, clock: &dyn Clock, keep: TimeDelta) -> Result<(), Error> {
    let Some(oldest_kept) = clock.now().checked_sub_signed(keep) else {
        return Ok(());
    };
    let removed = store.remove_finished(oldest_kept).await?;
    if removed > 0 {
        tracing::info!(removed, "old jobs removed");
    }
    Ok(())
}
