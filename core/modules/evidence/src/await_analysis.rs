//! Waiting until files are analysed, woken by the worker instead of asking again and again.

use std::time::Duration;

use faultmaven_kit::id::is_well_formed;
use tokio::time::{Instant, timeout_at};

use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::Parts;

/// Another replica may do the work, and its changes are seen only by looking.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(120);

/// Returns the files and their members once none is outstanding, or as they are when time is up.
pub(crate) async fn until_analyzed(
    parts: &Parts,
    file_ids: &[String],
    wait: Duration,
) -> Result<Vec<Model>, EvidenceError> {
    if !file_ids.iter().all(|id| is_well_formed("file", 12, id)) {
        return Err(EvidenceError::FileNotFound);
    }
    let deadline = Instant::now() + wait.min(WAIT_MAX);
    let shutdown = parts.tasks.shutdown_token();
    loop {
        let mut change = std::pin::pin!(parts.next_change());
        // What changes from here on wakes this call, also before it starts to wait.
        change.as_mut().enable();
        let files = parts.store.files_with_members(file_ids).await?;
        // A process that stops analyses nothing any more.
        let done = shutdown.is_cancelled() || files.iter().all(|file| file.state.is_final());
        if done || Instant::now() >= deadline {
            return Ok(files);
        }
        let look_again = deadline.min(Instant::now() + LOOK_EVERY);
        let change = shutdown.run_until_cancelled(change);
        // Whether it was a change, the time or shutdown, the files are looked at again.
        let _ = timeout_at(look_again, change).await;
    }
}
