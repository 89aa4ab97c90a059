//! Opening a session, or finding the one to resume.

use faultmaven_proto::session::v1 as pb;

use super::{Limits, Visitor};
use crate::convert;
use crate::error::Error;
use crate::session::{NewSession, Session, State, is_session_id, resume_key};
use crate::store::Rows;

/// A client that comes for a session.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    /// The id of the session if it is a new one.
    pub(super) id: String,
    pub(super) visitor: Visitor,
    pub(super) new: NewSession,
    pub(super) limits: Limits,
}

impl Opening {
    /// Returns the session and whether it was resumed.
    pub(super) async fn run(&self, rows: &Rows<'_>) -> Result<pb::CreateSessionResponse, Error> {
        let (session, resumed) = self.session(rows).await?;
        Ok(pb::CreateSessionResponse {
            session: Some(convert::message(session, self.limits.now)),
            resumed,
            replayed: false,
        })
    }

    async fn session(&self, rows: &Rows<'_>) -> Result<(Session, bool), Error> {
        let now = self.limits.now;
        if let Some(mut session) = self.earlier(rows).await? {
            session.resume(self.new.timeout, now);
            rows.save(session.clone()).await?;
            return Ok((session, true));
        }
        let user_id = self.visitor.user_id.clone();
        if let Some(user_id) = &user_id {
            self.limits.make_room(rows, user_id).await?;
        }
        let session = Session::open(self.id.clone(), user_id, self.new.clone(), now);
        rows.insert(session.clone()).await?;
        Ok((session, false))
    }

    async fn earlier(&self, rows: &Rows<'_>) -> Result<Option<Session>, Error> {
        let Some(client_id) = &self.new.client_id else {
            return Ok(None);
        };
        let user_id = self.visitor.user_id.as_deref();
        let place = resume_key(user_id, client_id);
        match (self.limits.find_active(rows, &place).await?, user_id) {
            (None, Some(user_id)) => self.carried(rows, user_id, client_id).await,
            (session, _) => Ok(session),
        }
    }

    /// Returns the session that the client opened before its user signed in.
    async fn carried(
        &self,
        rows: &Rows<'_>,
        user_id: &str,
        client_id: &str,
    ) -> Result<Option<Session>, Error> {
        let carried = self.visitor.session_id.as_deref();
        let Some(session_id) = carried.filter(|id| is_session_id(id)) else {
            return Ok(None);
        };
        let found = rows.find(session_id).await?;
        let anonymous = found
            .filter(|session| session.user_id.is_none())
            .filter(|session| session.client_id.as_deref() == Some(client_id))
            .filter(|session| session.state(self.limits.now) == State::Active);
        let Some(mut session) = anonymous else {
            return Ok(None);
        };
        self.limits.adopt(rows, &mut session, user_id).await?;
        Ok(Some(session))
    }
}
