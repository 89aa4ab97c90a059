//! What callers may do with sessions.

use chrono::{DateTime, Utc};
use faultmaven_kit::db::is_unique_violation;
use faultmaven_kit::{Ids, SharedClock};

use crate::error::Error;
use crate::session::{Changes, NewSession, Session, State, is_session_id, resume_key};
use crate::store::{Listing, Rows, Store};

mod opening;

use opening::Opening;

/// How often a call is tried when others of the same client come between.
const ATTEMPTS: u32 = 5;

/// Who calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    /// `None` when nobody is signed in.
    pub(crate) user_id: Option<String>,
    /// The session the call was made in.
    pub(crate) session_id: Option<String>,
}

/// The sessions of all clients.
pub(crate) struct Sessions {
    store: Store,
    clock: SharedClock,
    ids: Ids,
    per_user: u64,
}

impl Sessions {
    pub(crate) fn new(store: Store, clock: SharedClock, ids: Ids, per_user: u64) -> Self {
        Self {
            store,
            clock,
            ids,
            per_user,
        }
    }

    /// Returns the present moment, by which sessions expire.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Opens a session, or resumes the one of the same client; tells whether it resumed.
    pub(crate) async fn open(
        &self,
        visitor: Visitor,
        new: NewSession,
    ) -> Result<(Session, bool), Error> {
        for _ in 0..ATTEMPTS {
            let opening = Opening {
                id: self.ids.uuid(),
                visitor: visitor.clone(),
                new: new.clone(),
                limits: self.limits(),
            };
            let opened = self.store.write(move |rows| {
                let opening = opening.clone();
                Box::pin(async move { opening.run(&rows).await })
            });
            match opened.await {
                Err(Error::Database(error)) if is_unique_violation(&error) => {}
                opened => return opened,
            }
        }
        Err(Error::Contended)
    }

    /// Records activity.
    pub(crate) async fn touch(
        &self,
        visitor: &Visitor,
        session_id: &str,
    ) -> Result<Session, Error> {
        self.visit(visitor, session_id, |session, now| session.touch(now))
            .await
    }

    /// Changes what the client may change.
    pub(crate) async fn update(
        &self,
        visitor: &Visitor,
        session_id: &str,
        changes: Changes,
    ) -> Result<Session, Error> {
        self.visit(visitor, session_id, move |session, now| {
            session.update(changes.clone(), now);
        })
        .await
    }

    /// Ends a session.
    pub(crate) async fn end(&self, visitor: &Visitor, session_id: &str) -> Result<(), Error> {
        self.visit(visitor, session_id, |session, now| session.terminate(now))
            .await?;
        Ok(())
    }

    /// Returns sessions, latest activity first, and how many there are in all.
    pub(crate) async fn list(&self, listing: Listing) -> Result<(Vec<Session>, u64), Error> {
        self.store.list(listing, self.clock.now()).await
    }

    /// Applies `change` to an active session that is open to the visitor.
    async fn visit<F>(
        &self,
        visitor: &Visitor,
        session_id: &str,
        change: F,
    ) -> Result<Session, Error>
    where
        F: Fn(&mut Session, DateTime<Utc>) + Clone + Send + Sync + 'static,
    {
        if !is_session_id(session_id) {
            return Err(Error::SessionNotFound);
        }
        for _ in 0..ATTEMPTS {
            let visit = Visit {
                session_id: session_id.to_owned(),
                user_id: visitor.user_id.clone(),
                limits: self.limits(),
            };
            let change = change.clone();
            let visited = self.store.write(move |rows| {
                let (visit, change) = (visit.clone(), change.clone());
                Box::pin(async move { visit.run(&rows, change).await })
            });
            match visited.await {
                Err(Error::Database(error)) if is_unique_violation(&error) => {}
                visited => return visited,
            }
        }
        Err(Error::Contended)
    }

    fn limits(&self) -> Limits {
        Limits {
            per_user: self.per_user,
            now: self.clock.now(),
        }
    }
}

/// A call that names a session.
#[derive(Debug, Clone)]
struct Visit {
    session_id: String,
    user_id: Option<String>,
    limits: Limits,
}

impl Visit {
    async fn run(
        &self,
        rows: &Rows<'_>,
        change: impl Fn(&mut Session, DateTime<Utc>),
    ) -> Result<Session, Error> {
        let now = self.limits.now;
        let found = rows.find(&self.session_id).await?;
        let mut session = found
            .filter(|session| session.is_open_to(self.user_id.as_deref()))
            .filter(|session| session.state(now) == State::Active)
            .ok_or(Error::SessionNotFound)?;
        if let Some(user_id) = &self.user_id {
            self.limits.adopt(rows, &mut session, user_id).await?;
        }
        change(&mut session, now);
        rows.save(session.clone()).await?;
        Ok(session)
    }
}

/// What bounds the sessions of a user.
#[derive(Debug, Clone, Copy)]
struct Limits {
    per_user: u64,
    now: DateTime<Utc>,
}

impl Limits {
    /// Binds an anonymous session to `user_id`, unless that user has one for the same client.
    async fn adopt(
        &self,
        rows: &Rows<'_>,
        session: &mut Session,
        user_id: &str,
    ) -> Result<(), Error> {
        if session.user_id.is_some() {
            return Ok(());
        }
        if let Some(client_id) = &session.client_id {
            let place = resume_key(Some(user_id), client_id);
            if self.find_active(rows, &place).await?.is_some() {
                return Ok(());
            }
        }
        self.make_room(rows, user_id).await?;
        session.adopt(user_id, self.now);
        Ok(())
    }

    /// Returns the active session in a place; an expired one leaves it.
    async fn find_active(&self, rows: &Rows<'_>, place: &str) -> Result<Option<Session>, Error> {
        let Some(mut session) = rows.find_resumable(place).await? else {
            return Ok(None);
        };
        if session.state(self.now) == State::Active {
            return Ok(Some(session));
        }
        session.give_up_place();
        rows.save(session).await?;
        Ok(None)
    }

    /// Ends the longest inactive sessions of a user so that one more fits.
    async fn make_room(&self, rows: &Rows<'_>, user_id: &str) -> Result<(), Error> {
        let kept = self.per_user.saturating_sub(1);
        for mut session in rows.least_active(user_id, kept, self.now).await? {
            session.terminate(self.now);
            rows.save(session).await?;
        }
        Ok(())
    }
}
