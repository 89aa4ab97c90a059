//! Names and times as REST clients write them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use faultmaven_kit::Fault;
use faultmaven_kit::db::check_idempotency_key;
use faultmaven_proto::case::v1::{Assurance, CaseStatus, ClosureReason, Milestone, Priority};
use prost_types::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::problem::Problem;

const REPLAYED: HeaderName = HeaderName::from_static("x-idempotency-replayed");
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A JSON body whose buffer is made for about so many bytes, so that it need not grow.
pub(crate) struct SizedJson<T>(pub(crate) T, pub(crate) usize);

impl<T: Serialize> IntoResponse for SizedJson<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(self.1);
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => ([(header::CONTENT_TYPE, JSON)], body).into_response(),
            Err(error) => Problem::from(Fault::internal(&error)).into_response(),
        }
    }
}

/// Returns an RFC 3339 time in UTC with microseconds.
pub(crate) fn time(timestamp: Option<Timestamp>) -> Option<String> {
    let timestamp = timestamp?;
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    let time: DateTime<Utc> = DateTime::from_timestamp(timestamp.seconds, nanos)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// Returns the time, or the epoch for a required field that is never absent in practice.
pub(crate) fn required_time(timestamp: Option<Timestamp>) -> String {
    time(Some(timestamp.unwrap_or_default())).unwrap_or_default()
}

/// Returns a time in milliseconds since the epoch.
pub(crate) fn epoch_milliseconds(timestamp: Option<Timestamp>) -> i64 {
    timestamp.map_or(0, |it| it.seconds * 1000 + i64::from(it.nanos) / 1_000_000)
}

/// Returns whole seconds of a duration.
pub(crate) fn seconds(duration: Option<prost_types::Duration>) -> i64 {
    duration.map_or(0, |it| it.seconds)
}

/// Returns an enum's protobuf name without its prefix, in lower case.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// Returns the status in the words of the legacy dialect.
pub(crate) fn legacy_status(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Investigating => "investigating",
        CaseStatus::Resolved => "resolved",
        CaseStatus::Closed => "closed",
        CaseStatus::Inquiry | CaseStatus::Unspecified => "consulting",
    }
}

/// Returns the status in the words of the current dialect.
pub(crate) fn state(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Inquiry | CaseStatus::Unspecified => "inquiry",
        other => legacy_status(other),
    }
}

/// Returns the status that a word of either dialect names.
pub(crate) fn parse_status(word: &str) -> Option<CaseStatus> {
    match word {
        "consulting" | "inquiry" => Some(CaseStatus::Inquiry),
        "investigating" => Some(CaseStatus::Investigating),
        "resolved" => Some(CaseStatus::Resolved),
        "closed" => Some(CaseStatus::Closed),
        _ => None,
    }
}

/// Returns the status that a word of either dialect names, or the problem with `field`.
pub(crate) fn status_of(field: &str, word: &str) -> Result<CaseStatus, Problem> {
    parse_status(word).ok_or_else(|| {
        let message = "must be inquiry (or consulting), investigating, resolved or closed";
        Fault::invalid(field, message).into()
    })
}

/// Returns the status named by the agent, in the words of the legacy dialect.
pub(crate) fn legacy_word(state: &str) -> &str {
    if state == "inquiry" {
        "consulting"
    } else {
        state
    }
}

/// Returns the priority's word.
pub(crate) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium | Priority::Unspecified => "medium",
        Priority::High => "high",
        Priority::Critical => "critical",
    }
}

/// Returns the priority that a word names.
pub(crate) fn parse_priority(word: &str) -> Option<Priority> {
    match word {
        "low" => Some(Priority::Low),
        "medium" => Some(Priority::Medium),
        "high" => Some(Priority::High),
        "critical" => Some(Priority::Critical),
        _ => None,
    }
}

/// Returns the priority that a word names; absent means unspecified.
pub(crate) fn priority_or_unspecified(word: Option<&str>) -> Result<Priority, Problem> {
    let Some(word) = word else {
        return Ok(Priority::Unspecified);
    };
    parse_priority(word)
        .ok_or_else(|| Fault::invalid("priority", "must be low, medium, high or critical").into())
}

/// Returns the milestone's word.
pub(crate) fn milestone(milestone: Milestone) -> String {
    word(milestone.as_str_name(), "MILESTONE_")
}

/// Returns the grade's word; absent without a hypothesis.
pub(crate) fn assurance(assurance: Assurance) -> Option<String> {
    match assurance {
        Assurance::Unspecified => None,
        known => Some(word(known.as_str_name(), "ASSURANCE_")),
    }
}

/// Returns the closure reason in the words of the browser extension, which knows no word for some.
pub(crate) fn closure_reason(reason: ClosureReason) -> Option<&'static str> {
    match reason {
        ClosureReason::InquiryOnly => Some("inquiry_only"),
        ClosureReason::SolutionDeferred => Some("solution_deferred"),
        ClosureReason::MitigationSufficient => Some("mitigation_sufficient"),
        ClosureReason::CauseInfeasible => Some("closed_rca_infeasible"),
        ClosureReason::InsufficientEvidence => Some("closed_insufficient_evidence"),
        ClosureReason::Unspecified
        | ClosureReason::Abandoned
        | ClosureReason::Escalated
        | ClosureReason::Duplicate
        | ClosureReason::Other => None,
    }
}

/// Returns every closure reason in a word of our own.
pub(crate) fn closed_as(reason: ClosureReason) -> Option<String> {
    match reason {
        ClosureReason::Unspecified => None,
        known => Some(word(known.as_str_name(), "CLOSURE_REASON_")),
    }
}

/// Returns a text unless it is empty, which is how the modules say "absent".
pub(crate) fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Returns the JSON object in `text`; empty or foreign text is an empty object.
pub(crate) fn object(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Value::Object(object),
        _ => Value::Object(Map::new()),
    }
}

/// Returns the JSON value in `text`, or null.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Returns an object as the modules store it; absent means empty.
pub(crate) fn object_text(object: Option<Map<String, Value>>) -> String {
    object.map_or_else(String::new, |object| Value::Object(object).to_string())
}

/// Returns the instant an RFC 3339 text names.
pub(crate) fn parse_time(field: &str, text: &str) -> Result<Timestamp, Problem> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| {
        Fault::invalid(
            field,
            "must be an RFC 3339 time such as 2026-03-04T14:05:00Z",
        )
    })?;
    Ok(faultmaven_kit::clock::timestamp(time.with_timezone(&Utc)))
}

/// Returns the header that marks an answer as a repetition.
pub(crate) fn replayed(replayed: bool) -> HeaderMap {
    let marks = replayed.then(|| (REPLAYED, HeaderValue::from_static("true")));
    marks.into_iter().collect()
}

/// Returns the value of the idempotency header; absent means empty.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(String::new());
    };
    // A text that is no ASCII has not the form of a key either.
    let key = value.to_str().unwrap_or("?");
    if !key.is_empty() {
        check_idempotency_key(IDEMPOTENCY_KEY, key)?;
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_microseconds_and_a_zone() {
        let timestamp = Timestamp {
            seconds: 1_741_097_100,
            nanos: 1_000_000,
        };
        assert_eq!(
            time(Some(timestamp)).as_deref(),
            Some("2025-03-04T14:05:00.001000Z")
        );
        assert_eq!(epoch_milliseconds(Some(timestamp)), 1_741_097_100_001);
    }

    #[test]
    fn both_dialects_name_the_same_states() {
        for status in [
            CaseStatus::Inquiry,
            CaseStatus::Investigating,
            CaseStatus::Resolved,
            CaseStatus::Closed,
        ] {
            assert_eq!(parse_status(legacy_status(status)), Some(status));
            assert_eq!(parse_status(state(status)), Some(status));
        }
        assert_eq!(parse_status("archived"), None);
    }
}
