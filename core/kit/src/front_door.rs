//! The check that every gRPC call from a socket passes: who calls, and what may they reach.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response, header};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::clock::SharedClock;
use crate::ctx::headers;
use crate::module::{deadline_of, timed};
use crate::{Actor, Caller, ClusterSecret, Ctx, Fault, Ids, SystemClock};

const MAX_TIMEOUT: Duration = Duration::from_secs(300);
const RESERVED_PREFIX: &str = "x-fm-";

/// Turns a bearer token into a person.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Returns the person the token belongs to.
    async fn authenticate(&self, bearer: &str, ctx: &Ctx) -> Result<Actor, Fault>;
}

/// Where a call came from; whoever owns the socket puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

/// Lets calls in: those of modules by signature, all others by bearer token.
#[derive(Clone)]
pub struct FrontDoor(Arc<Rules>);

struct Rules {
    authenticator: Arc<dyn Authenticate>,
    secret: Option<ClusterSecret>,
    internal_services: HashSet<&'static str>,
    max_timeout: Duration,
    without_sign_in: bool,
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
            max_timeout: MAX_TIMEOUT,
            without_sign_in: false,
            ids: Ids::random(),
            clock: SystemClock::shared(),
        }))
    }

    /// Takes everybody who brings no token for the user that the authenticator gives an empty one.
    #[must_use]
    pub fn without_sign_in(self, without_sign_in: bool) -> Self {
        let rules = Rules {
            authenticator: Arc::clone(&self.0.authenticator),
            secret: self.0.secret.clone(),
            internal_services: self.0.internal_services.clone(),
            max_timeout: self.0.max_timeout,
            without_sign_in,
            ids: self.0.ids.clone(),
            clock: Arc::clone(&self.0.clock),
        };
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
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let mut ctx = Ctx::anonymous(headers::request_id(request.headers(), &rules.ids));
            ctx.client_address = request
                .extensions()
                .get::<ClientAddress>()
                .map(|address| address.0.clone());
            let request_id = ctx.request_id.clone();
            let mut response = match rules.admit(&path, ctx, request.headers_mut()).await {
                Ok(()) => rules.serve(&mut inner, request).await?,
                Err(fault) => Status::from(fault).into_http(),
            };
            headers::insert(response.headers_mut(), headers::REQUEST_ID, &request_id);
            Ok(response)
        })
    }
}

impl Rules {
    /// Leaves in `headers` a context that may be trusted, or refuses the call.
    async fn admit(&self, path: &str, mut ctx: Ctx, headers: &mut HeaderMap) -> Result<(), Fault> {
        // A module knows how long its call may take: an upload it passes on may take hours.
        if self.is_from_a_module(path, headers) {
            return Ok(());
        }
        self.cap_timeout(headers);
        remove_reserved(headers);
        let service = path.split('/').nth(1).unwrap_or_default();
        if self.internal_services.contains(service) {
            let message = format!("{service} is not served to clients");
            return Err(Fault::new(Code::PermissionDenied, "internal_only", message));
        }
        ctx.traceparent = headers::text(headers, &headers::TRACEPARENT).map(str::to_owned);
        ctx.deadline = deadline_of(headers);
        let bearer = bearer(headers)?.or_else(|| self.without_sign_in.then_some(""));
        if let Some(bearer) = bearer {
            let actor = self.authenticator.authenticate(bearer, &ctx).await?;
            ctx.caller = Caller::User(actor);
        }
        headers::write(&ctx, headers);
        Ok(())
    }

    fn is_from_a_module(&self, path: &str, headers: &HeaderMap) -> bool {
        self.secret
            .as_ref()
            .is_some_and(|secret| secret.verifies(headers, path, &*self.clock))
    }

    fn cap_timeout(&self, headers: &mut HeaderMap) {
        let asked = headers::timeout(headers).unwrap_or(self.max_timeout);
        if asked >= self.max_timeout {
            headers::write_timeout(headers, self.max_timeout);
        }
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
