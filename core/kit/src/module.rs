//! One way to call a module, whether it runs in this process or elsewhere.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument as _, Span};

use crate::breaker::{Breaker, BreakerConfig, BreakerState, Outcome};
use crate::clock::SharedClock;
use crate::ctx::headers;
use crate::fault::{self, Fault};
use crate::{ClusterSecret, SystemClock, TraceParent};

mod call;
mod cut;
mod guard;
mod hosted;
mod idle;

pub(crate) use call::{Ending, code_name, deadline_of, ended, timed};
pub(crate) use cut::cut_short;
pub(crate) use guard::GuardLayer;
pub use hosted::{Hosted, ReadinessCheck};

use call::{Observation, code_in};
use idle::unless_idle;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// Clients choose deadlines; shorter ones would let them shut a module off for everybody.
const FAIR_WAIT: Duration = Duration::from_secs(5);
/// After which a module that was not reached may be there again.
const SOON: Duration = Duration::from_secs(1);
/// As long as a call with one answer may take at most.
const IDLE_LIMIT: Duration = Duration::from_secs(300);

/// A module to call; generated clients are made from it.
///
/// A call ends at its deadline; one without a deadline, such as an upload, may take as long as
/// something moves in it.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
    idle_limit: Duration,
    /// Only a module elsewhere can be out of reach.
    breaker: Option<Arc<Breaker>>,
}

struct Inner {
    name: &'static str,
    placement: Placement,
}

enum Placement {
    Local(Routes),
    Remote(Remote),
}

struct Remote {
    channel: Channel,
    secret: Option<ClusterSecret>,
    clock: SharedClock,
}

/// A module's address that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{uri:?} is not an address of a module")]
pub struct InvalidModuleUri {
    uri: String,
    source: tonic::transport::Error,
}

impl Module {
    /// Returns a module that runs in this process.
    pub fn local(name: &'static str, routes: Routes) -> Self {
        Self::placed(name, Placement::Local(routes.prepare()))
    }

    /// Returns a module that runs elsewhere; the connection is made when first needed.
    ///
    /// Must be called within a Tokio runtime.
    pub fn remote(
        name: &'static str,
        uri: &str,
        secret: Option<ClusterSecret>,
    ) -> Result<Self, InvalidModuleUri> {
        let endpoint = Endpoint::from_shared(uri.to_owned())
            .map_err(|source| InvalidModuleUri {
                uri: uri.to_owned(),
                source,
            })?
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_while_idle(true);
        let placement = Placement::Remote(Remote {
            channel: endpoint.connect_lazy(),
            secret,
            clock: SystemClock::shared(),
        });
        Ok(Self::placed(name, placement))
    }

    fn placed(name: &'static str, placement: Placement) -> Self {
        Self {
            inner: Arc::new(Inner { name, placement }),
            idle_limit: IDLE_LIMIT,
            breaker: None,
        }
    }

    /// Leaves the module alone for a while whenever it does not answer.
    #[must_use]
    pub fn with_breaker(mut self, config: BreakerConfig) -> Self {
        self.breaker = Some(Arc::new(Breaker::new("module", self.name(), config)));
        self
    }

    /// Returns whether calls are made, if a breaker decides that.
    pub fn breaker_state(&self) -> Option<BreakerState> {
        self.breaker.as_ref().map(|breaker| breaker.state())
    }

    /// Returns the module with another time after which a call in which nothing moves ends.
    #[must_use]
    pub fn with_idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = limit;
        self
    }

    /// Returns the module's name.
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// Returns whether the module runs in this process.
    pub fn is_local(&self) -> bool {
        matches!(self.inner.placement, Placement::Local(_))
    }

    fn placement_name(&self) -> &'static str {
        if self.is_local() { "local" } else { "remote" }
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module")
            .field("name", &self.inner.name)
            .field("placement", &self.placement_name())
            .finish()
    }
}

impl Service<Request<Body>> for Module {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.extensions_mut().clear();
        let module = self.clone();
        let observation = Observation::start(self.name(), self.placement_name(), &request);
        let span = rpc_span(self.name(), &observation, request.headers());
        let ending = Ending::new(move |code| observation.record(code));
        Box::pin(
            async move {
                crate::telemetry::inject_trace_context(request.headers_mut());
                let mut response = match module.admit() {
                    Ok(()) => module.limited(request).await,
                    Err(fault) => Status::from(fault).into_http(),
                };
                response.extensions_mut().clear();
                Ok(ended(response, ending))
            }
            .instrument(span),
        )
    }
}

/// Returns the span of a call; it names the request unless it lies within that request's own span.
fn rpc_span(module: &str, observation: &Observation, metadata: &HeaderMap) -> Span {
    let method = observation.method();
    if !Span::current().is_none() {
        return tracing::info_span!("rpc", module, method);
    }
    let request_id = headers::text(metadata, &headers::REQUEST_ID);
    let trace = headers::traceparent(metadata);
    let trace_id = trace.as_ref().map(TraceParent::trace_id);
    tracing::error_span!("rpc", module, method, request_id, trace_id)
}

impl Module {
    /// Refuses a call while the breaker is open.
    fn admit(&self) -> Result<(), Fault> {
        let Some(breaker) = &self.breaker else {
            return Ok(());
        };
        breaker
            .admit()
            .map_err(|wait| Fault::service_unavailable(self.name(), wait))
    }

    /// Calls the module within its time, and lets the breaker learn from the outcome.
    async fn limited(&self, request: Request<Body>) -> Response<Body> {
        let started = Instant::now();
        let deadline = deadline_of(request.headers());
        let response = match deadline {
            Some(_) => timed(deadline, self.answer(request)).await,
            None => unless_idle(self.idle_limit, request, |it| self.answer(it)).await,
        };
        if let Some(breaker) = &self.breaker {
            let code = code_in(response.headers()).unwrap_or(Code::Ok);
            breaker.record(outcome(code, started.elapsed()));
        }
        response
    }

    async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        match &self.inner.placement {
            Placement::Local(routes) => guard::call(routes.clone(), request).await,
            Placement::Remote(remote) => {
                request.headers_mut().remove(headers::SIGNATURE);
                remote.call(self.name(), request).await
            }
        }
    }
}

impl Remote {
    async fn call(&self, name: &str, mut request: Request<Body>) -> Response<Body> {
        if let Some(secret) = &self.secret {
            let path = request.uri().path().to_owned();
            secret.sign(request.headers_mut(), &path, &*self.clock);
        }
        let mut channel = self.channel.clone();
        let ready = std::future::poll_fn(|cx| channel.poll_ready(cx)).await;
        let answer = match ready {
            Ok(()) => channel.call(request).await,
            Err(error) => Err(error),
        };
        answer.unwrap_or_else(|error| failed(name, error).into_http())
    }
}

/// Returns what a call tells about the module: a caller that hardly waited blames nobody.
fn outcome(code: Code, waited: Duration) -> Outcome {
    match code {
        Code::DeadlineExceeded if waited < FAIR_WAIT => Outcome::Unknown,
        // The caller gave up, which tells nothing about the module.
        Code::Cancelled => Outcome::Unknown,
        Code::Unavailable | Code::DeadlineExceeded => Outcome::Failed,
        _ => Outcome::Answered,
    }
}

/// Returns the status of a call that did not reach the module, or whose answer did not come back.
fn failed(name: &str, error: tonic::transport::Error) -> Status {
    let cause = fault::chain(&error);
    let status = Status::from_error(Box::new(error));
    match status.code() {
        Code::Unknown | Code::Unavailable => {
            tracing::debug!(module = name, error = %cause, "{name} cannot be reached");
            Fault::service_unavailable(name, SOON).into()
        }
        _ => status,
    }
}
