//! Which cause stands at the start of a validated chain that ends at the problem.

use std::collections::BTreeSet;

use super::Ledger;
use crate::vocabulary::{EvidenceKind, HypothesisKind};

/// Returns the ids of all roots, given the ids of the hypotheses that pass every test.
pub(crate) fn roots(ledger: &Ledger, passing: &BTreeSet<String>) -> BTreeSet<String> {
    let has_symptom = ledger
        .active_evidence()
        .any(|evidence| evidence.category == EvidenceKind::Symptom);
    if !has_symptom {
        return BTreeSet::new();
    }
    let causes: Vec<&str> = ledger
        .hypotheses
        .iter()
        .filter(|hypothesis| hypothesis.kind == HypothesisKind::Cause)
        .map(|hypothesis| hypothesis.hypothesis_id.as_str())
        .filter(|id| passing.contains(*id))
        .collect();
    causes
        .iter()
        .filter(|cause| reaches_the_problem(ledger, cause, passing))
        .filter(|cause| !causes.iter().any(|other| explains(ledger, other, cause)))
        .map(|cause| (*cause).to_owned())
        .collect()
}

fn reaches_the_problem(ledger: &Ledger, cause: &str, passing: &BTreeSet<String>) -> bool {
    ledger
        .explained_by(cause)
        .iter()
        .all(|id| passing.contains(*id))
}

fn explains(ledger: &Ledger, cause: &str, effect: &str) -> bool {
    cause != effect && ledger.explained_by(cause).contains(&effect)
}
