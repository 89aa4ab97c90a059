//! How sure the cause is, and whether the symptom is gone.

use chrono::{DateTime, Utc};

use super::grouping::Groups;
use super::likelihood::Weighing;
use super::{Evidence, Hypothesis, Ledger};
use crate::limits::{CAP_CONFIRMED, CAP_LIKELY, CAP_POSSIBLE};
use crate::vocabulary::{Assurance, AttemptOutcome, EvidenceKind, LinkBasis};

/// Returns the grade of the cause.
pub(crate) fn assurance(ledger: &Ledger) -> Assurance {
    match ledger.root() {
        None => Assurance::Possible,
        Some(root) if is_confirmed(ledger, root) => Assurance::Confirmed,
        Some(_) => Assurance::Likely,
    }
}

/// Returns the highest confidence a grade allows.
pub(crate) fn cap(assurance: Assurance) -> f64 {
    match assurance {
        Assurance::Possible => CAP_POSSIBLE,
        Assurance::Likely => CAP_LIKELY,
        Assurance::Confirmed => CAP_CONFIRMED,
    }
}

/// Returns the root, or else the likeliest hypothesis that is not final.
pub(crate) fn lead(ledger: &Ledger) -> Option<&Hypothesis> {
    if let Some(root) = ledger.root() {
        return Some(root);
    }
    let groups = Groups::of(ledger.active_evidence());
    let supports = |hypothesis| {
        Weighing::of(ledger, &groups, hypothesis)
            .independent_supports()
            .0
    };
    let open = ledger
        .hypotheses
        .iter()
        .filter(|hypothesis| !hypothesis.status.is_final());
    open.reduce(|best, other| {
        let by_likelihood = other.likelihood.total_cmp(&best.likelihood);
        let order = by_likelihood.then_with(|| supports(other).cmp(&supports(best)));
        if order.is_gt() { other } else { best }
    })
}

/// Returns the absence evidence that no symptom came after; `None` while the symptom may be there.
pub(crate) fn symptom_is_gone(ledger: &Ledger) -> Option<&Evidence> {
    of_kind(ledger, EvidenceKind::SymptomAbsence)
        .filter(|absence| {
            of_kind(ledger, EvidenceKind::Symptom).all(|symptom| !is_older(absence, symptom))
        })
        .last()
}

/// Returns the active evidence of one category.
pub(crate) fn of_kind(ledger: &Ledger, kind: EvidenceKind) -> impl Iterator<Item = &Evidence> {
    ledger
        .active_evidence()
        .filter(move |evidence| evidence.category == kind)
}

/// Compares by observed time when both have one, else by turn.
pub(crate) fn is_older(left: &Evidence, right: &Evidence) -> bool {
    match (left.observed_to, right.observed_to) {
        (Some(left), Some(right)) => left < right,
        _ => left.turn_number < right.turn_number,
    }
}

/// Returns whether `evidence` was observed after something that was done.
pub(crate) fn is_after(evidence: &Evidence, done: Option<DateTime<Utc>>, turn: i32) -> bool {
    match (evidence.observed_to, done) {
        (Some(observed), Some(done)) => observed >= done,
        _ => evidence.turn_number >= turn,
    }
}

fn is_confirmed(ledger: &Ledger, root: &Hypothesis) -> bool {
    let Some(symptom_absence) = symptom_is_gone(ledger) else {
        return false;
    };
    removals(ledger, root).iter().any(|(done, turn)| {
        is_after(symptom_absence, *done, *turn)
            && of_kind(ledger, EvidenceKind::CausalAbsence)
                .any(|absence| absence.cites_file() && is_after(absence, *done, *turn))
    })
}

/// Returns when the root was acted on: attempts, and links that record a removal with its effect.
fn removals(ledger: &Ledger, root: &Hypothesis) -> Vec<(Option<DateTime<Utc>>, i32)> {
    let attempts = ledger
        .actions
        .iter()
        .filter(|action| action.target_hypothesis_id == root.hypothesis_id)
        .flat_map(|action| &action.attempts)
        .filter(|attempt| attempt.outcome != AttemptOutcome::Failed)
        .map(|attempt| (attempt.performed_at, attempt.reported_turn));
    let links = root
        .links
        .iter()
        .filter(|link| link.basis == LinkBasis::CounterfactualSuccess)
        .filter(|link| ledger.active(&link.evidence_id).is_some())
        .map(|link| (None, link.turn_number));
    attempts.chain(links).collect()
}
