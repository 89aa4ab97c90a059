//! The committed turns of a case.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1 as pb;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};

use super::Stored;
use crate::entity::turn::{Column, Entity, Model};
use crate::vocabulary::{Dialect, Milestone, TurnIntent, TurnOutcome, TurnPath, Word as _};

/// One committed turn.
#[derive(Debug, Clone)]
pub(crate) struct CommittedTurn {
    pub(crate) turn_number: i32,
    pub(crate) author_id: String,
    pub(crate) path: TurnPath,
    pub(crate) outcome: TurnOutcome,
    pub(crate) committed_at: DateTime<Utc>,
    pub(crate) document: TurnDocument,
}

/// The part of a turn that nothing searches by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TurnDocument {
    pub(crate) dialect: Dialect,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) intent: TurnIntent,
    pub(crate) progress_made: bool,
    pub(crate) milestones_completed: Vec<Milestone>,
    pub(crate) milestones_reverted: Vec<Milestone>,
    pub(crate) file_ids: Vec<String>,
    pub(crate) evidence_ids: Vec<String>,
    pub(crate) changes: Vec<String>,
    pub(crate) dropped: Vec<DroppedPart>,
    pub(crate) notices: Vec<String>,
    /// Turns of earlier versions did not keep them.
    #[serde(default)]
    pub(crate) model_calls: Vec<ModelCall>,
}

/// A call of a model that was made for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelCall {
    provider: String,
    model: String,
    tokens_in: i64,
    tokens_out: i64,
    cost_usd: f64,
    duration_ms: i64,
    fallback_from: String,
    error: String,
    redacted: BTreeMap<String, u64>,
    /// Empty where it was not kept yet.
    #[serde(default)]
    prompt_version: String,
}

/// A part of a diff that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DroppedPart {
    pub(crate) op: String,
    pub(crate) reason: String,
    pub(crate) excerpt: String,
}

/// Stores a turn.
pub(crate) async fn insert<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    turn: &CommittedTurn,
) -> Stored<()> {
    let row = Model {
        case_id: case_id.to_owned(),
        turn_number: turn.turn_number,
        author_id: turn.author_id.clone(),
        path: turn.path.as_str().to_owned(),
        outcome: turn.outcome.as_str().to_owned(),
        committed_at: turn.committed_at,
        document: serde_json::to_string(&turn.document)?,
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Returns up to `limit` turns behind `after`, oldest first.
pub(crate) async fn after<C: ConnectionTrait>(
    db: &C,
    case_id: &str,
    after: i32,
    limit: u64,
) -> Stored<Vec<pb::Turn>> {
    let rows = Entity::find()
        .filter(Column::CaseId.eq(case_id))
        .filter(Column::TurnNumber.gt(after))
        .order_by_asc(Column::TurnNumber)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok(turn(row)?.into_wire()))
        .collect()
}

fn turn(row: Model) -> Stored<CommittedTurn> {
    Ok(CommittedTurn {
        turn_number: row.turn_number,
        author_id: row.author_id,
        path: row.path.parse()?,
        outcome: row.outcome.parse()?,
        committed_at: row.committed_at,
        document: serde_json::from_str(&row.document)?,
    })
}

impl CommittedTurn {
    /// Returns the turn as callers see it.
    pub(crate) fn into_wire(self) -> pb::Turn {
        let numbers = |milestones: Vec<Milestone>| milestones.into_iter().map(i32::from).collect();
        let document = self.document;
        pb::Turn {
            turn_number: self.turn_number,
            author_id: self.author_id,
            dialect: document.dialect.into(),
            start_time: Some(timestamp(document.started_at)),
            commit_time: Some(timestamp(self.committed_at)),
            intent: document.intent.into(),
            path: self.path.into(),
            outcome: self.outcome.into(),
            progress_made: document.progress_made,
            milestones_completed: numbers(document.milestones_completed),
            milestones_reverted: numbers(document.milestones_reverted),
            file_ids: document.file_ids,
            evidence_ids: document.evidence_ids,
            changes: document.changes,
            dropped: document
                .dropped
                .into_iter()
                .map(DroppedPart::into_wire)
                .collect(),
            notices: document.notices,
            model_calls: document
                .model_calls
                .into_iter()
                .map(ModelCall::into_wire)
                .collect(),
        }
    }
}

impl ModelCall {
    /// Returns the call as it is stored.
    pub(crate) fn from_wire(call: &pb::ModelCall) -> Self {
        let redacted = call.redacted.iter();
        Self {
            provider: call.provider.clone(),
            model: call.model.clone(),
            tokens_in: call.tokens_in,
            tokens_out: call.tokens_out,
            cost_usd: call.cost_usd,
            duration_ms: call.duration_ms,
            fallback_from: call.fallback_from.clone(),
            error: call.error.clone(),
            redacted: redacted
                .map(|(kind, count)| (kind.clone(), *count))
                .collect(),
            prompt_version: call.prompt_version.clone(),
        }
    }

    /// Returns the call as callers see it.
    fn into_wire(self) -> pb::ModelCall {
        pb::ModelCall {
            provider: self.provider,
            model: self.model,
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
            cost_usd: self.cost_usd,
            duration_ms: self.duration_ms,
            fallback_from: self.fallback_from,
            error: self.error,
            redacted: self.redacted.into_iter().collect(),
            prompt_version: self.prompt_version,
        }
    }
}

impl DroppedPart {
    /// Returns the part as callers see it.
    pub(crate) fn into_wire(self) -> pb::DroppedPart {
        pb::DroppedPart {
            op: self.op,
            reason: self.reason,
            excerpt: self.excerpt,
        }
    }
}
