//! One way to call a module, whether it runs in this process or elsewhere.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};
use tower::Service;
use tracing::Instrument as _;

use crate::clock::SharedClock;
use crate::ctx::headers;
use crate::{ClusterSecret, SystemClock};

mod call;
mod guard;
mod hosted;

pub(crate) use call::{deadline_of, timed};
pub(crate) use guard::GuardLayer;
pub use hosted::{Hosted, ReadinessCheck};

use call::{Observation, observed};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// A module to call; generated clients are made from it.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

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
        let placement = Placement::Local(routes.prepare());
        Self(Arc::new(Inner { name, placement }))
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
        Ok(Self(Arc::new(Inner { name, placement })))
    }

    /// Returns the module's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Returns whether the module runs in this process.
    pub fn is_local(&self) -> bool {
        matches!(self.0.placement, Placement::Local(_))
    }

    fn placement_name(&self) -> &'static str {
        if self.is_local() { "local" } else { "remote" }
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module")
            .field("name", &self.0.name)
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
        let observation = Observation::start(self.0.name, self.placement_name(), &request);
        let span = tracing::info_span!(
            "rpc",
            module = self.0.name,
            method = observation.method(),
            request_id = headers::text(request.headers(), &headers::REQUEST_ID),
        );
        Box::pin(
            async move {
                crate::telemetry::inject_trace_context(request.headers_mut());
                let deadline = deadline_of(request.headers());
                let answer = module.answer(request);
                let mut response = timed(deadline, answer).await;
                response.extensions_mut().clear();
                Ok(observed(response, observation))
            }
            .instrument(span),
        )
    }
}

impl Module {
    async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        match &self.0.placement {
            Placement::Local(routes) => guard::call(routes.clone(), request).await,
            Placement::Remote(remote) => {
                request.headers_mut().remove(headers::SIGNATURE);
                remote.call(request).await
            }
        }
    }
}

impl Remote {
    async fn call(&self, mut request: Request<Body>) -> Response<Body> {
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
        answer.unwrap_or_else(|error| {
            let status = tonic::Status::from_error(Box::new(error));
            match status.code() {
                tonic::Code::Unknown => tonic::Status::unavailable(status.message()),
                _ => status,
            }
            .into_http()
        })
    }
}
