//! What becomes of the user's last words when the user takes them back.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{HypothesisSource, Message, MessageKind, MessageRole, Stance};

use super::hypotheses::link;
use super::objection::Objection;
use super::plan::Plan;
use super::situation::{Situation, is_final};
use super::words::flattened;

const REASON: &str = "the user takes it back";
const TAKES_BACK: [&str; 22] = [
    "forget it",
    "forget that",
    "forget what i said",
    "forget what i wrote",
    "scrap that",
    "ignore that",
    "ignore what i said",
    "ignore my last message",
    "disregard that",
    "never mind",
    "nevermind",
    "i take that back",
    "i take it back",
    "i was wrong",
    "my mistake",
    "that was wrong",
    "that was a mistake",
    "that was not true",
    "that was not right",
    "that was nonsense",
    "i misspoke",
    "undo that",
];
/// Words beside them that say nothing else.
const AROUND: [&str; 17] = [
    "sorry", "oh", "ok", "okay", "no", "please", "just", "well", "actually", "then", "so", "and",
    "but", "again", "now", "hm", "about",
];

/// Returns whether a sentence takes back what its author said before, and says nothing else.
pub(crate) fn takes_back(text: &str) -> bool {
    let flat = format!(" {} ", flattened(text));
    let rest = TAKES_BACK.iter().fold(flat.clone(), |rest, said| {
        rest.replace(&format!(" {said} "), " ")
    });
    rest != flat && rest.split_whitespace().all(|word| AROUND.contains(&word))
}

/// Takes back what the last words put into the ledger, as far as that can be; says what it was.
pub(crate) fn undo(plan: &mut Plan, situation: &Situation) -> Objection {
    let Some(last) = last_words(situation) else {
        return Objection::NothingToTakeBack {
            said: String::new(),
        };
    };
    let before = plan.ops.len();
    let all = &situation.investigation.hypotheses;
    let mut undone = Vec::new();
    for hypothesis in all.iter().filter(|it| !is_final(it.status())) {
        let is_theirs = hypothesis.source() == HypothesisSource::User
            && hypothesis.created_turn == last.turn_number;
        if is_theirs {
            plan.push(Op::RetireHypothesis(case_pb::RetireHypothesis {
                hypothesis_id: hypothesis.hypothesis_id.clone(),
                reason: REASON.to_owned(),
            }));
            undone.push(hypothesis.hypothesis_id.clone());
        } else if unlink(plan, situation, hypothesis, &last.message_id) {
            undone.push(hypothesis.hypothesis_id.clone());
        }
    }
    let said = last.content.clone();
    if plan.ops.len() == before {
        return Objection::NothingToTakeBack { said };
    }
    Objection::TakenBack { said, undone }
}

/// Words that were linked to a hypothesis count for nothing any more.
fn unlink(
    plan: &mut Plan,
    situation: &Situation,
    hypothesis: &case_pb::Hypothesis,
    message_id: &str,
) -> bool {
    let is_of_message = |evidence_id: &str| {
        let mut evidence = situation.evidence();
        evidence.any(|it| it.evidence_id == evidence_id && it.message_id == message_id)
    };
    let links = hypothesis.links.iter();
    let counting = links.filter(|it| it.stance() != Stance::Neutral);
    let mut is_any = false;
    for word in counting.filter(|it| is_of_message(&it.evidence_id)) {
        let (id, basis) = (&hypothesis.hypothesis_id, word.basis());
        plan.link(link(id, &word.evidence_id, basis, Stance::Neutral, REASON));
        is_any = true;
    }
    is_any
}

fn last_words(situation: &Situation) -> Option<&Message> {
    let mut messages = situation.investigation.recent_messages.iter().rev();
    messages.find(|it| {
        it.role() == MessageRole::User
            && it.kind() != MessageKind::DataUpload
            && !it.content.trim().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{EvidenceDigest, Hypothesis, Link};

    use super::*;

    #[test]
    fn words_are_taken_back_in_many_ways() {
        for text in [
            "that was wrong, forget it",
            "never mind",
            "sorry, I was wrong",
            "ignore what I said",
        ] {
            assert!(takes_back(text), "{text}");
        }
        for text in [
            "the value that was wrong is maximum-pool-size in the new config",
            "that is wrong",
            "forget the cache",
        ] {
            assert!(!takes_back(text), "{text}");
        }
    }

    fn message(text: &str) -> Message {
        let mut message = Message {
            message_id: "msg_1".to_owned(),
            content: text.to_owned(),
            turn_number: 4,
            ..Default::default()
        };
        message.set_role(MessageRole::User);
        message.set_kind(MessageKind::UserQuery);
        message
    }

    #[test]
    fn only_what_the_last_words_said_is_undone() {
        let mut situation = Situation::default();
        let now = &mut situation.investigation;
        now.recent_messages.push(message("it is not the pool"));
        now.hypotheses.push(Hypothesis {
            hypothesis_id: "hyp_1".to_owned(),
            links: vec![Link {
                evidence_id: "ev_1".to_owned(),
                stance: Stance::Refutes.into(),
                ..Default::default()
            }],
            ..Default::default()
        });
        let mut plan = Plan::default();
        assert!(matches!(
            undo(&mut plan, &situation),
            Objection::NothingToTakeBack { .. }
        ));
        situation.investigation.evidence.push(EvidenceDigest {
            evidence_id: "ev_1".to_owned(),
            message_id: "msg_1".to_owned(),
            ..Default::default()
        });
        let undone = undo(&mut plan, &situation);
        assert!(
            matches!(&undone, Objection::TakenBack { undone, .. } if undone[..] == ["hyp_1"]),
            "{undone:?}"
        );
        let Op::Link(link) = &plan.ops[0] else {
            panic!("{:?}", plan.ops)
        };
        assert_eq!(link.stance(), Stance::Neutral);
    }
}
