//! The check that every gRPC call from a socket passes: who calls, and what may they reach.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response, header};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use crate::clock::SharedClock;
use crate::ctx::headers;
use crate::module::{Ending, code_name, cut_short, deadline_of, ended, timed};
use crate::telemetry::request_span;
use crate::{Actor, Caller, ClusterSecret, Ctx, Fault, Ids, SystemClock};

mod malformed;

use malformed::refuse_malformed;

const MAX_TIMEOUT: Duration = Duration::from_secs(300);
const RESERVED_PREFIX: &str = "x-fm-";

/// Turns a bearer token into a person.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Returns the person the token belongs to.
    async fn authenticate(&self, bearer: &str, ctx: &Ctx) -> Result<Actor, Fault>;
}

/// Decides whether a caller may call now.
#[async_trait]
pub trait Limit: Send + Sync {
    /// Counts a call of the method at `path`, or refuses it.
    async fn admit(&self, path: &str, ctx: &Ctx) -> Result<(), Fault>;
}

/// Where a call came from; whoever owns the socket puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

/// Lets calls in: those of modules by signature, all others by bearer token.
#[derive(Clone)]
pub struct FrontDoor(Arc<Rules>);

#[derive(Clone)]
struct Rules {
    authenticator: Arc<dyn Authenticate>,
    secret: Option<ClusterSecret>,
    internal_services: HashSet<&'static str>,
    streaming_methods: HashSet<String>,
    without_sign_in: bool,
    limit: Option<Arc<dyn Limit>>,
    hang_up: CancellationToken,
    ids: Ids,
    clock: SharedClock,
}

impl FrontDoor {
    /// Returns a front door; without a `secret` no caller is taken for a module.
    pub fn new(
        authenticator: Arc<dyn Authenticate>,
        secret: Option<ClusterSecret>,
        internal_services: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self(Arc::new(Rules {
            authenticator,
            secret,
            internal_services: internal_services.into_iter().collect(),
            streaming_methods: HashSet::new(),
            without_sign_in: false,
            limit: None,
            hang_up: CancellationToken::new(),
            ids: Ids::random(),
            clock: SystemClock::shared(),
        }))
    }

    /// Takes everybody who brings no token for the user that the authenticator gives an empty one.
    #[must_use]
    pub fn without_sign_in(self, without_sign_in: bool) -> Self {
        self.with(|rules| rules.without_sign_in = without_sign_in)
    }

    /// Lets clients call as often as `limit` allows; modules are not limited.
    #[must_use]
    pub fn limited_by(self, limit: Option<Arc<dyn Limit>>) -> Self {
        self.with(|rules| rules.limit = limit)
    }

    /// Names the calls that may take as long as something moves in them.
    #[must_use]
    pub fn streaming(self, methods: HashSet<String>) -> Self {
        self.with(|rules| rules.streaming_methods = methods)
    }

    /// Ends answers that still run with UNAVAILABLE once `token` is cancelled.
    #[must_use]
    pub fn hanging_up(self, token: CancellationToken) -> Self {
        self.with(|rules| rules.hang_up = token)
    }

    fn with(self, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Arc::unwrap_or_clone(self.0);
        change(&mut rules);
        Self(Arc::new(rules))
    }

    /// Returns `routes` behind this door.
    pub fn guard(&self, routes: Routes) -> Routes {
        Routes::from(routes.into_axum_router().layer(self.clone()))
    }
}

impl fmt::Debug for FrontDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontDoor")
            .field("internal_services", &self.0.internal_services)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for FrontDoor {
    type Service = FrontDoorService<S>;

    fn layer(&self, inner: S) -> FrontDoorService<S> {
        FrontDoorService {
            inner,
            rules: Arc::clone(&self.0),
        }
    }
}

/// A service behind a [`FrontDoor`].
#[derive(Clone)]
pub struct FrontDoorService<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S: fmt::Debug> fmt::Debug for FrontDoorService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FrontDoorService")
            .field(&self.inner)
            .finish()
    }
}

impl<S, B, R> Service<Request<B>> for FrontDoorService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The instance that was polled ready serves this call; its clone waits for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let rules = Arc::clone(&self.rules);
        let path = request.uri().path().to_owned();
        let request_id = headers::request_id(request.headers(), &rules.ids);
        let incoming = headers::traceparent(request.headers());
        let operation = format_args!("{path}");
        let (span, trace) = request_span(operation, &request_id, incoming, &rules.ids);
        let started = Instant::now();
        let line = span.clone();
        let answer = async move {
            let mut ctx = Ctx::anonymous(request_id.clone());
            ctx.traceparent = Some(trace);
            ctx.client_address = request
                .extensions()
                .get::<ClientAddress>()
                .map(|address| address.0.clone());
            let admitted = rules.admit(&path, ctx, request.headers_mut()).await;
            let is_loud = !matches!(admitted, Ok(Origin::Module)) && !is_probe(&path);
            let ending = Ending::new(move |code| {
                line.in_scope(|| log_answer(&path, code, started, is_loud));
            });
            let mut response = match admitted {
                Ok(_) => refuse_malformed(rules.serve(&mut inner, request).await?),
                Err(fault) => Status::from(fault).into_http(),
            };
            let headers = response.headers_mut();
            headers::insert(headers, headers::REQUEST_ID, &request_id);
            headers::insert(headers, headers::TRACE_ID, trace.trace_id());
            Ok(ended(rules.cut_on_hang_up(response), ending))
        };
        Box::pin(answer.instrument(span))
    }
}

/// Who sent a call.
enum Origin {
    Client,
    Module,
}

/// What monitors and tools ask all the time.
fn is_probe(path: &str) -> bool {
    path.starts_with("/grpc.")
}

fn log_answer(path: &str, code: Code, started: Instant, is_loud: bool) {
    let (method, status) = ("gRPC", code_name(code));
    let duration_ms = started.elapsed().as_micros() as f64 / 1_000.0;
    if is_loud {
        tracing::info!(
            method,
            route = path,
            status,
            duration_ms,
            "{path} answered {status}"
        );
    } else {
        tracing::debug!(
            method,
            route = path,
            status,
            duration_ms,
            "{path} answered {status}"
        );
    }
}

impl Rules {
    /// Leaves in `headers` a context that may be trusted, or refuses the call.
    async fn admit(
        &self,
        path: &str,
        mut ctx: Ctx,
        headers: &mut HeaderMap,
    ) -> Result<Origin, Fault> {
        // A module knows how long its call may take: an upload it passes on may take hours.
        if self.is_from_a_module(path, headers) {
            return Ok(Origin::Module);
        }
        self.cap_timeout(path, headers);
        remove_reserved(headers);
        let service = path.split('/').nth(1).unwrap_or_default();
        if self.internal_services.contains(service) {
            let message = format!("{service} is not served to clients");
            return Err(Fault::new(Code::PermissionDenied, "internal_only", message));
        }
        ctx.deadline = deadline_of(headers);
        let signed_in = self.sign_in(headers, &mut ctx).await;
        // Whoever fails to sign in is counted too, by address.
        if let Some(limit) = &self.limit
            && !is_probe(path)
        {
            limit.admit(path, &ctx).await?;
        }
        signed_in?;
        headers::write(&ctx, headers);
        Ok(Origin::Client)
    }

    /// Makes the person whose token the call brings its caller.
    async fn sign_in(&self, headers: &HeaderMap, ctx: &mut Ctx) -> Result<(), Fault> {
        let bearer = bearer(headers)?.or_else(|| self.without_sign_in.then_some(""));
        if let Some(bearer) = bearer {
            let actor = self.authenticator.authenticate(bearer, ctx).await?;
            Span::current().record("user_id", &actor.user_id);
            ctx.caller = Caller::User(actor);
        }
        Ok(())
    }

    fn is_from_a_module(&self, path: &str, headers: &HeaderMap) -> bool {
        self.secret
            .as_ref()
            .is_some_and(|secret| secret.verifies(headers, path, &*self.clock))
    }

    /// Limits how long a client may wait for one answer; a stream that may take longer ends when
    /// nothing moves in it.
    fn cap_timeout(&self, path: &str, headers: &mut HeaderMap) {
        let asked = headers::timeout(headers);
        if asked.is_some_and(|asked| asked < MAX_TIMEOUT) {
            return;
        }
        if self.streaming_methods.contains(path) {
            headers.remove(headers::GRPC_TIMEOUT);
        } else {
            headers::write_timeout(headers, MAX_TIMEOUT);
        }
    }

    fn cut_on_hang_up(&self, response: Response<Body>) -> Response<Body> {
        let token = self.hang_up.clone();
        cut_short(response, move || {
            Box::pin(async move {
                token.cancelled_owned().await;
                Fault::shutting_down().into()
            })
        })
    }

    async fn serve<S, B, R>(
        &self,
        inner: &mut S,
        request: Request<B>,
    ) -> Result<Response<Body>, S::Error>
    where
        S: Service<Request<B>, Response = Response<R>>,
        R: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let deadline = deadline_of(request.headers());
        let mut failure = None;
        let answer = inner.call(request);
        let response = timed(deadline, async {
            match answer.await {
                Ok(response) => response.map(Body::new),
                Err(error) => {
                    failure = Some(error);
                    Response::new(Body::empty())
                }
            }
        })
        .await;
        failure.map_or(Ok(response), Err)
    }
}

fn remove_reserved(headers: &mut HeaderMap) {
    let reserved: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(RESERVED_PREFIX))
        .cloned()
        .collect();
    for name in reserved {
        headers.remove(name);
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Some(token.trim()))
        .ok_or_else(|| Fault::unauthenticated("authorization must be a bearer token"))
}
