//! The metadata form of a [`Ctx`].

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{Caller, Ctx, Fault, Ids, TraceParent};

/// Caller, request id, address and session: base64url JSON.
pub(crate) const CONTEXT: HeaderName = HeaderName::from_static("x-fm-context");
/// When a signature ends, in seconds since the epoch.
pub(crate) const EXPIRY: HeaderName = HeaderName::from_static("x-fm-expiry");
/// Proof that a module of this cluster wrote the context.
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-fm-signature");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

const MAX_REQUEST_ID_BYTES: usize = 128;

#[derive(Serialize)]
struct ContextOut<'a> {
    caller: &'a Caller,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct ContextIn {
    caller: Caller,
    request_id: String,
    client_address: Option<String>,
    session_id: Option<String>,
}

/// Writes `ctx` into `headers`.
pub(crate) fn write(ctx: &Ctx, headers: &mut HeaderMap) {
    let context = ContextOut {
        caller: &ctx.caller,
        request_id: &ctx.request_id,
        client_address: ctx.client_address.as_deref(),
        session_id: ctx.session_id.as_deref(),
    };
    // Strings and enums always serialize, and base64url is a valid header value.
    let json = serde_json::to_vec(&context).unwrap_or_default();
    insert(headers, CONTEXT, &URL_SAFE_NO_PAD.encode(json));
    insert(headers, REQUEST_ID, &ctx.request_id);
    if let Some(traceparent) = &ctx.traceparent {
        insert(headers, TRACEPARENT, traceparent.as_str());
    }
    if let Some(deadline) = ctx.deadline {
        let remaining = deadline.saturating_duration_since(Instant::now());
        write_timeout(headers, remaining);
    }
}

/// Returns the context in `headers`; without one the caller is anonymous.
pub(crate) fn read(headers: &HeaderMap, ids: &Ids) -> Result<Ctx, Fault> {
    let mut ctx = match headers.get(CONTEXT) {
        Some(value) => decode(value)?,
        None => Ctx::anonymous(request_id(headers, ids)),
    };
    ctx.traceparent = traceparent(headers);
    ctx.deadline = timeout(headers).map(|timeout| Instant::now() + timeout);
    Ok(ctx)
}

/// Returns the trace a caller belongs to.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<TraceParent> {
    TraceParent::parse(text(headers, &TRACEPARENT)?)
}

/// Returns the request id a caller sent when it is fit for a log line, else a new one.
pub(crate) fn request_id(headers: &HeaderMap, ids: &Ids) -> String {
    text(headers, &REQUEST_ID)
        .filter(|id| is_request_id(id))
        .map_or_else(|| ids.hex16("req"), str::to_owned)
}

/// Returns whether `id` may be used as a request id: 1 to 128 of `A-Z a-z 0-9 . _ -`.
pub fn is_request_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(fits)
}

/// Returns the time the caller is willing to wait.
pub(crate) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &GRPC_TIMEOUT)?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Writes a timeout in the finest unit that fits the eight digits gRPC allows.
pub(crate) fn write_timeout(headers: &mut HeaderMap, timeout: Duration) {
    const EIGHT_DIGITS: u128 = 99_999_999;
    let value = if timeout.as_micros() <= EIGHT_DIGITS {
        format!("{}u", timeout.as_micros())
    } else if timeout.as_millis() <= EIGHT_DIGITS {
        format!("{}m", timeout.as_millis())
    } else {
        format!("{}S", u128::from(timeout.as_secs()).min(EIGHT_DIGITS))
    };
    insert(headers, GRPC_TIMEOUT, &value);
}

/// Sets a header, or removes it when the value cannot be one.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => headers.insert(name, value),
        Err(_) => headers.remove(name),
    };
}

/// Returns a header, unless it is absent or no text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn decode(value: &HeaderValue) -> Result<Ctx, Fault> {
    let context: ContextIn = URL_SAFE_NO_PAD
        .decode(value.as_bytes())
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| Fault::invalid(CONTEXT.as_str(), "is not a context"))?;
    Ok(Ctx {
        caller: context.caller,
        request_id: context.request_id,
        traceparent: None,
        client_address: context.client_address,
        session_id: context.session_id,
        deadline: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_written_as_grpc_reads_them() {
        for (timeout, written) in [
            (Duration::ZERO, "0u"),
            (Duration::from_micros(1_500), "1500u"),
            (Duration::from_secs(300), "300000m"),
            (Duration::from_secs(200_000), "200000S"),
        ] {
            let mut headers = HeaderMap::new();
            write_timeout(&mut headers, timeout);
            assert_eq!(headers[GRPC_TIMEOUT], written);
            assert_eq!(super::timeout(&headers), Some(timeout));
        }
    }

    #[test]
    fn malformed_timeouts_are_ignored() {
        for value in ["", "5", "S", "5x", "-5S", "123456789S", "+5S"] {
            let mut headers = HeaderMap::new();
            insert(&mut headers, GRPC_TIMEOUT, value);
            assert_eq!(timeout(&headers), None, "{value}");
        }
    }

    #[test]
    fn a_request_id_unfit_for_logs_is_replaced() {
        for value in ["", "a b", "a/b", &"x".repeat(129)] {
            let mut headers = HeaderMap::new();
            insert(&mut headers, REQUEST_ID, value);
            assert_eq!(
                request_id(&headers, &Ids::sequential()),
                "req_0000000000000001"
            );
        }
    }
}
