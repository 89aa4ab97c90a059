//! REST, pages and gRPC on one port, translated to calls of the modules.
//!
//! **Invariants:** the gateway holds no business rule and no database; it reaches modules only
//! through their generated clients; it is the only place that knows HTTP status codes.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use faultmaven_kit::module::ReadinessCheck;
use faultmaven_kit::{ClusterSecret, Ids, Module, Redis, SharedClock};
use tokio_util::sync::CancellationToken;

use grpc::Reach;
use state::App;

mod attachment;
mod authenticator;
mod conditional;
mod context;
mod cors;
mod extract;
mod grpc;
mod health;
mod limits;
mod observe;
mod openapi;
mod pages;
mod paging;
mod problem;
mod routes;
mod state;
mod upload;
mod wire;

pub use authenticator::Authenticator;
pub use grpc::Gateway;
pub use openapi::document as openapi_document;

/// What the gateway is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// What clients are told to use; without a trailing slash.
    pub public_url: String,
    /// Origins besides the own one and browser extensions that may call from a page.
    pub cors_allowed_origins: Vec<String>,
    /// Proxies whose forwarded-for headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long an answer is waited for before it becomes a job.
    pub turn_sync_wait: Duration,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
    /// What the names of files that are analysed end with, such as `log`; clients offer these.
    pub analysed_endings: Vec<&'static str>,
    /// True when people sign in with an identity provider of their own.
    pub external_identity: bool,
    /// Largest JSON body in bytes.
    pub max_body_bytes: usize,
    /// How often a client may call; without it nobody is limited.
    pub requests_per_minute: Option<NonZeroU32>,
    /// False when everybody is one built-in user.
    pub auth_required: bool,
    /// True when the server listens on a loopback address.
    pub on_loopback: bool,
    /// Version told by `/health`.
    pub version: &'static str,
}

/// Every module, local or remote.
#[derive(Debug, Clone)]
pub struct Modules {
    /// Turns.
    pub agent: Module,
    /// Accounts.
    pub auth: Module,
    /// Cases.
    pub case: Module,
    /// Files and evidence.
    pub evidence: Module,
    /// Background work.
    pub jobs: Module,
    /// Documents.
    pub knowledge: Module,
    /// Models.
    pub llm: Module,
    /// Reports.
    pub report: Module,
    /// Sessions.
    pub session: Module,
}

/// What the gateway stands on.
pub struct Deps {
    /// Every module.
    pub modules: Modules,
    /// Time.
    pub clock: SharedClock,
    /// Request ids.
    pub ids: Ids,
    /// Proves calls of other processes of the cluster.
    pub secret: Option<ClusterSecret>,
    /// Full names of all services that only modules may call.
    pub internal_services: Vec<&'static str>,
    /// Checks of the modules hosted in this process, with the module's name.
    pub readiness: Vec<(&'static str, ReadinessCheck)>,
    /// Where processes count together how often clients call; without it each counts for itself.
    pub redis: Option<Redis>,
    /// Cancelled when the process begins to stop; what only waits ends then.
    pub stopping: CancellationToken,
    /// Cancelled when running answers had their time to end.
    pub hang_up: CancellationToken,
}

/// Returns the service that answers everything on one port.
pub fn build(config: Config, deps: Deps) -> Gateway {
    let app = App::new(config, deps, Reach::EveryModule);
    let rest = routes::router(Arc::clone(&app));
    grpc::on_one_port(&app, rest)
}

/// Returns the service of a process without the gateway: the gRPC services of the modules hosted
/// here, their health and the metrics.
pub fn modules_only(config: Config, deps: Deps) -> Gateway {
    let app = App::new(config, deps, Reach::HostedModules);
    let rest = routes::probes(Arc::clone(&app));
    grpc::on_one_port(&app, rest)
}

/// Returns the router that serves the gRPC services of the modules hosted here.
pub fn grpc_only(config: Config, deps: Deps) -> Router {
    grpc::alone(&App::new(config, deps, Reach::HostedModules))
}
