//! Answers a repeated read of unchanged data without sending it again.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http_body_util::BodyExt;
use xxhash_rust::xxh3::xxh3_128;

/// Browsers may keep the answer, but must ask each time whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Returns what the client says it has.
pub(crate) fn known(headers: &HeaderMap) -> Option<IfNoneMatch> {
    headers.typed_get()
}

/// Returns the answer with an entity tag, or 304 when the client has it already.
pub(crate) async fn unless_known(
    response: Response,
    known: Option<IfNoneMatch>,
) -> Result<Response, axum::Error> {
    if !is_whole_document(&response) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    // XXH3 tells two answers to one person apart; it need not withstand an attacker.
    let Ok(tag) = format!("\"{:032x}\"", xxh3_128(&bytes)).parse::<ETag>() else {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    };
    let is_known = known.is_some_and(|known| !known.precondition_passes(&tag));
    parts.headers.typed_insert(tag);
    parts.headers.insert(header::CACHE_CONTROL, REVALIDATE);
    if !is_known {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::empty()))
}

/// Returns whether the answer is a JSON document that has no tag or rule of its own.
fn is_whole_document(response: &Response) -> bool {
    let headers = response.headers();
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    response.status() == StatusCode::OK
        && is_json
        && !headers.contains_key(header::ETAG)
        && !headers.contains_key(header::CACHE_CONTROL)
}
