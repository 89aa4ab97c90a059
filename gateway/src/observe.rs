//! The outermost layer: request ids, error bodies, panics, metrics and the access log.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::{Code, Fault, is_request_id};
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::{Layer, Service};

use crate::problem::Problem;
use crate::state::{App, AppState};

mod http_metrics;

pub(crate) use http_metrics::HttpMetrics;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const UNMATCHED: &str = "unmatched";

/// The id that joins everything that happens for one request.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

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
    S: Service<Request, Response = Response, Error = Infallible>,
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
        request.extensions_mut().insert(RequestId(id.clone()));
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        Box::pin(async move {
            let mut response = match answer.await {
                Ok(Ok(response)) => response,
                Err(_) => panicked().into_response(),
            };
            finish(&mut response, &id);
            let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
            record(&app, method, route, &id, response.status().as_u16(), start);
            Ok(response)
        })
    }
}

/// Renders the problem an answer carries and puts the request id on it.
fn finish(response: &mut Response, id: &str) {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        *response = problem.render(id);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

fn record(app: &App, method: &'static str, route: &str, id: &str, status: u16, start: Instant) {
    let elapsed = start.elapsed();
    app.metrics
        .record(route, method, status, elapsed.as_secs_f64());
    let duration_ms = elapsed.as_millis();
    if status >= 500 {
        tracing::warn!(%method, route, status, duration_ms, request_id = id, "{method} {route} answered {status}");
    } else {
        tracing::debug!(%method, route, status, duration_ms, request_id = id, "{method} {route} answered {status}");
    }
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
