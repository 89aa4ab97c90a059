//! Why a model did not answer, and what follows from it.

use std::time::Duration;

use faultmaven_kit::breaker::Outcome;
use faultmaven_kit::{Code, Fault};

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no model is configured that could answer this")]
    NoModel,
    #[error("the vendor's account has nothing left")]
    QuotaExhausted,
    #[error("the budget for models is spent")]
    BudgetSpent,
    #[error("the vendor is overloaded")]
    Overloaded { retry_after: Option<Duration> },
    #[error("the vendor wants fewer calls")]
    RateLimited { retry_after: Option<Duration> },
    #[error("the model did not answer in time")]
    Timeout,
    #[error("the caller's time is up")]
    OutOfTime,
    #[error("the vendor cannot be reached")]
    Unreachable,
    #[error("the vendor failed with status {0}")]
    ServerError(u16),
    #[error("the vendor did not answer and is left alone for a while")]
    LeftAlone { retry_after: Duration },
    #[error("the conversation is too long for the model")]
    ContextOverflow,
    #[error("the model declined to answer")]
    Refused,
    #[error("the vendor does not accept the key")]
    BadKey,
    #[error("the vendor does not know the model")]
    UnknownModel,
    #[error("the vendor did not understand the call (status {0})")]
    Rejected(u16),
    #[error("the answer was garbled or cut")]
    Garbled,
    #[error("the answer was not as asked for, even after a correction")]
    NotAsAsked,
    #[error("what the model would see cannot be redacted")]
    NotRedacted,
    #[error("nobody waits for the answer")]
    Cancelled,
}

impl Failure {
    /// Returns the reason that callers and the ledger see.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NoModel => "no_model",
            Self::QuotaExhausted => "quota_exhausted",
            Self::BudgetSpent => "budget_spent",
            Self::Overloaded { .. } => "model_overloaded",
            Self::RateLimited { .. } => "model_rate_limited",
            Self::Timeout | Self::OutOfTime => "model_timeout",
            Self::Unreachable | Self::ServerError(_) | Self::LeftAlone { .. } => {
                "model_unavailable"
            }
            Self::ContextOverflow => "context_overflow",
            Self::Refused => "content_refused",
            Self::BadKey => "bad_key",
            Self::UnknownModel => "unknown_model",
            Self::Rejected(_) => "call_rejected",
            Self::Garbled | Self::NotAsAsked => "bad_answer",
            Self::NotRedacted => "not_redacted",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns whether the same call may succeed with the same provider soon.
    pub(crate) fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Overloaded { .. }
                | Self::RateLimited { .. }
                | Self::Unreachable
                | Self::ServerError(_)
                | Self::Garbled
        )
    }

    /// Returns whether no other provider needs to be asked.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::OutOfTime)
    }

    /// Returns how long the vendor asked to wait.
    pub(crate) fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after } | Self::RateLimited { retry_after } => retry_after,
            Self::LeftAlone { retry_after } => Some(retry_after),
            _ => None,
        }
    }

    /// Returns what the failure tells about the provider.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Overloaded { .. } | Self::Timeout | Self::Unreachable | Self::ServerError(_) => {
                Outcome::Failed
            }
            Self::Cancelled | Self::OutOfTime => Outcome::Unknown,
            _ => Outcome::Answered,
        }
    }

    fn code(self) -> Code {
        match self {
            Self::QuotaExhausted | Self::BudgetSpent | Self::RateLimited { .. } => {
                Code::ResourceExhausted
            }
            Self::Overloaded { .. }
            | Self::Unreachable
            | Self::ServerError(_)
            | Self::LeftAlone { .. }
            | Self::Garbled
            | Self::NotRedacted
            | Self::NotAsAsked => Code::Unavailable,
            Self::Timeout | Self::OutOfTime => Code::DeadlineExceeded,
            Self::Cancelled => Code::Cancelled,
            Self::NoModel
            | Self::ContextOverflow
            | Self::Refused
            | Self::BadKey
            | Self::UnknownModel
            | Self::Rejected(_) => Code::FailedPrecondition,
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        let fault = Self::new(failure.code(), failure.reason(), failure.to_string());
        match failure.retry_after() {
            Some(wait) => fault.retry_after(wait),
            None => fault,
        }
    }
}

impl From<Failure> for tonic::Status {
    fn from(failure: Failure) -> Self {
        Fault::from(failure).into()
    }
}

/// What a vendor said when it refused a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The vendor's word for it.
    pub(crate) kind: String,
    /// For people; never logged, since it may quote the call.
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
}

const QUOTA: [&str; 4] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
];
const OVERFLOW: [&str; 3] = [
    "context_length_exceeded",
    "request_too_large",
    "exceed_context_size_error",
];
const OVERFLOW_TEXTS: [&str; 4] = [
    "prompt is too long",
    "maximum context length",
    "context size",
    "context window",
];
const REFUSAL: [&str; 2] = ["content_filter", "content_policy_violation"];

impl Refusal {
    /// Returns what the vendor meant; its word counts more than the status.
    pub(crate) fn failure(&self) -> Failure {
        let retry_after = self.retry_after;
        let says = |words: &[&str]| words.contains(&self.kind.as_str());
        let message = self.message.to_lowercase();
        let mentions = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
        if says(&QUOTA) || self.status == 402 || mentions(&["credit balance is too low"]) {
            return Failure::QuotaExhausted;
        }
        if says(&OVERFLOW) || self.status == 413 || self.is_bad_call() && mentions(&OVERFLOW_TEXTS)
        {
            return Failure::ContextOverflow;
        }
        if says(&REFUSAL) {
            return Failure::Refused;
        }
        match self.status {
            401 | 403 => Failure::BadKey,
            404 => Failure::UnknownModel,
            408 | 504 => Failure::Timeout,
            429 => Failure::RateLimited { retry_after },
            503 | 529 => Failure::Overloaded { retry_after },
            status @ 500.. => Failure::ServerError(status),
            status => Failure::Rejected(status),
        }
    }

    fn is_bad_call(&self) -> bool {
        matches!(self.status, 400 | 422 | 500)
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::llm::v1::ErrorReason;

    use super::*;

    fn refusal(status: u16, kind: &str, message: &str) -> Failure {
        let refusal = Refusal {
            status,
            kind: kind.to_owned(),
            message: message.to_owned(),
            retry_after: None,
        };
        refusal.failure()
    }

    #[test]
    fn the_vendors_word_counts_more_than_the_status() {
        let retry_after = None;
        for (status, kind, message, expected) in [
            (
                429,
                "insufficient_quota",
                "You exceeded your current quota",
                Failure::QuotaExhausted,
            ),
            (
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API.",
                Failure::QuotaExhausted,
            ),
            (400, "context_length_exceeded", "", Failure::ContextOverflow),
            (
                400,
                "invalid_request_error",
                "prompt is too long: 210000 tokens > 200000 maximum",
                Failure::ContextOverflow,
            ),
            (400, "content_filter", "", Failure::Refused),
            (401, "invalid_api_key", "", Failure::BadKey),
            (404, "model_not_found", "", Failure::UnknownModel),
            (
                429,
                "rate_limit_exceeded",
                "",
                Failure::RateLimited { retry_after },
            ),
            (
                529,
                "overloaded_error",
                "Overloaded",
                Failure::Overloaded { retry_after },
            ),
            (500, "api_error", "", Failure::ServerError(500)),
            (400, "invalid_request_error", "bad", Failure::Rejected(400)),
        ] {
            assert_eq!(refusal(status, kind, message), expected, "{status} {kind}");
        }
    }

    #[test]
    fn every_reason_that_is_sent_is_one_of_the_proto() {
        for failure in [
            Failure::NoModel,
            Failure::QuotaExhausted,
            Failure::BudgetSpent,
            Failure::Overloaded { retry_after: None },
            Failure::RateLimited { retry_after: None },
            Failure::Timeout,
            Failure::Unreachable,
            Failure::ContextOverflow,
            Failure::Refused,
            Failure::BadKey,
            Failure::UnknownModel,
            Failure::Rejected(400),
            Failure::Garbled,
            Failure::NotRedacted,
        ] {
            let name = format!("ERROR_REASON_{}", failure.reason().to_uppercase());
            assert!(ErrorReason::from_str_name(&name).is_some(), "{name}");
        }
    }
}
