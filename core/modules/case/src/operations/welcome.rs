//! The case that greets somebody who has no conversation.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use super::Shared;
use crate::case::{Case, NewCase};
use crate::error::CaseError;
use crate::store::messages::{self, Attachments, NewMessage};
use crate::store::owners::OwnerChange;
use crate::store::turns::{self, CommittedTurn, TurnDocument};
use crate::store::{cases, lists, owners};
use crate::vocabulary::{
    CaseKind, CaseSource, Dialect, MessageKind, MessageRole, Priority, TitleSource, TurnIntent,
    TurnOutcome, TurnPath,
};

const TITLE: &str = "Welcome to FaultMaven";
const QUESTION: &str = "What can FaultMaven do for me, and how do I begin?";
const ANSWER: &str = "FaultMaven helps you find out why something broke. \
Describe a problem in your own words and hand over what you have: logs, metrics, configuration, \
diffs, command output. It looks for what matters in them, weighs possible causes against each \
other, and names a cause only with lines of your own data that show it. It proposes checks and \
fixes; you run them.\n\n\
To begin, open a case, say what goes wrong and since when (\"checkout answers 500 since 14:05\"), \
and add a file. This case stays here as an example and can be deleted.";

/// Gives an owner without a conversation one to look at.
pub(super) async fn greet(shared: &Shared, owner_id: &str) -> Result<(), CaseError> {
    let now = shared.clock.now();
    let case = welcome_case(shared.ids.hex12("case"), owner_id.to_owned(), now);
    let messages = conversation(shared, &case, now);
    shared
        .db
        .write(move |db| Box::pin(store(db, case.clone(), messages.clone())))
        .await
}

/// Remembers or forgets the case that greets an owner when it comes into sight or goes out of it.
pub(super) async fn shown_or_hidden(
    db: &DatabaseTransaction,
    case: &Case,
) -> Result<(), CaseError> {
    if case.kind == CaseKind::Welcome {
        let is_visible = case.deleted_at.is_none() && !case.archived;
        let shown = is_visible.then_some(case.case_id.as_str());
        owners::set_welcome(db, &case.owner_id, shown).await?;
    }
    Ok(())
}

async fn store(
    db: &DatabaseTransaction,
    case: Case,
    messages: [NewMessage; 2],
) -> Result<(), CaseError> {
    let owner_id = &case.owner_id;
    // The write locks the owner's row, so that of two that come together only one goes on.
    owners::changed(db, owner_id, OwnerChange::default()).await?;
    if lists::has_visible_conversation(db, owner_id).await? {
        return Ok(());
    }
    cases::insert(db, &case).await?;
    turns::insert(db, &case.case_id, &first_turn(&case)).await?;
    messages::append(db, &case.case_id, 1, &messages).await?;
    owners::changed(
        db,
        owner_id,
        OwnerChange {
            cases: 1,
            visible: 1,
        },
    )
    .await?;
    owners::set_welcome(db, owner_id, Some(&case.case_id)).await
}

fn welcome_case(case_id: String, owner_id: String, now: DateTime<Utc>) -> Case {
    let new = NewCase {
        title: Some(TITLE.to_owned()),
        description: String::new(),
        priority: Priority::Low,
        tags: Vec::new(),
        metadata: String::new(),
        source: CaseSource::Api,
    };
    Case {
        title_source: TitleSource::Generated,
        kind: CaseKind::Welcome,
        current_turn: 1,
        message_count: 2,
        ..new.open(case_id, owner_id, now)
    }
}

fn conversation(shared: &Shared, case: &Case, now: DateTime<Utc>) -> [NewMessage; 2] {
    let message = |role, kind, author_id: &str, content: &str| NewMessage {
        message_id: shared.ids.hex16("msg"),
        turn_number: 1,
        created_at: now,
        role,
        kind,
        author_id: author_id.to_owned(),
        content: content.to_owned(),
        attachments: Attachments::default(),
    };
    [
        message(
            MessageRole::User,
            MessageKind::UserQuery,
            &case.owner_id,
            QUESTION,
        ),
        message(
            MessageRole::Assistant,
            MessageKind::AgentResponse,
            "",
            ANSWER,
        ),
    ]
}

fn first_turn(case: &Case) -> CommittedTurn {
    CommittedTurn {
        turn_number: 1,
        author_id: case.owner_id.clone(),
        path: TurnPath::Greeting,
        outcome: TurnOutcome::Conversation,
        committed_at: case.created_at,
        document: TurnDocument {
            dialect: Dialect::Core,
            started_at: case.created_at,
            intent: TurnIntent::Conversation,
            progress_made: false,
            milestones_completed: Vec::new(),
            milestones_reverted: Vec::new(),
            file_ids: Vec::new(),
            evidence_ids: Vec::new(),
            changes: Vec::new(),
            dropped: Vec::new(),
            notices: Vec::new(),
            model_calls: Vec::new(),
        },
    }
}
