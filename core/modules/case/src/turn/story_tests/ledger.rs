//! What a diff may do to hypotheses, links, needs and facts.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::{reasons, with_root};
use crate::readmodel::header::header;
use crate::turn::sample::{
    Story, cause, evidence, link, mechanism, message_id, said, say, solution,
};
use crate::vocabulary::{HypothesisKind, HypothesisStatus, Milestone, TurnOutcome};

#[test]
fn duplicates_hand_their_links_to_the_older_hypothesis() {
    let mut story = Story::investigating();
    story.take(say("x", vec![cause("$h", "the pool limit is too low", "")]));
    let applied = story.take(say(
        "y",
        vec![
            evidence("$c", pb::EvidenceKind::Causal, "a", 2),
            cause("$again", "Pool limits too low", "problem"),
            link("$again", "$c", pb::LinkBasis::DirectIndicator),
        ],
    ));
    assert_eq!(reasons(&applied), ["duplicate"]);
    assert_eq!(story.ledger.hypotheses.len(), 1);
    assert_eq!(story.ledger.hypotheses[0].links.len(), 1);
    assert_eq!(
        applied.resolved_refs["$again"],
        story.ledger.hypotheses[0].hypothesis_id
    );
}

#[test]
fn a_refuted_hypothesis_comes_back_only_with_new_evidence() {
    let mut story = Story::investigating();
    story.take(say(
        "could it be DNS?",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            cause("$h", "name resolution fails", ""),
            link("$h", "$e", pb::LinkBasis::CounterIndicatorDirect),
        ],
    ));
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
    let again = story.take(say(
        "DNS?",
        vec![
            cause("$h", "name resolution fails", ""),
            link("$h", "ev_000000000002", pb::LinkBasis::IndirectIndicator),
        ],
    ));
    assert_eq!(reasons(&again), ["refuted_before", "dependency_dropped"]);
    story.take(say(
        "DNS, look at this",
        vec![
            evidence("$n", pb::EvidenceKind::Causal, "b", 5),
            cause("$h", "name resolution fails", ""),
            link("$h", "$n", pb::LinkBasis::IndirectIndicator),
        ],
    ));
    let revived = &story.ledger.hypotheses[1];
    assert_eq!(revived.supersedes, story.ledger.hypotheses[0].hypothesis_id);
    assert_eq!(revived.status, HypothesisStatus::Active);
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
}

#[test]
fn a_restatement_of_the_problem_is_a_condition() {
    let mut story = Story::investigating();
    story.take(say("x", vec![cause("$h", "Checkout answered 500", "")]));
    assert_eq!(story.ledger.hypotheses[0].kind, HypothesisKind::Condition);
}

#[test]
fn hypotheses_may_explain_what_comes_later_in_the_diff_and_never_each_other() {
    let mut story = Story::investigating();
    let applied = story.take(say(
        "x",
        vec![
            cause("$a", "the deploy changed the limit", "$b"),
            cause("$b", "connections run out", "problem"),
        ],
    ));
    assert!(applied.dropped.is_empty(), "{:?}", applied.dropped);
    let applied = story.take(say(
        "y",
        vec![
            cause("$c", "disks are full", "$d"),
            cause("$d", "logs grow without bound", "$c"),
            cause("$e", "nobody rotates", "$nowhere"),
        ],
    ));
    let mut dropped = reasons(&applied);
    dropped.sort_unstable();
    assert_eq!(dropped, ["cycle", "dependency_dropped", "unknown_id"]);
}

#[test]
fn chains_end_somewhere() {
    let mut story = Story::investigating();
    let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
    let mut ops = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let explains = match index.checked_sub(1) {
            Some(before) => format!("${before}"),
            None => "problem".to_owned(),
        };
        ops.push(cause(
            &format!("${index}"),
            &format!("{word} broke"),
            &explains,
        ));
    }
    let applied = story.take(say("x", ops));
    assert_eq!(reasons(&applied), ["chain_too_deep"]);
    assert_eq!(story.ledger.hypotheses.len(), 6);
}

#[test]
fn foreign_and_unknown_things_are_dropped_with_their_dependents() {
    let mut story = Story::investigating();
    let applied = story.take(say(
        "x",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "elsewhere", 2),
            evidence("$u", pb::EvidenceKind::Unspecified, "a", 3),
            cause("$h", "the pool limit is too low", ""),
            link("$h", "$e", pb::LinkBasis::DirectIndicator),
            link("$h", "ev_00000000ffff", pb::LinkBasis::DirectIndicator),
            mechanism("$h", "$u"),
        ],
    ));
    let mut dropped = reasons(&applied);
    dropped.sort_unstable();
    assert_eq!(
        dropped,
        [
            "dependency_dropped",
            "dependency_dropped",
            "foreign_id",
            "unknown_id",
            "unknown_value"
        ]
    );
}

#[test]
fn the_users_opinion_needs_the_users_words() {
    let mut story = Story::investigating();
    let turn = story.case.current_turn + 1;
    let applied = story.take(say(
        "it is not DNS",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            said("$m", pb::EvidenceKind::Other, turn, 3),
            cause("$h", "name resolution fails", ""),
            link("$h", "$e", pb::LinkBasis::UserRuleOut),
            link("$h", "$m", pb::LinkBasis::UserRuleOut),
        ],
    ));
    assert_eq!(reasons(&applied), ["not_a_user_decision"]);
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
}

#[test]
fn in_inquiry_only_the_user_adds_hypotheses_and_they_stay_captured() {
    let mut story = Story::begin();
    let Op::AddHypothesis(mut own) = cause("$u", "name resolution fails", "") else {
        unreachable!()
    };
    own.source = pb::HypothesisSource::User.into();
    let ops = vec![
        cause("$a", "the pool is too small", ""),
        Op::AddHypothesis(own),
    ];
    let applied = story.take(say("DNS?", ops));
    assert_eq!(reasons(&applied), ["wrong_status"]);
    assert_eq!(
        story.ledger.hypotheses[0].status,
        HypothesisStatus::Captured
    );
}

#[test]
fn needs_are_met_with_evidence_and_given_up_by_the_user() {
    let mut story = Story::investigating();
    let need = |name: &str, request: &str| {
        Op::AddNeed(pb::AddNeed {
            r#ref: name.to_owned(),
            purpose: pb::NeedPurpose::Cause.into(),
            request: request.to_owned(),
            priority: 1,
            ..pb::AddNeed::default()
        })
    };
    let update = |id: &str, state: pb::NeedState, evidence: &[&str]| {
        Op::UpdateNeed(pb::UpdateNeed {
            need_id: id.to_owned(),
            state: state.into(),
            fulfilling_evidence: evidence.iter().map(|id| (*id).to_owned()).collect(),
            ..pb::UpdateNeed::default()
        })
    };
    let asked = story.take(say(
        "x",
        vec![need("$a", "pool metrics"), need("$b", "DB access")],
    ));
    assert_eq!(asked.outcome, TurnOutcome::DataRequested);
    let (metrics, database) = (&asked.resolved_refs["$a"], &asked.resolved_refs["$b"]);
    let unmet = story.take(say(
        "y",
        vec![update(metrics, pb::NeedState::Fulfilled, &[])],
    ));
    assert_eq!(reasons(&unmet), ["no_source"]);
    let given_up = Op::UpdateNeed(pb::UpdateNeed {
        need_id: database.clone(),
        obtainability: pb::Obtainability::Unobtainable.into(),
        ..pb::UpdateNeed::default()
    });
    let met = story.take(say(
        "no access to the database, here are the metrics",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            update(metrics, pb::NeedState::Fulfilled, &["$e"]),
            given_up,
        ],
    ));
    assert!(met.progress_made && met.dropped.is_empty());
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    assert_eq!(
        shown.agent_status,
        i32::from(pb::AgentStatus::InsufficientEvidence)
    );
    let again = story.take(say("z", vec![need("$c", "db ACCESS")]));
    assert_eq!(reasons(&again), ["duplicate"]);
}

#[test]
fn facts_complete_milestones() {
    let mut story = Story::investigating();
    let fact = |kind: pb::FactKind, value: &str, message: &str| {
        Op::AddFact(pb::AddFact {
            fact: Some(pb::Fact {
                kind: kind.into(),
                value: value.to_owned(),
                source_message_id: message.to_owned(),
                ..pb::Fact::default()
            }),
        })
    };
    let here = message_id(story.case.current_turn + 1);
    let applied = story.take(say(
        "EU only, since 14:05, nothing changed",
        vec![
            fact(pb::FactKind::AffectedRegion, "EU", &here),
            fact(pb::FactKind::StartedAt, "2025-03-04T14:05:00Z", &here),
            fact(pb::FactKind::NoChanges, "true", &here),
            fact(
                pb::FactKind::AffectedService,
                "checkout",
                "msg_00000000000000ff",
            ),
            fact(pb::FactKind::AffectedService, "checkout", ""),
        ],
    ));
    assert_eq!(
        applied.milestones_completed,
        [
            Milestone::ScopeAssessed,
            Milestone::TimelineEstablished,
            Milestone::ChangesIdentified
        ]
    );
    assert_eq!(reasons(&applied), ["unknown_id", "no_source"]);
}

#[test]
fn turns_without_progress_make_the_case_stuck() {
    let mut story = Story::investigating();
    for _ in 0..5 {
        story.take(say("and?", vec![]));
    }
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    let progress = shown.progress.unwrap();
    assert_eq!(progress.turns_without_progress, 5);
    assert!(progress.is_stuck && progress.degraded_mode);
    assert_eq!(shown.inquiry_turns, 2);
}

#[test]
fn a_turn_that_only_asks_is_no_attempt_without_progress() {
    let mut story = Story::investigating();
    for _ in 0..5 {
        story.take(pb::TurnDraft {
            only_asks: true,
            ..say("what changed?", vec![])
        });
    }
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    let progress = shown.progress.unwrap();
    assert_eq!(progress.turns_without_progress, 0);
    assert!(!progress.is_stuck && !progress.degraded_mode);
}

#[test]
fn an_identical_link_is_no_news() {
    let mut story = with_root();
    let id = story.ledger.hypotheses[0].hypothesis_id.clone();
    let again = link(&id, "ev_000000000002", pb::LinkBasis::OnsetAfterChange);
    let applied = story.take(say("x", vec![again]));
    assert_eq!(reasons(&applied), ["duplicate"]);
    let other = link(&id, "ev_000000000002", pb::LinkBasis::DirectIndicator);
    story.take(say("x", vec![other]));
    assert_eq!(story.ledger.hypotheses[0].links.len(), 2);
}

#[test]
fn preview_and_commit_agree_on_ids() {
    let story = Story::investigating();
    let draft = || say("x", vec![cause("$h", "the pool limit is too low", "")]);
    let first = story.attempt(draft()).unwrap();
    let second = story.attempt(draft()).unwrap();
    assert_eq!(first.resolved_refs, second.resolved_refs);
    assert_eq!(first.ledger, second.ledger);
    assert!(faultmaven_kit::id::is_well_formed(
        "hyp",
        12,
        &first.resolved_refs["$h"]
    ));
}

#[test]
fn one_name_stands_for_one_thing() {
    let mut story = Story::investigating();
    let applied = story.take(say(
        "two causes, one name",
        vec![
            cause("$h", "the pool limit is too low", "problem"),
            cause("$h", "the certificate expired", "problem"),
            solution("$s", "$h"),
            solution("$s", ""),
        ],
    ));
    assert_eq!(reasons(&applied), ["duplicate", "duplicate"]);
    assert_eq!(story.ledger.hypotheses.len(), 1);
    assert_eq!(story.ledger.actions.len(), 1);
}
