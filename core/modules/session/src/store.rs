//! Reads and writes sessions.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use faultmaven_kit::Db;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};

use crate::entity::session::{Column, Entity};
use crate::error::Error;
use crate::session::{Session, State};

mod row;
mod rows;

pub(crate) use rows::Rows;

/// How many old sessions one statement removes.
const SWEEP_BATCH: u64 = 500;

/// The table of sessions.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
}

/// Which sessions of a user to list.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) user_id: String,
    pub(crate) wanted: Wanted,
    /// Last activity and id of the last session of the page before.
    pub(crate) after: Option<(DateTime<Utc>, String)>,
    pub(crate) limit: u64,
}

/// Which states a list shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    All,
    Only(State),
    /// A state that no session is in.
    Nothing,
}

type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Runs `work` in one transaction; it may run more than once.
    pub(crate) async fn write<F, T>(&self, work: F) -> Result<T, Error>
    where
        F: for<'t> Fn(Rows<'t>) -> Work<'t, T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.db.write(move |tx| work(Rows::new(tx))).await
    }

    /// Returns sessions, latest activity first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        listing: Listing,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Session>, u64), Error> {
        let Some(query) = selected(&listing, now) else {
            return Ok((Vec::new(), 0));
        };
        let total = query.clone().count(self.db.read()).await?;
        let page = match &listing.after {
            Some((last_activity_at, session_id)) => {
                query.filter(before(*last_activity_at, session_id))
            }
            None => query,
        };
        let rows = page
            .order_by_desc(Column::LastActivityAt)
            .order_by_desc(Column::SessionId)
            .limit(listing.limit)
            .all(self.db.read())
            .await?;
        Ok((rows.into_iter().map(Session::from).collect(), total))
    }

    /// Removes sessions that ended before `time`; returns how many.
    pub(crate) async fn remove_ended(&self, time: DateTime<Utc>) -> Result<u64, Error> {
        let mut removed = 0;
        loop {
            let session_ids = self.ended_before(time).await?;
            if session_ids.is_empty() {
                return Ok(removed);
            }
            removed += self
                .write(move |rows| {
                    let session_ids = session_ids.clone();
                    Box::pin(async move { rows.remove_ended(session_ids, time).await })
                })
                .await?;
        }
    }

    async fn ended_before(&self, time: DateTime<Utc>) -> Result<Vec<String>, Error> {
        let session_ids = Entity::find()
            .select_only()
            .column(Column::SessionId)
            .filter(Column::ExpiresAt.lt(time))
            .limit(SWEEP_BATCH)
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(session_ids)
    }
}

fn selected(listing: &Listing, now: DateTime<Utc>) -> Option<Select<Entity>> {
    let query = Entity::find().filter(Column::UserId.eq(listing.user_id.as_str()));
    match listing.wanted {
        Wanted::All => Some(query),
        Wanted::Only(state) => Some(query.filter(is(state, now))),
        Wanted::Nothing => None,
    }
}

fn is(state: State, now: DateTime<Utc>) -> Condition {
    let open = Condition::all().add(Column::Terminated.eq(false));
    match state {
        State::Active => open.add(Column::ExpiresAt.gt(now)),
        State::Expired => open.add(Column::ExpiresAt.lte(now)),
        State::Terminated => Condition::all().add(Column::Terminated.eq(true)),
    }
}

fn before(last_activity_at: DateTime<Utc>, session_id: &str) -> Condition {
    let same_time = Condition::all()
        .add(Column::LastActivityAt.eq(last_activity_at))
        .add(Column::SessionId.lt(session_id));
    Condition::any()
        .add(Column::LastActivityAt.lt(last_activity_at))
        .add(same_time)
}
