//! The one place that turns a fault into an HTTP answer.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::{Code, Fault};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

const EXPECTED_VERSION: HeaderName = HeaderName::from_static("x-expected-version");
const ACTUAL_VERSION: HeaderName = HeaderName::from_static("x-actual-version");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

/// A fault on its way to an HTTP client; the observing layer renders it with the request's id.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Fault);

/// The body of every error answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// What went wrong and what to do about it, for people.
    detail: String,
    /// The reason in the words of older clients: `missing_authorization`, `rate_limit_exceeded` and
    /// `backend_timeout` where `code` says `unauthenticated`, `rate_limited` and
    /// `deadline_exceeded`; else the same as `code`.
    error: String,
    /// The stable reason, for programs.
    code: String,
    /// The same as `detail`.
    message: String,
    /// Quote this when you ask for help.
    request_id: String,
    /// Which fields of the request are wrong.
    errors: Vec<FieldProblem>,
    /// The same as `detail`, for OAuth clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
}

/// One wrong field of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    field: String,
    message: String,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self(Fault::from_status(&status))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    /// Returns the problem with a field of the module called as the client calls it.
    pub(crate) fn renaming(mut self, field: &str, shown: &str) -> Self {
        for violation in &mut self.0.violations {
            if violation.field == field {
                shown.clone_into(&mut violation.field);
            }
        }
        if let Some(rest) = self.0.message.strip_prefix(field)
            && rest.starts_with(':')
        {
            self.0.message = format!("{shown}{rest}");
        }
        self
    }

    /// Returns whether this is the reason.
    pub(crate) fn is(&self, reason: &str) -> bool {
        self.0.reason == reason
    }

    /// Returns the status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        http_status(&self.0)
    }

    /// Returns the answer with its body and headers.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let status = self.status();
        let headers = headers(&self.0, status);
        (status, headers, Json(self.body(request_id))).into_response()
    }

    /// Returns the body alone.
    pub(crate) fn body(&self, request_id: &str) -> ProblemBody {
        let fault = &self.0;
        let detail = detail(fault);
        ProblemBody {
            error: older_word(&fault.reason).to_owned(),
            code: fault.reason.to_string(),
            error_description: is_oauth(&fault.reason).then(|| detail.clone()),
            message: detail.clone(),
            detail,
            request_id: request_id.to_owned(),
            errors: field_problems(fault),
        }
    }
}

/// Returns whether a reason is one of the error codes of RFC 6749 section 5.2.
fn is_oauth(reason: &str) -> bool {
    matches!(
        reason,
        "invalid_request" | "invalid_client" | "invalid_grant" | "unsupported_grant_type"
    )
}

/// Returns the word that older clients know a reason by.
fn older_word(reason: &str) -> &str {
    match reason {
        "unauthenticated" => "missing_authorization",
        "rate_limited" => "rate_limit_exceeded",
        "deadline_exceeded" => "backend_timeout",
        same => same,
    }
}

fn field_problems(fault: &Fault) -> Vec<FieldProblem> {
    fault
        .violations
        .iter()
        .map(|violation| FieldProblem {
            field: violation.field.clone(),
            message: violation.description.clone(),
        })
        .collect()
}

/// Returns the status for a fault; a reason decides where the code alone is too coarse.
fn http_status(fault: &Fault) -> StatusCode {
    match (fault.code, fault.reason.as_ref()) {
        (Code::ResourceExhausted, "model_quota_exhausted") => StatusCode::PAYMENT_REQUIRED,
        (Code::InvalidArgument, "unsupported_encoding") => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (Code::FailedPrecondition, "if_match_not_supported") => StatusCode::PRECONDITION_FAILED,
        (Code::InvalidArgument, reason) if is_oauth(reason) => StatusCode::BAD_REQUEST,
        (Code::InvalidArgument, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (Code::OutOfRange, "range_not_satisfiable") => StatusCode::RANGE_NOT_SATISFIABLE,
        (Code::OutOfRange, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Code::NotFound, "method_not_allowed") => StatusCode::METHOD_NOT_ALLOWED,
        (Code::NotFound, _) => StatusCode::NOT_FOUND,
        (Code::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Code::PermissionDenied, _) => StatusCode::FORBIDDEN,
        (Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition, _) => StatusCode::CONFLICT,
        (Code::ResourceExhausted, _) => StatusCode::TOO_MANY_REQUESTS,
        (Code::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Code::DeadlineExceeded, _) => StatusCode::GATEWAY_TIMEOUT,
        (Code::Cancelled, _) => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn detail(fault: &Fault) -> String {
    if fault.code == Code::Internal {
        return "something failed on our side; try again, and quote the request_id when it stays"
            .to_owned();
    }
    fault.message.clone()
}

fn headers(fault: &Fault, status: StatusCode) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    insert(ERROR_CODE, &fault.reason.to_uppercase());
    if let Some(delay) = fault.retry_after {
        insert(header::RETRY_AFTER, &whole_seconds(delay).to_string());
    }
    for (key, name) in [
        ("expected_version", EXPECTED_VERSION),
        ("actual_version", ACTUAL_VERSION),
    ] {
        if let Some(version) = fault.metadata.get(key) {
            insert(name, version);
        }
    }
    if let Some(size) = fault.metadata.get("size")
        && status == StatusCode::RANGE_NOT_SATISFIABLE
    {
        insert(header::CONTENT_RANGE, &format!("bytes */{size}"));
    }
    if status == StatusCode::UNAUTHORIZED {
        insert(header::WWW_AUTHENTICATE, "Bearer");
    }
    headers
}

/// Returns the seconds after which the delay is over for certain.
fn whole_seconds(delay: Duration) -> u64 {
    (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_fault_has_its_status() {
        for (fault, status) in [
            (Fault::invalid("title", "too long"), 422),
            (Fault::not_found("case"), 404),
            (Fault::unauthenticated("sign in"), 401),
            (Fault::forbidden("no"), 403),
            (Fault::conflict("version_conflict", "changed"), 409),
            (Fault::precondition("case_is_terminal", "closed"), 409),
            (Fault::already_exists("taken"), 409),
            (Fault::new(Code::OutOfRange, "file_too_large", "large"), 413),
            (
                Fault::new(Code::ResourceExhausted, "rate_limited", "slow"),
                429,
            ),
            (Fault::unavailable("storage_unavailable", "down"), 503),
            (Fault::deadline_exceeded(), 504),
            (Fault::new(Code::Internal, "internal", "secret"), 500),
        ] {
            assert_eq!(http_status(&fault).as_u16(), status, "{}", fault.reason);
        }
    }

    #[test]
    fn an_internal_fault_reveals_nothing() {
        let fault = Fault::new(Code::Internal, "internal", "table case_cases is locked");
        assert!(!detail(&fault).contains("case_cases"));
    }

    #[test]
    fn a_conflict_tells_both_versions() {
        let fault = Fault::conflict("version_conflict", "changed")
            .with("expected_version", "3")
            .with("actual_version", "5");
        let headers = headers(&fault, StatusCode::CONFLICT);
        assert_eq!(headers["x-expected-version"], "3");
        assert_eq!(headers["x-actual-version"], "5");
        assert_eq!(headers["x-error-code"], "VERSION_CONFLICT");
    }
}
