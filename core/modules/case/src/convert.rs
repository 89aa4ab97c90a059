//! From what is stored to what is sent, and back.

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::{from_timestamp, timestamp};
use faultmaven_proto::case::v1 as pb;
use prost_types::Timestamp;

mod ledger;

pub(crate) use ledger::{
    action, evidence, evidence_from_wire, file, file_from_wire, hypothesis, journal_entry, need,
    status_change,
};

use crate::case::Case;
use crate::drop_reason::DropReason;
use crate::fact::{Fact, FactSource};
use crate::statement::Statement;
use crate::transition::PendingTransition;
use crate::vocabulary::{FactKind, Word as _};

/// Returns the time on the wire.
pub(crate) fn time(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(timestamp)
}

/// Returns the time a timestamp names, when it names one.
pub(crate) fn time_from_wire(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(from_timestamp)
}

/// Returns the case as callers see it.
pub(crate) fn case(case: &Case) -> pb::Case {
    let overview = &case.overview;
    pb::Case {
        case_id: case.case_id.clone(),
        owner_id: case.owner_id.clone(),
        title: case.title.clone(),
        title_source: case.title_source.into(),
        description: case.description.clone(),
        priority: case.priority.into(),
        tags: case.tags.clone(),
        metadata_json: case.metadata.clone(),
        archived: case.archived,
        shared_team_ids: case.shared_team_ids.clone(),
        source: case.source.into(),
        kind: case.kind.into(),
        status: case.status.into(),
        closure_reason: case.closure_reason.map_or(0, i32::from),
        statement: Some(statement(&overview.statement)),
        pending_transition: overview.pending.as_ref().map(pending_transition),
        facts: overview.facts.iter().map(fact).collect(),
        current_turn: case.current_turn,
        message_count: case.message_count,
        version: case.version,
        state_version: case.state_version,
        create_time: time(Some(case.created_at)),
        update_time: time(Some(case.updated_at)),
        last_activity_time: time(Some(case.last_activity_at)),
        investigating_time: time(case.investigating_at),
        resolved_time: time(case.resolved_at),
        closed_time: time(case.closed_at),
        valid_next_states: case
            .status
            .next()
            .iter()
            .map(|next| i32::from(*next))
            .collect(),
    }
}

fn statement(statement: &Statement) -> pb::ProblemStatement {
    pb::ProblemStatement {
        text: statement.text.clone(),
        state: statement.state.into(),
        revision: statement.revision,
        pending_text: statement.pending_text.clone().unwrap_or_default(),
        proposed_by: statement.proposed_by.map_or(0, i32::from),
        confirmed_how: statement.confirmed_how.map_or(0, i32::from),
        confirm_time: time(statement.confirmed_at),
    }
}

fn pending_transition(pending: &PendingTransition) -> pb::PendingTransition {
    pb::PendingTransition {
        to: pending.to.into(),
        reason: pending.reason.clone(),
        summary: pending.summary.clone(),
        evidence_ids: pending.evidence_ids.clone(),
        closure_reason: pending.closure_reason.map_or(0, i32::from),
        proposed_turn: pending.proposed_turn,
        propose_time: time(Some(pending.proposed_at)),
    }
}

fn fact(fact: &Fact) -> pb::Fact {
    let mut sent = pb::Fact {
        kind: fact.kind.into(),
        value: fact.value.clone(),
        turn_number: fact.turn_number,
        superseded: fact.superseded,
        change_time: time(fact.change_time),
        change_type: fact.change_type.clone(),
        ..pb::Fact::default()
    };
    match &fact.source {
        FactSource::Evidence(id) => sent.source_evidence_id.clone_from(id),
        FactSource::Message(id) => sent.source_message_id.clone_from(id),
        FactSource::Finding(id) => sent.source_finding_id.clone_from(id),
    }
    sent
}

/// Returns a proposed fact, or why it cannot be one.
pub(crate) fn fact_from_wire(fact: &pb::Fact, turn_number: i32) -> Result<Fact, DropReason> {
    let source = match (
        fact.source_evidence_id.as_str(),
        fact.source_message_id.as_str(),
        fact.source_finding_id.as_str(),
    ) {
        ("", "", "") => return Err(DropReason::NoSource),
        (evidence, "", "") => FactSource::Evidence(evidence.to_owned()),
        ("", message, "") => FactSource::Message(message.to_owned()),
        ("", "", finding) => FactSource::Finding(finding.to_owned()),
        _ => return Err(DropReason::InvalidField),
    };
    Ok(Fact {
        kind: FactKind::from_wire(fact.kind).ok_or(DropReason::UnknownValue)?,
        value: fact.value.clone(),
        source,
        turn_number,
        superseded: false,
        change_time: time_from_wire(fact.change_time.as_ref()),
        change_type: fact.change_type.clone(),
    })
}
