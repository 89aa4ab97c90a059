//! Cases by id.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::Stored;
use crate::case::{Case, Overview};
use crate::entity::case::{Column, Entity, Model};
use crate::vocabulary::Word as _;

/// Returns a case that is not deleted.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, case_id: &str) -> Stored<Option<Case>> {
    let row = Entity::find_by_id(case_id).one(db).await?;
    decoded(row.filter(|row| row.deleted_at.is_none()))
}

/// Returns a case that is not deleted, and keeps others from changing it until the transaction ends.
pub(crate) async fn find_for_update<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
) -> Stored<Option<Case>> {
    let row = Entity::find_by_id(case_id).lock_exclusive().one(db).await?;
    decoded(row.filter(|row| row.deleted_at.is_none()))
}

/// Returns a case whether it is deleted or not, and keeps others from changing it.
pub(crate) async fn find_any_for_update<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
) -> Stored<Option<Case>> {
    decoded(Entity::find_by_id(case_id).lock_exclusive().one(db).await?)
}

/// Returns the ids of cases that were deleted before, the longest deleted first.
pub(crate) async fn deleted_before<C: ConnectionTrait>(
    db: &C,
    before: DateTime<Utc>,
    limit: u64,
) -> Stored<Vec<String>> {
    let ids = Entity::find()
        .select_only()
        .column(Column::CaseId)
        .filter(Column::DeletedAt.lte(before))
        .order_by_asc(Column::DeletedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids)
}

/// Moves the deletion of these cases so far back that no clock lets anybody restore them.
pub(crate) async fn give_up<C: ConnectionTrait>(db: &C, case_ids: &[String]) -> Stored<()> {
    Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(DateTime::UNIX_EPOCH))
        .filter(Column::CaseId.is_in(case_ids))
        .exec(db)
        .await?;
    Ok(())
}

/// Stores a new case.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, case: &Case) -> Stored<()> {
    let row = model(case)?.into_active_model();
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Stores a case that was found for update.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, case: &Case) -> Stored<()> {
    let row = model(case)?.into_active_model().reset_all();
    Entity::update_many()
        .set(row)
        .filter(Column::CaseId.eq(&case.case_id))
        .exec(db)
        .await?;
    Ok(())
}

fn decoded(row: Option<Model>) -> Stored<Option<Case>> {
    row.map(case).transpose()
}

/// Returns the case a row holds.
pub(super) fn case(row: Model) -> Stored<Case> {
    let overview = match &row.overview {
        Some(json) => serde_json::from_str(json)?,
        None => Overview::default(),
    };
    Ok(Case {
        title_source: row.title_source.parse()?,
        priority: row.priority.parse()?,
        tags: words(&row.tags)?,
        shared_team_ids: words(&row.shared_team_ids)?,
        source: row.source.parse()?,
        kind: row.kind.parse()?,
        status: row.status.parse()?,
        closure_reason: row.closure_reason.as_deref().map(str::parse).transpose()?,
        overview,
        case_id: row.case_id,
        owner_id: row.owner_id,
        title: row.title,
        description: row.description,
        metadata: row.metadata,
        archived: row.archived,
        current_turn: row.current_turn,
        message_count: row.message_count,
        evidence_count: row.evidence_count,
        hypothesis_count: row.hypothesis_count,
        version: row.version,
        state_version: row.state_version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        last_activity_at: row.last_activity_at,
        investigating_at: row.investigating_at,
        resolved_at: row.resolved_at,
        closed_at: row.closed_at,
        deleted_at: row.deleted_at,
    })
}

const NO_WORDS: &str = "[]";

fn words(json: &str) -> Stored<Vec<String>> {
    match json {
        NO_WORDS => Ok(Vec::new()),
        json => Ok(serde_json::from_str(json)?),
    }
}

fn model(case: &Case) -> Stored<Model> {
    let overview = if case.overview == Overview::default() {
        None
    } else {
        Some(serde_json::to_string(&case.overview)?)
    };
    Ok(Model {
        case_id: case.case_id.clone(),
        owner_id: case.owner_id.clone(),
        title: case.title.clone(),
        title_source: case.title_source.as_str().to_owned(),
        description: case.description.clone(),
        priority: case.priority.as_str().to_owned(),
        tags: serde_json::to_string(&case.tags)?,
        shared_team_ids: serde_json::to_string(&case.shared_team_ids)?,
        metadata: case.metadata.clone(),
        archived: case.archived,
        source: case.source.as_str().to_owned(),
        kind: case.kind.as_str().to_owned(),
        status: case.status.as_str().to_owned(),
        closure_reason: case.closure_reason.map(|reason| reason.as_str().to_owned()),
        overview,
        current_turn: case.current_turn,
        message_count: case.message_count,
        version: case.version,
        state_version: case.state_version,
        created_at: case.created_at,
        updated_at: case.updated_at,
        last_activity_at: case.last_activity_at,
        investigating_at: case.investigating_at,
        resolved_at: case.resolved_at,
        closed_at: case.closed_at,
        deleted_at: case.deleted_at,
        search_text: case.search_text(),
        evidence_count: case.evidence_count,
        hypothesis_count: case.hypothesis_count,
    })
}
