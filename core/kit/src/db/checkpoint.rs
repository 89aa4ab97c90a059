//! Checkpoints: what is committed goes from the write-ahead log into the database file, and both
//! reach the disk, while the writer goes on. Waiting for the disk within a commit would hold up
//! every writer of its group.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest that something committed waits for its checkpoint to begin.
const DELAY: Duration = Duration::from_millis(250);

/// Makes a checkpoint soon after each `news`, until `shutdown`; closing the database makes the last.
pub(super) async fn keep(
    connection: DatabaseConnection,
    news: Arc<Notify>,
    shutdown: CancellationToken,
) {
    let work = async {
        loop {
            news.notified().await;
            tokio::time::sleep(DELAY).await;
            // It takes what no reader needs in the log any more, and waits for nobody.
            let checkpoint = "PRAGMA wal_checkpoint(PASSIVE)";
            if let Err(error) = connection.execute_unprepared(checkpoint).await {
                tracing::warn!(error = %error, "a checkpoint failed; the writer makes it later");
            }
        }
    };
    shutdown.run_until_cancelled(work).await;
    if let Err(error) = connection.close_by_ref().await {
        tracing::warn!(error = %error, "the connection for checkpoints did not close");
    }
}
