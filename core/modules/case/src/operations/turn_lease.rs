//! Begins, extends and gives up turns: one runs per case, and each request is carried out once.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_kit::db::is_unique_violation;
use faultmaven_proto::case::v1 as pb;
use sea_orm::DatabaseTransaction;
use tokio::time::Instant;

use super::Shared;
use crate::access::{self, Access};
use crate::entity::{receipt, turn_lease};
use crate::error::CaseError;
use crate::request::BeginTurn;
use crate::store::receipts::{self, ReceiptKey};
use crate::store::{cases, turn_leases};

const TOKEN_BYTES: usize = 24;
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// What became of the wish to take a turn.
#[derive(Debug)]
pub(crate) enum Begun {
    Turn {
        turn_token: String,
        turn_number: i32,
        state_version: i64,
    },
    /// The same request was carried out before; this was the answer.
    Answered(Vec<u8>),
}

/// Takes the turn of a case, waiting for a running one, or returns the answer given before.
pub(crate) async fn begin(
    shared: &Shared,
    ctx: &Ctx,
    request: BeginTurn,
) -> Result<Begun, CaseError> {
    let user_id = access::actor(ctx, Access::Write)?.user_id.clone();
    super::accessible(shared.db.read(), ctx, &request.case_id, Access::Write).await?;
    let wait = request.wait.unwrap_or(shared.config.turn_queue_wait);
    let give_up = Instant::now() + wait.min(shared.config.turn_queue_wait);
    let claim = Arc::new(Claim {
        user_id,
        ctx: ctx.clone(),
        request,
    });
    loop {
        let ticket = shared.queue.ticket();
        match claim_once(shared, &claim).await? {
            Attempt::Begun(begun) => return Ok(begun),
            Attempt::Busy { same_request } if same_request || Instant::now() >= give_up => {
                return Err(CaseError::TurnInProgress {
                    retry_after: RETRY_AFTER,
                });
            }
            Attempt::Busy { .. } => shared.queue.wait(ticket).await,
            Attempt::KeyReused => return Err(CaseError::KeyReused),
        }
    }
}

struct Claim {
    user_id: String,
    ctx: Ctx,
    request: BeginTurn,
}

enum Attempt {
    Begun(Begun),
    Busy { same_request: bool },
    KeyReused,
}

async fn claim_once(shared: &Shared, claim: &Arc<Claim>) -> Result<Attempt, CaseError> {
    let now = shared.clock.now();
    let until = now + shared.config.turn_lease;
    // Looking is cheaper than trying to write, and most of those who wait find the case taken.
    let lease = turn_leases::find(shared.db.read(), &claim.request.case_id).await?;
    if claim.request.is_anonymous
        && let Some(busy) = busy(claim, lease.as_ref(), now)
    {
        return Ok(busy);
    }
    let turn_token = shared.ids.secret(TOKEN_BYTES);
    let claim = Arc::clone(claim);
    let written = shared
        .db
        .write(move |db| {
            let (claim, turn_token) = (Arc::clone(&claim), turn_token.clone());
            Box::pin(async move { store(db, &claim, turn_token, now, until).await })
        })
        .await;
    match written {
        Err(CaseError::Database(error)) if is_unique_violation(&error) => {
            Ok(Attempt::Busy { same_request: true })
        }
        other => other,
    }
}

fn busy(claim: &Claim, lease: Option<&turn_lease::Model>, now: DateTime<Utc>) -> Option<Attempt> {
    let lease = lease.filter(|lease| lease.lease_until > now)?;
    let same_request = claim.request.is_anonymous
        && lease.user_id == claim.user_id
        && lease.fingerprint == claim.request.fingerprint;
    Some(Attempt::Busy { same_request })
}

async fn store(
    db: &DatabaseTransaction,
    claim: &Claim,
    turn_token: String,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Attempt, CaseError> {
    let request = &claim.request;
    let case = cases::find(db, &request.case_id).await?;
    let case = case.ok_or(CaseError::NotFound)?;
    access::check(&claim.ctx, &case, Access::Write)?;
    let receipt = match receipt_key(claim) {
        Some(key) => receipts::find(db, &key).await?,
        None => None,
    };
    if let Some(known) = receipt
        .as_ref()
        .and_then(|known| known_answer(claim, known, now))
    {
        return Ok(known);
    }
    let lease = turn_leases::find_for_update(db, &request.case_id).await?;
    if let Some(busy) = busy(claim, lease.as_ref(), now) {
        return Ok(busy);
    }
    let lease = turn_lease::Model {
        case_id: request.case_id.clone(),
        turn_token: turn_token.clone(),
        user_id: claim.user_id.clone(),
        fingerprint: request.fingerprint.clone(),
        lease_until: until,
        cancelled: false,
    };
    if !turn_leases::claim(db, lease, now).await? {
        return Ok(Attempt::Busy {
            same_request: false,
        });
    }
    if let Some(key) = receipt_key(claim) {
        let running = running(claim, key, &turn_token, now, until);
        if !keep_receipt(db, running, receipt.is_some(), now).await? {
            // Somebody else took the dead receipt over; the lease goes with the transaction.
            return Err(CaseError::TurnInProgress {
                retry_after: RETRY_AFTER,
            });
        }
    }
    // On PostgreSQL a turn may have been committed, and its lease given up, since the case was read.
    let case = cases::find(db, &request.case_id).await?;
    let case = case.ok_or(CaseError::NotFound)?;
    Ok(Attempt::Begun(Begun::Turn {
        turn_token,
        turn_number: case.current_turn + 1,
        state_version: case.state_version,
    }))
}

fn receipt_key(claim: &Claim) -> Option<ReceiptKey> {
    let request = &claim.request;
    (!request.idempotency_key.is_empty()).then(|| ReceiptKey {
        user_id: claim.user_id.clone(),
        route: request.route.clone(),
        key: request.idempotency_key.clone(),
    })
}

fn known_answer(claim: &Claim, known: &receipt::Model, now: DateTime<Utc>) -> Option<Attempt> {
    let request = &claim.request;
    if known.fingerprint != request.fingerprint || known.case_id != request.case_id {
        return Some(Attempt::KeyReused);
    }
    if known.done {
        let answer = known.answer.clone().unwrap_or_default();
        return Some(Attempt::Begun(Begun::Answered(answer)));
    }
    (known.lease_until > now).then_some(Attempt::Busy { same_request: true })
}

fn running(
    claim: &Claim,
    key: ReceiptKey,
    turn_token: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> receipt::Model {
    receipt::Model {
        user_id: key.user_id,
        route: key.route,
        key: key.key,
        case_id: claim.request.case_id.clone(),
        fingerprint: claim.request.fingerprint.clone(),
        done: false,
        turn_token: Some(turn_token.to_owned()),
        lease_until: until,
        answer: None,
        created_at: now,
    }
}

async fn keep_receipt(
    db: &DatabaseTransaction,
    receipt: receipt::Model,
    is_known: bool,
    now: DateTime<Utc>,
) -> Result<bool, CaseError> {
    if is_known {
        return receipts::take_over(db, receipt, now).await;
    }
    receipts::insert(db, receipt).await?;
    Ok(true)
}

/// Extends the lease of a running turn, once a good part of it has passed.
///
/// Turns ask often, so that they soon hear that they are to stop.
pub(crate) async fn renew(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
    turn_token: String,
) -> Result<(), CaseError> {
    access::check_caller(ctx, Access::Write)?;
    let now = shared.clock.now();
    let lease = turn_leases::find(shared.db.read(), &case_id).await?;
    let lease = held(lease, &turn_token)?;
    if lease.lease_until > now + shared.config.turn_lease * 2 / 3 {
        return Ok(());
    }
    let until = now + shared.config.turn_lease;
    let renewed = shared
        .db
        .write(move |db| {
            let (case_id, turn_token) = (case_id.clone(), turn_token.clone());
            Box::pin(async move {
                let renewed = turn_leases::renew(db, &case_id, &turn_token, until).await?;
                receipts::renew(db, &turn_token, until).await?;
                Ok::<bool, CaseError>(renewed)
            })
        })
        .await?;
    if renewed {
        Ok(())
    } else {
        Err(CaseError::TurnLost)
    }
}

/// Tells the running turn of a case, or that of one request, to stop; returns whether there is one that can.
pub(crate) async fn cancel(
    shared: &Shared,
    ctx: &Ctx,
    request: pb::CancelTurnRequest,
) -> Result<bool, CaseError> {
    let case_id = request.case_id;
    super::accessible(shared.db.read(), ctx, &case_id, Access::Write).await?;
    let now = shared.clock.now();
    let mut of_request = None;
    if !request.idempotency_key.is_empty() {
        let key = ReceiptKey {
            user_id: ctx.actor()?.user_id.clone(),
            route: request.route,
            key: request.idempotency_key,
        };
        let receipt = receipts::find(shared.db.read(), &key).await?;
        of_request = receipt.and_then(|receipt| receipt.turn_token);
        if of_request.is_none() {
            return Ok(false);
        }
    }
    let named = case_id.clone();
    let cancelled = shared
        .db
        .write(move |db| {
            let (case_id, token) = (case_id.clone(), of_request.clone());
            Box::pin(async move { turn_leases::cancel(db, &case_id, token.as_deref(), now).await })
        })
        .await?;
    if cancelled {
        let details = serde_json::json!({});
        shared.audit.done(ctx, "turn.cancel", &named, &details);
    }
    Ok(cancelled)
}

/// Gives a turn up, as if it had never begun.
pub(crate) async fn abort(
    shared: &Shared,
    ctx: &Ctx,
    case_id: String,
    turn_token: String,
) -> Result<(), CaseError> {
    access::check_caller(ctx, Access::Write)?;
    shared
        .db
        .write(move |db| {
            let (case_id, turn_token) = (case_id.clone(), turn_token.clone());
            Box::pin(async move {
                turn_leases::release(db, &case_id, &turn_token).await?;
                receipts::release(db, &turn_token).await
            })
        })
        .await?;
    shared.queue.lease_ended();
    Ok(())
}

/// Returns the lease a turn still holds, or fails when it is lost or the turn is to stop.
pub(crate) fn held(
    lease: Option<turn_lease::Model>,
    turn_token: &str,
) -> Result<turn_lease::Model, CaseError> {
    let lease = lease.filter(|lease| lease.turn_token == turn_token);
    match lease {
        Some(lease) if lease.cancelled => Err(CaseError::TurnCancelled),
        Some(lease) => Ok(lease),
        None => Err(CaseError::TurnLost),
    }
}
