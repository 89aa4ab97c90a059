//! Causes that runbooks name.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::reasons;
use crate::turn::sample::{Story, cause, say};
use crate::vocabulary::{HypothesisSource, HypothesisStatus};

const STATEMENT: &str = "the pool size limit is too low";

fn seed(name: &str, statement: &str) -> Op {
    let Op::AddHypothesis(op) = cause(name, statement, "") else {
        unreachable!()
    };
    Op::AddHypothesis(pb::AddHypothesis {
        source: pb::HypothesisSource::Knowledge.into(),
        document_id: "doc_1".to_owned(),
        prior: Some(0.9),
        rationale: "the runbook names it".to_owned(),
        ..op
    })
}

#[test]
fn a_seed_is_captured_with_a_bounded_prior_and_validates_nothing() {
    let mut story = Story::investigating();
    story.take(say("go on", vec![seed("$seed1", STATEMENT)]));
    let seeded = &story.ledger.hypotheses[0];
    assert_eq!(seeded.status, HypothesisStatus::Captured);
    assert_eq!(seeded.source, HypothesisSource::Knowledge);
    assert!((seeded.prior - 0.50).abs() < 1e-9);
    assert!(seeded.links.is_empty() && !seeded.root);
}

#[test]
fn a_runbook_founds_what_a_rule_proposes_in_the_same_turn() {
    let mut story = Story::investigating();
    let ops = vec![seed("$seed1", STATEMENT), cause("$h1", STATEMENT, "")];
    let applied = story.take(say("go on", ops));
    assert_eq!(reasons(&applied), Vec::<&str>::new());
    let [founded] = story.ledger.hypotheses.as_slice() else {
        panic!("{:?}", story.ledger.hypotheses);
    };
    assert_eq!(founded.source, HypothesisSource::Knowledge);
    assert_eq!(founded.document_id, "doc_1");
    assert!(founded.rationale.ends_with("the runbook names it"));
    assert_eq!(applied.resolved_refs["$h1"], founded.hypothesis_id);
}

#[test]
fn a_seed_of_what_is_there_already_is_skipped() {
    let mut story = Story::investigating();
    story.take(say("go on", vec![cause("$h1", STATEMENT, "")]));
    let applied = story.take(say("go on", vec![seed("$seed1", STATEMENT)]));
    assert_eq!(reasons(&applied), ["duplicate"]);
    let [known] = story.ledger.hypotheses.as_slice() else {
        panic!("{:?}", story.ledger.hypotheses);
    };
    assert_eq!(known.source, HypothesisSource::Analyst);
    assert!((known.prior - 0.30).abs() < 1e-9);
}
