//! The stored bytes of a file, streamed.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use faultmaven_kit::{Code, Fault};
use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::download_file_response::Part;
use futures::{Stream, TryStreamExt};
use std::ops::Range;
use tonic::{Status, Streaming};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::find;
use crate::attachment::disposition;
use crate::context::SignedIn;
use crate::extract::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::upload::unhurried;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(download_file))
}

/// Streams the stored bytes, whole or one range of them.
#[utoipa::path(get, path = "/api/v1/evidence/{evidence_id}/download", tag = "evidence",
    params(
        ("evidence_id" = String, Path),
        ("Range" = Option<String>, Header, description = "One range such as `bytes=0-1023`; others are ignored"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The range asked for", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = ProblemBody),
        (status = 416, description = "The range lies beyond the file", body = ProblemBody),
    ))]
async fn download_file(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(file_id): PathOf<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = find(&app, &ctx, file_id).await?;
    let size = u64::try_from(file.size_bytes).unwrap_or_default();
    let range = asked_range(&headers, size, &etag(&file))?;
    let bytes = range.clone().unwrap_or(0..size);
    let request = unhurried(&ctx).request(proto::DownloadFileRequest {
        file_id: file.file_id.clone(),
        byte_start: i64::try_from(bytes.start).unwrap_or_default(),
        byte_end: i64::try_from(bytes.end).unwrap_or_default(),
    });
    let stream = app.evidence().download_file(request).await?.into_inner();
    let mut response = Response::new(Body::from_stream(chunks(stream)));
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *response.headers_mut() = answer_headers(&file, range, size);
    Ok(response)
}

fn chunks(
    stream: Streaming<proto::DownloadFileResponse>,
) -> impl Stream<Item = Result<Bytes, Status>> {
    stream.try_filter_map(async |message| match message.part {
        Some(Part::Chunk(chunk)) => Ok(Some(chunk)),
        Some(Part::File(_)) | None => Ok(None),
    })
}

fn answer_headers(file: &proto::UploadedFile, range: Option<Range<u64>>, size: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, octets);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_DISPOSITION, disposition(&file.filename));
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(etag) = HeaderValue::from_str(&etag(file)) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(range) = range
        && let Ok(content_range) =
            HeaderValue::from_str(&format!("bytes {}-{}/{size}", range.start, range.end - 1))
    {
        headers.insert(header::CONTENT_RANGE, content_range);
    }
    headers
}

fn etag(file: &proto::UploadedFile) -> String {
    format!("\"{}\"", file.sha256)
}

/// Returns the range to answer with; nothing means the whole file.
fn asked_range(headers: &HeaderMap, size: u64, etag: &str) -> Result<Option<Range<u64>>, Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|condition| condition != etag) {
        return Ok(None);
    }
    let Some(asked) = text(header::RANGE).and_then(parse_range) else {
        return Ok(None);
    };
    let range = match asked {
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, Some(suffix)) => size.saturating_sub(suffix)..size,
        (None, None) => return Ok(None),
    };
    if range.start >= range.end {
        let message = format!("the file has {size} bytes; ask for a range within them");
        let fault = Fault::new(Code::OutOfRange, "range_not_satisfiable", message);
        return Err(fault.with("size", size.to_string()).into());
    }
    Ok(Some(range))
}

/// Returns first and last byte of a single range; every other form is ignored, as HTTP allows.
fn parse_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    let (first, last) = (number(first)?, number(last)?);
    match (first, last) {
        (Some(first), Some(last)) if last < first => None,
        bounds => Some(bounds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Result<Option<Range<u64>>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, text.parse().unwrap());
        asked_range(&headers, 100, "\"abc\"")
    }

    #[test]
    fn single_ranges_are_honoured() {
        assert_eq!(range("bytes=0-9").unwrap(), Some(0..10));
        assert_eq!(range("bytes=90-").unwrap(), Some(90..100));
        assert_eq!(range("bytes=-5").unwrap(), Some(95..100));
        assert_eq!(range("bytes=50-1000").unwrap(), Some(50..100));
        assert_eq!(range("bytes=-1000").unwrap(), Some(0..100));
    }

    #[test]
    fn other_forms_mean_the_whole_file() {
        for text in [
            "bytes=0-1,5-6",
            "lines=1-2",
            "bytes=9-3",
            "bytes=x-",
            "bytes=-",
        ] {
            assert_eq!(range(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn a_range_beyond_the_file_is_refused() {
        assert!(range("bytes=100-").is_err());
        assert!(range("bytes=-0").is_err());
    }

    #[test]
    fn a_range_of_other_bytes_is_ignored() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-9".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"older\"".parse().unwrap());
        assert_eq!(asked_range(&headers, 100, "\"abc\"").unwrap(), None);
    }
}
