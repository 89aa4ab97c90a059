//! Lets a turn wait for another one of the same case.

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::limits::LEASE_POLL;

/// Wakes those who wait for a turn lease: at once in this process, by polling across processes.
#[derive(Debug, Default)]
pub(crate) struct TurnQueue(Notify);

impl TurnQueue {
    /// Returns a ticket that hears of every lease which ends from now on.
    pub(crate) fn ticket(&self) -> Notified<'_> {
        self.0.notified()
    }

    /// Waits until some lease ends, or long enough to look again.
    pub(crate) async fn wait(&self, ticket: Notified<'_>) {
        // A lease may also end in another process, or by running out.
        let _ = tokio::time::timeout(LEASE_POLL, ticket).await;
    }

    /// Wakes everybody who waits.
    pub(crate) fn lease_ended(&self) {
        self.0.notify_waiters();
    }
}
