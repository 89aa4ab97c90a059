//! The rows of one transaction.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::is;
use crate::entity::message;
use crate::entity::session::{Column, Entity, Model};
use crate::error::Error;
use crate::message::Message;
use crate::session::{Session, State};

/// Sessions as one transaction sees them; what it finds nobody else changes before it ends.
#[derive(Debug)]
pub(crate) struct Rows<'t>(&'t DatabaseTransaction);

impl<'t> Rows<'t> {
    pub(super) fn new(tx: &'t DatabaseTransaction) -> Self {
        Self(tx)
    }

    /// Returns one session.
    pub(crate) async fn find(&self, session_id: &str) -> Result<Option<Session>, Error> {
        let query = Entity::find_by_id(session_id).lock_exclusive();
        Ok(query.one(self.0).await?.map(Session::from))
    }

    /// Returns the session that a client finds again under `resume_key`.
    pub(crate) async fn find_resumable(&self, resume_key: &str) -> Result<Option<Session>, Error> {
        let query = Entity::find().filter(Column::ResumeKey.eq(resume_key));
        Ok(query.lock_exclusive().one(self.0).await?.map(Session::from))
    }

    /// Returns the active sessions of a user but for the `kept` latest ones.
    pub(crate) async fn least_active(
        &self,
        user_id: &str,
        kept: u64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, Error> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(user_id))
            .filter(is(State::Active, now))
            .order_by_desc(Column::LastActivityAt)
            .order_by_desc(Column::SessionId)
            // SQLite knows no offset without a limit.
            .limit(i64::MAX.unsigned_abs())
            .offset(kept)
            .lock_exclusive()
            .all(self.0)
            .await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Stores a new session; fails when another one has its id or its place.
    pub(crate) async fn insert(&self, session: Session) -> Result<(), Error> {
        let row = Model::from(session).into_active_model();
        Entity::insert(row).exec_without_returning(self.0).await?;
        Ok(())
    }

    /// Stores what changed of a session; fails when another one has its place.
    pub(crate) async fn save(&self, session: Session) -> Result<(), Error> {
        let session_id = session.session_id.clone();
        Entity::update_many()
            .set(Model::from(session).into_active_model().reset_all())
            .filter(Column::SessionId.eq(session_id))
            .exec(self.0)
            .await?;
        Ok(())
    }

    /// Returns the active and archived sessions of a user.
    pub(crate) async fn usable(
        &self,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, Error> {
        let usable = Condition::any()
            .add(is(State::Active, now))
            .add(is(State::Archived, now));
        let query = Entity::find()
            .filter(Column::UserId.eq(user_id))
            .filter(usable);
        let rows = query.lock_exclusive().all(self.0).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Returns the ids of sessions that ended before `time`, at most `limit`.
    pub(super) async fn ended_before(
        &self,
        time: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<String>, Error> {
        self.ids(Condition::all().add(Column::ExpiresAt.lt(time)), limit)
            .await
    }

    /// Returns the ids of a user's sessions that have ended or expired, at most `limit`.
    pub(super) async fn ended_of(
        &self,
        user_id: &str,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<String>, Error> {
        let ended = Condition::any()
            .add(is(State::Expired, now))
            .add(is(State::Terminated, now));
        let condition = Condition::all().add(Column::UserId.eq(user_id)).add(ended);
        self.ids(condition, limit).await
    }

    async fn ids(&self, condition: Condition, limit: u64) -> Result<Vec<String>, Error> {
        let query = Entity::find()
            .select_only()
            .column(Column::SessionId)
            .filter(condition)
            .limit(limit)
            .lock_exclusive();
        Ok(query.into_tuple().all(self.0).await?)
    }

    /// Removes sessions with their logs; returns how many.
    pub(super) async fn remove(&self, session_ids: Vec<String>) -> Result<u64, Error> {
        message::Entity::delete_many()
            .filter(message::Column::SessionId.is_in(session_ids.clone()))
            .exec(self.0)
            .await?;
        let removed = Entity::delete_many()
            .filter(Column::SessionId.is_in(session_ids))
            .exec(self.0)
            .await?;
        Ok(removed.rows_affected)
    }

    /// Adds a message to a log.
    pub(crate) async fn add_message(
        &self,
        session_id: &str,
        message: &Message,
    ) -> Result<(), Error> {
        let row = message.row(session_id).into_active_model();
        message::Entity::insert(row)
            .exec_without_returning(self.0)
            .await?;
        Ok(())
    }

    /// Removes the messages of a log up to a number; returns how many.
    pub(crate) async fn remove_messages(&self, session_id: &str, last: i64) -> Result<u64, Error> {
        let removed = message::Entity::delete_many()
            .filter(message::Column::SessionId.eq(session_id))
            .filter(message::Column::Number.lte(last))
            .exec(self.0)
            .await?;
        Ok(removed.rows_affected)
    }
}
