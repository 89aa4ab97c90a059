//! The conversation of a case.

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1 as pb;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};

use super::{Stored, words};
use crate::entity::message::{Column, Entity, Model};
use crate::vocabulary::{
    CaseStatus, MessageKind, MessageRole, SuggestionType, TurnIntent, Word as _,
};

/// One row of the conversation before it is stored.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) message_id: String,
    pub(crate) turn_number: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) role: MessageRole,
    pub(crate) kind: MessageKind,
    pub(crate) author_id: String,
    pub(crate) content: String,
    pub(crate) attachments: Attachments,
}

/// What hangs on a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attachments {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) citations: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) file_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) suggested_actions: Vec<Suggestion>,
    /// JSON object as the client sent it; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) metadata: String,
}

/// Something the user can do next with one click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Suggestion {
    pub(crate) kind: SuggestionType,
    pub(crate) label: String,
    pub(crate) payload: String,
    pub(crate) body: String,
    pub(crate) hints: Vec<String>,
    pub(crate) intent: Option<SuggestionIntent>,
    pub(crate) need_id: String,
}

/// The structured meaning of a clicked suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SuggestionIntent {
    pub(crate) intent: TurnIntent,
    pub(crate) from_state: Option<CaseStatus>,
    pub(crate) to_state: Option<CaseStatus>,
    pub(crate) user_confirmed: Option<bool>,
    pub(crate) confirmation_value: Option<bool>,
    pub(crate) hypothesis_id: String,
    pub(crate) hypothesis_action: String,
}

/// Stores messages behind those a case has.
pub(crate) async fn append<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    first_ordinal: i32,
    messages: &[NewMessage],
) -> Stored<()> {
    let mut rows = Vec::with_capacity(messages.len());
    for (ordinal, message) in (first_ordinal..).zip(messages) {
        rows.push(row(case_id, ordinal, message)?.into_active_model());
    }
    Entity::insert_many(rows).exec_without_returning(db).await?;
    for message in messages {
        words::insert(db, case_id, &message.content).await?;
    }
    Ok(())
}

/// Stores one message and returns it as it is stored.
pub(crate) async fn append_one<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    ordinal: i32,
    message: &NewMessage,
) -> Stored<Model> {
    let stored = row(case_id, ordinal, message)?;
    let active = stored.clone().into_active_model();
    Entity::insert(active).exec_without_returning(db).await?;
    words::insert(db, case_id, &message.content).await?;
    Ok(stored)
}

/// Returns up to `limit` messages from an ordinal on, oldest first.
pub(crate) async fn from_ordinal<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    ordinal: i32,
    limit: u64,
) -> Stored<Vec<Model>> {
    let rows = Entity::find()
        .filter(Column::CaseId.eq(case_id))
        .filter(Column::Ordinal.gte(ordinal))
        .order_by_asc(Column::Ordinal)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows)
}

/// Returns a stored message; suggestions are live on the newest turn only.
pub(crate) fn message(row: Model, current_turn: i32) -> Stored<pb::Message> {
    let attachments: Attachments = match &row.attachments {
        Some(json) => serde_json::from_str(json)?,
        None => Attachments::default(),
    };
    let live = row.turn_number == current_turn;
    Ok(pb::Message {
        message_id: row.message_id,
        turn_number: row.turn_number,
        create_time: Some(timestamp(row.created_at)),
        role: row.role.parse::<MessageRole>()?.into(),
        kind: row.kind.parse::<MessageKind>()?.into(),
        author_id: row.author_id,
        content: row.content,
        citations: attachments.citations,
        file_ids: attachments.file_ids,
        suggested_actions: attachments
            .suggested_actions
            .into_iter()
            .filter(|_| live)
            .map(Suggestion::into_wire)
            .collect(),
        metadata_json: attachments.metadata,
    })
}

fn row(case_id: &str, ordinal: i32, message: &NewMessage) -> Stored<Model> {
    let attachments = if message.attachments == Attachments::default() {
        None
    } else {
        Some(serde_json::to_string(&message.attachments)?)
    };
    Ok(Model {
        case_id: case_id.to_owned(),
        ordinal,
        message_id: message.message_id.clone(),
        turn_number: message.turn_number,
        created_at: message.created_at,
        role: message.role.as_str().to_owned(),
        kind: message.kind.as_str().to_owned(),
        author_id: message.author_id.clone(),
        content: message.content.clone(),
        attachments,
    })
}

impl Suggestion {
    /// Returns what a client proposed, unless its type is unknown.
    pub(crate) fn from_wire(action: pb::SuggestedAction) -> Option<Self> {
        Some(Self {
            kind: SuggestionType::from_wire(action.r#type)?,
            label: action.label,
            payload: action.payload,
            body: action.body,
            hints: action.hints,
            intent: action.intent.and_then(SuggestionIntent::from_wire),
            need_id: action.need_id,
        })
    }

    fn into_wire(self) -> pb::SuggestedAction {
        pb::SuggestedAction {
            r#type: self.kind.into(),
            label: self.label,
            payload: self.payload,
            body: self.body,
            hints: self.hints,
            intent: self.intent.map(SuggestionIntent::into_wire),
            need_id: self.need_id,
        }
    }
}

impl SuggestionIntent {
    fn from_wire(intent: pb::SuggestionIntent) -> Option<Self> {
        Some(Self {
            intent: TurnIntent::from_wire(intent.r#type)?,
            from_state: CaseStatus::from_wire(intent.from_state),
            to_state: CaseStatus::from_wire(intent.to_state),
            user_confirmed: intent.user_confirmed,
            confirmation_value: intent.confirmation_value,
            hypothesis_id: intent.hypothesis_id,
            hypothesis_action: intent.hypothesis_action,
        })
    }

    fn into_wire(self) -> pb::SuggestionIntent {
        pb::SuggestionIntent {
            r#type: self.intent.into(),
            from_state: self.from_state.map_or(0, i32::from),
            to_state: self.to_state.map_or(0, i32::from),
            user_confirmed: self.user_confirmed,
            confirmation_value: self.confirmation_value,
            hypothesis_id: self.hypothesis_id,
            hypothesis_action: self.hypothesis_action,
        }
    }
}
