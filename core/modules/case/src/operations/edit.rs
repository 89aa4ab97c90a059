//! Changes what an owner may edit of a case.

use std::sync::Arc;

use faultmaven_kit::{Ctx, Fault};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::{Shared, changeable, welcome};
use crate::access::Access;
use crate::case::{Case, CaseEdit};
use crate::error::CaseError;
use crate::store::owners::OwnerChange;
use crate::store::{cases, owners, shares};

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
    let access = request.access();
    super::accessible(shared.db.read(), ctx, &request.case_id, access).await?;
    let now = shared.clock.now();
    let (caller, request) = (Arc::new(ctx.clone()), Arc::new(request));
    let is_sharing = request.edit.shared_team_ids.is_some();
    let case = shared
        .db
        .write(move |db| {
            let (ctx, request) = (Arc::clone(&caller), Arc::clone(&request));
            Box::pin(async move { store(db, &ctx, &request, now).await })
        })
        .await?;
    if is_sharing {
        let details = json!({"team_ids": case.shared_team_ids});
        shared
            .audit
            .done(ctx, "case.share", &case.case_id, &details);
    }
    Ok(case)
}

impl EditRequest {
    /// Returns what one must be allowed to do: members of a team change a case, its owner shares it.
    fn access(&self) -> Access {
        match self.edit.shared_team_ids {
            Some(_) => Access::Own,
            None => Access::Write,
        }
    }
}

/// Fails when a case would be shared with a team that its owner does not belong to.
fn check_teams(ctx: &Ctx, case: &Case, edit: &CaseEdit) -> Result<(), CaseError> {
    let Some(teams) = &edit.shared_team_ids else {
        return Ok(());
    };
    let own = &ctx.actor()?.team_ids;
    let foreign = |team: &&String| !own.contains(team) && !case.shared_team_ids.contains(team);
    match teams.iter().find(foreign) {
        None => Ok(()),
        Some(team) => {
            let problem = format!("{team:?} is no team you belong to");
            Err(Fault::invalid("shared_team_ids", problem).into())
        }
    }
}

async fn store(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    request: &EditRequest,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Case, CaseError> {
    let mut case = changeable(db, ctx, &request.case_id, request.access()).await?;
    case.expect_version(request.expected_version)?;
    check_teams(ctx, &case, &request.edit)?;
    let was_visible = !case.archived;
    if case.edit(request.edit.clone())? {
        case.touch(now);
        cases::save(db, &case).await?;
        if request.edit.shared_team_ids.is_some() {
            shares::replace(db, &case).await?;
        }
        let change = OwnerChange {
            cases: 0,
            visible: i64::from(!case.archived) - i64::from(was_visible),
        };
        owners::changed(db, &case.owner_id, change).await?;
        if change.visible != 0 {
            welcome::shown_or_hidden(db, &case).await?;
        }
    }
    Ok(case)
}
