//! Opens a case.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_kit::db::is_unique_violation;
use sea_orm::DatabaseTransaction;

use super::Shared;
use crate::access::{Access, actor};
use crate::case::Case;
use crate::entity::receipt;
use crate::error::CaseError;
use crate::request::CreateCase;
use crate::store::receipts::{self, ReceiptKey};
use crate::store::{cases, owners, session_links};

const ROUTE: &str = "CreateCase";
/// Two random ids may collide once in a lifetime, not three times in a row.
const ATTEMPTS: usize = 3;

/// A case, and whether an earlier request had opened it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) case: Case,
    pub(crate) replayed: bool,
}

/// Opens a case for the caller, or returns the one the same request opened before.
pub(crate) async fn create(
    shared: &Shared,
    ctx: &Ctx,
    request: CreateCase,
) -> Result<Opened, CaseError> {
    let owner_id = actor(ctx, Access::Write)?.user_id.clone();
    let context = Arc::new(ctx.clone());
    let mut attempt = 1;
    loop {
        let now = shared.clock.now();
        let case_id = shared.ids.hex12("case");
        let case = request.new.clone().open(case_id, owner_id.clone(), now);
        let receipt = key(&request, &owner_id).map(|key| done(&key, &request, &case, now));
        let context = Arc::clone(&context);
        let written = shared
            .db
            .write(move |db| {
                let (ctx, case, receipt) = (Arc::clone(&context), case.clone(), receipt.clone());
                Box::pin(async move { store(db, &ctx, case, receipt).await })
            })
            .await;
        match written {
            Ok(Written::New(case)) => {
                let nothing = serde_json::Value::Null;
                shared
                    .audit
                    .done(ctx, "case.create", &case.case_id, &nothing);
                return Ok(Opened {
                    case: *case,
                    replayed: false,
                });
            }
            Ok(Written::Before(receipt)) => return repeat(shared, ctx, &request, &receipt).await,
            Err(CaseError::Database(error))
                if is_unique_violation(&error) && attempt < ATTEMPTS =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

enum Written {
    New(Box<Case>),
    Before(Box<receipt::Model>),
}

async fn store(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    mut case: Case,
    receipt: Option<receipt::Model>,
) -> Result<Written, CaseError> {
    if let Some(receipt) = receipt {
        let key = ReceiptKey {
            user_id: receipt.user_id.clone(),
            route: receipt.route.clone(),
            key: receipt.key.clone(),
        };
        if let Some(before) = receipts::find(db, &key).await? {
            return Ok(Written::Before(Box::new(before)));
        }
        receipts::insert(db, receipt).await?;
    }
    let created_today = owners::count_new_case(db, &case.owner_id, case.created_at).await?;
    case.number(created_today);
    cases::insert(db, &case).await?;
    session_links::link(db, ctx, &case.case_id).await?;
    Ok(Written::New(Box::new(case)))
}

async fn repeat(
    shared: &Shared,
    ctx: &Ctx,
    request: &CreateCase,
    receipt: &receipt::Model,
) -> Result<Opened, CaseError> {
    if receipt.fingerprint != request.fingerprint {
        return Err(CaseError::KeyReused);
    }
    let case = super::accessible(shared.db.read(), ctx, &receipt.case_id, Access::Read).await?;
    Ok(Opened {
        case,
        replayed: true,
    })
}

fn key(request: &CreateCase, owner_id: &str) -> Option<ReceiptKey> {
    (!request.request_id.is_empty()).then(|| ReceiptKey {
        user_id: owner_id.to_owned(),
        route: ROUTE.to_owned(),
        key: request.request_id.clone(),
    })
}

fn done(key: &ReceiptKey, request: &CreateCase, case: &Case, now: DateTime<Utc>) -> receipt::Model {
    receipt::Model {
        user_id: key.user_id.clone(),
        route: key.route.clone(),
        key: key.key.clone(),
        case_id: case.case_id.clone(),
        fingerprint: request.fingerprint.clone(),
        done: true,
        turn_token: None,
        lease_until: now,
        answer: None,
        created_at: now,
    }
}
