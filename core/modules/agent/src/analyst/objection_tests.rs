//! What counts against a hypothesis, and what is asked about instead.

use faultmaven_proto::case::v1::{Case, CaseStatus};

use super::*;
use crate::analyst::classify;

fn hypothesis(id: &str, statement: &str, explains: &str) -> Hypothesis {
    Hypothesis {
        hypothesis_id: id.to_owned(),
        statement: statement.to_owned(),
        explains: explains.to_owned(),
        kind: if explains == "problem" {
            HypothesisKind::Condition
        } else {
            HypothesisKind::Cause
        }
        .into(),
        status: HypothesisStatus::Active.into(),
        ..Default::default()
    }
}

fn situation(text: &str) -> Situation {
    let mut situation = Situation {
        text: text.to_owned(),
        ..Situation::default()
    };
    situation.investigation.case = Some(Case {
        status: CaseStatus::Investigating.into(),
        ..Default::default()
    });
    situation.investigation.hypotheses = vec![
        hypothesis("hyp_1", "Connection pool exhausted", "problem"),
        hypothesis("hyp_2", "The pool size limit is too low", "hyp_1"),
        hypothesis("hyp_3", "Connections of the pool leak", "hyp_1"),
        Hypothesis {
            catalogue_id: topics::DEPLOYMENT.to_owned(),
            ..hypothesis(
                "hyp_4",
                "A recent deployment introduced the problem",
                "hyp_1",
            )
        },
    ];
    situation
}

fn objections(text: &str) -> (Plan, Vec<Objection>) {
    let situation = situation(text);
    let mut plan = Plan::default();
    let reading = classify::read(text, true);
    let found = consider(&mut plan, &situation, &reading);
    (plan, found)
}

fn links(plan: &Plan) -> Vec<(String, LinkBasis)> {
    let links = plan.ops.iter().filter_map(|op| match op {
        Op::Link(link) => Some((link.hypothesis.clone(), link.basis())),
        _ => None,
    });
    links.collect()
}

#[test]
fn the_users_word_counts_against_what_it_names() {
    for (text, hypothesis, basis) in [
        ("it is not the pool", "hyp_1", LinkBasis::UserRuleOut),
        (
            "the pool size is ruled out because it is 50",
            "hyp_2",
            LinkBasis::UserRuleOut,
        ),
        ("the pool is fine", "hyp_1", LinkBasis::UserObservation),
        ("no, the pool is fine", "hyp_1", LinkBasis::UserRuleOut),
        ("we did not deploy", "hyp_4", LinkBasis::UserRuleOut),
    ] {
        let (plan, found) = objections(text);
        let expected = Objection::Counts {
            hypothesis: hypothesis.to_owned(),
        };
        assert_eq!(found, [expected], "{text}");
        assert_eq!(links(&plan), [(hypothesis.to_owned(), basis)], "{text}");
    }
}

#[test]
fn who_rules_out_takes_back_what_was_said_for_it() {
    let mut situation = situation("we did not deploy");
    situation.investigation.hypotheses[3]
        .links
        .push(case_pb::Link {
            evidence_id: "ev_1".to_owned(),
            stance: Stance::Supports.into(),
            basis: LinkBasis::UserObservation.into(),
            ..Default::default()
        });
    let mut plan = Plan::default();
    consider(
        &mut plan,
        &situation,
        &classify::read(&situation.text, true),
    );
    let Op::Link(link) = &plan.ops[0] else {
        panic!("{:?}", plan.ops)
    };
    assert_eq!(
        (link.evidence.as_str(), link.stance()),
        ("ev_1", Stance::Neutral)
    );
}

#[test]
fn an_area_nobody_named_before_is_noted_as_ruled_out() {
    let (plan, found) = objections("it is not DNS");
    assert!(
        matches!(&found[..], [Objection::Counts { hypothesis }] if hypothesis.starts_with('$')),
        "{found:?}"
    );
    assert!(
        matches!(plan.ops[0], Op::AddHypothesis(_)),
        "{:?}",
        plan.ops
    );
}

#[test]
fn words_that_name_nothing_known_are_asked_about() {
    for (text, said) in [
        ("that is wrong", ""),
        ("it is not the gremlins", "gremlins"),
    ] {
        let (plan, found) = objections(text);
        let [Objection::Unclear { said: named, meant }] = &found[..] else {
            panic!("{text}: {found:?}")
        };
        assert_eq!((named.as_str(), meant.len()), (said, 4), "{text}");
        assert!(plan.ops.is_empty(), "{text}");
    }
}

#[test]
fn what_is_fine_and_was_not_suspected_is_no_objection() {
    assert!(objections("the weather is fine").1.is_empty());
}
