//! What an answer asks the user for, and what it says that the user did.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    CaseStatus, CommandSafety, NeedState, Obtainability, SuggestedAction, SuggestionType,
};

use super::decisions::Decision;
use super::parts::NewCommand;
use super::read::Reader;
use super::{
    Met, NewAction, NewAttempt, NewConclusion, NewEntry, NewNeed, NewSuggestion, NewTransition,
    Verdict, words,
};
use crate::analyst::needs::command_how;
use crate::analyst::statement::clipped;
use crate::convert::stamp;
use crate::model::commands::is_read_only;
use crate::reply::handoff;

const NEEDS_MAX: usize = 4;
const ACTIONS_MAX: usize = 4;
const ENTRIES_MAX: usize = 5;
const SUGGESTIONS_MAX: usize = 4;
const LABEL_MAX: usize = 120;
const PAYLOAD_MAX: usize = 4_000;

impl Reader<'_> {
    pub(super) fn need(&mut self, at: usize, new: &NewNeed) {
        const OP: &str = "add_need";
        if !self.may(OP, &new.others, &new.request)
            || !self.fits(OP, at, NEEDS_MAX, &new.request)
            || !self.is_modest(OP, &[&new.request, &new.rationale, &new.how])
        {
            return;
        }
        let Some(purpose) = words::purpose(&new.purpose) else {
            return self.refuse(OP, "unknown_value", &new.request);
        };
        let command = match new.command.trim() {
            "" => new.how.trim().strip_prefix("$ ").unwrap_or_default(),
            command => command,
        };
        if !command.is_empty() && !is_read_only(command) {
            return self.refuse(OP, "unsafe_command", command);
        }
        let Some(hypotheses) = self.all_known(OP, &new.hypotheses, &new.request) else {
            return;
        };
        let how = match command {
            "" => new.how.clone(),
            command => command_how(command),
        };
        let op = case_pb::AddNeed {
            r#ref: format!("$nm{at}"),
            purpose: purpose.into(),
            request: new.request.clone(),
            rationale: new.rationale.clone(),
            how,
            priority: new.priority,
            hypotheses,
        };
        self.read.plan.push(Op::AddNeed(op));
    }

    pub(super) fn met(&mut self, new: &Met) {
        const OP: &str = "update_need";
        if !self.may(OP, &new.others, &new.need) {
            return;
        }
        let is_out_of_reach = !new.unobtainable_quote.is_empty();
        if is_out_of_reach
            && !self.user_decides(Decision::CannotGet, OP, &new.unobtainable_quote, &new.need)
        {
            return;
        }
        let Some(evidence) = self.all_known(OP, &new.evidence, &new.need) else {
            return;
        };
        let Some(need_id) = self.one_known(OP, &new.need, &new.need) else {
            return;
        };
        let state = match (is_out_of_reach, new.partially) {
            (true, _) => NeedState::Unspecified,
            (false, true) => NeedState::PartiallyMet,
            (false, false) => NeedState::Fulfilled,
        };
        let obtainability = match is_out_of_reach {
            true => Obtainability::Unobtainable,
            false => Obtainability::Unspecified,
        };
        let op = case_pb::UpdateNeed {
            need_id,
            state: state.into(),
            obtainability: obtainability.into(),
            fulfilling_evidence: evidence,
            surfaced: false,
        };
        self.read.plan.push(Op::UpdateNeed(op));
    }

    pub(super) fn action(&mut self, at: usize, new: &NewAction) {
        const OP: &str = "propose_action";
        if !self.may(OP, &new.others, &new.title)
            || !self.fits(OP, at, ACTIONS_MAX, &new.title)
            || !self.is_modest(OP, &[&new.title, &new.body, &new.risks, &new.rollback])
        {
            return;
        }
        let words = words::action_type(&new.r#type).zip(words::action_kind(&new.kind));
        let Some((action_type, kind)) = words else {
            return self.refuse(OP, "unknown_value", &new.title);
        };
        let Some(target_hypothesis) = self.one_known(OP, &new.hypothesis, &new.title) else {
            return;
        };
        let op = case_pb::ProposeAction {
            r#ref: format!("$am{at}"),
            r#type: action_type.into(),
            kind: kind.into(),
            title: new.title.clone(),
            body: new.body.clone(),
            commands: new.commands.iter().map(command).collect(),
            rollback: new.rollback.clone(),
            risks: new.risks.clone(),
            target_hypothesis,
        };
        self.read.plan.push(Op::ProposeAction(op));
    }

    pub(super) fn verdict(&mut self, new: &Verdict) {
        let op = if new.accepted {
            "accept_action"
        } else {
            "reject_action"
        };
        let decision = match new.accepted {
            true => Decision::Accepts,
            false => Decision::Rejects,
        };
        if !self.may(op, &new.others, &new.action)
            || !self.user_decides(decision, op, &new.quote, &new.action)
        {
            return;
        }
        let Some(action_id) = self.one_known(op, &new.action, &new.action) else {
            return;
        };
        self.read.plan.push(if new.accepted {
            Op::AcceptAction(case_pb::AcceptAction { action_id })
        } else {
            Op::RejectAction(case_pb::RejectAction { action_id })
        });
    }

    /// What rules have read of an attempt in this turn stands.
    pub(super) fn attempt(&mut self, new: &NewAttempt) {
        const OP: &str = "record_attempt";
        if !self.may(OP, &new.others, &new.action)
            || !self.user_decides(Decision::Tried, OP, &new.quote, &new.action)
        {
            return;
        }
        let time = words::time(&new.at);
        let outcome = words::outcome(&new.outcome);
        let outcome = outcome.filter(|_| time.is_some() || new.at.is_empty());
        let Some(outcome) = outcome else {
            return self.refuse(OP, "unknown_value", &new.action);
        };
        let Some(action_id) = self.one_known(OP, &new.action, &new.action) else {
            return;
        };
        let planned = self.setting.planned.iter();
        let mut planned = planned.filter_map(|it| it.op.as_ref());
        let is_known = planned
            .any(|op| matches!(op, Op::RecordAttempt(known) if known.action_id == action_id));
        if is_known || !self.attempted.insert(action_id.clone()) {
            return self.refuse(OP, "duplicate", &new.action);
        }
        let Some(evidence) = self.all_known(OP, &new.evidence, &new.action) else {
            return;
        };
        let op = case_pb::RecordAttempt {
            action_id,
            outcome: outcome.into(),
            perform_time: stamp(time),
            evidence,
            note: new.quote.clone(),
            ..case_pb::RecordAttempt::default()
        };
        self.read.plan.push(Op::RecordAttempt(op));
    }

    pub(super) fn entry(&mut self, at: usize, new: &NewEntry) {
        const OP: &str = "journal";
        if self.may(OP, &new.others, &new.text)
            && self.fits(OP, at, ENTRIES_MAX, &new.text)
            && self.is_modest(OP, &[&new.text])
        {
            let op = case_pb::AddJournalEntry {
                kind: new.kind.clone(),
                text: new.text.clone(),
            };
            self.read.plan.push(Op::Journal(op));
        }
    }

    pub(super) fn conclusion(&mut self, at: usize, new: &NewConclusion) {
        const OP: &str = "conclude";
        let mut texts = vec![new.reasoning.as_str()];
        texts.extend(new.caveats.iter().map(String::as_str));
        if self.may(OP, &new.others, &new.reasoning)
            && self.fits(OP, at, 1, &new.reasoning)
            && self.is_modest(OP, &texts)
        {
            let op = case_pb::Conclude {
                reasoning: new.reasoning.clone(),
                caveats: new.caveats.clone(),
            };
            self.read.plan.push(Op::Conclude(op));
        }
    }

    /// The case is closed only at the user's word, or when going on alone makes no sense.
    pub(super) fn transition(&mut self, at: usize, new: &NewTransition) {
        const OP: &str = "propose_transition";
        if !self.may(OP, &new.others, &new.reason)
            || !self.fits(OP, at, 1, &new.reason)
            || !self.is_modest(OP, &[&new.reason])
        {
            return;
        }
        let closure_reason = words::closure_reason(&new.closure_reason);
        let is_listed = closure_reason.is_some() || new.closure_reason.is_empty();
        let Some(to) = words::status(&new.to).filter(|_| is_listed) else {
            return self.refuse(OP, "unknown_value", &new.reason);
        };
        if to == CaseStatus::Closed
            && !handoff::is_due(self.setting.after)
            && !self.user_decides(Decision::Ends, OP, &new.quote, &new.reason)
        {
            return;
        }
        let Some(evidence) = self.all_known(OP, &new.evidence, &new.reason) else {
            return;
        };
        let op = case_pb::ProposeTransition {
            to: to.into(),
            reason: new.reason.clone(),
            summary: String::new(),
            evidence,
            closure_reason: closure_reason.unwrap_or_default().into(),
        };
        self.read.plan.push(Op::ProposeTransition(op));
    }

    /// Decisions are put by the rules alone.
    pub(super) fn suggestion(&mut self, at: usize, new: &NewSuggestion) {
        const OP: &str = "suggest";
        if !self.may(OP, &new.others, &new.label)
            || !self.fits(OP, at, SUGGESTIONS_MAX, &new.label)
            || !self.is_modest(OP, &[&new.label])
        {
            return;
        }
        let kind = words::suggestion(&new.r#type).filter(|it| *it != SuggestionType::Decide);
        let Some(kind) = kind.filter(|_| !new.label.trim().is_empty()) else {
            return self.refuse(OP, "unknown_value", &new.label);
        };
        let is_run = kind == SuggestionType::Run;
        if is_run && !is_read_only(&new.payload) {
            return self.refuse(OP, "unsafe_command", &new.payload);
        }
        let payload = match is_run {
            true => clipped(&new.payload, PAYLOAD_MAX),
            false => String::new(),
        };
        self.read.suggestions.push(SuggestedAction {
            r#type: kind.into(),
            label: clipped(&new.label, LABEL_MAX),
            payload,
            ..Default::default()
        });
    }
}

/// What a command does is read off the command, whatever is said about it.
fn command(new: &NewCommand) -> case_pb::Command {
    let safety = match is_read_only(&new.command) {
        true => CommandSafety::ReadOnly,
        false => CommandSafety::Caution,
    };
    case_pb::Command {
        command: new.command.clone(),
        description: new.description.clone(),
        safety: safety.into(),
    }
}
