//! Remembers and forgets the files of a case.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::{Caller, Ctx};
use sea_orm::DatabaseTransaction;

use super::{Shared, accessible, changeable};
use crate::access::Access;
use crate::error::CaseError;
use crate::ledger::decision::decide;
use crate::ledger::upkeep::tidy;
use crate::ledger::{FileRef, Ledger};
use crate::readmodel::conclusion::conclusion;
use crate::store::owners::OwnerChange;
use crate::store::{ledgers, owners};

/// Remembers files; those that are known stay as they are.
pub(crate) async fn register(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
    files: Vec<FileRef>,
) -> Result<(), CaseError> {
    let access = access_to_add(ctx);
    accessible(shared.db.read(), ctx, &case_id, access).await?;
    let now = shared.clock.now();
    let request = Arc::new((ctx.clone(), case_id, files));
    shared
        .db
        .write(move |db| {
            let request = Arc::clone(&request);
            Box::pin(async move {
                let (ctx, case_id, files) = &*request;
                remember(db, ctx, case_id, files, now).await
            })
        })
        .await
}

/// A module that unpacks a file which is there already may finish after the case has ended.
fn access_to_add(ctx: &Ctx) -> Access {
    match ctx.caller {
        Caller::System { .. } => Access::Write,
        Caller::Anonymous | Caller::User(_) => Access::AddFiles,
    }
}

async fn remember(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    files: &[FileRef],
    now: DateTime<Utc>,
) -> Result<(), CaseError> {
    let mut case = changeable(db, ctx, case_id, access_to_add(ctx)).await?;
    let mut ledger = ledgers::load(db, case_id).await?;
    let known = ledger.files.len();
    for file in files {
        if !ledger
            .files
            .iter()
            .any(|other| other.file_id == file.file_id)
        {
            ledger.files.push(file.clone());
        }
    }
    if ledger.files.len() == known {
        return Ok(());
    }
    case.touch_activity(now);
    ledgers::save_with_case(db, &mut case, &ledger).await?;
    owners::changed(db, &case.owner_id, OwnerChange::default()).await
}

/// Forgets files, withdraws the evidence that cites them, and returns its ids.
pub(crate) async fn remove(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
    file_ids: Vec<String>,
) -> Result<Vec<String>, CaseError> {
    accessible(shared.db.read(), ctx, &case_id, Access::Write).await?;
    let now = shared.clock.now();
    let request = Arc::new((ctx.clone(), case_id.clone(), file_ids));
    let withdrawn = shared
        .db
        .write(move |db| {
            let request = Arc::clone(&request);
            Box::pin(async move {
                let (ctx, case_id, file_ids) = &*request;
                forget(db, ctx, case_id, file_ids, now).await
            })
        })
        .await?;
    for evidence_id in &withdrawn {
        let details = serde_json::json!({ "evidence_id": evidence_id });
        shared
            .audit
            .done(ctx, "evidence.withdraw", &case_id, &details);
    }
    Ok(withdrawn)
}

async fn forget(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    file_ids: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<String>, CaseError> {
    let mut case = changeable(db, ctx, case_id, Access::Write).await?;
    let mut ledger = ledgers::load(db, case_id).await?;
    let known = ledger.files.len();
    ledger
        .files
        .retain(|file| !file_ids.contains(&file.file_id));
    let withdrawn = withdraw(&mut ledger, file_ids, case.current_turn, now);
    // Who asks again because the first answer was lost gets it, whatever the case has become since.
    if ledger.files.len() == known && withdrawn.is_empty() {
        return Ok(withdrawn);
    }
    case.expect_open()?;
    case.touch_activity(now);
    case.state_version += 1;
    ledgers::save_with_case(db, &mut case, &ledger).await?;
    owners::changed(db, &case.owner_id, OwnerChange::default()).await?;
    Ok(withdrawn)
}

/// Withdraws evidence and decides anew; the quotes go with the bytes they were taken from.
pub(crate) fn withdraw(
    ledger: &mut Ledger,
    file_ids: &[String],
    turn_number: i32,
    now: DateTime<Utc>,
) -> Vec<String> {
    let before = conclusion(ledger);
    let mut withdrawn = Vec::new();
    let citing = ledger
        .evidence
        .iter_mut()
        .filter(|evidence| evidence.is_active() && evidence.cites_one_of(file_ids));
    for evidence in citing {
        evidence.withdrawn = true;
        evidence.quote.clear();
        withdrawn.push(evidence.evidence_id.clone());
    }
    decide(ledger, turn_number);
    tidy(ledger, turn_number);
    if conclusion(ledger) != before {
        ledger.concluded_at = Some(now);
    }
    withdrawn
}
