//! Stories of turns applied to one case.

use faultmaven_proto::case::v1 as pb;

use super::sample::{say, with_root};

mod judged;
mod ledger;
mod offers;
mod root;
mod seeds;
mod standstill;

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
