//! Hypotheses, needs and actions for machines.

use faultmaven_proto::case::v1 as case;
use serde_json::{Value, json};

use super::{all, given, time, word};

pub(super) fn conclusion(conclusion: &case::Conclusion) -> Value {
    json!({
        "assurance": word(conclusion.assurance().as_str_name(), "ASSURANCE_"),
        "lead_hypothesis_id": given(&conclusion.lead_hypothesis_id),
        "confidence": conclusion.confidence,
        "confidence_word": conclusion.confidence_word,
        "summary": conclusion.summary,
    })
}

pub(super) fn hypothesis(hypothesis: &case::Hypothesis) -> Value {
    json!({
        "hypothesis_id": hypothesis.hypothesis_id,
        "statement": hypothesis.statement,
        "rationale": hypothesis.rationale,
        "kind": word(hypothesis.kind().as_str_name(), "HYPOTHESIS_KIND_"),
        "category": word(hypothesis.category().as_str_name(), "HYPOTHESIS_CATEGORY_"),
        "status": word(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_"),
        "source": word(hypothesis.source().as_str_name(), "HYPOTHESIS_SOURCE_"),
        "explains_id": hypothesis.explains,
        "mechanism": hypothesis.mechanism,
        "prior": hypothesis.prior,
        "likelihood": hypothesis.likelihood,
        "contested": hypothesis.contested,
        "root": hypothesis.root,
        "created_turn": hypothesis.created_turn,
        "concluded_turn": hypothesis.concluded_turn,
        "concluded_reason": given(&hypothesis.concluded_reason),
        "predictions": all(&hypothesis.predictions, prediction),
        "links": all(&hypothesis.links, link),
    })
}

fn prediction(prediction: &case::Prediction) -> Value {
    json!({
        "if_true": prediction.if_true,
        "if_false": prediction.if_false,
        "how": prediction.how,
    })
}

fn link(link: &case::Link) -> Value {
    json!({
        "evidence_id": link.evidence_id,
        "stance": word(link.stance().as_str_name(), "STANCE_"),
        "strength": link.strength,
        "basis": word(link.basis().as_str_name(), "LINK_BASIS_"),
        "reasoning": link.reasoning,
        "turn_number": link.turn_number,
    })
}

pub(super) fn need(need: &case::Need) -> Value {
    json!({
        "need_id": need.need_id,
        "purpose": word(need.purpose().as_str_name(), "NEED_PURPOSE_"),
        "request": need.request,
        "rationale": need.rationale,
        "how": need.how,
        "priority": need.priority,
        "state": word(need.state().as_str_name(), "NEED_STATE_"),
        "obtainability": word(need.obtainability().as_str_name(), "OBTAINABILITY_"),
        "hypothesis_ids": need.hypothesis_ids,
        "fulfilling_evidence_ids": need.fulfilling_evidence_ids,
    })
}

pub(super) fn action(action: &case::Action) -> Value {
    json!({
        "action_id": action.action_id,
        "type": word(action.r#type().as_str_name(), "ACTION_TYPE_"),
        "kind": word(action.kind().as_str_name(), "ACTION_KIND_"),
        "title": action.title,
        "body": action.body,
        "commands": all(&action.commands, command),
        "rollback": action.rollback,
        "risks": action.risks,
        "target_hypothesis_id": given(&action.target_hypothesis_id),
        "state": word(action.state().as_str_name(), "ACTION_STATE_"),
        "proposed_turn": action.proposed_turn,
        "attempts": all(&action.attempts, attempt),
    })
}

fn command(command: &case::Command) -> Value {
    json!({
        "command": command.command,
        "description": command.description,
        "safety": word(command.safety().as_str_name(), "COMMAND_SAFETY_"),
    })
}

fn attempt(attempt: &case::Attempt) -> Value {
    json!({
        "attempt_id": attempt.attempt_id,
        "outcome": word(attempt.outcome().as_str_name(), "ATTEMPT_OUTCOME_"),
        "performed_at": time(attempt.perform_time.as_ref()),
        "reported_turn": attempt.reported_turn,
        "evidence_ids": attempt.evidence_ids,
        "note": attempt.note,
    })
}
