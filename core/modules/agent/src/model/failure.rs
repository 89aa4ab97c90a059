//! Why no model's answer could be used, in words for the user.

use faultmaven_kit::{Code, Fault};
use tonic::Status;

use super::guard::Violation;

/// Why a turn goes on without a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// There is none.
    NoModel,
    /// The llm module gave this reason.
    Failed(String),
    /// The llm module does not answer.
    Unreachable,
    OutOfTime,
    Garbled,
    Cut,
    /// Quotes and ids could not be compared.
    Unchecked,
    Violates(Violation),
}

impl Unanswered {
    /// Returns what the end of a call says.
    pub(crate) fn from_status(status: &Status) -> Self {
        let fault = Fault::from_status(status);
        match (&*fault.reason, fault.code) {
            ("no_model", _) => Self::NoModel,
            (_, Code::DeadlineExceeded | Code::Cancelled) => Self::OutOfTime,
            _ => Self::Failed(fault.reason.into_owned()),
        }
    }

    /// Returns whether a shorter conversation may be answered.
    pub(crate) fn is_too_long(&self) -> bool {
        matches!(self, Self::Failed(reason) if reason == "context_overflow")
    }

    /// Returns what is told about it; nothing when no model is configured.
    pub(crate) fn notice(&self, model: &str) -> Option<String> {
        let why = match self {
            Self::NoModel => return None,
            Self::Failed(reason) => plain_words(reason),
            Self::Unreachable => "it cannot be reached",
            Self::OutOfTime => "no answer in time",
            Self::Garbled => "the answer had not the form that was asked for",
            Self::Cut => "the answer was cut",
            Self::Unchecked => "the answer could not be checked",
            Self::Violates(violation) => violation.in_words(),
        };
        Some(format!(
            "{model} gave no usable answer ({why}); the embedded analyst answered"
        ))
    }
}

fn plain_words(reason: &str) -> &'static str {
    match reason {
        "quota_exhausted" => "the account has nothing left",
        "budget_spent" => "the budget for models is spent",
        "model_overloaded" => "it is overloaded",
        "model_rate_limited" => "it takes no more calls for now",
        "model_timeout" => "no answer in time",
        "context_overflow" => "the case is too long for it",
        "content_refused" => "it declined to answer",
        "bad_key" => "the key is not accepted",
        "unknown_model" => "the vendor does not know it",
        "call_rejected" => "the vendor did not understand the call",
        "bad_answer" => "the answer was garbled or not in the form that was asked for",
        "not_redacted" => "secrets could not be masked, so nothing was sent",
        _ => "it cannot be reached",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_plain_words() {
        let spent = Fault::new(Code::ResourceExhausted, "budget_spent", "spent").into();
        let notice = Unanswered::from_status(&spent).notice("openai (gpt-4.1)");
        assert_eq!(
            notice.unwrap(),
            "openai (gpt-4.1) gave no usable answer (the budget for models is spent); \
             the embedded analyst answered"
        );
    }

    #[test]
    fn without_a_model_nothing_is_told() {
        let none = Fault::precondition("no_model", "none").into();
        assert_eq!(Unanswered::from_status(&none).notice("a model"), None);
    }
}
