//! The cases that match words and filters.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::cases::case;
use super::reader::{Reader, Whose};
use super::{Stored, words};
use crate::case::Case;
use crate::entity::case::{Column, Entity};
use crate::vocabulary::{CaseStatus, Priority, Word as _};

/// What a case must be like to be found; empty lists and absent times ask for nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseQuery {
    /// In lower case.
    pub(crate) words: Vec<String>,
    pub(crate) statuses: Vec<CaseStatus>,
    pub(crate) priorities: Vec<Priority>,
    pub(crate) tags: Vec<String>,
    pub(crate) created_from: Option<DateTime<Utc>>,
    pub(crate) created_to: Option<DateTime<Utc>>,
}

/// Returns a stretch of the cases that a reader finds, latest activity first, and how many there are in all.
pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    reader: &Reader,
    query: &CaseQuery,
    offset: u64,
    limit: u64,
) -> Stored<(Vec<Case>, i64)> {
    let found = matching(reader, query)?;
    let total = found.clone().count(db).await?;
    let rows = found
        .order_by_desc(Column::LastActivityAt)
        .order_by_desc(Column::CaseId)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?;
    let cases = rows.into_iter().map(case).collect::<Stored<_>>()?;
    Ok((cases, i64::try_from(total).unwrap_or(i64::MAX)))
}

fn matching(reader: &Reader, query: &CaseQuery) -> Stored<Select<Entity>> {
    let mut found = Entity::find().filter(reader.may_see(&Whose::Readable));
    for word in &query.words {
        let described = Column::SearchText.like(containing(word));
        let said = words::beginning_like(word).map(Expr::exists);
        found = found.filter(Condition::any().add(described).add_option(said));
    }
    for tag in &query.tags {
        let listed = serde_json::to_string(tag)?;
        found = found.filter(Column::Tags.like(containing(&listed)));
    }
    if !query.statuses.is_empty() {
        let words = query.statuses.iter().map(CaseStatus::as_str);
        found = found.filter(Column::Status.is_in(words));
    }
    if !query.priorities.is_empty() {
        let words = query.priorities.iter().map(Priority::as_str);
        found = found.filter(Column::Priority.is_in(words));
    }
    if let Some(from) = query.created_from {
        found = found.filter(Column::CreatedAt.gte(from));
    }
    if let Some(to) = query.created_to {
        found = found.filter(Column::CreatedAt.lt(to));
    }
    Ok(found)
}

/// Returns the pattern of texts that contain `text`, whose own wildcards mean themselves.
fn containing(text: &str) -> LikeExpr {
    const ESCAPE: char = '~';
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}
