//! What the investigation lacks.

use faultmaven_proto::case::v1 as pb;

use super::event::Event;
use super::work::{Work, required};
use crate::case::clip;
use crate::drop_reason::DropReason;
use crate::ledger::Need;
use crate::limits::{NEED_HOW_MAX, NEED_TEXT_MAX};
use crate::vocabulary::{NeedPurpose, NeedState, Obtainability, Word as _};

const PRIORITY_DEFAULT: i32 = 2;
const PRIORITIES: std::ops::RangeInclusive<i32> = 1..=3;

/// Adds a need, unless the same is open or known to be out of reach.
pub(super) fn add(work: &mut Work<'_>, op: &pb::AddNeed) -> Result<(), DropReason> {
    let purpose = NeedPurpose::from_wire(op.purpose).ok_or(DropReason::UnknownValue)?;
    let request = required(&op.request, NEED_TEXT_MAX)?;
    let mut hypothesis_ids = Vec::with_capacity(op.hypotheses.len());
    for name in &op.hypotheses {
        hypothesis_ids.push(work.known_hypothesis(name)?);
    }
    let known =
        work.ledger.needs.iter().find(|known| {
            known.is_open() && known.request.to_lowercase() == request.to_lowercase()
        });
    if let Some(known) = known {
        let id = known.need_id.clone();
        work.refs.bind(&op.r#ref, &id);
        work.drop_part("add_need", DropReason::Duplicate, &op.request);
        return Ok(());
    }
    let id = work.new_id("need", 8, &op.r#ref, &request)?;
    work.refs.bind(&op.r#ref, &id);
    work.events.push(Event::NeedAdded(id.clone()));
    work.ledger.needs.push(Need {
        need_id: id,
        purpose,
        request,
        rationale: clip(&op.rationale, NEED_TEXT_MAX),
        how: clip(&op.how, NEED_HOW_MAX),
        priority: if PRIORITIES.contains(&op.priority) {
            op.priority
        } else {
            PRIORITY_DEFAULT
        },
        state: NeedState::Pending,
        obtainability: Obtainability::Unknown,
        hypothesis_ids,
        fulfilling_evidence_ids: Vec::new(),
        surfaced_turns: 0,
    });
    Ok(())
}

/// Moves a need forward; what is not given stays.
pub(super) fn update(work: &mut Work<'_>, op: &pb::UpdateNeed) -> Result<(), DropReason> {
    let id = work.refs.resolve(&op.need_id)?;
    let evidence = work.all_active_evidence(&op.fulfilling_evidence)?;
    let obtainability = Obtainability::from_wire(op.obtainability);
    if obtainability == Some(Obtainability::Unobtainable) {
        work.expect_users_words()?;
    }
    let need = work
        .ledger
        .needs
        .iter_mut()
        .find(|need| need.need_id == id)
        .ok_or(DropReason::UnknownId)?;
    if !need.is_open() {
        return Err(DropReason::GuardFailed);
    }
    let state = next_state(need, NeedState::from_wire(op.state), &evidence)?;
    if state == NeedState::Fulfilled {
        work.events.push(Event::NeedFulfilled(id.clone()));
    }
    need.state = state;
    for evidence_id in evidence {
        if !need.fulfilling_evidence_ids.contains(&evidence_id) {
            need.fulfilling_evidence_ids.push(evidence_id);
        }
    }
    if let Some(obtainability) = obtainability.filter(|new| *new != need.obtainability) {
        need.obtainability = obtainability;
        if obtainability == Obtainability::Unobtainable {
            work.events.push(Event::NeedUnobtainable(id.clone()));
        }
    }
    if op.surfaced {
        need.surfaced_turns += 1;
        work.events.push(Event::NeedSurfaced(id));
    }
    Ok(())
}

fn next_state(
    need: &Need,
    wanted: Option<NeedState>,
    evidence: &[String],
) -> Result<NeedState, DropReason> {
    match wanted {
        None => Ok(need.state),
        Some(NeedState::Fulfilled)
            if evidence.is_empty() && need.fulfilling_evidence_ids.is_empty() =>
        {
            Err(DropReason::NoSource)
        }
        // Only the ledger supersedes, and nothing goes back.
        Some(NeedState::Superseded | NeedState::Pending) => Err(DropReason::GuardFailed),
        Some(state) => Ok(state),
    }
}
