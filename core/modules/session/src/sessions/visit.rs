//! A call that names a session.

use chrono::{DateTime, Utc};
use faultmaven_kit::Fault;

use super::Limits;
use crate::error::Error;
use crate::session::Session;
use crate::store::Rows;

/// A caller who names a session.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) session_id: String,
    pub(super) user_id: Option<String>,
    pub(super) limits: Limits,
}

impl Visit {
    /// Returns the session when it is open to the caller, bound to the caller from now on.
    pub(super) async fn find(&self, rows: &Rows<'_>) -> Result<Session, Error> {
        let found = rows.find(&self.session_id).await?;
        let mut session = found
            .filter(|session| session.is_open_to(self.user_id.as_deref()))
            .filter(|session| session.is_usable(self.limits.now))
            .ok_or(Error::SessionNotFound)?;
        if let Some(user_id) = &self.user_id {
            self.limits.adopt(rows, &mut session, user_id).await?;
        }
        Ok(session)
    }

    /// Applies `change` to the session.
    pub(super) async fn change(
        &self,
        rows: &Rows<'_>,
        change: impl Fn(&mut Session, DateTime<Utc>) -> Result<(), Fault>,
    ) -> Result<Session, Error> {
        let mut session = self.find(rows).await?;
        let was_archived = session.archived;
        change(&mut session, self.limits.now)?;
        if was_archived && !session.archived {
            self.limits.take_back(rows, &mut session).await?;
        }
        rows.save(session.clone()).await?;
        Ok(session)
    }
}
