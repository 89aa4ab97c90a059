//! What happens around every call: a deadline, a measurement, and one answer for both placements.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant as Stopwatch;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tokio::time::{Instant, Sleep};
use tonic::body::Body;
use tonic::{Code, Status};

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
    let Ok(mut response) = tokio::time::timeout_at(deadline, answer).await else {
        return Status::from(Fault::deadline_exceeded()).into_http();
    };
    if is_cancelled_by_deadline(response.headers(), deadline) {
        return Status::from(Fault::deadline_exceeded()).into_http();
    }
    if http_body::Body::is_end_stream(response.body()) {
        return response;
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(TimedBody {
        body,
        deadline,
        sleep: None,
    });
    response
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

struct TimedBody {
    body: Body,
    deadline: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for TimedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let ready @ Poll::Ready(_) = Pin::new(&mut self.body).poll_frame(cx) {
            return ready;
        }
        let deadline = self.deadline;
        // Most bodies are complete at once, so the timer is made only for one that waits.
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        sleep
            .as_mut()
            .poll(cx)
            .map(|()| Some(Err(Fault::deadline_exceeded().into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// The measurement of one call, recorded once its outcome is known.
pub(crate) struct Observation {
    module: &'static str,
    placement: &'static str,
    path: http::Uri,
    started: Stopwatch,
    recorded: bool,
}

impl Observation {
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
            recorded: false,
        }
    }

    pub(crate) fn method(&self) -> &str {
        let path = self.path.path();
        path.rsplit('/').next().unwrap_or(path)
    }

    fn record(&mut self, code: Code) {
        if std::mem::replace(&mut self.recorded, true) {
            return;
        }
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

impl Drop for Observation {
    fn drop(&mut self) {
        self.record(Code::Cancelled);
    }
}

/// Records the outcome in the head of a response, or when its body has been read.
pub(crate) fn observed(
    mut response: Response<Body>,
    mut observation: Observation,
) -> Response<Body> {
    if let Some(code) = code_in(response.headers()) {
        observation.record(code);
        return response;
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(ObservedBody { body, observation });
    response
}

struct ObservedBody {
    body: Body,
    observation: Observation,
}

impl http_body::Body for ObservedBody {
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
                    self.observation.record(code);
                }
            }
            Poll::Ready(Some(Err(status))) => self.observation.record(status.code()),
            Poll::Ready(None) => self.observation.record(Code::Ok),
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

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()))
}

fn code_name(code: Code) -> &'static str {
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
