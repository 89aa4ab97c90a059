//! Deletes cases and brings them back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::{Ctx, id};
use sea_orm::DatabaseTransaction;
use serde_json::Value;

use super::{Shared, accessible, changeable, welcome};
use crate::access::{self, Access};
use crate::case::Case;
use crate::error::CaseError;
use crate::store::owners::OwnerChange;
use crate::store::{cases, owners};

/// Hides a case at once; it can be restored for a while.
pub(crate) async fn delete(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
    expected_version: Option<i64>,
) -> Result<(), CaseError> {
    accessible(shared.db.read(), ctx, &case_id, Access::Own).await?;
    let now = shared.clock.now();
    let context = Arc::new(ctx.clone());
    let id = Arc::new(case_id);
    let deleted_id = Arc::clone(&id);
    shared
        .db
        .write(move |db| {
            let (ctx, id) = (Arc::clone(&context), Arc::clone(&id));
            Box::pin(async move { hide(db, &ctx, &id, expected_version, now).await })
        })
        .await?;
    shared
        .audit
        .done(ctx, "case.delete", &deleted_id, &Value::Null);
    Ok(())
}

async fn hide(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    expected_version: Option<i64>,
    now: DateTime<Utc>,
) -> Result<(), CaseError> {
    let mut case = changeable(db, ctx, case_id, Access::Own).await?;
    case.expect_version(expected_version)?;
    case.deleted_at = Some(now);
    case.touch(now);
    cases::save(db, &case).await?;
    let change = OwnerChange {
        cases: -1,
        visible: -i64::from(!case.archived),
    };
    owners::changed(db, &case.owner_id, change).await?;
    welcome::shown_or_hidden(db, &case).await
}

/// Brings a deleted case back, as long as that is possible.
pub(crate) async fn restore(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
) -> Result<Case, CaseError> {
    access::check_caller(ctx, Access::Own)?;
    if !id::is_well_formed("case", 12, &case_id) {
        return Err(CaseError::NotFound);
    }
    let now = shared.clock.now();
    let oldest = now - shared.config.delete_grace;
    let context = Arc::new(ctx.clone());
    let case = shared
        .db
        .write(move |db| {
            let (ctx, case_id) = (Arc::clone(&context), case_id.clone());
            Box::pin(async move { show_again(db, &ctx, &case_id, oldest, now).await })
        })
        .await?;
    shared
        .audit
        .done(ctx, "case.restore", &case.case_id, &Value::Null);
    Ok(case)
}

async fn show_again(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    oldest: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Case, CaseError> {
    let case = cases::find_any_for_update(db, case_id).await?;
    let mut case = case.ok_or(CaseError::NotFound)?;
    access::check(ctx, &case, Access::Own)?;
    match case.deleted_at {
        None => return Ok(case),
        Some(deleted_at) if deleted_at < oldest => return Err(CaseError::NotFound),
        Some(_) => {}
    }
    case.deleted_at = None;
    case.touch(now);
    cases::save(db, &case).await?;
    let change = OwnerChange {
        cases: 1,
        visible: i64::from(!case.archived),
    };
    owners::changed(db, &case.owner_id, change).await?;
    welcome::shown_or_hidden(db, &case).await?;
    Ok(case)
}
