//! What callers may do with sessions.

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Once, Receipt, is_unique_violation};
use faultmaven_kit::{Fault, Ids, SharedClock};
use faultmaven_proto::session::v1 as pb;

use crate::Config;
use crate::error::Error;
use crate::session::{Changes, NewSession, Session, State, is_session_id, resume_key};
use crate::store::{Listing, Rows, Store, Work};

mod log;
mod opening;
mod visit;

pub(crate) use log::NewMessage;
use opening::Opening;
use visit::Visit;

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
    messages: i64,
}

impl Sessions {
    pub(crate) fn new(store: Store, clock: SharedClock, ids: Ids, config: &Config) -> Self {
        Self {
            store,
            clock,
            ids,
            per_user: config.per_user,
            messages: config.messages_max,
        }
    }

    /// Returns the present moment, by which sessions expire.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Opens a session, or resumes the one of the same client.
    pub(crate) async fn open(
        &self,
        visitor: Visitor,
        receipt: Option<Receipt>,
        new: NewSession,
    ) -> Result<Once<pb::CreateSessionResponse>, Error> {
        for _ in 0..ATTEMPTS {
            let opening = Opening {
                id: self.ids.uuid(),
                visitor: visitor.clone(),
                new: new.clone(),
                limits: self.limits(),
            };
            let opened = self.store.write_once(receipt.clone(), move |rows| {
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
        self.visit(visitor, session_id, |session, now| {
            session.touch(now);
            Ok(())
        })
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
            session.update(changes.clone(), now)
        })
        .await
    }

    /// Ends a session.
    pub(crate) async fn end(&self, visitor: &Visitor, session_id: &str) -> Result<(), Error> {
        self.visit(visitor, session_id, |session, now| {
            session.terminate(now);
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Returns sessions, latest activity first, and how many there are in all.
    pub(crate) async fn list(&self, listing: Listing) -> Result<(Vec<Session>, u64), Error> {
        self.store.list(listing, self.clock.now()).await
    }

    /// Ends the active and archived sessions of a user, but for one; returns how many.
    pub(crate) async fn end_all(&self, user_id: &str, but: Option<String>) -> Result<i64, Error> {
        let (user_id, now) = (user_id.to_owned(), self.clock.now());
        self.store
            .write(move |rows| {
                let (user_id, but) = (user_id.clone(), but.clone());
                Box::pin(async move {
                    let mut ended = 0;
                    for mut session in rows.usable(&user_id, now).await? {
                        if but.as_ref() != Some(&session.session_id) {
                            session.terminate(now);
                            rows.save(session).await?;
                            ended += 1;
                        }
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Removes the sessions of a user that have ended or expired; returns how many.
    pub(crate) async fn remove_ended(&self, user_id: &str) -> Result<u64, Error> {
        self.store.remove_ended_of(user_id, self.clock.now()).await
    }

    /// Applies `change` to a session that is open to the visitor.
    async fn visit<F>(
        &self,
        visitor: &Visitor,
        session_id: &str,
        change: F,
    ) -> Result<Session, Error>
    where
        F: Fn(&mut Session, DateTime<Utc>) -> Result<(), Fault> + Clone + Send + Sync + 'static,
    {
        self.within(visitor, session_id, move |visit, rows| {
            let change = change.clone();
            Box::pin(async move { visit.change(&rows, change).await })
        })
        .await
    }

    /// Does `work` with a session in one transaction; it may run more than once.
    async fn within<F, T>(&self, visitor: &Visitor, session_id: &str, work: F) -> Result<T, Error>
    where
        F: for<'t> Fn(Visit, Rows<'t>) -> Work<'t, T> + Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        for _ in 0..ATTEMPTS {
            let (visit, work) = (self.visit_of(visitor, session_id)?, work.clone());
            let done = self.store.write(move |rows| work(visit.clone(), rows));
            match done.await {
                Err(Error::Database(error)) if is_unique_violation(&error) => {}
                done => return done,
            }
        }
        Err(Error::Contended)
    }

    fn visit_of(&self, visitor: &Visitor, session_id: &str) -> Result<Visit, Error> {
        if !is_session_id(session_id) {
            return Err(Error::SessionNotFound);
        }
        Ok(Visit {
            session_id: session_id.to_owned(),
            user_id: visitor.user_id.clone(),
            limits: self.limits(),
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            per_user: self.per_user,
            messages: self.messages,
            now: self.clock.now(),
        }
    }
}

/// What bounds the sessions of a user.
#[derive(Debug, Clone, Copy)]
struct Limits {
    per_user: u64,
    messages: i64,
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

    /// Makes room for a session that comes back, and gives it its place unless that is taken.
    async fn take_back(&self, rows: &Rows<'_>, session: &mut Session) -> Result<(), Error> {
        if let Some(user_id) = &session.user_id {
            self.make_room(rows, user_id).await?;
        }
        if let Some(client_id) = &session.client_id {
            let place = resume_key(session.user_id.as_deref(), client_id);
            session.resumable = self.find_active(rows, &place).await?.is_none();
        }
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
