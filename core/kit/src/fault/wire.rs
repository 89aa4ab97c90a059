//! A [`Fault`] as `google.rpc.Status` and back, small enough for the response headers.

use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{Fault, Violation};

const DOMAIN: &str = "faultmaven";
/// HTTP/2 peers refuse header lists of more than 16 KB, and details travel base64-encoded.
const MAX_DETAILS_BYTES: usize = 8 * 1024;
const MAX_MESSAGE_BYTES: usize = 1024;
const TRUNCATED: &str = " (error details truncated)";

/// Returns the status that carries `fault`.
pub(super) fn encode(fault: &Fault) -> Status {
    let whole = status(fault, &fault.message, fault.violations.len(), true);
    if whole.details().len() <= MAX_DETAILS_BYTES && fault.message.len() <= MAX_MESSAGE_BYTES {
        return whole;
    }
    cut(fault)
}

/// Returns a status that says it is not whole.
fn cut(fault: &Fault) -> Status {
    let room = MAX_MESSAGE_BYTES - TRUNCATED.len();
    let message = format!("{}{TRUNCATED}", prefix_of(&fault.message, room));
    let mut kept = fault.violations.len();
    while kept > 0 {
        let shorter = status(fault, &message, kept, true);
        if shorter.details().len() <= MAX_DETAILS_BYTES {
            return shorter;
        }
        kept /= 2;
    }
    let bare = status(fault, &message, 0, true);
    if bare.details().len() <= MAX_DETAILS_BYTES {
        return bare;
    }
    status(fault, &message, 0, false)
}

fn status(fault: &Fault, message: &str, violations: usize, with_metadata: bool) -> Status {
    let metadata: HashMap<String, String> = if with_metadata {
        fault.metadata.clone().into_iter().collect()
    } else {
        HashMap::new()
    };
    let mut details = ErrorDetails::new();
    details.set_error_info(fault.reason.as_ref(), DOMAIN, metadata);
    for violation in fault.violations.iter().take(violations) {
        details.add_bad_request_violation(&violation.field, &violation.description);
    }
    if let Some(delay) = fault.retry_after {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(fault.code, message, details)
}

/// Returns the fault in `status`; the reason of a foreign status is its code's name.
pub(super) fn decode(status: &Status) -> Fault {
    let details = status.get_error_details();
    let mut fault = Fault::new(status.code(), code_reason(status.code()), status.message());
    if let Some(info) = details.error_info() {
        fault.reason = info.reason.clone().into();
        fault.metadata = info
            .metadata
            .clone()
            .into_iter()
            .collect::<BTreeMap<_, _>>();
    }
    if let Some(bad_request) = details.bad_request() {
        let violations = bad_request.field_violations.iter();
        fault.violations = violations
            .map(|violation| Violation {
                field: violation.field.clone(),
                description: violation.description.clone(),
            })
            .collect();
    }
    fault.retry_after = details.retry_info().and_then(|info| info.retry_delay);
    fault
}

/// Replaces a status in `headers` that is too large for a header list by a shorter one.
pub(crate) fn fit_headers(headers: &mut HeaderMap) {
    let Some(details) = headers.get(Status::GRPC_STATUS_DETAILS) else {
        return;
    };
    if details.len() <= MAX_DETAILS_BYTES.div_ceil(3) * 4 {
        return;
    }
    let Some(status) = Status::from_header_map(headers) else {
        return;
    };
    headers.remove(Status::GRPC_STATUS_DETAILS);
    // The shorter status consists of valid header values, so adding it cannot fail.
    let _ = cut(&decode(&status)).add_header(headers);
}

fn prefix_of(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    &text[..text.floor_char_boundary(max_bytes)]
}

fn code_reason(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fault_survives_the_wire_whole() {
        let fault = Fault::invalid("title", "must not be empty")
            .with("limit", "200")
            .retry_after(Duration::from_millis(1_500));
        assert_eq!(decode(&encode(&fault)), fault);
    }

    #[test]
    fn many_violations_are_cut_and_the_message_says_so() {
        let mut fault = Fault::invalid("row", "is wrong");
        for row in 0..2_000 {
            fault = fault.violation(format!("rows[{row}]"), "is wrong");
        }
        let status = encode(&fault);
        assert!(status.details().len() <= MAX_DETAILS_BYTES);
        assert!(status.message().ends_with("truncated)"));
        let cut = decode(&status);
        assert_eq!(cut.reason, "invalid_field");
        assert!(!cut.violations.is_empty());
    }

    #[test]
    fn a_foreign_status_gets_the_name_of_its_code() {
        assert_eq!(decode(&Status::not_found("gone")).reason, "not_found");
    }

    #[test]
    fn oversized_metadata_is_dropped() {
        let fault = Fault::not_found("case").with("huge", "x".repeat(20_000));
        let status = encode(&fault);
        assert!(status.details().len() <= MAX_DETAILS_BYTES);
        assert_eq!(decode(&status).reason, "case_not_found");
    }
}
