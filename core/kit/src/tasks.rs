//! Background work that shutdown waits for.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::fault::chain;

/// Starts tasks, tells them to stop, and waits until they have.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    token: CancellationToken,
    running: Arc<Running>,
}

#[derive(Debug, Default)]
struct Running {
    next: AtomicU64,
    names: Mutex<BTreeMap<u64, String>>,
}

impl Tasks {
    /// Returns an empty set of tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` in the background under a name that shutdown can report.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that starts tasks; the tracker makes shutdown wait for them"
    )]
    pub fn spawn<F>(&self, name: impl Into<String>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let entry = Entry::new(Arc::clone(&self.running), name.into());
        tokio::spawn(self.tracker.track_future(async move {
            let _entry = entry;
            future.await
        }))
    }

    /// Does `work` now and again after each pause; shutdown cuts it at any await, so every step of
    /// it must be whole by itself.
    pub fn repeat<W, F, E>(&self, name: &'static str, pause: Duration, mut work: W)
    where
        W: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(), E>> + Send,
        E: Error + 'static,
    {
        let shutdown = self.shutdown_token();
        self.spawn(name, async move {
            let repeating = async {
                loop {
                    if let Err(error) = work().await {
                        tracing::error!(task = name, error = %chain(&error), "{name} failed");
                    }
                    tokio::time::sleep(pause).await;
                }
            };
            shutdown.run_until_cancelled(repeating).await;
        });
    }

    /// Returns the token that is cancelled when shutdown begins.
    pub fn shutdown_token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Tells every task to stop, without waiting.
    pub fn begin_shutdown(&self) {
        self.token.cancel();
    }

    /// Tells every task to stop and waits up to `grace`; returns the names of those that are late.
    pub async fn shutdown(&self, grace: Duration) -> Vec<String> {
        self.token.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait())
            .await
            .is_ok()
        {
            return Vec::new();
        }
        let late = self.running_names();
        tracing::warn!(tasks = ?late, "tasks did not stop within the grace period");
        late
    }

    fn running_names(&self) -> Vec<String> {
        let names = self.running.names.lock();
        let names = names.unwrap_or_else(PoisonError::into_inner);
        names.values().cloned().collect()
    }
}

struct Entry {
    running: Arc<Running>,
    key: u64,
}

impl Entry {
    fn new(running: Arc<Running>, name: String) -> Self {
        let key = running.next.fetch_add(1, Ordering::Relaxed);
        let names = running.names.lock();
        names
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, name);
        Self { running, key }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let names = self.running.names.lock();
        names
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shutdown_waits_for_tasks_that_listen() {
        let tasks = Tasks::new();
        let token = tasks.shutdown_token();
        let handle = tasks.spawn("listener", async move {
            token.cancelled().await;
            "done"
        });
        assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
        assert_eq!(handle.await.unwrap(), "done");
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_names_the_late_ones() {
        let tasks = Tasks::new();
        tasks.spawn("deaf", std::future::pending::<()>());
        tasks.spawn("quick", async {}).await.unwrap();
        assert_eq!(tasks.shutdown(Duration::from_secs(5)).await, ["deaf"]);
    }

    #[tokio::test(start_paused = true)]
    async fn repeated_work_goes_on_after_a_failure_until_shutdown() {
        let tasks = Tasks::new();
        let (done, mut rounds) = tokio::sync::mpsc::unbounded_channel();
        let mut round = 0;
        tasks.repeat("test", Duration::from_secs(3_600), move || {
            round += 1;
            done.send(round).unwrap();
            std::future::ready(Err::<(), _>(std::io::Error::other("refused")))
        });
        let begin = tokio::time::Instant::now();
        assert_eq!(rounds.recv().await, Some(1));
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(rounds.recv().await, Some(2));
        assert_eq!(begin.elapsed(), Duration::from_secs(3_600));
        assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
        assert_eq!(rounds.recv().await, None);
    }
}
