//! Stories of turns applied to one case.

use faultmaven_proto::case::v1 as pb;

use super::sample::{Story, cause, evidence, link, mechanism, say, solution};

mod judged;
mod ledger;
mod offers;
mod root;

fn reply(reply: pb::PendingReply) -> pb::TurnDraft {
    pb::TurnDraft {
        pending_reply: reply.into(),
        path: pb::TurnPath::Handshake.into(),
        ..say("well", vec![])
    }
}

fn reasons(applied: &super::Applied) -> Vec<&str> {
    applied
        .dropped
        .iter()
        .map(|part| part.reason.as_str())
        .collect()
}

/// A story in which one cause is the root and a solution is proposed.
fn with_root() -> Story {
    let mut story = Story::investigating();
    story.take(say(
        "here is the log",
        vec![
            evidence("$s", pb::EvidenceKind::Symptom, "a", 1),
            evidence("$c", pb::EvidenceKind::Causal, "a", 2),
            evidence("$d", pb::EvidenceKind::Causal, "b", 3),
            cause("$h", "the pool limit is too low", "problem"),
            mechanism("$h", "$c"),
            link("$h", "$c", pb::LinkBasis::OnsetAfterChange),
            link("$h", "$d", pb::LinkBasis::ChangeSetsCondition),
            solution("$sol", "$h"),
        ],
    ));
    story
}
