//! Queries about the audit log.

use std::sync::Arc;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::Store;
use crate::audit::Entry;
use crate::audit_view::Wanted;
use crate::entity::audit::{self, Column};
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

impl Store {
    /// Returns lines of the audit log, newest first.
    pub(crate) async fn audit_events(
        &self,
        wanted: &Wanted,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<audit::Model>, Error> {
        let mut lines = audit::Entity::find()
            .order_by_desc(Column::AuditId)
            .limit(limit);
        if let Some(before) = before {
            lines = lines.filter(Column::AuditId.lt(before));
        }
        if let Some(actor) = &wanted.actor {
            lines = lines.filter(Column::Actor.eq(actor));
        }
        if let Some(action) = &wanted.action {
            lines = match action.ends_with('.') {
                true => lines.filter(Column::Action.starts_with(action)),
                false => lines.filter(Column::Action.eq(action)),
            };
        }
        if let Some(start) = wanted.start {
            lines = lines.filter(Column::Time.gte(start));
        }
        if let Some(end) = wanted.end {
            lines = lines.filter(Column::Time.lt(end));
        }
        Ok(lines.all(self.db.read()).await?)
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
