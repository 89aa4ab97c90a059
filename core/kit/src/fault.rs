//! The one error shape that crosses module boundaries.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};

mod wire;

pub(crate) use wire::fit_headers;

/// A failure as a caller sees it: a gRPC code, a stable reason, and what helps to react.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The gRPC code.
    pub code: Code,
    /// Stable, snake_case; clients branch on it.
    pub reason: Cow<'static, str>,
    /// One sentence for people.
    pub message: String,
    /// Facts by name.
    pub metadata: BTreeMap<String, String>,
    /// Fields of the request that are wrong.
    pub violations: Vec<Violation>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

impl Fault {
    /// Returns a fault without metadata.
    pub fn new(
        code: Code,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            reason: reason.into(),
            message: message.into(),
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            retry_after: None,
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn violation(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push(Violation {
            field: field.into(),
            description: description.into(),
        });
        self
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Returns the fault for one wrong field.
    pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        let (field, description) = (field.into(), description.into());
        let message = format!("{field}: {description}");
        Self::new(Code::InvalidArgument, "invalid_field", message).violation(field, description)
    }

    /// Returns the fault for a thing that does not exist, or not for this caller.
    pub fn not_found(thing: &str) -> Self {
        let message = format!(
            "{} not found; check the id",
            capitalized(&thing.replace('_', " "))
        );
        Self::new(Code::NotFound, format!("{thing}_not_found"), message)
    }

    /// Returns the fault for a caller nobody knows.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, "unauthenticated", message)
    }

    /// Returns the fault for a caller who may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, "forbidden", message)
    }

    /// Returns the fault for a change that somebody else overtook.
    pub fn conflict(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, reason, message)
    }

    /// Returns the fault for a state that forbids the action.
    pub fn precondition(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// Returns the fault for a thing that is there already.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::new(Code::AlreadyExists, "already_exists", message)
    }

    /// Returns the fault for something that does not answer now.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    /// Returns the fault for a module that does not answer.
    pub fn service_unavailable(module: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        let message = format!("the {module} service is unavailable; try again in {seconds} s");
        Self::unavailable("service_unavailable", message)
            .with("module", module)
            .retry_after(wait)
    }

    /// Returns the fault for what a process that stops can no longer do.
    pub fn shutting_down() -> Self {
        Self::unavailable("shutting_down", "the server stops; try again")
            .retry_after(Duration::from_secs(1))
    }

    /// Logs `error` with its causes and returns a fault that reveals none of them.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %chain(error), "internal error");
        Self::new(Code::Internal, "internal", "internal error")
    }

    /// Returns the fault for a deadline that has passed.
    pub fn deadline_exceeded() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "deadline_exceeded",
            "deadline exceeded",
        )
    }

    /// Returns the fault that a status carries.
    pub fn from_status(status: &Status) -> Self {
        wire::decode(status)
    }

    /// Returns what a module makes of the status of another module it called.
    pub fn from_callee(module: &str, status: Status) -> Self {
        let fault = Self::from_status(&status);
        match fault.code {
            Code::Unavailable => {
                let wait = fault.retry_after.unwrap_or(Duration::from_secs(1));
                Self::service_unavailable(module, wait)
            }
            Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented | Code::Ok => {
                tracing::error!(callee = module, code = ?fault.code, message = %fault.message, "{module} failed");
                Self::new(Code::Internal, "internal", "internal error").with("callee", module)
            }
            _ => fault,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        wire::encode(&fault)
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Returns an error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors say their cause themselves.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_is_told_already_is_not_told_twice() {
        #[derive(Debug, thiserror::Error)]
        #[error("no answer: {0}")]
        struct Outer(#[source] std::io::Error);

        let refused = std::io::Error::other("connection refused");
        assert_eq!(chain(&Outer(refused)), "no answer: connection refused");
    }

    #[test]
    fn not_found_speaks_of_the_thing() {
        let fault = Fault::not_found("api_token");
        assert_eq!(fault.reason, "api_token_not_found");
        assert_eq!(fault.message, "Api token not found; check the id");
    }

    #[test]
    fn a_domain_fault_of_a_callee_is_kept() {
        let fault = Fault::conflict("version_mismatch", "somebody else changed the case");
        assert_eq!(Fault::from_callee("case", fault.clone().into()), fault);
    }

    #[test]
    fn an_internal_fault_of_a_callee_keeps_its_secrets() {
        let fault = Fault::from_callee("case", Status::unknown("table case_cases is locked"));
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(fault.message, "internal error");
        assert_eq!(fault.metadata["callee"], "case");
    }

    #[test]
    fn an_unavailable_callee_is_named_and_worth_a_retry() {
        let fault = Fault::from_callee("case", Status::unavailable("connection refused"));
        assert_eq!(fault.reason, "service_unavailable");
        assert_eq!(fault.metadata["module"], "case");
        assert_eq!(
            fault.message,
            "the case service is unavailable; try again in 1 s"
        );
        assert_eq!(fault.retry_after, Some(Duration::from_secs(1)));
    }
}
