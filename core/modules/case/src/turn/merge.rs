//! Two hypotheses that say the same become one.

use faultmaven_proto::case::v1 as pb;

use super::hypotheses::{attach, open_hypothesis};
use super::work::Work;
use crate::drop_reason::DropReason;
use crate::ledger::decision::retire;
use crate::ledger::{Hypothesis, Link};
use crate::vocabulary::{HypothesisSource, HypothesisStatus, LinkBasis};

/// Retires what a model brought up for a hypothesis that says the same; what rules or the user have
/// said about either stays where it was said.
pub(super) fn merge(work: &mut Work<'_>, op: &pb::MergeHypotheses) -> Result<(), DropReason> {
    let keep = open_hypothesis(work, &op.keep)?;
    let gone = open_hypothesis(work, &op.drop)?;
    let (kept, dropped) = work
        .ledger
        .hypothesis(&keep)
        .zip(work.ledger.hypothesis(&gone))
        .ok_or(DropReason::UnknownId)?;
    if keep == gone || !may_merge(kept, dropped) {
        return Err(DropReason::GuardFailed);
    }
    let is_explained = work.ledger.hypotheses.iter().any(|it| it.explains == gone);
    if is_explained {
        return Err(DropReason::GuardFailed);
    }
    let judged: Vec<Link> = dropped.links.iter().filter(is_judged).cloned().collect();
    for link in judged {
        if !has_pair(work, &keep, &link) {
            attach(work, &keep, link)?;
        }
    }
    let turn_number = work.turn_number;
    if let Some(dropped) = work.ledger.hypothesis_mut(&gone) {
        retire(dropped, &format!("says the same as {keep}"), turn_number);
    }
    Ok(())
}

fn may_merge(kept: &Hypothesis, dropped: &Hypothesis) -> bool {
    dropped.source == HypothesisSource::Model
        && dropped.status != HypothesisStatus::Validated
        && !dropped.contested
        && kept.explains == dropped.explains
        && kept.category == dropped.category
}

fn is_judged(link: &&Link) -> bool {
    link.basis == LinkBasis::ModelJudgement
}

fn has_pair(work: &Work<'_>, hypothesis_id: &str, link: &Link) -> bool {
    let hypothesis = work.ledger.hypothesis(hypothesis_id);
    let mut links = hypothesis.iter().flat_map(|it| &it.links);
    links.any(|known| known.evidence_id == link.evidence_id)
}
