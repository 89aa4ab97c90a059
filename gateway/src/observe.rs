//! The outermost layer: request ids, error bodies, panics, metrics and the access log.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::telemetry::request_span;
use faultmaven_kit::{Code, Fault, TraceParent, is_request_id};
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::conditional;
use crate::context::Sender;
use crate::limits::{Class, Refused, Standing};
use crate::problem::Problem;
use crate::state::{App, AppState};

mod http_metrics;

pub(crate) use http_metrics::HttpMetrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const UNMATCHED: &str = "unmatched";
/// Unknown paths are counted as if they were some route.
const UNMATCHED_ROUTE: &str = "/api/";

/// What joins everything that happens for one request.
#[derive(Clone)]
pub(crate) struct RequestIds {
    pub(crate) request_id: String,
    pub(crate) trace: TraceParent,
}

/// Gives a request its id, renders its problem, survives its panic, and records how it went.
///
/// It is one layer rather than five because it runs for every request, probes included.
#[derive(Clone)]
pub(crate) struct Observe(pub(crate) AppState);

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed {
            app: self.0.clone(),
            inner,
        }
    }
}

/// A service behind [`Observe`].
#[derive(Clone)]
pub(crate) struct Observed<S> {
    app: AppState,
    inner: S,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let start = Instant::now();
        let app = self.app.clone();
        let method = method_label(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let id = request_id(&request, &app);
        let incoming = traceparent(&request);
        let path = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
        if is_probe(path) {
            // Probes come all the time and are the same each time: no span, no limit.
            let trace = incoming.unwrap_or_else(|| TraceParent::random(&app.deps.ids));
            let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
            return Box::pin(async move {
                let mut response = rescued(answer.await);
                finish(&mut response, &id, &trace);
                record(&app, method, route.as_ref(), response.status(), start);
                Ok(response)
            });
        }
        let operation = format_args!("{method} {path}");
        let (span, trace) = request_span(operation, &id, incoming, &app.deps.ids);
        // The instance that was polled ready serves this request; its clone waits for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let known = (method == "GET").then(|| conditional::known(request.headers()));
        let answered = async move {
            let request_id = id.clone();
            let admitted = admit(&app, RequestIds { request_id, trace }, &mut request).await;
            let (mut response, standing) = match admitted {
                Ok(standing) => {
                    let answer = AssertUnwindSafe(inner.call(request)).catch_unwind();
                    (rescued(answer.await), standing)
                }
                Err(refused) => (
                    Problem::from(refused.fault).into_response(),
                    Some(refused.standing),
                ),
            };
            if let Some(known) = known {
                let unless_known = conditional::unless_known(response, known);
                response = unless_known
                    .await
                    .unwrap_or_else(|_| panicked().into_response());
            }
            finish(&mut response, &id, &trace);
            if let Some(standing) = standing {
                standing.write(response.headers_mut(), &app.deps.clock);
            }
            record(&app, method, route.as_ref(), response.status(), start);
            Ok(response)
        };
        Box::pin(answered.instrument(span))
    }
}

/// Finds out who sends a request, and counts it.
async fn admit(
    app: &App,
    ids: RequestIds,
    request: &mut Request,
) -> Result<Option<Standing>, Refused> {
    let (parts, body) = std::mem::take(request).into_parts();
    let sender = Sender::of(app, &parts, ids).await;
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or(UNMATCHED_ROUTE, MatchedPath::as_str);
    let class = Class::of_route(&parts.method, route);
    let admitted = match (&app.limits, class) {
        (Some(limits), Some(class)) => limits.admit(class, &sender.ctx).await,
        _ => Ok(None),
    };
    *request = Request::from_parts(parts, body);
    request.extensions_mut().insert(sender);
    admitted
}

fn rescued(answer: Result<Result<Response, Infallible>, Box<dyn Any + Send>>) -> Response {
    match answer {
        Ok(Ok(response)) => response,
        Err(_) => panicked().into_response(),
    }
}

fn record(
    app: &App,
    method: &'static str,
    route: Option<&MatchedPath>,
    status: StatusCode,
    start: Instant,
) {
    let (route, status) = (
        route.map_or(UNMATCHED, MatchedPath::as_str),
        status.as_u16(),
    );
    app.metrics
        .record(route, method, status, start.elapsed().as_secs_f64());
    log_answer(method, route, status, start, is_probe(route));
}

/// Renders the problem an answer carries and puts the ids of the request on it.
fn finish(response: &mut Response, id: &str, trace: &TraceParent) {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        *response = problem.render(id);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    for (name, value) in [(REQUEST_ID, id), (TRACE_ID, trace.trace_id())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// Writes the line by which a request is found; its span names request, trace and user.
fn log_answer(method: &str, route: &str, status: u16, start: Instant, is_probe: bool) {
    let duration_ms = start.elapsed().as_micros() as f64 / 1_000.0;
    if status >= 500 {
        tracing::warn!(
            method,
            route,
            status,
            duration_ms,
            "{method} {route} answered {status}"
        );
    } else if is_probe {
        tracing::debug!(
            method,
            route,
            status,
            duration_ms,
            "{method} {route} answered {status}"
        );
    } else {
        tracing::info!(
            method,
            route,
            status,
            duration_ms,
            "{method} {route} answered {status}"
        );
    }
}

/// Returns whether monitors ask for this all the time.
fn is_probe(route: &str) -> bool {
    route.starts_with("/health") || route == "/metrics"
}

fn traceparent(request: &Request) -> Option<TraceParent> {
    TraceParent::parse(request.headers().get(TRACEPARENT)?.to_str().ok()?)
}

fn panicked() -> Problem {
    Fault::new(Code::Internal, "internal", "a handler panicked").into()
}

/// Returns the method's name; clients may invent methods, so the rest share one label.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn request_id(request: &Request, app: &App) -> String {
    [REQUEST_ID, CORRELATION_ID]
        .iter()
        .filter_map(|name| request.headers().get(name)?.to_str().ok())
        .find(|id| is_request_id(id))
        .map_or_else(|| app.deps.ids.hex16("req"), str::to_owned)
}
