//! The sessions in which a case was worked on.

use faultmaven_kit::Ctx;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _};

use super::Stored;
use crate::entity::session_link::{ActiveModel, Column, Entity};

/// Clients name their session as they like; a longer or unprintable text is no id of ours.
const SESSION_ID_MAX: usize = 64;

/// Remembers that the case was worked on in the session of the call, if it names one.
pub(crate) async fn link<C: ConnectionTrait>(db: &C, ctx: &Ctx, case_id: &str) -> Stored<()> {
    let Some(session_id) = ctx.session_id.as_deref() else {
        return Ok(());
    };
    let is_printable = session_id.bytes().all(|byte| byte.is_ascii_graphic());
    if session_id.is_empty() || session_id.len() > SESSION_ID_MAX || !is_printable {
        return Ok(());
    }
    let link = ActiveModel {
        session_id: Set(session_id.to_owned()),
        case_id: Set(case_id.to_owned()),
    };
    let known = OnConflict::columns([Column::SessionId, Column::CaseId])
        .do_nothing()
        .to_owned();
    Entity::insert(link)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Returns the query for the ids of the cases of a session.
pub(super) fn case_ids(session_id: &str) -> SelectStatement {
    Query::select()
        .column(Column::CaseId)
        .from(Entity)
        .and_where(Column::SessionId.eq(session_id))
        .take()
}
