//! Queries about the audit log.

use std::sync::Arc;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::EntityTrait as _;

use super::Store;
use crate::audit::Entry;
use crate::entity::audit;
use crate::error::Error;

impl Store {
    /// Adds lines to the audit log.
    pub(crate) async fn append_audit(&self, entries: &Arc<[Entry]>) -> Result<(), Error> {
        let entries = Arc::clone(entries);
        self.db
            .write(move |tx| {
                let rows: Vec<_> = entries.iter().map(row).collect();
                Box::pin(async move {
                    audit::Entity::insert_many(rows)
                        .exec_without_returning(tx)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

fn row(entry: &Entry) -> audit::ActiveModel {
    audit::ActiveModel {
        audit_id: NotSet,
        time: Set(entry.time),
        actor: Set(entry.actor.clone()),
        token_id: Set(entry.token_id.clone()),
        action: Set(entry.action.clone()),
        object: Set(entry.object.clone()),
        outcome: Set(entry.outcome.as_str().to_owned()),
        request_id: Set(entry.request_id.clone()),
        address: Set(entry.address.clone()),
        details: Set(entry.details.clone()),
    }
}
