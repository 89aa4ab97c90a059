//! Reads and writes sessions.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use faultmaven_kit::Db;
use faultmaven_kit::db::{Once, Receipt};
use prost::Message as Answer;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};

use crate::entity::message;
use crate::entity::session::{Column, Entity};
use crate::error::Error;
use crate::message::Message;
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
    /// `None` lists all states.
    pub(crate) state: Option<State>,
    /// What title or log must hold.
    pub(crate) text: Option<String>,
    /// Last activity and id of the last session of the page before.
    pub(crate) after: Option<(DateTime<Utc>, String)>,
    pub(crate) limit: u64,
}

pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

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

    /// Does as [`Store::write`], once for each receipt.
    pub(crate) async fn write_once<F, R>(
        &self,
        receipt: Option<Receipt>,
        work: F,
    ) -> Result<Once<R>, Error>
    where
        F: for<'t> Fn(Rows<'t>) -> Work<'t, R> + Send + Sync + 'static,
        R: Answer + Default + 'static,
    {
        self.db
            .write_once(receipt, move |tx| work(Rows::new(tx)))
            .await
    }

    /// Returns sessions, latest activity first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        listing: Listing,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Session>, u64), Error> {
        let query = selected(&listing, now);
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
        self.remove_all(move |rows| {
            Box::pin(async move {
                let ended = rows.ended_before(time, SWEEP_BATCH).await?;
                rows.remove(ended).await
            })
        })
        .await
    }

    /// Removes a user's sessions that have ended or expired; returns how many.
    pub(crate) async fn remove_ended_of(
        &self,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let user_id = user_id.to_owned();
        self.remove_all(move |rows| {
            let user_id = user_id.clone();
            Box::pin(async move {
                let ended = rows.ended_of(&user_id, now, SWEEP_BATCH).await?;
                rows.remove(ended).await
            })
        })
        .await
    }

    /// Removes batch after batch until none is left.
    async fn remove_all<F>(&self, batch: F) -> Result<u64, Error>
    where
        F: for<'t> Fn(Rows<'t>) -> Work<'t, u64> + Clone + Send + Sync + 'static,
    {
        let mut removed = 0;
        loop {
            match self.write(batch.clone()).await? {
                0 => return Ok(removed),
                more => removed += more,
            }
        }
    }

    /// Returns the latest messages of a log before `before`, latest first.
    pub(crate) async fn messages(
        &self,
        session_id: &str,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Message>, Error> {
        let rows = message::Entity::find()
            .filter(message::Column::SessionId.eq(session_id))
            .filter(message::Column::Number.lt(before.unwrap_or(i64::MAX)))
            .order_by_desc(message::Column::Number)
            .limit(limit)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(Message::try_from).collect()
    }
}

fn selected(listing: &Listing, now: DateTime<Utc>) -> Select<Entity> {
    let mut query = Entity::find().filter(Column::UserId.eq(listing.user_id.as_str()));
    if let Some(state) = listing.state {
        query = query.filter(is(state, now));
    }
    if let Some(text) = &listing.text {
        query = query.filter(holds(text));
    }
    query
}

/// Returns the condition for sessions in `state`.
fn is(state: State, now: DateTime<Utc>) -> Condition {
    let archived = |archived: bool| {
        Condition::all()
            .add(Column::Terminated.eq(false))
            .add(Column::Archived.eq(archived))
    };
    match state {
        State::Active => archived(false).add(Column::ExpiresAt.gt(now)),
        State::Archived => archived(true),
        State::Expired => archived(false).add(Column::ExpiresAt.lte(now)),
        State::Terminated => Condition::all().add(Column::Terminated.eq(true)),
    }
}

/// Returns the condition for sessions whose title or log holds a text, in any case.
fn holds(text: &str) -> Condition {
    let logs = message::Entity::find()
        .select_only()
        .column(message::Column::SessionId)
        .filter(contains(message::Column::Content, text))
        .into_query();
    Condition::any()
        .add(contains(Column::Title, text))
        .add(Column::SessionId.in_subquery(logs))
}

/// SQLite lowers the letters of ASCII alone, so that a text as it is written counts as well.
fn contains(column: impl ColumnTrait, text: &str) -> Condition {
    let lowered = Expr::expr(Func::lower(Expr::col(column.as_column_ref())));
    Condition::any()
        .add(lowered.like(pattern(&text.to_lowercase())))
        .add(Expr::col(column.as_column_ref()).like(pattern(text)))
}

fn pattern(text: &str) -> LikeExpr {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    LikeExpr::new(format!("%{escaped}%")).escape('\\')
}

fn before(last_activity_at: DateTime<Utc>, session_id: &str) -> Condition {
    let same_time = Condition::all()
        .add(Column::LastActivityAt.eq(last_activity_at))
        .add(Column::SessionId.lt(session_id));
    Condition::any()
        .add(Column::LastActivityAt.lt(last_activity_at))
        .add(same_time)
}
