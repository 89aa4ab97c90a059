//! What happens regularly without being asked for.

use std::time::Duration;

use chrono::TimeDelta;
use faultmaven_kit::{SharedClock, Tasks};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::access_token::AccessTokens;
use crate::error::Error;
use crate::store::Store;

const KEYS_EVERY: Duration = Duration::from_secs(60);
const CLEANUP_EVERY: Duration = Duration::from_secs(3_600);
const AUDIT_KEEP: TimeDelta = TimeDelta::days(365);

/// Starts taking up new keys and removing what has expired.
pub(crate) fn start(store: Store, access_tokens: AccessTokens, clock: SharedClock, tasks: &Tasks) {
    let keys = every(tasks, KEYS_EVERY, move || {
        let access_tokens = access_tokens.clone();
        async move { access_tokens.reread_keys().await }
    });
    tasks.spawn("auth keys", keys);
    let cleanup = every(tasks, CLEANUP_EVERY, move || {
        let (store, now) = (store.clone(), clock.now());
        async move { store.remove_expired(now, now - AUDIT_KEEP).await }
    });
    tasks.spawn("auth cleanup", cleanup);
}

fn every<W, F>(tasks: &Tasks, period: Duration, work: W) -> impl Future<Output = ()> + use<W, F>
where
    W: Fn() -> F,
    F: Future<Output = Result<(), Error>>,
{
    let shutdown = tasks.shutdown_token();
    async move {
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = shutdown.cancelled() => return,
            }
            if let Err(error) = work().await {
                let cause = faultmaven_kit::fault::chain(&error);
                tracing::error!(error = %cause, "upkeep of accounts failed");
            }
        }
    }
}
