//! Tries a turn, or stores it with everything that follows in one transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_kit::crash::at_each_await;
use faultmaven_proto::case::v1 as pb;
use sea_orm::DatabaseTransaction;

use super::turn_lease::held;
use super::{Shared, accessible, changeable, read};
use crate::access::Access;
use crate::case::{Case, clip};
use crate::convert::time_from_wire;
use crate::error::CaseError;
use crate::limits::TITLE_MAX;
use crate::store::messages::{self, Attachments, NewMessage, Suggestion};
use crate::store::owners::OwnerChange;
use crate::store::turns::{self, CommittedTurn, ModelCall, TurnDocument};
use crate::store::{cases, ledgers, owners, receipts, session_links, turn_leases};
use crate::turn::{self, Applied, Taker, notices};
use crate::vocabulary::{
    Dialect, MessageKind, MessageRole, Milestone, TitleSource, TurnIntent, Word as _,
};

/// Calls of models that are kept with a turn; no turn makes as many.
const MODEL_CALLS_MAX: usize = 64;

/// Applies a draft without storing it.
pub(crate) async fn preview(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
    turn_token: &str,
    draft: pb::TurnDraft,
) -> Result<pb::TurnPreview, CaseError> {
    let db = shared.db.read();
    let case = accessible(db, ctx, case_id, Access::Write).await?;
    let lease = held(turn_leases::find(db, case_id).await?, turn_token)?;
    let ledger = ledgers::load(db, case_id).await?;
    let taker = Taker {
        turn_token,
        author_id: &lease.user_id,
        now: shared.clock.now(),
    };
    let applied = turn::apply(case, ledger, &draft, taker)?;
    told(shared, applied).await
}

async fn told(shared: &Shared, applied: Applied) -> Result<pb::TurnPreview, CaseError> {
    let numbers = |milestones: &[Milestone]| milestones.iter().map(|one| i32::from(*one)).collect();
    Ok(pb::TurnPreview {
        after: Some(read::describe(shared, &applied.case, &applied.ledger).await?),
        milestones_completed: numbers(&applied.milestones_completed),
        milestones_reverted: numbers(&applied.milestones_reverted),
        progress_made: applied.progress_made,
        outcome: applied.outcome.into(),
        status_changed: applied.moved_from.is_some(),
        changes: applied.changes,
        dropped: applied
            .dropped
            .into_iter()
            .map(turns::DroppedPart::into_wire)
            .collect(),
        resolved_refs: applied.resolved_refs.into_iter().collect(),
    })
}

/// A turn ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct CommitRequest {
    pub(crate) case_id: String,
    pub(crate) turn_token: String,
    pub(crate) expected_state_version: i64,
    pub(crate) draft: pb::TurnDraft,
    pub(crate) reply: String,
    pub(crate) suggestions: Vec<Suggestion>,
    pub(crate) answer: Vec<u8>,
    pub(crate) generated_title: String,
}

/// Applies a draft and stores turn, messages, case, ledger and receipt.
pub(crate) async fn commit(
    shared: &Shared,
    ctx: &Ctx,
    request: CommitRequest,
) -> Result<pb::CommitTurnResponse, CaseError> {
    let request = Arc::new(Commit {
        ctx: ctx.clone(),
        now: shared.clock.now(),
        assistant_message_id: shared.ids.hex16("msg"),
        request,
    });
    let stored = Arc::clone(&request);
    let (turn, applied) = shared
        .db
        .write(move |db| {
            let request = Arc::clone(&request);
            Box::pin(async move { at_each_await("case.store_turn", store(db, &request)).await })
        })
        .await?;
    shared.queue.lease_ended();
    audit(shared, ctx, &applied, stored.now);
    let result = told(shared, applied).await.inspect_err(|error| {
        // The turn is stored; failing the call now would hide it from its caller.
        tracing::warn!(%error, "a committed turn could not be described");
    });
    Ok(pb::CommitTurnResponse {
        turn: Some(turn.into_wire()),
        result: result.ok(),
        assistant_message_id: stored.assistant_message_id.clone(),
    })
}

struct Commit {
    ctx: Ctx,
    now: DateTime<Utc>,
    assistant_message_id: String,
    request: CommitRequest,
}

async fn store(
    db: &DatabaseTransaction,
    commit: &Commit,
) -> Result<(CommittedTurn, Applied), CaseError> {
    let request = &commit.request;
    let case_id = &request.case_id;
    let lease = turn_leases::find_for_update(db, case_id).await?;
    let lease = held(lease, &request.turn_token)?;
    // Others may have taken the turn for dead and swept what it staged.
    if lease.lease_until <= commit.now {
        return Err(CaseError::TurnLost);
    }
    let mut case = changeable(db, &commit.ctx, case_id, Access::Write).await?;
    if case.state_version != request.expected_state_version {
        return Err(CaseError::VersionConflict {
            expected: request.expected_state_version,
            actual: case.state_version,
        });
    }
    let ledger = ledgers::load(db, case_id).await?;
    let first_ordinal = case.message_count + 1;
    take_title(&mut case, &request.generated_title);
    let taker = Taker {
        turn_token: &request.turn_token,
        author_id: &lease.user_id,
        now: commit.now,
    };
    let mut applied = turn::apply(case, ledger, &request.draft, taker)?;
    let turn = committed_turn(&applied, &request.draft, taker);
    let rows = rows(commit, &applied, &lease.user_id);
    if applied.ledger_changed {
        applied.ledger.next_actions = labels(&request.suggestions);
        ledgers::save_with_case(db, &mut applied.case, &applied.ledger).await?;
    } else {
        cases::save(db, &applied.case).await?;
    }
    turns::insert(db, case_id, &turn).await?;
    session_links::link(db, &commit.ctx, case_id).await?;
    messages::append(db, case_id, first_ordinal, &rows).await?;
    owners::changed(db, &applied.case.owner_id, OwnerChange::default()).await?;
    receipts::finish(db, &request.turn_token, &request.answer).await?;
    turn_leases::release(db, case_id, &request.turn_token).await?;
    Ok((turn, applied))
}

/// A title somebody found for the case comes before the first words of its statement.
fn take_title(case: &mut Case, generated: &str) {
    let title = clip(generated, TITLE_MAX);
    if case.title_source == TitleSource::Placeholder && !title.is_empty() {
        case.title = title;
        case.title_source = TitleSource::Generated;
    }
}

fn labels(suggestions: &[Suggestion]) -> Vec<String> {
    suggestions
        .iter()
        .map(|suggestion| suggestion.label.clone())
        .collect()
}

fn committed_turn(applied: &Applied, draft: &pb::TurnDraft, taker: Taker<'_>) -> CommittedTurn {
    CommittedTurn {
        turn_number: applied.turn_number,
        author_id: taker.author_id.to_owned(),
        path: applied.path,
        outcome: applied.outcome,
        committed_at: taker.now,
        document: TurnDocument {
            dialect: Dialect::from_wire(draft.dialect).unwrap_or(Dialect::Core),
            started_at: time_from_wire(draft.start_time.as_ref()).unwrap_or(taker.now),
            intent: TurnIntent::from_wire(draft.intent).unwrap_or(TurnIntent::Conversation),
            progress_made: applied.progress_made,
            milestones_completed: applied.milestones_completed.clone(),
            milestones_reverted: applied.milestones_reverted.clone(),
            file_ids: draft.file_ids.clone(),
            evidence_ids: applied.evidence_ids.clone(),
            changes: applied.changes.clone(),
            dropped: applied.dropped.clone(),
            notices: notices(draft),
            model_calls: draft
                .model_calls
                .iter()
                .take(MODEL_CALLS_MAX)
                .map(ModelCall::from_wire)
                .collect(),
        },
    }
}

fn rows(commit: &Commit, applied: &Applied, author_id: &str) -> [NewMessage; 2] {
    let request = &commit.request;
    let draft = &request.draft;
    let kind = MessageKind::from_wire(draft.user_message_kind).unwrap_or(MessageKind::UserQuery);
    let user = NewMessage {
        message_id: draft.user_message_id.clone(),
        turn_number: applied.turn_number,
        created_at: time_from_wire(draft.start_time.as_ref()).unwrap_or(commit.now),
        role: MessageRole::User,
        kind,
        author_id: author_id.to_owned(),
        content: draft.user_text.clone(),
        attachments: Attachments {
            file_ids: draft.file_ids.clone(),
            ..Attachments::default()
        },
    };
    let assistant = NewMessage {
        message_id: commit.assistant_message_id.clone(),
        turn_number: applied.turn_number,
        created_at: commit.now,
        role: MessageRole::Assistant,
        kind: MessageKind::AgentResponse,
        author_id: String::new(),
        content: request.reply.clone(),
        attachments: Attachments {
            citations: cited(&request.reply, applied),
            file_ids: Vec::new(),
            suggested_actions: request.suggestions.clone(),
            metadata: String::new(),
        },
    };
    [user, assistant]
}

/// Returns the evidence a text cites with `[ev_…]` markers, each once, in order.
fn cited(text: &str, applied: &Applied) -> Vec<String> {
    let mut cited: Vec<String> = Vec::new();
    for part in text.split('[').skip(1) {
        let Some((id, _)) = part.split_once(']') else {
            continue;
        };
        if applied.ledger.active(id).is_some() && !cited.iter().any(|known| known == id) {
            cited.push(id.to_owned());
        }
    }
    cited
}

fn audit(shared: &Shared, ctx: &Ctx, applied: &Applied, now: DateTime<Utc>) {
    let case = &applied.case;
    if case.overview.statement.confirmed_at == Some(now) {
        let details = serde_json::json!({ "revision": case.overview.statement.revision });
        let action = "case.statement_confirm";
        shared.audit.done(ctx, action, &case.case_id, &details);
    }
    let Some(from) = applied.moved_from else {
        return;
    };
    let details = serde_json::json!({
        "from": from.as_str(),
        "to": case.status.as_str(),
        "turn_number": applied.turn_number,
        "closure_reason": case.closure_reason.map(|reason| reason.as_str()),
    });
    shared
        .audit
        .done(ctx, "case.status", &case.case_id, &details);
}
