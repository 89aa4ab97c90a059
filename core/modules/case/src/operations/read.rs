//! Reads a case and what belongs to it.

use faultmaven_kit::{Ctx, PageToken};
use faultmaven_proto::case::v1 as pb;
use sea_orm::ConnectionTrait;

use super::{Shared, accessible};
use crate::access::{Access, check};
use crate::case::Case;
use crate::error::CaseError;
use crate::ledger::Ledger;
use crate::limits::{RECENT_MESSAGES, RECENT_TURNS};
use crate::readmodel::conclusion::conclusion;
use crate::readmodel::header::header;
use crate::readmodel::investigation::{self, Recent};
use crate::request::Rows;
use crate::store::{cases, ledgers, messages, turn_leases, turns};
use crate::vocabulary::{MessageKind, Word as _};

/// Returns a case the caller may look at.
pub(crate) async fn case(shared: &Shared, ctx: &Ctx, case_id: &str) -> Result<Case, CaseError> {
    accessible(shared.db.read(), ctx, case_id, Access::Read).await
}

/// Returns a case the caller may use in this way.
pub(crate) async fn case_for(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
    access: Access,
) -> Result<Case, CaseError> {
    accessible(shared.db.read(), ctx, case_id, access).await
}

/// Returns the header of a case.
pub(crate) async fn case_header(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
) -> Result<pb::Header, CaseError> {
    let case = case(shared, ctx, case_id).await?;
    let ledger = ledgers::load(shared.db.read(), case_id).await?;
    Ok(header(&case, &ledger, shared.clock.now()))
}

/// Returns the hypotheses of a case and what they amount to.
pub(crate) async fn hypotheses(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
) -> Result<pb::ListHypothesesResponse, CaseError> {
    case(shared, ctx, case_id).await?;
    let ledger = ledgers::load(shared.db.read(), case_id).await?;
    Ok(pb::ListHypothesesResponse {
        hypotheses: investigation::hypotheses(&ledger),
        conclusion: Some(conclusion(&ledger)),
    })
}

/// Returns all an analyst needs to know about a case.
pub(crate) async fn investigation(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
) -> Result<pb::Investigation, CaseError> {
    let case = case(shared, ctx, case_id).await?;
    let ledger = ledgers::load(shared.db.read(), case_id).await?;
    describe(shared, &case, &ledger).await
}

/// Returns a case with its ledger and the newest part of its conversation.
pub(crate) async fn describe(
    shared: &Shared,
    case: &Case,
    ledger: &Ledger,
) -> Result<pb::Investigation, CaseError> {
    let recent = recent(shared.db.read(), case).await?;
    let now = shared.clock.now();
    Ok(investigation::investigation(case, ledger, recent, now))
}

async fn recent<C: ConnectionTrait>(db: &C, case: &Case) -> Result<Recent, CaseError> {
    let newest = |count: i32, limit: u64| count.saturating_sub(i32::try_from(limit).unwrap_or(0));
    let first_message = newest(case.message_count, RECENT_MESSAGES) + 1;
    let first_turn = newest(case.current_turn, RECENT_TURNS);
    // A preview counts a turn that is not stored yet.
    let rows = messages::from_ordinal(db, &case.case_id, first_message, RECENT_MESSAGES).await?;
    // Notes come from elsewhere, so no analyst may take them for what the user says.
    let is_note = |row: &crate::entity::message::Model| row.kind == MessageKind::CaseNote.as_str();
    let live = rows.into_iter().filter(|row| !is_note(row)).collect();
    Ok(Recent {
        messages: decoded(live, case.current_turn)?,
        turns: turns::after(db, &case.case_id, first_turn, RECENT_TURNS).await?,
    })
}

fn decoded(
    rows: Vec<crate::entity::message::Model>,
    current_turn: i32,
) -> Result<Vec<pb::Message>, CaseError> {
    rows.into_iter()
        .map(|row| messages::message(row, current_turn))
        .collect()
}

/// Returns a page of the conversation, oldest first.
pub(crate) async fn conversation(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
    page: Rows,
) -> Result<pb::ListMessagesResponse, CaseError> {
    let case = case(shared, ctx, case_id).await?;
    let first = page.after.saturating_add(1);
    let rows = messages::from_ordinal(shared.db.read(), case_id, first, page.limit).await?;
    let next_page_token = match rows.last() {
        Some(last) if last.ordinal < case.message_count => PageToken::encode(&last.ordinal)?,
        _ => String::new(),
    };
    Ok(pb::ListMessagesResponse {
        messages: decoded(rows, case.current_turn)?,
        next_page_token,
        total_size: case.message_count.into(),
    })
}

/// Returns a page of the turns, oldest first.
pub(crate) async fn turns(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
    page: Rows,
) -> Result<pb::ListTurnsResponse, CaseError> {
    let case = case(shared, ctx, case_id).await?;
    let turns = turns::after(shared.db.read(), case_id, page.after, page.limit).await?;
    let next_page_token = match turns.last() {
        Some(last) if last.turn_number < case.current_turn => PageToken::encode(&last.turn_number)?,
        _ => String::new(),
    };
    Ok(pb::ListTurnsResponse {
        turns,
        next_page_token,
    })
}

/// Returns which evidence belongs to committed turns, and whether a turn may still add some.
pub(crate) async fn committed_evidence(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
    evidence_ids: Vec<String>,
) -> Result<(Vec<String>, bool), CaseError> {
    crate::access::check_caller(ctx, Access::Read)?;
    let db = shared.db.read();
    // The lease is read first: a turn that ends in between has committed all it will.
    let lease = turn_leases::find(db, case_id).await?;
    let Some(case) = cases::find(db, case_id).await? else {
        return Ok((Vec::new(), false));
    };
    check(ctx, &case, Access::Read)?;
    let ledger = ledgers::load(db, case_id).await?;
    let committed = |id: &String| ledger.evidence.iter().any(|known| known.evidence_id == *id);
    let running = lease.is_some_and(|lease| lease.lease_until > shared.clock.now());
    Ok((
        evidence_ids.into_iter().filter(committed).collect(),
        running,
    ))
}
