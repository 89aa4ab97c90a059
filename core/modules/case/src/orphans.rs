//! Turns that a process took into its grave.

use faultmaven_kit::{Backend, Db};

use crate::error::CaseError;
use crate::store::{receipts, turn_leases};

/// Gives up the turns that ran when the last process died, so that a repeat need not wait for the
/// end of their leases.
///
/// One process alone owns a file database, so at its start no turn can be running. On a server,
/// other replicas may be at work, and leases end by themselves.
pub(crate) async fn release(db: &Db) -> Result<(), CaseError> {
    if db.backend() != Backend::Sqlite {
        return Ok(());
    }
    let released = db
        .write(|db| {
            Box::pin(async move {
                receipts::release_unfinished(db).await?;
                turn_leases::release_all(db).await
            })
        })
        .await?;
    if released > 0 {
        tracing::info!(
            turns = released,
            "turns cut short by the last stop can be repeated"
        );
    }
    Ok(())
}
