//! Adds to the ledger of a case what its owner thinks or plans.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;
use prost::Message;
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::{Shared, accessible, changeable};
use crate::access::Access;
use crate::case::Case;
use crate::convert;
use crate::error::CaseError;
use crate::ledger::Ledger;
use crate::ledger::decision::decide;
use crate::request::amend::Amendment;
use crate::store::owners::OwnerChange;
use crate::store::{ledgers, owners};
use crate::turn::{self, Taker};

/// Adds a hypothesis.
pub(crate) async fn add_hypothesis(
    shared: &Shared,
    ctx: &Ctx,
    receipt: Option<Receipt>,
    amendment: Amendment,
) -> Result<Once<pb::AddHypothesisResponse>, CaseError> {
    let wish = Wish {
        action: "hypothesis.add",
        receipt,
        amendment,
    };
    amend(shared, ctx, wish, |ledger, id, _| {
        pb::AddHypothesisResponse {
            total_size: i32::try_from(ledger.hypotheses.len()).unwrap_or(i32::MAX),
            hypothesis: hypothesis(ledger, id),
            replayed: false,
        }
    })
    .await
}

/// Changes the prior of a hypothesis.
pub(crate) async fn set_prior(
    shared: &Shared,
    ctx: &Ctx,
    amendment: Amendment,
) -> Result<pb::SetPriorResponse, CaseError> {
    let wish = Wish {
        action: "hypothesis.prior",
        receipt: None,
        amendment,
    };
    let set = amend(shared, ctx, wish, |ledger, id, _| pb::SetPriorResponse {
        hypothesis: hypothesis(ledger, id),
    });
    Ok(set.await?.answer)
}

/// Adds an action.
pub(crate) async fn add_action(
    shared: &Shared,
    ctx: &Ctx,
    receipt: Option<Receipt>,
    amendment: Amendment,
) -> Result<Once<pb::AddActionResponse>, CaseError> {
    let wish = Wish {
        action: "action.add",
        receipt,
        amendment,
    };
    amend(shared, ctx, wish, |ledger, id, now| {
        let mut actions = ledger.actions.iter();
        let action = actions.find(|action| action.action_id == id);
        pb::AddActionResponse {
            action: action.map(convert::action),
            create_time: convert::time(Some(now)),
            replayed: false,
        }
    })
    .await
}

/// A change that somebody wants.
struct Wish {
    /// Its name in the audit log.
    action: &'static str,
    receipt: Option<Receipt>,
    amendment: Amendment,
}

fn hypothesis(ledger: &Ledger, id: &str) -> Option<pb::Hypothesis> {
    let hypothesis = ledger.hypothesis(id)?;
    Some(convert::hypothesis(ledger, hypothesis))
}

/// Stores an amendment with its answer, which `answer` makes of the ledger as it is then, of the
/// id of what it is about, and of the time.
async fn amend<R: Message + Default + 'static>(
    shared: &Shared,
    ctx: &Ctx,
    wish: Wish,
    answer: fn(&Ledger, &str, DateTime<Utc>) -> R,
) -> Result<Once<R>, CaseError> {
    let amendment = wish.amendment;
    let case_id = amendment.case_id.clone();
    accessible(shared.db.read(), ctx, &case_id, Access::Write).await?;
    let now = shared.clock.now();
    let token = shared.ids.hex16("turn");
    let author_id = ctx.actor()?.user_id.clone();
    let context = Arc::new((ctx.clone(), amendment, token, author_id));
    let id = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&id);
    let amended = shared.db.write_once(wish.receipt, move |db| {
        let (context, told) = (Arc::clone(&context), Arc::clone(&told));
        Box::pin(async move {
            let (ctx, amendment, turn_token, author_id) = &*context;
            let taker = Taker {
                turn_token,
                author_id,
                now,
            };
            let (ledger, id) = store(db, ctx, amendment, taker).await?;
            let answer = answer(&ledger, &id, now);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = id;
            Ok::<R, CaseError>(answer)
        })
    });
    let amended = amended.await?;
    if !amended.replayed {
        let id = id.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let details = json!({ "id": id });
        shared.audit.done(ctx, wish.action, &case_id, &details);
    }
    Ok(amended)
}

async fn store(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    amendment: &Amendment,
    taker: Taker<'_>,
) -> Result<(Ledger, String), CaseError> {
    let case = changeable(db, ctx, &amendment.case_id, Access::Write).await?;
    let ledger = ledgers::load(db, &case.case_id).await?;
    let (mut case, ledger, id) = applied(case, ledger, &amendment.op, taker)?;
    case.touch_activity(taker.now);
    case.state_version += 1;
    ledgers::save_with_case(db, &mut case, &ledger).await?;
    owners::changed(db, &case.owner_id, OwnerChange::default()).await?;
    Ok((ledger, id))
}

/// What an owner does to the ledger.
#[derive(Debug, Clone)]
pub(crate) enum AmendmentOp {
    Add(Box<Op>),
    SetPrior { hypothesis_id: String, prior: f64 },
}

fn applied(
    case: Case,
    mut ledger: Ledger,
    op: &AmendmentOp,
    taker: Taker<'_>,
) -> Result<(Case, Ledger, String), CaseError> {
    match op {
        AmendmentOp::Add(op) => {
            let amended = turn::amend(case, ledger, (**op).clone(), taker)?;
            Ok((amended.case, amended.ledger, amended.id))
        }
        AmendmentOp::SetPrior {
            hypothesis_id,
            prior,
        } => {
            case.expect_open()?;
            ledger.set_prior(hypothesis_id, *prior)?;
            decide(&mut ledger, case.current_turn);
            Ok((case, ledger, hypothesis_id.clone()))
        }
    }
}
