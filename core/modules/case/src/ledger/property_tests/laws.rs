//! What holds of every ledger, whatever came before.

use crate::ledger::assurance::{assurance, of_kind};
use crate::ledger::{Evidence, Hypothesis, Ledger};
use crate::vocabulary::{Assurance, EvidenceKind, HypothesisStatus as S};

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
    if grade == Assurance::Confirmed {
        let mut removals = of_kind(ledger, EvidenceKind::CausalAbsence);
        assert!(removals.any(Evidence::cites_file));
        assert!(
            of_kind(ledger, EvidenceKind::SymptomAbsence)
                .next()
                .is_some()
        );
    }
}
