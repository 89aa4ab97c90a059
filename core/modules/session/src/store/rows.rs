//! The rows of one transaction.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::entity::session::{Column, Entity, Model};
use crate::error::Error;
use crate::session::Session;

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
            .filter(Column::Terminated.eq(false))
            .filter(Column::ExpiresAt.gt(now))
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

    /// Removes those of the named sessions that ended before `time`; returns how many.
    pub(super) async fn remove_ended(
        &self,
        session_ids: Vec<String>,
        time: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let removed = Entity::delete_many()
            .filter(Column::SessionId.is_in(session_ids))
            .filter(Column::ExpiresAt.lt(time))
            .exec(self.0)
            .await?;
        Ok(removed.rows_affected)
    }
}
