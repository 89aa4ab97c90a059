//! How a story stands still, and what breaks it.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::{reasons, with_root};
use crate::readmodel::header::header;
use crate::turn::sample::{Story, attempt, cause, evidence, link, say};
use crate::vocabulary::{ActionType, AttemptOutcome, HypothesisStatus};

fn pattern(story: &Story) -> pb::StagnationPattern {
    progress(story).stagnation()
}

fn progress(story: &Story) -> pb::Progress {
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    shown.progress.unwrap()
}

fn of_category(op: Op, category: pb::HypothesisCategory) -> Op {
    match op {
        Op::AddHypothesis(added) => Op::AddHypothesis(pb::AddHypothesis {
            category: category.into(),
            ..added
        }),
        other => other,
    }
}

fn forced(op: Op) -> Op {
    match op {
        Op::AddHypothesis(added) => Op::AddHypothesis(pb::AddHypothesis {
            source: pb::HypothesisSource::ForcedAlternative.into(),
            ..added
        }),
        other => other,
    }
}

const CAUSES: [&str; 4] = [
    "the pool limit is too low",
    "connections leak in the report job",
    "queries became slow after the import",
    "a proxy in between drops idle sessions",
];

/// Brings causes up, each with one piece of evidence of its own.
fn bring_up(story: &mut Story, causes: &[&str], basis: pb::LinkBasis) {
    for (at, text) in causes.iter().enumerate() {
        let file = ["a", "b", "c", "a"][at];
        let number = 10 + i64::try_from(at).unwrap();
        let applied = story.take(say(
            text,
            vec![
                evidence("$e", pb::EvidenceKind::Causal, file, number),
                cause("$h", text, "problem"),
                link("$h", "$e", basis),
            ],
        ));
        assert!(reasons(&applied).is_empty(), "{:?}", applied.dropped);
    }
}

#[test]
fn causes_that_nothing_decides_make_room_for_others() {
    let mut story = Story::investigating();
    bring_up(&mut story, &CAUSES[..3], pb::LinkBasis::IndirectIndicator);
    assert_eq!(pattern(&story), pb::StagnationPattern::Unspecified);
    for _ in 0..4 {
        story.take(say("and?", vec![]));
    }
    assert_eq!(pattern(&story), pb::StagnationPattern::HypothesisDeadlock);
    let is_retired = |it: &crate::ledger::Hypothesis| it.status == HypothesisStatus::Retired;
    assert!(story.ledger.hypotheses.iter().all(is_retired));
    // What is brought up to break it breaks it with its first evidence.
    let other = of_category(
        cause("$o", "another service overloads the database", "problem"),
        pb::HypothesisCategory::External,
    );
    story.take(say("look elsewhere", vec![forced(other)]));
    assert_eq!(pattern(&story), pb::StagnationPattern::HypothesisDeadlock);
    let id = story.ledger.hypotheses[3].hypothesis_id.clone();
    story.take(say(
        "here is its log",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "c", 40),
            link(&id, "$e", pb::LinkBasis::IndirectIndicator),
        ],
    ));
    assert_eq!(pattern(&story), pb::StagnationPattern::Unspecified);
}

#[test]
fn one_category_that_comes_to_nothing_is_an_anchor_until_others_are_looked_at() {
    let mut story = Story::investigating();
    let open = |name: &str, text: &str, category| of_category(cause(name, text, ""), category);
    story.take(say(
        "or that?",
        vec![open(
            "$n",
            "packets are lost between the zones",
            pb::HypothesisCategory::Network,
        )],
    ));
    bring_up(&mut story, &CAUSES, pb::LinkBasis::CounterIndicatorDirect);
    assert_eq!(pattern(&story), pb::StagnationPattern::Anchoring);
    story.take(say(
        "and that?",
        vec![open(
            "$d",
            "a disk of the host fails slowly",
            pb::HypothesisCategory::Hardware,
        )],
    ));
    assert_eq!(pattern(&story), pb::StagnationPattern::Unspecified);
}

#[test]
fn an_action_nobody_tries_is_asked_about_once() {
    let mut story = with_root();
    let action_id = story.ledger.actions[0].action_id.clone();
    let looping = |story: &Story| progress(story).looping_action_id;
    story.take(say("hm", vec![]));
    assert_eq!(looping(&story), "");
    story.take(say("and?", vec![]));
    assert_eq!(looping(&story), action_id);
    assert_eq!(pattern(&story), pb::StagnationPattern::ActionLoop);
    story.take(say("well", vec![]));
    assert_eq!(looping(&story), "");
}

#[test]
fn actions_proposed_together_are_asked_about_one_after_the_other() {
    let mut story = with_root();
    let mut second = story.ledger.actions[0].clone();
    second.action_id = "sol_00000000000a".to_owned();
    story.ledger.actions.push(second);
    let ids: Vec<String> = story
        .ledger
        .actions
        .iter()
        .map(|it| it.action_id.clone())
        .collect();
    let looping = |story: &Story| progress(story).looping_action_id;
    story.take(say("hm", vec![]));
    for expected in [ids[0].as_str(), &ids[1], ""] {
        story.take(say("and?", vec![]));
        assert_eq!(looping(&story), expected);
    }
}

#[test]
fn solutions_that_fail_again_and_again_are_a_cycle_until_one_helps() {
    let mut story = with_root();
    let first = story.ledger.actions[0].action_id.clone();
    story.take(say(
        "restarted, still 502",
        vec![
            evidence("$s", pb::EvidenceKind::Symptom, "c", 30),
            attempt(&first, pb::AttemptOutcome::Failed, "$s"),
        ],
    ));
    assert_eq!(pattern(&story), pb::StagnationPattern::Unspecified);
    let mut again = story.ledger.actions[0].clone();
    again.action_id = "sol_00000000000a".to_owned();
    story.ledger.actions.push(again);
    assert_eq!(pattern(&story), pb::StagnationPattern::FixFailureCycle);
    let mut eased = story.ledger.actions[1].clone();
    eased.action_id = "sol_00000000000b".to_owned();
    eased.action_type = ActionType::Mitigation;
    eased.attempts[0].outcome = AttemptOutcome::Succeeded;
    eased.attempts[0].reported_turn += 1;
    story.ledger.actions.push(eased);
    assert_eq!(pattern(&story), pb::StagnationPattern::FixFailureCycle);
    let helped = &mut story.ledger.actions[1].attempts[0];
    helped.outcome = AttemptOutcome::Succeeded;
    helped.reported_turn += 1;
    assert_eq!(pattern(&story), pb::StagnationPattern::Unspecified);
}
