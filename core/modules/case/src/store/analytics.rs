//! What the database counts over cases.

use chrono::{DateTime, Utc};
use faultmaven_kit::db::{Backend, seconds_between, utc_day};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, FromQueryResult,
    QueryFilter as _, QuerySelect as _,
};

use super::Stored;
use super::reader::{Reader, Whose};
use crate::entity::case::{Column, Entity};
use crate::entity::message;
use crate::vocabulary::{CaseKind, MessageRole, Word as _};

/// Counts over the cases of one status and priority.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Group {
    pub(crate) status: String,
    pub(crate) priority: String,
    pub(crate) cases: i64,
    pub(crate) resolved: i64,
    /// Absent when none is resolved.
    pub(crate) resolution_seconds: Option<f64>,
    pub(crate) evidence: i64,
    pub(crate) hypotheses: i64,
    pub(crate) since_week: i64,
    pub(crate) since_month: i64,
}

/// Returns the counts by status and priority, and of cases opened since two points in time.
pub(crate) async fn groups<C: ConnectionTrait>(
    db: &C,
    backend: Backend,
    reader: &Reader,
    week: DateTime<Utc>,
    month: DateTime<Utc>,
) -> Stored<Vec<Group>> {
    let resolution = seconds_between(backend, Column::CreatedAt, Column::ResolvedAt);
    let total = Func::sum(resolution).cast_as("double precision");
    let groups = Entity::find()
        .select_only()
        .column(Column::Status)
        .column(Column::Priority)
        .column_as(Column::CaseId.count(), "cases")
        .column_as(Column::ResolvedAt.count(), "resolved")
        .column_as(total, "resolution_seconds")
        .column_as(Column::EvidenceCount.sum(), "evidence")
        .column_as(Column::HypothesisCount.sum(), "hypotheses")
        .column_as(opened_since(week), "since_week")
        .column_as(opened_since(month), "since_month")
        .filter(normal_cases(reader))
        .group_by(Column::Status)
        .group_by(Column::Priority)
        .into_model()
        .all(db)
        .await?;
    Ok(groups)
}

fn opened_since(time: DateTime<Utc>) -> Expr {
    let one_or_none = CaseStatement::new()
        .case(Column::CreatedAt.gte(time), 1)
        .finally(0);
    Expr::expr(one_or_none).sum()
}

/// How many cases there were on a day, as `YYYY-MM-DD`.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Day {
    pub(crate) day: String,
    pub(crate) cases: i64,
}

/// Returns the days since `from` on which `column` says something happened to a case.
pub(crate) async fn days<C: ConnectionTrait>(
    db: &C,
    reader: &Reader,
    column: Column,
    from: DateTime<Utc>,
) -> Stored<Vec<Day>> {
    let days = Entity::find()
        .select_only()
        .column_as(utc_day(column), "day")
        .column_as(Column::CaseId.count(), "cases")
        .filter(normal_cases(reader))
        .filter(column.gte(from))
        .group_by(utc_day(column))
        .into_model()
        .all(db)
        .await?;
    Ok(days)
}

/// Returns how many different people wrote in a case.
pub(crate) async fn participants<C: ConnectionTrait>(db: &C, case_id: &str) -> Stored<i64> {
    let authors = Expr::col(message::Column::AuthorId).count_distinct();
    let count: Option<i64> = message::Entity::find()
        .select_only()
        .column_as(authors, "authors")
        .filter(message::Column::CaseId.eq(case_id))
        .filter(message::Column::Role.eq(MessageRole::User.as_str()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(count.unwrap_or_default())
}

/// Returns the cases a reader may see; the welcome case is nobody's problem.
fn normal_cases(reader: &Reader) -> Condition {
    reader
        .may_see(&Whose::Readable)
        .add(Column::Kind.eq(CaseKind::Normal.as_str()))
}
