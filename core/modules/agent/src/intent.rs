//! The structured meaning of a click or a route.

use faultmaven_kit::Fault;
use faultmaven_kit::id::is_well_formed;
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1::{CaseStatus, ClosureReason};

use crate::error::TurnError;

const CLOSURE_REASON_MAX: usize = 500;

/// What a click or a route asks for; plain conversation has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    Transition(TransitionIntent),
    Confirmation(bool),
    Hypothesis { hypothesis_id: String, verb: Verb },
}

/// A change of status that is commanded or to be proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransitionIntent {
    /// Where the client believes the case stands.
    pub(crate) from: Option<CaseStatus>,
    pub(crate) to: CaseStatus,
    pub(crate) commanded: bool,
    /// The closure reason as the client spells it; empty for none.
    pub(crate) closure_word: String,
}

/// What a user does with a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Validate,
    Refute,
    Retire,
}

impl Intent {
    /// Returns the checked intent; none for conversation.
    pub(crate) fn parse(intent: &pb::Intent) -> Result<Option<Self>, TurnError> {
        match intent.r#type() {
            pb::IntentType::Unspecified | pb::IntentType::Conversation => Ok(None),
            pb::IntentType::Confirmation => Ok(Some(Self::Confirmation(intent.confirmation_value))),
            pb::IntentType::StatusTransition => transition(intent).map(Some),
            pb::IntentType::HypothesisAction => hypothesis_action(intent).map(Some),
        }
    }
}

impl TransitionIntent {
    /// Returns the state that is meant: closing a running investigation as resolved resolves it.
    pub(crate) fn target(&self, current: CaseStatus) -> CaseStatus {
        let resolves = matches!(
            self.closure_word.to_lowercase().as_str(),
            "resolved" | "fixed"
        );
        if self.to == CaseStatus::Closed && current == CaseStatus::Investigating && resolves {
            return CaseStatus::Resolved;
        }
        self.to
    }
}

/// Returns the closure reason that a word of either dialect stands for; unspecified for none.
pub(crate) fn closure_reason(word: &str, current: CaseStatus) -> ClosureReason {
    match word.trim().to_lowercase().as_str() {
        "" => ClosureReason::Unspecified,
        "duplicate" => ClosureReason::Duplicate,
        "escalated" => ClosureReason::Escalated,
        _ if current == CaseStatus::Inquiry => ClosureReason::InquiryOnly,
        "consulting_only" | "inquiry_only" => ClosureReason::InquiryOnly,
        "abandoned" => ClosureReason::Abandoned,
        "solution_deferred" => ClosureReason::SolutionDeferred,
        "mitigation_sufficient" => ClosureReason::MitigationSufficient,
        "closed_rca_infeasible" | "cause_infeasible" => ClosureReason::CauseInfeasible,
        "closed_insufficient_evidence" | "insufficient_evidence" => {
            ClosureReason::InsufficientEvidence
        }
        _ => ClosureReason::Other,
    }
}

fn transition(intent: &pb::Intent) -> Result<Intent, TurnError> {
    let from = match intent.from_state.trim() {
        "" => None,
        word => Some(status("intent.from_state", word)?),
    };
    let closure_word = intent.closure_reason.trim();
    if closure_word.chars().count() > CLOSURE_REASON_MAX {
        let limit = format!("must have at most {CLOSURE_REASON_MAX} characters");
        return Err(Fault::invalid("intent.closure_reason", limit).into());
    }
    Ok(Intent::Transition(TransitionIntent {
        from,
        to: status("intent.to_state", &intent.to_state)?,
        commanded: intent.user_confirmed,
        closure_word: closure_word.to_owned(),
    }))
}

fn hypothesis_action(intent: &pb::Intent) -> Result<Intent, TurnError> {
    if !is_well_formed("hyp", 12, &intent.hypothesis_id) {
        return Err(TurnError::HypothesisNotFound);
    }
    let verb = match intent.hypothesis_action.trim().to_lowercase().as_str() {
        "validate" => Verb::Validate,
        "refute" => Verb::Refute,
        "retire" => Verb::Retire,
        _ => {
            let words = "must be validate, refute or retire";
            return Err(Fault::invalid("intent.hypothesis_action", words).into());
        }
    };
    Ok(Intent::Hypothesis {
        hypothesis_id: intent.hypothesis_id.clone(),
        verb,
    })
}

fn status(field: &str, word: &str) -> Result<CaseStatus, Fault> {
    match word.trim().to_lowercase().as_str() {
        "inquiry" | "consulting" => Ok(CaseStatus::Inquiry),
        "investigating" => Ok(CaseStatus::Investigating),
        "resolved" => Ok(CaseStatus::Resolved),
        "closed" => Ok(CaseStatus::Closed),
        _ => Err(Fault::invalid(
            field,
            "must be inquiry, investigating, resolved or closed",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_intent(to: &str) -> pb::Intent {
        pb::Intent {
            r#type: pb::IntentType::StatusTransition.into(),
            to_state: to.to_owned(),
            user_confirmed: true,
            ..Default::default()
        }
    }

    #[test]
    fn states_are_understood_in_both_dialects() {
        let mut intent = status_intent("investigating");
        intent.from_state = "consulting".to_owned();
        let parsed = Intent::parse(&intent).unwrap().unwrap();
        let Intent::Transition(parsed) = parsed else {
            panic!("{parsed:?}")
        };
        assert_eq!(parsed.from, Some(CaseStatus::Inquiry));
        let fault = Fault::from(Intent::parse(&status_intent("done")).unwrap_err());
        assert_eq!(fault.violations[0].field, "intent.to_state");
    }

    #[test]
    fn closing_as_resolved_resolves_a_running_investigation_only() {
        let intent = TransitionIntent {
            from: None,
            to: CaseStatus::Closed,
            commanded: true,
            closure_word: "Resolved".to_owned(),
        };
        assert_eq!(
            intent.target(CaseStatus::Investigating),
            CaseStatus::Resolved
        );
        assert_eq!(intent.target(CaseStatus::Inquiry), CaseStatus::Closed);
    }

    #[test]
    fn closure_words_of_both_dialects_are_known() {
        let reason = |word| closure_reason(word, CaseStatus::Investigating);
        assert_eq!(
            reason("closed_rca_infeasible"),
            ClosureReason::CauseInfeasible
        );
        assert_eq!(reason("wont_fix"), ClosureReason::Other);
        assert_eq!(reason(""), ClosureReason::Unspecified);
        assert_eq!(
            closure_reason("wont_fix", CaseStatus::Inquiry),
            ClosureReason::InquiryOnly
        );
        assert_eq!(
            closure_reason("duplicate", CaseStatus::Inquiry),
            ClosureReason::Duplicate
        );
    }

    #[test]
    fn a_hypothesis_is_named_well_or_not_found() {
        let intent = pb::Intent {
            r#type: pb::IntentType::HypothesisAction.into(),
            hypothesis_id: "hyp_1".to_owned(),
            hypothesis_action: "refute".to_owned(),
            ..Default::default()
        };
        assert!(matches!(
            Intent::parse(&intent),
            Err(TurnError::HypothesisNotFound)
        ));
    }
}
