//! Adds messages that come from elsewhere to a conversation.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_kit::db::{Once, Receipt};
use faultmaven_proto::case::v1 as pb;
use sea_orm::DatabaseTransaction;

use super::{Shared, accessible, changeable};
use crate::access::Access;
use crate::error::CaseError;
use crate::request::Note;
use crate::store::messages::{self, Attachments, NewMessage};
use crate::store::owners::OwnerChange;
use crate::store::{cases, owners};
use crate::vocabulary::{MessageKind, MessageRole};

/// Adds a message behind all others; it belongs to the newest turn and is no input of any.
pub(crate) async fn add(
    shared: &Shared,
    ctx: &Ctx,
    receipt: Option<Receipt>,
    note: Note,
) -> Result<Once<pb::AddMessageResponse>, CaseError> {
    accessible(shared.db.read(), ctx, &note.case_id, Access::Write).await?;
    let message = NewMessage {
        message_id: shared.ids.hex16("msg"),
        turn_number: 0,
        created_at: shared.clock.now(),
        role: note.role,
        kind: MessageKind::CaseNote,
        author_id: match note.role {
            MessageRole::User => ctx.actor()?.user_id.clone(),
            MessageRole::Assistant | MessageRole::System => String::new(),
        },
        content: note.content,
        attachments: Attachments {
            metadata: note.metadata,
            ..Attachments::default()
        },
    };
    let context = Arc::new((ctx.clone(), note.case_id, message));
    shared
        .db
        .write_once(receipt, move |db| {
            let context = Arc::clone(&context);
            Box::pin(async move {
                let (ctx, case_id, message) = &*context;
                store(db, ctx, case_id, message.clone()).await
            })
        })
        .await
}

async fn store(
    db: &DatabaseTransaction,
    ctx: &Ctx,
    case_id: &str,
    mut message: NewMessage,
) -> Result<pb::AddMessageResponse, CaseError> {
    let mut case = changeable(db, ctx, case_id, Access::Write).await?;
    case.expect_open()?;
    message.turn_number = case.current_turn;
    case.message_count += 1;
    case.touch_activity(message.created_at);
    cases::save(db, &case).await?;
    owners::changed(db, &case.owner_id, OwnerChange::default()).await?;
    let stored = messages::append_one(db, case_id, case.message_count, &message).await?;
    Ok(pb::AddMessageResponse {
        message: Some(messages::message(stored, case.current_turn)?),
        replayed: false,
    })
}
