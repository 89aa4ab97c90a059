//! What happens around every call: a deadline, a measurement, and one answer for both placements.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant as Stopwatch;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

use super::cut::cut_short;
use crate::Fault;
use crate::ctx::headers;

/// Returns when the caller stops waiting.
pub(crate) fn deadline_of(headers: &HeaderMap) -> Option<Instant> {
    headers::timeout(headers).map(|timeout| Instant::now() + timeout)
}

/// Returns the answer, or DEADLINE_EXCEEDED when it, or a frame of it, comes too late.
pub(crate) async fn timed(
    deadline: Option<Instant>,
    answer: impl Future<Output = Response<Body>>,
) -> Response<Body> {
    let Some(deadline) = deadline else {
        return answer.await;
    };
    let Ok(response) = tokio::time::timeout_at(deadline, answer).await else {
        return Status::from(Fault::deadline_exceeded()).into_http();
    };
    if is_cancelled_by_deadline(response.headers(), deadline) {
        return Status::from(Fault::deadline_exceeded()).into_http();
    }
    cut_short(response, move || {
        Box::pin(async move {
            tokio::time::sleep_until(deadline).await;
            Fault::deadline_exceeded().into()
        })
    })
}

/// A transport that watches the same deadline answers CANCELLED when it is first to notice.
fn is_cancelled_by_deadline(headers: &HeaderMap, deadline: Instant) -> bool {
    const EARLY: std::time::Duration = std::time::Duration::from_millis(20);
    let cancelled = i32::from(Code::Cancelled).to_string();
    headers
        .get(Status::GRPC_STATUS)
        .is_some_and(|code| code.as_bytes() == cancelled.as_bytes())
        && Instant::now() + EARLY >= deadline
}

/// The measurement of one call.
pub(crate) struct Observation {
    module: &'static str,
    placement: &'static str,
    path: http::Uri,
    started: Stopwatch,
}

impl Observation {
    /// Begins to time a call.
    pub(crate) fn start(
        module: &'static str,
        placement: &'static str,
        request: &Request<Body>,
    ) -> Self {
        Self {
            module,
            placement,
            path: request.uri().clone(),
            started: Stopwatch::now(),
        }
    }

    pub(crate) fn method(&self) -> &str {
        let path = self.path.path();
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Records how the call ended and how long it took.
    pub(crate) fn record(&self, code: Code) {
        // Clients may invent methods; each would be a series for ever.
        let method = match code {
            Code::Unimplemented => "unknown",
            _ => self.method(),
        };
        metrics::histogram!(
            "faultmaven_rpc_duration_seconds",
            "module" => self.module,
            "method" => method.to_owned(),
            "code" => code_name(code),
            "placement" => self.placement,
        )
        .record(self.started.elapsed().as_secs_f64());
    }
}

/// What happens once the outcome of a call is known; a call that is dropped was cancelled.
pub(crate) struct Ending<F: FnOnce(Code)>(Option<F>);

impl<F: FnOnce(Code)> Ending<F> {
    pub(crate) fn new(then: F) -> Self {
        Self(Some(then))
    }

    fn came(&mut self, code: Code) {
        if let Some(then) = self.0.take() {
            then(code);
        }
    }
}

impl<F: FnOnce(Code)> Drop for Ending<F> {
    fn drop(&mut self) {
        self.came(Code::Cancelled);
    }
}

/// Tells `ending` the outcome in the head of a response, or when its body has been read.
pub(crate) fn ended<F>(mut response: Response<Body>, mut ending: Ending<F>) -> Response<Body>
where
    F: FnOnce(Code) + Send + Unpin + 'static,
{
    if let Some(code) = code_in(response.headers()) {
        ending.came(code);
        return response;
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(EndedBody { body, ending });
    response
}

struct EndedBody<F: FnOnce(Code)> {
    body: Body,
    ending: Ending<F>,
}

impl<F: FnOnce(Code) + Unpin> http_body::Body for EndedBody<F> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    let code = code_in(trailers).unwrap_or(Code::Unknown);
                    self.ending.came(code);
                }
            }
            Poll::Ready(Some(Err(status))) => self.ending.came(status.code()),
            Poll::Ready(None) => self.ending.came(Code::Ok),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// Returns the gRPC code, if these headers or trailers hold it.
pub(super) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()))
}

/// Returns the name of a code as gRPC documents it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
