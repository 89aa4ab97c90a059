//! What holds of every ledger, whatever came before.

use crate::ledger::assurance::{assurance, of_kind};
use crate::ledger::{Action, Citation, Evidence, Hypothesis, Ledger};
use crate::vocabulary::{
    Assurance, AttemptOutcome, EvidenceKind, HypothesisStatus as S, LinkBasis,
};

pub(super) fn is_legal(before: &Hypothesis, after: &Hypothesis) -> bool {
    match (before.status, after.status) {
        (same, other) if same == other => true,
        (S::Refuted | S::Retired, _) | (_, S::Captured) => false,
        (S::Validated, S::Inconclusive | S::Retired) => false,
        _ => true,
    }
}

pub(super) fn check_ledger(ledger: &Ledger) {
    let roots: Vec<_> = ledger.hypotheses.iter().filter(|one| one.root).collect();
    assert!(roots.len() <= 1);
    check_grade(ledger, roots.len());
    check_sources(ledger);
    for hypothesis in &ledger.hypotheses {
        let id = &hypothesis.hypothesis_id;
        assert!((0.02..=0.98).contains(&hypothesis.likelihood), "{id}");
        assert!(
            !hypothesis.root || hypothesis.status == S::Validated,
            "{id}"
        );
        assert!(
            !hypothesis.contested || hypothesis.status == S::Active,
            "{id}"
        );
        assert_eq!(
            hypothesis.status.is_concluded(),
            hypothesis.concluded_turn > 0,
            "{id}"
        );
        assert!(ledger.explained_by(id).len() < 6, "{id}");
        for link in &hypothesis.links {
            let pairs = hypothesis.links.iter();
            assert_eq!(
                pairs
                    .filter(|other| other.evidence_id == link.evidence_id)
                    .count(),
                1
            );
        }
    }
}

/// Nothing but a cause whose removal took the symptom away is confirmed.
fn check_grade(ledger: &Ledger, roots: usize) {
    let grade = assurance(ledger);
    assert_eq!(grade == Assurance::Possible, roots == 0);
    if grade != Assurance::Confirmed {
        return;
    }
    let removed_in = removals(ledger);
    let turn_of = |it: &Evidence| it.turn_number;
    let cause_gone = of_kind(ledger, EvidenceKind::CausalAbsence).filter(|it| it.cites_file());
    let cause_gone = cause_gone.map(turn_of).max();
    let symptom_gone = of_kind(ledger, EvidenceKind::SymptomAbsence).map(turn_of);
    let symptom_gone = symptom_gone.max();
    let last_symptom = of_kind(ledger, EvidenceKind::Symptom).map(turn_of).max();
    let is_shown = |removal: &i32| cause_gone >= Some(*removal) && symptom_gone >= Some(*removal);
    assert!(removed_in.iter().any(is_shown), "{removed_in:?}");
    assert!(symptom_gone >= last_symptom, "{last_symptom:?}");
}

/// Returns the turns in which something was done about the root that did not fail.
fn removals(ledger: &Ledger) -> Vec<i32> {
    let root = ledger.root().unwrap();
    let on_root = |it: &&Action| it.target_hypothesis_id == root.hypothesis_id;
    let actions = ledger.actions.iter().filter(on_root);
    let attempts = actions.flat_map(|action| &action.attempts);
    let attempts = attempts.filter(|it| it.outcome != AttemptOutcome::Failed);
    let links = root.links.iter();
    let links = links.filter(|it| it.basis == LinkBasis::CounterfactualSuccess);
    let links = links.filter(|it| ledger.active(&it.evidence_id).is_some());
    attempts
        .map(|it| it.reported_turn)
        .chain(links.map(|it| it.turn_number))
        .collect()
}

/// No evidence outlives the file that it quotes.
fn check_sources(ledger: &Ledger) {
    for evidence in ledger.active_evidence() {
        if let Citation::File { file_id, .. } = &evidence.citation {
            let mut files = ledger.files.iter();
            assert!(files.any(|it| it.file_id == *file_id), "{evidence:?}");
        }
    }
}
