//! The log of a session.

use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::session::v1 as pb;

use super::visit::Visit;
use super::{Sessions, Visitor};
use crate::convert;
use crate::error::Error;
use crate::message::{Message, Role};
use crate::store::Rows;

/// What is to be added to a log.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) role: Role,
    pub(crate) content: String,
}

impl Sessions {
    /// Adds a message, which is activity; returns it and how many the log holds.
    pub(crate) async fn add_message(
        &self,
        visitor: &Visitor,
        receipt: Option<Receipt>,
        session_id: &str,
        new: NewMessage,
    ) -> Result<Once<pb::AddMessageResponse>, Error> {
        let message_id = self.ids.uuid();
        let visit = self.visit_of(visitor, session_id)?;
        self.store
            .write_once(receipt, move |rows| {
                let (visit, message_id, new) = (visit.clone(), message_id.clone(), new.clone());
                Box::pin(async move { add(&visit, &rows, message_id, new).await })
            })
            .await
    }

    /// Returns the latest messages, latest first, and how many the log holds.
    pub(crate) async fn messages(
        &self,
        visitor: &Visitor,
        session_id: &str,
        before: Option<i64>,
        limit: u64,
    ) -> Result<(Vec<Message>, i64), Error> {
        let session = self.touch(visitor, session_id).await?;
        let messages = self.store.messages(session_id, before, limit).await?;
        Ok((messages, session.message_count))
    }

    /// Empties the log; returns how many messages it held.
    pub(crate) async fn clear_messages(
        &self,
        visitor: &Visitor,
        session_id: &str,
    ) -> Result<u64, Error> {
        self.within(visitor, session_id, |visit, rows| {
            Box::pin(async move {
                let session = visit
                    .change(&rows, |session, now| {
                        session.message_count = 0;
                        session.touch(now);
                        Ok(())
                    })
                    .await?;
                rows.remove_messages(&session.session_id, i64::MAX).await
            })
        })
        .await
    }
}

async fn add(
    visit: &Visit,
    rows: &Rows<'_>,
    message_id: String,
    new: NewMessage,
) -> Result<pb::AddMessageResponse, Error> {
    let now = visit.limits.now;
    let mut session = visit.find(rows).await?;
    if session.archived {
        return Err(Error::SessionArchived);
    }
    session.touch(now);
    let max = visit.limits.messages;
    let number = session.count_message(max);
    let message = Message {
        message_id,
        number,
        role: new.role,
        content: new.content,
        created_at: now,
    };
    rows.add_message(&session.session_id, &message).await?;
    rows.remove_messages(&session.session_id, number - max)
        .await?;
    let count = session.message_count;
    rows.save(session).await?;
    Ok(pb::AddMessageResponse {
        message: Some(convert::log_entry(message)),
        total_size: count,
        replayed: false,
    })
}
