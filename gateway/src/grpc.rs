//! gRPC, gRPC-Web, reflection and health on the port that also serves REST.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use faultmaven_kit::front_door::{ClientAddress, Limit};
use faultmaven_kit::{Code, Fault, FrontDoor, Module};
use futures::future::BoxFuture;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_http::cors::Cors;

use crate::context::client_address;
use crate::cors::PageRules;
use crate::health::ModuleHealth;
use crate::observe::Observe;
use crate::problem::Problem;
use crate::state::App;
use crate::{Modules, cors};

const PACKAGE_PREFIX: &str = "faultmaven.";
const LONG_LIVED: [&str; 3] = [
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

const FOREIGN_HOST: (&str, &str) = (
    "host_not_allowed",
    "this installation listens on loopback and is not called by this name; call it as localhost, or \
     set PUBLIC_URL to the address it is called by",
);
const FOREIGN_ORIGIN: (&str, &str) = (
    "origin_not_allowed",
    "pages of this origin may not call; add it to CORS_ALLOWED_ORIGINS",
);

type Door = GrpcWebService<faultmaven_kit::front_door::FrontDoorService<Dispatch>>;

/// Returns the service that answers gRPC calls itself and leaves everything else to `rest`.
pub(crate) fn on_one_port(app: &Arc<App>, rest: Router) -> Gateway {
    let port = OnePort(Arc::new(BothWays {
        app: Arc::clone(app),
        rest,
        grpc: door(app),
    }));
    Gateway {
        pages: Arc::new(PageRules::new(&app.config)),
        with_rules: Arc::new(cors::layer(&app.config).layer(port.clone())),
        port,
    }
}

/// Returns the router that answers gRPC calls of the modules hosted here and nothing else.
pub(crate) fn alone(app: &Arc<App>) -> Router {
    let config = Arc::clone(app);
    let door = door(app).map_request(move |request| with_client_address(&config, request));
    Router::new().fallback_service(door)
}

fn door(app: &Arc<App>) -> Door {
    let front_door = FrontDoor::new(
        Arc::new(app.authenticator.clone()),
        app.deps.secret.clone(),
        app.deps.internal_services.iter().copied(),
    )
    .without_sign_in(!app.config.auth_required)
    .limited_by(app.limits.clone().map(|limits| limits as Arc<dyn Limit>))
    .streaming(streaming_methods())
    .hanging_up(app.deps.hang_up.clone());
    let dispatch = Dispatch {
        modules: app.deps.modules.clone(),
        reach: app.reach,
        common: common_services(app),
    };
    GrpcWebLayer::new().layer(front_door.layer(dispatch))
}

/// Returns the calls that may take as long as something moves in them, or as somebody listens.
fn streaming_methods() -> HashSet<String> {
    let mut methods = faultmaven_proto::streaming_methods();
    methods.extend(LONG_LIVED.map(str::to_owned));
    methods
}

fn common_services(app: &Arc<App>) -> Routes {
    let mut routes = Routes::new(ModuleHealth::server(Arc::clone(app)));
    // The descriptors are compiled in; a test of the reflection service proves them valid.
    if let Ok(reflection) = reflection().build_v1() {
        routes = routes.add_service(reflection);
    }
    if let Ok(reflection) = reflection().build_v1alpha() {
        routes = routes.add_service(reflection);
    }
    routes
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_file_descriptor_set(faultmaven_proto::public_descriptors())
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// Everything that is served on one port.
///
/// Requests of pages keep to the rules for other origins; probes and programs send no origin. It is
/// cloned for every connection, so it holds nothing but counted references.
#[derive(Clone)]
pub struct Gateway {
    pages: Arc<PageRules>,
    port: OnePort,
    with_rules: Arc<Cors<OnePort>>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

impl Service<Request> for Gateway {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let host = host(&request);
        if !self.pages.knows(host) {
            return self.refuse(request, FOREIGN_HOST);
        }
        let Some(origin) = request.headers().get(header::ORIGIN) else {
            return self.port.call(request);
        };
        let (origin, host) = (origin.to_str().unwrap_or_default(), host.and_then(text));
        // Without the headers of an allowed origin a page cannot read an answer, but it can act.
        if request.method().is_safe() || self.pages.admit(origin, host) {
            return Box::pin(Cors::clone(&self.with_rules).call(request));
        }
        self.refuse(request, FOREIGN_ORIGIN)
    }
}

impl Gateway {
    fn refuse(
        &self,
        request: Request,
        (reason, message): (&'static str, &'static str),
    ) -> BoxFuture<'static, Result<Response, Infallible>> {
        let observe = Observe(Arc::clone(&self.port.0.app));
        let refusal = service_fn(move |_: Request| async move {
            let refusal = Fault::new(Code::PermissionDenied, reason, message);
            Ok::<_, Infallible>(Problem::from(refusal).into_response())
        });
        Box::pin(observe.layer(refusal).oneshot(request))
    }
}

/// Returns by which name a request calls; HTTP/2 carries it in the address.
fn host(request: &Request) -> Option<&[u8]> {
    let host = request.headers().get(header::HOST);
    let authority = || request.uri().authority().map(|it| it.as_str().as_bytes());
    host.map(HeaderValue::as_bytes).or_else(authority)
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Separates gRPC from REST by content type.
#[derive(Clone)]
struct OnePort(Arc<BothWays>);

struct BothWays {
    app: Arc<App>,
    rest: Router,
    grpc: Door,
}

impl Service<Request> for OnePort {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let ways = &self.0;
        if !is_grpc(&request) {
            remove_trailing_slash(request.uri_mut());
            return Box::pin(Service::<Request>::call(&mut ways.rest.clone(), request));
        }
        let request = with_client_address(&ways.app, request);
        let answer = ways.grpc.clone().oneshot(request);
        Box::pin(async move { answer.await.map(IntoResponse::into_response) })
    }
}

fn with_client_address(app: &App, request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    if let Some(address) = client_address(&parts, &app.config.trusted_proxies) {
        parts.extensions.insert(ClientAddress(address));
    }
    Request::from_parts(parts, body)
}

/// Makes `/api/v1/cases/` the same as `/api/v1/cases`, which some clients call it, without a redirect.
fn remove_trailing_slash(uri: &mut Uri) {
    let path = uri.path();
    // The page of the API loads its files from below `/docs/`.
    if !path.ends_with('/') || path.starts_with("/docs/") {
        return;
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return;
    }
    let shorter = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = shorter.parse().ok();
    if let Ok(shorter) = Uri::from_parts(parts) {
        *uri = shorter;
    }
}

fn is_grpc(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// Sends each call to the module whose package it names.
#[derive(Clone)]
struct Dispatch {
    modules: Modules,
    reach: Reach,
    common: Routes,
}

/// Which modules a door leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of other processes too.
    EveryModule,
    /// Those of this process, so that a wrong address cannot make a call go in circles.
    HostedModules,
}

impl Reach {
    /// Returns whether the door leads to the module.
    pub(crate) fn includes(self, module: &Module) -> bool {
        self == Self::EveryModule || module.is_local()
    }
}

impl Service<axum::http::Request<Body>> for Dispatch {
    type Response = axum::http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<Body>) -> Self::Future {
        match self.module(request.uri().path()) {
            Some(mut module) => module.call(request),
            None if is_common(request.uri().path()) => {
                Box::pin(self.common.clone().oneshot(request))
            }
            None => Box::pin(async {
                Ok(Status::unimplemented("no such service; list them by reflection").into_http())
            }),
        }
    }
}

impl Dispatch {
    fn module(&self, path: &str) -> Option<Module> {
        self.modules
            .of_path(path)
            .filter(|module| self.reach.includes(module))
    }
}

fn is_common(path: &str) -> bool {
    path.starts_with("/grpc.reflection.") || path.starts_with("/grpc.health.")
}

impl Modules {
    fn of_path(&self, path: &str) -> Option<Module> {
        let package = path.strip_prefix('/')?.strip_prefix(PACKAGE_PREFIX)?;
        let (name, _) = package.split_once('.')?;
        self.all().into_iter().find(|module| module.name() == name)
    }

    pub(crate) fn all(&self) -> [Module; 9] {
        [
            self.agent.clone(),
            self.auth.clone(),
            self.case.clone(),
            self.evidence.clone(),
            self.jobs.clone(),
            self.knowledge.clone(),
            self.llm.clone(),
            self.report.clone(),
            self.session.clone(),
        ]
    }
}
