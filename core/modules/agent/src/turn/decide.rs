//! What a turn proposes, by the way it takes.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    CaseStatus, EvidenceKind, LinkBasis, PendingReply, Proposer, Stance, TurnIntent, TurnPath,
};

use crate::analyst::hypotheses::link;
use crate::analyst::observations::Seen;
use crate::analyst::plan::Plan;
use crate::analyst::situation::{Situation, statement_of};
use crate::analyst::{Analysis, closing, investigate, statement};
use crate::fast_path::{Command, Route};
use crate::intent::Verb;
use crate::reply::data;

/// Returns what the turn proposes.
pub(super) fn decide(situation: &Situation, route: &Route, user_text: &str) -> Analysis {
    match route {
        Route::Analyse { withdraws: true } => investigate_further(situation),
        Route::Analyse { .. } | Route::Reclassify { .. } => investigate(situation),
        Route::Greeting => Analysis::default(),
        Route::Terminal => Analysis {
            reading: situation.reading().clone(),
            ..Analysis::default()
        },
        Route::Hypothesis {
            hypothesis_id,
            verb,
        } => with_plan(judge(hypothesis_id, *verb, user_text)),
        Route::Offer(command) => with_plan(offer(situation, command)),
        Route::Command(command) => {
            let mut analysis = without_words(situation);
            if command.to == CaseStatus::Resolved {
                let text = "The user says that the issue is resolved";
                analysis
                    .plan
                    .cite_message(EvidenceKind::SymptomAbsence, text, user_text);
            }
            analysis
        }
        Route::Confirm | Route::Decline => without_words(situation),
    }
}

/// Returns what becomes of a pending transition.
pub(super) fn pending_reply(route: &Route) -> PendingReply {
    match route {
        Route::Confirm => PendingReply::Confirm,
        Route::Decline => PendingReply::Decline,
        Route::Analyse { withdraws: true } | Route::Offer(_) | Route::Hypothesis { .. } => {
            PendingReply::Withdraw
        }
        Route::Analyse { withdraws: false }
        | Route::Terminal
        | Route::Command(_)
        | Route::Reclassify { .. }
        | Route::Greeting => PendingReply::Keep,
    }
}

/// Returns the way a turn is recorded to have taken.
pub(super) fn path(route: &Route) -> TurnPath {
    match route {
        Route::Terminal => TurnPath::Terminal,
        Route::Command(_) | Route::Hypothesis { .. } => TurnPath::Command,
        Route::Confirm | Route::Decline => TurnPath::Handshake,
        Route::Reclassify { .. } => TurnPath::Reclassify,
        Route::Greeting => TurnPath::Greeting,
        Route::Offer(_) | Route::Analyse { .. } => TurnPath::Embedded,
    }
}

/// Returns the intent a turn is recorded with.
pub(super) fn intent(route: &Route) -> TurnIntent {
    match route {
        Route::Command(_) | Route::Offer(_) => TurnIntent::StatusTransition,
        Route::Confirm | Route::Decline => TurnIntent::Confirmation,
        Route::Hypothesis { .. } => TurnIntent::HypothesisAction,
        Route::Reclassify { .. } => TurnIntent::Reclassify,
        Route::Terminal | Route::Greeting | Route::Analyse { .. } => TurnIntent::Conversation,
    }
}

/// Returns the transition a turn commands.
pub(super) fn command(
    situation: &Situation,
    route: &Route,
    user_text: Option<&str>,
) -> Option<case_pb::CommandedTransition> {
    let Route::Command(command) = route else {
        return None;
    };
    let reason = match command.note.as_str() {
        "" => user_text.unwrap_or_default(),
        note => note,
    };
    let derived_statement = if command.to == CaseStatus::Investigating {
        derived_statement(situation, user_text)
    } else {
        String::new()
    };
    Some(case_pb::CommandedTransition {
        to: command.to.into(),
        closure_reason: command.closure.into(),
        reason: reason.to_owned(),
        derived_statement,
        expected_from: command.expected_from.into(),
    })
}

/// Words beside new data that deny nothing, and questions, leave the offer to resolve as it was.
fn investigate_further(situation: &Situation) -> Analysis {
    let mut analysis = investigate(situation);
    let reading = &analysis.reading;
    let seen = &reading.observations;
    let speaks_against_it = !reading.denials.is_empty()
        || !reading.reports.is_empty()
        || reading.suspicion.is_some()
        || seen.iter().any(|it| it.what == Seen::StillThere);
    let denies_nothing = !situation.new_files.is_empty() || reading.only_asks();
    if denies_nothing && !speaks_against_it && !reading.asks_to_stop {
        closing::renew(&mut analysis.plan, situation);
    }
    analysis
}

/// Data of a turn count whatever its words; the words of a decision state nothing else.
fn without_words(situation: &Situation) -> Analysis {
    if !situation.entering && situation.new_files.is_empty() {
        return Analysis::default();
    }
    investigate(&situation.without_words())
}

fn with_plan(plan: Plan) -> Analysis {
    Analysis {
        plan,
        ..Analysis::default()
    }
}

fn judge(hypothesis_id: &str, verb: Verb, user_text: &str) -> Plan {
    let mut plan = Plan::default();
    let (basis, stance, text) = match verb {
        Verb::Retire => {
            plan.push(Op::RetireHypothesis(case_pb::RetireHypothesis {
                hypothesis_id: hypothesis_id.to_owned(),
                reason: "retired by the user".to_owned(),
            }));
            return plan;
        }
        Verb::Validate => (
            LinkBasis::UserAssertion,
            Stance::Supports,
            "The user asserts it",
        ),
        Verb::Refute => (
            LinkBasis::UserRuleOut,
            Stance::Refutes,
            "The user rules it out",
        ),
    };
    let evidence = plan.cite_message(EvidenceKind::Other, text, user_text);
    plan.link(link(hypothesis_id, &evidence, basis, stance, text));
    plan
}

fn offer(situation: &Situation, command: &Command) -> Plan {
    let mut plan = Plan::default();
    let text = derived_statement(situation, Some(&situation.text));
    // A proposed statement brings the offer to investigate it along.
    if command.to == CaseStatus::Investigating && !text.is_empty() {
        plan.push(Op::ProposeStatement(case_pb::ProposeStatement {
            dropped_evidence_ids: Vec::new(),
            text,
            proposed_by: Proposer::Engine.into(),
        }));
        return plan;
    }
    plan.push(Op::ProposeTransition(case_pb::ProposeTransition {
        to: command.to.into(),
        reason: "asked for by the user".to_owned(),
        summary: statement_of(&situation.investigation).to_owned(),
        closure_reason: command.closure.into(),
        ..Default::default()
    }));
    plan
}

/// The proposed text, else the first thing the user said, else the strongest finding.
fn derived_statement(situation: &Situation, user_text: Option<&str>) -> String {
    let proposed = statement_of(&situation.investigation);
    if !proposed.is_empty() {
        return proposed.to_owned();
    }
    let said = situation
        .investigation
        .recent_messages
        .iter()
        .find(|message| {
            message.role() == case_pb::MessageRole::User
                && message.kind() == case_pb::MessageKind::UserQuery
                && !message.content.trim().is_empty()
        });
    let finding = situation.assessment.findings.first();
    said.and_then(|message| statement::first_sentence(&message.content))
        .or_else(|| finding.and_then(|finding| data::strongest(situation, finding)))
        .or_else(|| statement::first_sentence(user_text?))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Message, MessageKind, MessageRole};

    use super::*;

    #[test]
    fn a_missing_statement_is_derived_from_what_the_user_said_first() {
        let mut situation = Situation::default();
        let command = "I want to start a formal investigation to find the root cause.";
        assert_eq!(
            derived_statement(&situation, Some(command)),
            "I want to start a formal investigation to find the root cause"
        );
        assert_eq!(derived_statement(&situation, None), "");
        let mut message = Message {
            content: "Why is login slow? It was fine.".to_owned(),
            ..Default::default()
        };
        message.set_role(MessageRole::User);
        message.set_kind(MessageKind::UserQuery);
        situation.investigation.recent_messages.push(message);
        assert_eq!(
            derived_statement(&situation, Some(command)),
            "login is slow"
        );
    }

    #[test]
    fn a_rule_out_cites_the_users_words() {
        let plan = judge("hyp_1", Verb::Refute, "Refute it.");
        let Op::Link(link) = &plan.ops[0] else {
            panic!("{:?}", plan.ops)
        };
        assert_eq!(
            (link.basis(), link.stance()),
            (LinkBasis::UserRuleOut, Stance::Refutes)
        );
        assert_eq!(link.evidence, plan.claims[0].reference);
    }
}
