//! What is stored: accounts, sign-ins, tokens and the audit log.

use std::sync::Arc;

use faultmaven_kit::db::{Once, Receipt, is_unique_violation};
use faultmaven_kit::{Db, Tasks};
use futures::future::BoxFuture;
use prost::Message;
use sea_orm::DatabaseTransaction;

use crate::error::Error;
use crate::revision::Revision;

mod accounts;
mod api_tokens;
mod audit;
mod codes;
mod expired;
mod invitations;
mod rows;
mod sign_ins;
mod teams;

pub(crate) use accounts::{AccountChange, EntryTicket, NewAccount, PasswordHashes};
pub(crate) use api_tokens::ApiToken;
pub(crate) use codes::{CodeUse, NewCode};
pub(crate) use sign_ins::{Ended, NewTokens, RefreshOutcome};

/// The tables of this module.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    tasks: Tasks,
    revision: Arc<Revision>,
}

impl Store {
    /// Returns the store in `db`.
    pub(crate) fn new(db: Db, tasks: Tasks) -> Self {
        Self {
            db,
            tasks,
            revision: Arc::default(),
        }
    }

    /// Returns the counter of changes that may take access away.
    pub(crate) fn revision(&self) -> &Revision {
        &self.revision
    }

    /// Returns the database.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Writes what may take access away, and makes that known before the caller hears of it.
    ///
    /// It runs as a task of its own: a caller who goes away in the middle must not leave a change
    /// behind that nobody knows of.
    async fn write_revoking<F, T>(&self, write: F) -> Result<T, Error>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + Sync
            + 'static,
        T: Send + 'static,
    {
        let db = self.db.clone();
        self.revoking(async move { db.write(write).await }).await
    }

    /// Does as [`Store::write_revoking`], once for each receipt.
    async fn write_revoking_once<F, R>(
        &self,
        receipt: Option<Receipt>,
        write: F,
    ) -> Result<Once<R>, Error>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<R, Error>>
            + Send
            + Sync
            + 'static,
        R: Message + Default + 'static,
    {
        let db = self.db.clone();
        self.revoking(async move { db.write_once(receipt, write).await })
            .await
    }

    async fn revoking<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let revision = Arc::clone(&self.revision);
        let work = async move {
            let written = write.await;
            revision.advance();
            written
        };
        self.tasks.spawn("auth revocation", work).await?
    }
}

/// Runs a write again when somebody else took a unique value in the meantime; the second run sees it.
async fn repeated_when_overtaken<F, R, T>(write: F) -> Result<T, Error>
where
    F: Fn() -> R,
    R: Future<Output = Result<T, Error>>,
{
    match write().await {
        Err(Error::Database(error)) if is_unique_violation(&error) => write().await,
        written => written,
    }
}
