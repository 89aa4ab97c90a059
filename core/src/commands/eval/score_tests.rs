use faultmaven_proto::case::v1::Conclusion;

use super::*;
use crate::commands::eval::scenario::Script;

fn expect(text: &str) -> Expect {
    let text = format!("title: t\nask: []\nexpect:\n{text}");
    serde_saphyr::from_str::<Script>(&text).unwrap().expect
}

fn two_faults() -> Expect {
    expect(
        "  outcome: cause\n  component: [uploads]\n  mechanism: [full]\n  also:\n    - component: [reports]\n      \
         mechanism: [refused]\n",
    )
}

fn answer(text: &str) -> TurnResult {
    TurnResult {
        answer: text.to_owned(),
        ..Default::default()
    }
}

/// Returns an answer of a grade whose lead is what `statement` says.
fn graded(assurance: &str, statement: &str) -> Exchange {
    let lead = Hypothesis {
        hypothesis_id: "hyp_1".to_owned(),
        statement: statement.to_owned(),
        ..Default::default()
    };
    let conclusion = Conclusion {
        lead_hypothesis_id: lead.hypothesis_id.clone(),
        ..Default::default()
    };
    let mut exchange = Exchange::default();
    exchange.result.assurance = assurance.to_owned();
    exchange.ledger.hypotheses = vec![lead];
    exchange.ledger.conclusion = Some(conclusion);
    exchange
}

#[test]
fn quotes_and_the_problem_itself_explain_nothing() {
    let told = told(
        "Problem statement: “pool exhausted”.\n\nWhat stands out:\n- `too many clients` (a:1)\n\n\
         Candidates for the cause:\n- leak of connections\n- pool too small",
    );
    assert!(told.everything.contains("too many clients"));
    for absent in ["exhausted", "too many clients", "too small"] {
        assert!(!told.explanation.contains(absent), "{absent}");
    }
    assert!(told.explanation.contains("leak of connections"));
}

#[test]
fn half_of_two_faults_is_not_right_and_two_answers_make_a_whole() {
    let expect = two_faults();
    let half = answer("The volume of uploads is full.");
    let rest = answer("The port of reports refused connections.");
    let both = answer("uploads is full; besides, reports refused connections");
    assert!(!are_right(&expect, &[&half]));
    assert!(!are_right(&expect, &[&rest]));
    assert!(are_right(&expect, &[&both]));
    assert!(are_right(&expect, &[&half, &rest]));
}

#[test]
fn a_wrong_cause_counts_however_early_it_was_asserted() {
    let expect = two_faults();
    let wrong = graded("likely", "The certificate expired");
    let right = graded("likely", "A connection is refused");
    let guess = graded("possible", "The certificate expired");
    assert_eq!(false_claims(&expect, &[wrong, right, guess]), 1);
    let healthy = self::expect("  outcome: healthy\n");
    let claim = graded("confirmed", "A connection is refused");
    assert_eq!(false_claims(&healthy, &[claim]), 1);
}
