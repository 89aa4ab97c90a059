//! Lists of cases, latest activity first.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use serde::{Deserialize, Serialize};

use super::cases::case;
use super::reader::{Reader, Whose};
use super::{Stored, session_links};
use crate::case::Case;
use crate::entity::case::{Column, Entity};
use crate::vocabulary::{CaseStatus, Word as _};

/// Which cases.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CaseFilter {
    pub(crate) reader: Reader,
    pub(crate) whose: Whose,
    pub(crate) status: Option<CaseStatus>,
    pub(crate) include_archived: bool,
    /// Empty for all.
    pub(crate) session_id: String,
}

/// The last case of a page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Position {
    #[serde(rename = "t")]
    pub(crate) last_activity_at: DateTime<Utc>,
    #[serde(rename = "c")]
    pub(crate) case_id: String,
}

/// Returns up to `limit` cases behind `after`, once `offset` more are skipped.
pub(crate) async fn page<C: ConnectionTrait>(
    db: &C,
    filter: &CaseFilter,
    after: Option<&Position>,
    offset: u64,
    limit: u64,
) -> Stored<Vec<Case>> {
    let mut query = selected(filter);
    if let Some(after) = after {
        let same_time = Condition::all()
            .add(Column::LastActivityAt.eq(after.last_activity_at))
            .add(Column::CaseId.lt(&after.case_id));
        let older = Condition::any()
            .add(Column::LastActivityAt.lt(after.last_activity_at))
            .add(same_time);
        query = query.filter(older);
    }
    let rows = query
        .order_by_desc(Column::LastActivityAt)
        .order_by_desc(Column::CaseId)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(case).collect()
}

/// Returns how many cases there are.
pub(crate) async fn count<C: ConnectionTrait>(db: &C, filter: &CaseFilter) -> Stored<i64> {
    let count = selected(filter).count(db).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Returns whether one of the cases has a message.
pub(crate) async fn has_conversation<C: ConnectionTrait>(
    db: &C,
    filter: &CaseFilter,
) -> Stored<bool> {
    is_any_talked_in(db, selected(filter)).await
}

/// Returns whether one of the cases that an owner sees without asking for more has a message.
pub(crate) async fn has_visible_conversation<C: ConnectionTrait>(
    db: &C,
    owner_id: &str,
) -> Stored<bool> {
    let visible = Entity::find()
        .filter(Column::OwnerId.eq(owner_id))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::Archived.eq(false));
    is_any_talked_in(db, visible).await
}

async fn is_any_talked_in<C: ConnectionTrait>(db: &C, cases: Select<Entity>) -> Stored<bool> {
    let talked_in = cases.filter(Column::MessageCount.gt(0)).select_only();
    let found = talked_in.column(Column::CaseId).into_tuple::<String>();
    Ok(found.one(db).await?.is_some())
}

fn selected(filter: &CaseFilter) -> Select<Entity> {
    let mut query = Entity::find().filter(filter.reader.may_see(&filter.whose));
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(status.as_str()));
    }
    if !filter.session_id.is_empty() {
        let linked = session_links::case_ids(&filter.session_id);
        query = query.filter(Column::CaseId.in_subquery(linked));
    }
    if !filter.include_archived {
        query = query.filter(Column::Archived.eq(false));
    }
    query
}
