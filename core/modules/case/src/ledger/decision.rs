//! Decides the status of every hypothesis; nobody's opinion about it is an input.

use std::collections::BTreeSet;

use super::grouping::Groups;
use super::likelihood::Weighing;
use super::root::roots;
use super::{Hypothesis, Ledger};
use crate::limits::{
    INCONCLUSIVE_IDLE_TURNS, REFUTED_LIKELIHOOD, RETIRE_IDLE_TURNS, VALIDATE_FILE_SUPPORTS,
    VALIDATE_LIKELIHOOD, VALIDATE_SUPPORTS,
};
use crate::vocabulary::{EvidenceKind, HypothesisKind, HypothesisStatus};

/// What the tests say about one hypothesis.
#[derive(Debug, Clone, PartialEq)]
struct Verdict {
    hypothesis_id: String,
    likelihood: f64,
    has_counted_link: bool,
    validated: bool,
    refuted: bool,
    tested_turn: i32,
}

/// Recomputes likelihoods, statuses, contest and root until nothing changes.
pub(crate) fn decide(ledger: &mut Ledger, turn_number: i32) {
    let verdicts = settle(ledger, turn_number);
    let passing: BTreeSet<String> = verdicts
        .iter()
        .filter(|verdict| verdict.validated)
        .map(|verdict| verdict.hypothesis_id.clone())
        .collect();
    let roots = roots(ledger, &passing);
    let contested = roots.len() > 1;
    for verdict in &verdicts {
        let idle = is_idle(ledger, verdict);
        let is_root = roots.contains(&verdict.hypothesis_id);
        let Some(hypothesis) = ledger.hypothesis_mut(&verdict.hypothesis_id) else {
            continue;
        };
        hypothesis.root = is_root && !contested;
        hypothesis.contested = is_root && contested;
        let status = next_status(hypothesis, verdict, idle);
        conclude(hypothesis, status, turn_number);
    }
    retire_forgotten(ledger, turn_number);
}

/// Refutes until no refutation follows from another, and returns the verdicts on what is left.
fn settle(ledger: &mut Ledger, turn_number: i32) -> Vec<Verdict> {
    loop {
        let verdicts = judge_all(ledger);
        for verdict in &verdicts {
            if let Some(hypothesis) = ledger.hypothesis_mut(&verdict.hypothesis_id) {
                record(hypothesis, verdict);
            }
        }
        let refuted: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.refuted).collect();
        if refuted.is_empty() {
            return verdicts;
        }
        // All at once: a refuted rival makes others likelier, and their order must not matter.
        for verdict in refuted {
            if let Some(hypothesis) = ledger.hypothesis_mut(&verdict.hypothesis_id) {
                hypothesis.root = false;
                hypothesis.contested = false;
                conclude(hypothesis, HypothesisStatus::Refuted, turn_number);
            }
        }
    }
}

fn judge_all(ledger: &Ledger) -> Vec<Verdict> {
    let groups = Groups::of(ledger.active_evidence());
    ledger
        .hypotheses
        .iter()
        .filter(|hypothesis| !hypothesis.status.is_final())
        .map(|hypothesis| judge(ledger, &groups, hypothesis))
        .collect()
}

fn judge(ledger: &Ledger, groups: &Groups<'_>, hypothesis: &Hypothesis) -> Verdict {
    let weighing = Weighing::of(ledger, groups, hypothesis);
    let likelihood = weighing.likelihood();
    let refuted = likelihood <= REFUTED_LIKELIHOOD && weighing.refutations_decide();
    Verdict {
        hypothesis_id: hypothesis.hypothesis_id.clone(),
        likelihood,
        has_counted_link: weighing.counted_links() > 0,
        validated: !refuted
            && is_supported(&weighing)
            && !weighing.has_blocking_refutation()
            && likelihood >= VALIDATE_LIKELIHOOD
            && has_mechanism(ledger, hypothesis),
        refuted,
        tested_turn: tested_turn(ledger, hypothesis),
    }
}

/// V1 and V2: independent support, some of it from files, some of it about the cause.
fn is_supported(weighing: &Weighing<'_>) -> bool {
    let (supports, file_supports) = weighing.independent_supports();
    let about_the_cause = |kind| {
        matches!(
            kind,
            EvidenceKind::Causal | EvidenceKind::CausalAbsence | EvidenceKind::Resolution
        )
    };
    supports >= VALIDATE_SUPPORTS
        && file_supports >= VALIDATE_FILE_SUPPORTS
        && weighing
            .strong_supports()
            .any(|evidence| about_the_cause(evidence.category))
}

/// V5: a cause says how it produces the symptom and names evidence for that.
fn has_mechanism(ledger: &Ledger, hypothesis: &Hypothesis) -> bool {
    hypothesis.kind == HypothesisKind::Condition
        || (!hypothesis.mechanism.is_empty()
            && hypothesis
                .mechanism_evidence
                .iter()
                .any(|id| ledger.active(id).is_some()))
}

fn tested_turn(ledger: &Ledger, hypothesis: &Hypothesis) -> i32 {
    hypothesis
        .links
        .iter()
        .filter_map(|link| {
            let evidence = ledger.active(&link.evidence_id)?;
            (evidence.turn_number > hypothesis.created_turn).then_some(link.turn_number)
        })
        .min()
        .unwrap_or(0)
}

fn record(hypothesis: &mut Hypothesis, verdict: &Verdict) {
    hypothesis.likelihood = verdict.likelihood;
    if hypothesis.tested_turn == 0 {
        hypothesis.tested_turn = verdict.tested_turn;
    }
}

/// I, as far as it depends on time: no link for some turns, and no obtainable need that names it.
fn is_idle(ledger: &Ledger, verdict: &Verdict) -> bool {
    let Some(hypothesis) = ledger.hypothesis(&verdict.hypothesis_id) else {
        return false;
    };
    let last_link = hypothesis.links.iter().map(|link| link.turn_number).max();
    let awaited = ledger.needs.iter().any(|need| {
        need.is_obtainable() && need.hypothesis_ids.contains(&hypothesis.hypothesis_id)
    });
    !awaited
        && last_link
            .is_some_and(|turn| ledger.investigative_turns_after(turn) >= INCONCLUSIVE_IDLE_TURNS)
}

fn next_status(hypothesis: &Hypothesis, verdict: &Verdict, idle: bool) -> HypothesisStatus {
    use HypothesisStatus as S;
    let has_news = hypothesis
        .links
        .iter()
        .any(|link| link.turn_number > hypothesis.concluded_turn);
    match hypothesis.status {
        S::Refuted | S::Retired => hypothesis.status,
        S::Captured if !verdict.has_counted_link => S::Captured,
        _ if verdict.validated && hypothesis.contested => S::Active,
        _ if verdict.validated => S::Validated,
        S::Validated => S::Active,
        S::Inconclusive if !has_news => S::Inconclusive,
        _ if verdict.has_counted_link && idle => S::Inconclusive,
        _ => S::Active,
    }
}

fn conclude(hypothesis: &mut Hypothesis, status: HypothesisStatus, turn_number: i32) {
    if hypothesis.status == status {
        return;
    }
    hypothesis.status = status;
    let reason = match status {
        HypothesisStatus::Validated => "passes every test",
        HypothesisStatus::Refuted => "the evidence against it decides",
        HypothesisStatus::Inconclusive => "no new evidence for some turns",
        HypothesisStatus::Captured | HypothesisStatus::Active | HypothesisStatus::Retired => "",
    };
    reason.clone_into(&mut hypothesis.concluded_reason);
    hypothesis.concluded_turn = if status.is_concluded() {
        turn_number
    } else {
        0
    };
}

fn retire_forgotten(ledger: &mut Ledger, turn_number: i32) {
    let forgotten: Vec<String> = ledger
        .hypotheses
        .iter()
        .filter(|hypothesis| hypothesis.status == HypothesisStatus::Captured)
        .filter(|hypothesis| {
            ledger.investigative_turns_after(hypothesis.created_turn) >= RETIRE_IDLE_TURNS
        })
        .map(|hypothesis| hypothesis.hypothesis_id.clone())
        .collect();
    for id in forgotten {
        if let Some(hypothesis) = ledger.hypothesis_mut(&id) {
            retire(
                hypothesis,
                "nothing was found for or against it",
                turn_number,
            );
        }
    }
}

/// Retires a hypothesis for good.
pub(crate) fn retire(hypothesis: &mut Hypothesis, reason: &str, turn_number: i32) {
    conclude(hypothesis, HypothesisStatus::Retired, turn_number);
    reason.clone_into(&mut hypothesis.concluded_reason);
    hypothesis.root = false;
    hypothesis.contested = false;
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
