//! Changes what an owner may edit of a case.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use sea_orm::DatabaseTransaction;

use super::{Shared, changeable};
use crate::access::Access;
use crate::case::{Case, CaseEdit};
use crate::error::CaseError;
use crate::store::owners::OwnerChange;
use crate::store::{cases, owners};

/// An edit of one case at one version.
#[derive(Debug, Clone)]
pub(crate) struct EditRequest {
    pub(crate) case_id: String,
    pub(crate) edit: CaseEdit,
    pub(crate) expected_version: Option<i64>,
}

/// Changes a case and returns it as it is then.
pub(crate) async fn edit(
    shared: &Shared,
    ctx: &Ctx,
    request: EditRequest,
) -> Result<Case, CaseError> {
    super::accessible(shared.db.read(), ctx, &request.case_id, Access::Write).await?;
    let now = shared.clock.now();
    let (ctx, request) = (Arc::new(ctx.clone()), Arc::new(request));
    shared
        .db
        .write(move |db| {
            let (ctx, request) = (Arc::clone(&ctx), Arc::clone(&request));
            Box::pin(async move { store(db, &ctx, &request, now).await })
        })
        .await
}

async fn store(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    request: &EditRequest,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Case, CaseError> {
    let mut case = changeable(db, ctx, &request.case_id, Access::Write).await?;
    case.expect_version(request.expected_version)?;
    let was_visible = !case.archived;
    if case.edit(request.edit.clone())? {
        case.touch(now);
        cases::save(db, &case).await?;
        let change = OwnerChange {
            cases: 0,
            visible: i64::from(!case.archived) - i64::from(was_visible),
        };
        owners::changed(db, &case.owner_id, change).await?;
    }
    Ok(case)
}
