//! Evidence and facts that a turn brings in.

use faultmaven_kit::id::is_well_formed;
use faultmaven_proto::case::v1 as pb;

use super::event::Event;
use super::work::{Work, required};
use crate::convert;
use crate::drop_reason::DropReason;
use crate::fact::{self, FactSource};
use crate::ledger::Citation;
use crate::limits::{CLAIM_MAX, QUOTE_MAX_BYTES};

/// Adds evidence that was verified and staged.
pub(super) fn add_evidence(work: &mut Work<'_>, op: &pb::AddEvidence) -> Result<(), DropReason> {
    work.expect_investigating()?;
    let digest = op.digest.as_ref().ok_or(DropReason::InvalidField)?;
    let mut evidence = convert::evidence_from_wire(digest)?;
    if !is_well_formed("ev", 12, &evidence.evidence_id) {
        return Err(DropReason::UnknownId);
    }
    evidence.claim = required(&evidence.claim, CLAIM_MAX)?;
    if evidence.quote.trim().is_empty() {
        return Err(DropReason::InvalidField);
    }
    if evidence.quote.len() > QUOTE_MAX_BYTES {
        return Err(DropReason::LimitReached);
    }
    expect_source_of_this_case(work, &evidence.citation)?;
    let id = evidence.evidence_id.clone();
    if work
        .ledger
        .evidence
        .iter()
        .any(|known| known.evidence_id == id)
    {
        return Err(DropReason::Duplicate);
    }
    evidence.turn_number = work.turn_number;
    evidence.statement_revision = work.case.overview.statement.revision;
    work.refs.bind(&op.r#ref, &id);
    work.ledger.evidence.push(evidence);
    work.events.push(Event::EvidenceAdded(id));
    Ok(())
}

fn expect_source_of_this_case(work: &Work<'_>, citation: &Citation) -> Result<(), DropReason> {
    let known = match citation {
        Citation::File { file_id, .. } => work
            .ledger
            .files
            .iter()
            .any(|file| file.file_id == *file_id),
        Citation::Message { message_id, .. } => work.is_users_message(message_id),
    };
    if known {
        Ok(())
    } else {
        Err(DropReason::ForeignId)
    }
}

/// Adds a fact that has a source.
pub(super) fn add_fact(work: &mut Work<'_>, op: &pb::AddFact) -> Result<(), DropReason> {
    let proposed = op.fact.as_ref().ok_or(DropReason::InvalidField)?;
    let mut fact = convert::fact_from_wire(proposed, work.turn_number)?;
    fact.source = match fact.source {
        FactSource::Evidence(name) => FactSource::Evidence(work.active_evidence(&name)?),
        FactSource::Message(id) if !work.is_users_message(&id) => {
            return Err(DropReason::UnknownId);
        }
        FactSource::Finding(id) if !is_well_formed("find", 16, &id) => {
            return Err(DropReason::UnknownId);
        }
        known => known,
    };
    let kind = fact.kind;
    fact::add(&mut work.case.overview.facts, fact)?;
    work.events.push(Event::FactAdded(kind));
    Ok(())
}
