use faultmaven_proto::case::v1::{Header, Hypothesis, HypothesisStatus, Progress};

use super::*;

fn standing_still(pattern: StagnationPattern, tried: &[HypothesisCategory]) -> Investigation {
    Investigation {
        header: Some(Header {
            progress: Some(Progress {
                stagnation: pattern.into(),
                looping_action_id: "sol_1".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        hypotheses: tried
            .iter()
            .map(|category| Hypothesis {
                category: (*category).into(),
                status: HypothesisStatus::Refuted.into(),
                ..Default::default()
            })
            .collect(),
        actions: vec![Action {
            action_id: "sol_1".to_owned(),
            title: "Set it back".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn brought_up(ops: &[Op]) -> Vec<(HypothesisCategory, String)> {
    let added = ops.iter().filter_map(|op| match op {
        Op::AddHypothesis(added) => Some((added.category(), added.statement.clone())),
        _ => None,
    });
    added.collect()
}

#[test]
fn two_kinds_are_brought_up_that_were_not_looked_at() {
    use HypothesisCategory as C;
    let case = standing_still(
        StagnationPattern::HypothesisDeadlock,
        &[C::Config, C::External, C::Code],
    );
    let ops = alternatives(&case);
    let kinds: Vec<C> = brought_up(&ops).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [C::Environment, C::Network]);
    let asked = ops.iter().filter(|op| matches!(op, Op::AddNeed(_)));
    assert_eq!(asked.count(), 2);
}

#[test]
fn nothing_is_brought_up_while_the_last_ones_are_open_or_all_is_tried() {
    let mut case = standing_still(StagnationPattern::Anchoring, &[]);
    let all: Vec<HypothesisCategory> = ALTERNATIVES.iter().map(|it| it.category).collect();
    assert!(alternatives(&standing_still(StagnationPattern::Anchoring, &all)).is_empty());
    for _ in 0..2 {
        case.hypotheses.push(Hypothesis {
            source: HypothesisSource::ForcedAlternative.into(),
            status: HypothesisStatus::Captured.into(),
            ..Default::default()
        });
    }
    assert!(alternatives(&case).is_empty());
    let goes_on = standing_still(StagnationPattern::Unspecified, &[]);
    assert!(alternatives(&goes_on).is_empty());
}

#[test]
fn what_is_affected_is_named() {
    let mut case = standing_still(StagnationPattern::Anchoring, &[]);
    case.case = Some(case_pb::Case {
        facts: vec![case_pb::Fact {
            kind: FactKind::AffectedService.into(),
            value: "checkout".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    });
    let told = brought_up(&alternatives(&case));
    assert!(
        told.iter().all(|(_, text)| text.contains("checkout")),
        "{told:?}"
    );
}

#[test]
fn a_refusal_takes_the_action_off_the_table_that_was_asked_about() {
    let situation = |text: &str| Situation {
        text: text.to_owned(),
        investigation: standing_still(StagnationPattern::ActionLoop, &[]),
        ..Default::default()
    };
    let mut plan = Plan::default();
    let refused = decline(&mut plan, &situation("We won't do that here."));
    assert_eq!(refused.as_deref(), Some("Set it back"));
    assert!(matches!(&plan.ops[..], [Op::RejectAction(it)] if it.action_id == "sol_1"));
    for other in [
        "tomorrow",
        "I raised the limit, users still cannot log in",
        "we could not reproduce it since",
        "I cannot get the database log",
    ] {
        assert_eq!(decline(&mut plan, &situation(other)), None, "{other}");
    }
}
