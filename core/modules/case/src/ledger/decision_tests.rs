use super::*;
use crate::ledger::assurance::assurance;
use crate::ledger::sample::{
    add_proven_cause, add_symptom, cause, file_evidence, link, message_evidence, observed,
};
use crate::ledger::{Link, Need, PROBLEM, TurnMark};
use crate::vocabulary::{
    Assurance, CaseStatus, LinkBasis, NeedPurpose, NeedState, Obtainability, Stance,
};
use HypothesisStatus as S;

enum Item {
    Support(f64, &'static str),
    Refute(f64, &'static str),
    UserSupport(f64),
}
use Item::{Refute, Support, UserSupport};

/// Decides a single cause with a mechanism and causal evidence, as the table of the rules has it.
fn decided(prior: f64, items: &[Item]) -> (f64, HypothesisStatus) {
    let mut ledger = Ledger::default();
    let mut hypothesis = cause("hyp_1");
    hypothesis.prior = prior;
    hypothesis.mechanism = "it does".to_owned();
    for (index, item) in items.iter().enumerate() {
        let id = format!("ev_{index}");
        let start = i64::try_from(index).unwrap() * 1_000;
        let in_file =
            |file: &str| file_evidence(&id, EvidenceKind::Causal, file, "signature", start);
        let (evidence, stance, strength) = match item {
            Support(strength, file) => (in_file(file), Stance::Supports, *strength),
            Refute(strength, file) => (in_file(file), Stance::Refutes, *strength),
            UserSupport(strength) => {
                let said = message_evidence(&id, EvidenceKind::Causal, "user_1");
                (said, Stance::Supports, *strength)
            }
        };
        ledger.evidence.push(evidence);
        hypothesis.links.push(link(&id, stance, strength));
        hypothesis.mechanism_evidence.push(id);
    }
    ledger.hypotheses.push(hypothesis);
    decide(&mut ledger, 1);
    let decided = &ledger.hypotheses[0];
    (decided.likelihood, decided.status)
}

#[test]
fn the_table_of_the_rules_holds() {
    let three = || vec![Support(0.8, "a"), Support(0.6, "b"), Support(0.3, "c")];
    let four = three().into_iter().chain([Support(0.9, "d")]).collect();
    let two = || vec![Support(0.8, "a"), Support(0.8, "b")];
    let refuted_support = two().into_iter().chain([Refute(1.0, "c")]).collect();
    let rows: [(f64, Vec<Item>, f64, HypothesisStatus); 12] = [
        (0.30, vec![], 0.300, S::Captured),
        (0.30, vec![Support(0.8, "a")], 0.568, S::Active),
        (
            0.30,
            vec![Support(0.8, "a"), Support(0.8, "a")],
            0.568,
            S::Active,
        ),
        (0.30, two(), 0.801, S::Validated),
        (0.30, three(), 0.822, S::Validated),
        (0.30, four, 0.942, S::Validated),
        (0.30, refuted_support, 0.400, S::Active),
        (0.30, vec![Refute(0.9, "a")], 0.078, S::Refuted),
        (0.30, vec![Refute(0.5, "a")], 0.148, S::Active),
        (
            0.30,
            vec![Refute(0.5, "a"), Refute(0.5, "b")],
            0.066,
            S::Refuted,
        ),
        (0.50, vec![Refute(0.8, "a")], 0.192, S::Refuted),
        (
            0.30,
            vec![UserSupport(0.3), Support(0.8, "a")],
            0.667,
            S::Active,
        ),
    ];
    for (number, (prior, items, likelihood, status)) in rows.into_iter().enumerate() {
        let (actual, actual_status) = decided(prior, &items);
        assert!(
            (actual - likelihood).abs() < 0.000_5,
            "row {number}: {actual}"
        );
        assert_eq!(actual_status, status, "row {number}");
    }
}

#[test]
fn what_fits_two_rivals_equally_separates_neither() {
    let mut ledger = Ledger::default();
    ledger
        .evidence
        .push(file_evidence("ev_1", EvidenceKind::Causal, "a", "s", 0));
    for id in ["hyp_1", "hyp_2"] {
        let mut hypothesis = cause(id);
        hypothesis.links.push(link("ev_1", Stance::Supports, 0.8));
        ledger.hypotheses.push(hypothesis);
    }
    decide(&mut ledger, 1);
    assert!((ledger.hypotheses[0].likelihood - 0.395).abs() < 0.001);
    ledger.hypotheses[1].links[0].strength = 0.5;
    decide(&mut ledger, 1);
    assert!((ledger.hypotheses[0].likelihood - 0.568).abs() < 0.001);
}

#[test]
fn two_root_candidates_contest_each_other_and_neither_is_validated() {
    let mut ledger = Ledger::default();
    add_symptom(&mut ledger);
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    decide(&mut ledger, 1);
    assert!(ledger.hypotheses[0].root);
    assert_eq!(assurance(&ledger), Assurance::Likely);
    add_proven_cause(&mut ledger, "hyp_2", PROBLEM);
    decide(&mut ledger, 2);
    for hypothesis in &ledger.hypotheses {
        assert!(hypothesis.contested && !hypothesis.root);
        assert_eq!(hypothesis.status, S::Active);
    }
    assert_eq!(assurance(&ledger), Assurance::Possible);
}

#[test]
fn a_root_stands_at_the_start_of_a_validated_chain() {
    let mut ledger = Ledger::default();
    add_symptom(&mut ledger);
    add_proven_cause(&mut ledger, "hyp_condition", PROBLEM);
    ledger.hypotheses[0].kind = HypothesisKind::Condition;
    add_proven_cause(&mut ledger, "hyp_cause", "hyp_condition");
    decide(&mut ledger, 1);
    assert_eq!(ledger.root().unwrap().hypothesis_id, "hyp_cause");
    let of_condition = ledger.hypotheses[0].mechanism_evidence.clone();
    for evidence in &mut ledger.evidence {
        evidence.withdrawn |= of_condition.contains(&evidence.evidence_id);
    }
    decide(&mut ledger, 2);
    assert!(ledger.root().is_none());
}

#[test]
fn of_causes_in_a_chain_the_first_is_the_root() {
    let mut ledger = Ledger::default();
    add_symptom(&mut ledger);
    add_proven_cause(&mut ledger, "hyp_near", PROBLEM);
    add_proven_cause(&mut ledger, "hyp_far", "hyp_near");
    decide(&mut ledger, 1);
    assert_eq!(ledger.root().unwrap().hypothesis_id, "hyp_far");
    assert_eq!(ledger.hypotheses[0].status, S::Validated);
}

#[test]
fn without_symptom_evidence_nothing_is_a_root() {
    let mut ledger = Ledger::default();
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    decide(&mut ledger, 1);
    assert_eq!(ledger.hypotheses[0].status, S::Validated);
    assert!(ledger.root().is_none());
}

#[test]
fn a_cause_without_mechanism_is_not_validated_and_a_condition_is() {
    let mut ledger = Ledger::default();
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    ledger.hypotheses[0].mechanism.clear();
    decide(&mut ledger, 1);
    assert_eq!(ledger.hypotheses[0].status, S::Active);
    ledger.hypotheses[0].kind = HypothesisKind::Condition;
    decide(&mut ledger, 1);
    assert_eq!(ledger.hypotheses[0].status, S::Validated);
}

#[test]
fn support_for_the_symptom_alone_does_not_validate() {
    let mut ledger = Ledger::default();
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    for evidence in &mut ledger.evidence {
        evidence.category = EvidenceKind::Symptom;
    }
    decide(&mut ledger, 1);
    assert_eq!(ledger.hypotheses[0].status, S::Active);
}

#[test]
fn the_users_words_alone_do_not_validate() {
    let (_, status) = decided(0.30, &[UserSupport(0.6), UserSupport(0.6)]);
    assert_eq!(status, S::Active);
}

#[test]
fn an_answered_refutation_does_not_count() {
    let mut ledger = Ledger::default();
    for id in ["ev_against", "ev_answer"] {
        let evidence = file_evidence(id, EvidenceKind::Causal, id, "s", 0);
        ledger.evidence.push(evidence);
    }
    let mut hypothesis = cause("hyp_1");
    hypothesis
        .links
        .push(link("ev_against", Stance::Refutes, 0.5));
    let answer = Link {
        answers_evidence_id: "ev_against".to_owned(),
        turn_number: 2,
        ..link("ev_answer", Stance::Supports, 0.6)
    };
    hypothesis.links.push(answer);
    ledger.hypotheses.push(hypothesis);
    decide(&mut ledger, 2);
    assert!(ledger.hypotheses[0].likelihood > 0.30);
    ledger.hypotheses[0].links[1].strength = 0.4;
    decide(&mut ledger, 2);
    assert!(ledger.hypotheses[0].likelihood < 0.30);
}

#[test]
fn withdrawn_evidence_takes_the_root_with_it() {
    let mut ledger = Ledger::default();
    add_symptom(&mut ledger);
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    decide(&mut ledger, 1);
    ledger.evidence[1].withdrawn = true;
    decide(&mut ledger, 2);
    let hypothesis = &ledger.hypotheses[0];
    assert_eq!((hypothesis.status, hypothesis.root), (S::Active, false));
    assert_eq!(hypothesis.concluded_turn, 0);
}

fn investigative(ledger: &mut Ledger, turns: std::ops::RangeInclusive<i32>) {
    ledger.turns.extend(turns.map(|turn_number| TurnMark {
        turn_number,
        began_in: CaseStatus::Investigating,
        investigative: true,
        progress: false,
        user_message_id: String::new(),
    }));
}

#[test]
fn a_hypothesis_nobody_adds_to_becomes_inconclusive_unless_a_need_names_it() {
    let mut ledger = Ledger::default();
    ledger
        .evidence
        .push(file_evidence("ev_1", EvidenceKind::Causal, "a", "s", 0));
    let mut hypothesis = cause("hyp_1");
    hypothesis.links.push(link("ev_1", Stance::Supports, 0.8));
    ledger.hypotheses.push(hypothesis);
    ledger.needs.push(Need {
        need_id: "need_1".into(),
        purpose: NeedPurpose::Cause,
        request: "look".into(),
        rationale: String::new(),
        how: String::new(),
        priority: 1,
        state: NeedState::Pending,
        obtainability: Obtainability::Unknown,
        hypothesis_ids: vec!["hyp_1".into()],
        fulfilling_evidence_ids: Vec::new(),
        surfaced_turns: 0,
    });
    investigative(&mut ledger, 2..=4);
    decide(&mut ledger, 4);
    assert_eq!(ledger.hypotheses[0].status, S::Active);
    ledger.needs[0].obtainability = Obtainability::Unobtainable;
    decide(&mut ledger, 4);
    assert_eq!(ledger.hypotheses[0].status, S::Inconclusive);
    ledger
        .evidence
        .push(file_evidence("ev_2", EvidenceKind::Causal, "b", "s", 0));
    let news = Link {
        turn_number: 5,
        ..link("ev_2", Stance::Supports, 0.5)
    };
    ledger.hypotheses[0].links.push(news);
    decide(&mut ledger, 5);
    assert_eq!(ledger.hypotheses[0].status, S::Active);
}

#[test]
fn a_validated_cause_that_fails_is_active_before_it_is_inconclusive() {
    let mut ledger = Ledger::default();
    add_symptom(&mut ledger);
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    decide(&mut ledger, 1);
    assert_eq!(ledger.hypotheses[0].status, S::Validated);
    investigative(&mut ledger, 2..=6);
    ledger.hypotheses[0].mechanism_evidence.clear();
    decide(&mut ledger, 6);
    assert_eq!(ledger.hypotheses[0].status, S::Active);
    decide(&mut ledger, 7);
    assert_eq!(ledger.hypotheses[0].status, S::Inconclusive);
}

#[test]
fn a_captured_hypothesis_is_retired_after_a_while() {
    let mut ledger = Ledger::default();
    ledger.hypotheses.push(cause("hyp_1"));
    investigative(&mut ledger, 2..=8);
    decide(&mut ledger, 8);
    assert_eq!(ledger.hypotheses[0].status, S::Captured);
    investigative(&mut ledger, 9..=9);
    decide(&mut ledger, 9);
    assert_eq!(ledger.hypotheses[0].status, S::Retired);
}

#[test]
fn a_cause_is_confirmed_by_its_removal_and_falls_back_when_the_symptom_returns() {
    let mut ledger = Ledger::default();
    let symptom = file_evidence("ev_s", EvidenceKind::Symptom, "before", "s", 0);
    ledger.evidence.push(observed(symptom, 10, 1));
    add_proven_cause(&mut ledger, "hyp_1", PROBLEM);
    let gone = file_evidence("ev_gone", EvidenceKind::SymptomAbsence, "after", "s", 0);
    let fixed = file_evidence("ev_fixed", EvidenceKind::CausalAbsence, "after", "t", 500);
    ledger.evidence.push(observed(gone, 60, 3));
    ledger.evidence.push(observed(fixed, 60, 3));
    decide(&mut ledger, 3);
    assert_eq!(assurance(&ledger), Assurance::Likely);
    ledger.hypotheses[0].links.push(Link {
        basis: LinkBasis::CounterfactualSuccess,
        turn_number: 3,
        ..link("ev_fixed", Stance::Supports, 0.9)
    });
    decide(&mut ledger, 3);
    assert_eq!(assurance(&ledger), Assurance::Confirmed);
    let back = file_evidence("ev_back", EvidenceKind::Symptom, "later", "s", 0);
    ledger.evidence.push(observed(back, 90, 4));
    decide(&mut ledger, 4);
    assert_eq!(assurance(&ledger), Assurance::Likely);
}

#[test]
fn strengths_follow_from_the_basis() {
    use crate::ledger::likelihood::strength;
    let close = |actual: Option<f64>, expected: f64| (actual.unwrap() - expected).abs() < 1e-9;
    assert!(close(
        strength(LinkBasis::DirectIndicator, Stance::Supports, 0.1),
        0.8
    ));
    assert!(close(
        strength(LinkBasis::ModelJudgement, Stance::Refutes, 0.95),
        0.8
    ));
    assert!(close(
        strength(LinkBasis::ModelJudgement, Stance::Refutes, f64::NAN),
        0.0
    ));
    assert!(close(
        strength(LinkBasis::UserRuleOut, Stance::Refutes, 0.0),
        1.0
    ));
    assert!(strength(LinkBasis::UserRuleOut, Stance::Supports, 0.0).is_none());
    assert!(strength(LinkBasis::CounterIndicatorDirect, Stance::Supports, 0.0).is_none());
}
