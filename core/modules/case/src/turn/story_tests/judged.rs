//! What a model judges, merges and concludes.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::reasons;
use crate::readmodel::conclusion::conclusion;
use crate::turn::sample::{Story, cause, evidence, link, say};
use crate::vocabulary::{Assurance, HypothesisStatus};

fn judged(hypothesis: &str, evidence: &str, strength: f64) -> Op {
    Op::Link(pb::LinkEvidence {
        hypothesis: hypothesis.into(),
        evidence: evidence.into(),
        stance: pb::Stance::Supports.into(),
        basis: pb::LinkBasis::ModelJudgement.into(),
        strength,
        ..Default::default()
    })
}

fn suspected(name: &str, text: &str) -> Op {
    let Op::AddHypothesis(cause) = cause(name, text, "problem") else {
        panic!("a cause is a hypothesis")
    };
    Op::AddHypothesis(pb::AddHypothesis {
        source: pb::HypothesisSource::Model.into(),
        ..cause
    })
}

fn merge(keep: &str, drop: &str) -> Op {
    Op::MergeHypotheses(pb::MergeHypotheses {
        keep: keep.into(),
        drop: drop.into(),
    })
}

#[test]
fn a_judgement_takes_no_place_of_what_a_rule_has_said() {
    let mut story = Story::investigating();
    story.take(say(
        "look",
        vec![
            cause("$c", "pool limit too low", ""),
            evidence("$e", pb::EvidenceKind::Causal, "a", 1),
            link("$c", "$e", pb::LinkBasis::CounterIndicatorIndirect),
        ],
    ));
    let id = story.ledger.hypotheses[0].hypothesis_id.clone();
    let known = story.ledger.hypotheses[0].links.clone();
    let applied = story.take(say("look again", vec![judged(&id, "ev_000000000001", 0.8)]));
    assert_eq!(reasons(&applied), ["duplicate"]);
    assert_eq!(story.ledger.hypotheses[0].links, known);
}

#[test]
fn what_a_model_brought_up_twice_becomes_one_and_nothing_else_does() {
    let mut story = Story::investigating();
    story.take(say(
        "look",
        vec![
            cause("$rule", "pool limit too low", ""),
            suspected("$one", "the service leaks connections"),
            suspected("$two", "connections are never given back"),
            evidence("$e", pb::EvidenceKind::Causal, "a", 1),
            judged("$two", "$e", 0.6),
        ],
    ));
    let id = |text: &str| {
        let mut all = story.ledger.hypotheses.iter();
        all.find(|it| it.statement == text)
            .unwrap()
            .hypothesis_id
            .clone()
    };
    let rule = id("pool limit too low");
    let one = id("the service leaks connections");
    let two = id("connections are never given back");
    let applied = story.take(say("tidy", vec![merge(&one, &rule), merge(&one, &two)]));
    assert_eq!(reasons(&applied), ["guard_failed"]);
    let ledger = &story.ledger;
    let gone = ledger.hypothesis(&two).unwrap();
    assert_eq!(gone.status, HypothesisStatus::Retired);
    assert!(gone.concluded_reason.contains(&one));
    assert_eq!(ledger.hypothesis(&one).unwrap().links.len(), 1);
    assert_ne!(
        ledger.hypothesis(&rule).unwrap().status,
        HypothesisStatus::Retired
    );
}

#[test]
fn words_about_the_conclusion_hold_as_long_as_the_grade() {
    let mut story = Story::investigating();
    let conclude = Op::Conclude(pb::Conclude {
        reasoning: "The pool may be too small.".into(),
        caveats: vec!["One log only.".into()],
    });
    story.take(say("why", vec![conclude]));
    let shown = conclusion(&story.ledger);
    assert_eq!(shown.reasoning, "The pool may be too small.");
    assert_eq!(shown.caveats, ["One log only."]);
    let note = story.ledger.conclusion_note.as_mut().unwrap();
    note.assurance = Assurance::Confirmed;
    assert_eq!(conclusion(&story.ledger).reasoning, "");
}
