//! What happens regularly without being asked for.

use std::time::Duration;

use chrono::TimeDelta;
use faultmaven_kit::{SharedClock, Tasks};

use crate::access_token::AccessTokens;
use crate::store::Store;

const KEYS_EVERY: Duration = Duration::from_secs(60);
const CLEANUP_EVERY: Duration = Duration::from_secs(3_600);
const AUDIT_KEEP: TimeDelta = TimeDelta::days(365);

/// Starts taking up new keys and removing what has expired.
pub(crate) fn start(store: Store, access_tokens: AccessTokens, clock: SharedClock, tasks: &Tasks) {
    tasks.repeat("auth keys", KEYS_EVERY, move || {
        let access_tokens = access_tokens.clone();
        async move { access_tokens.reread_keys().await }
    });
    tasks.repeat("auth cleanup", CLEANUP_EVERY, move || {
        let (store, now) = (store.clone(), clock.now());
        async move { store.remove_expired(now, now - AUDIT_KEEP).await }
    });
}
