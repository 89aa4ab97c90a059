//! A running process: the hosted modules behind their listeners.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::serve::ListenerExt;
use axum::{Router, ServiceExt};
use faultmaven_gateway::{Config, Deps, Gateway};
use faultmaven_kit::{
    CacheError, Db, Ids, Redis, SystemClock, Tasks, serve_grpc, serve_grpc_and_probes, telemetry,
};
use faultmaven_proto::auth::v1::GetAuthConfigRequest;
use faultmaven_proto::auth::v1::auth_service_client::AuthServiceClient;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::config::Settings;
use crate::lock::DataLock;
use crate::placement::ModuleName;
use crate::wiring::{Base, BoxError, Wired, wire};

const MAX_BODY_BYTES: usize = 2 << 20;
/// Together well below the 30 seconds after which Compose, Kubernetes and the wrapper kill.
const DRAIN: Duration = Duration::from_secs(10);
const HANG_UP: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(10);
const FOLD_INTERVAL: Duration = Duration::from_secs(5);
const SETUP_TOKEN_BYTES: usize = 18;

/// A port that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}; set PORT or HOST to a free address")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// A process that serves.
pub struct Server {
    address: SocketAddr,
    setup_token: Option<String>,
    tasks: Tasks,
    hang_up: CancellationToken,
    listeners: Tasks,
    databases: Vec<Db>,
    _lock: DataLock,
}

/// Binds a listener to an address of this machine.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError { address, source })
}

impl Server {
    /// Builds the hosted modules and serves them on `listener`.
    pub async fn start(settings: Settings, listener: TcpListener) -> Result<Self, BoxError> {
        let mut lock = DataLock::take(&settings.storage.data_dir)?;
        lock.note(listener.local_addr()?)?;
        let tasks = Tasks::new();
        let ids = Ids::random();
        let setup_token = asks_for_setup_token(&settings).then(|| ids.secret(SETUP_TOKEN_BYTES));
        let base = Base {
            settings: &settings,
            tasks: &tasks,
            clock: SystemClock::shared(),
            ids,
            redis: redis(&settings)?,
            setup_token: setup_token.clone(),
        };
        let wired = wire(&base).await?;
        let mut server = Self {
            address: listener.local_addr()?,
            setup_token: None,
            tasks: tasks.clone(),
            hang_up: CancellationToken::new(),
            listeners: Tasks::new(),
            databases: wired.databases.clone(),
            _lock: lock,
        };
        fold_metrics_regularly(&tasks, wired.databases.clone());
        server.setup_token = needed_setup_token(&wired, setup_token).await;
        server.listen(&settings, &base, &wired, listener).await?;
        Ok(server)
    }

    /// Returns where the process listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the token for the first account, while there is none and one is needed.
    pub fn setup_token(&self) -> Option<&str> {
        self.setup_token.as_deref()
    }

    /// Ends what only waits, finishes running requests, hands jobs back and closes the databases.
    pub async fn stop(self) {
        self.tasks.begin_shutdown();
        if !self.listeners.shutdown(DRAIN).await.is_empty() {
            self.hang_up.cancel();
            self.listeners.shutdown(HANG_UP).await;
        }
        self.tasks.shutdown(GRACE).await;
        for db in self.databases {
            if let Err(error) = db.close().await {
                tracing::warn!(error = %faultmaven_kit::fault::chain(&error), "a database did not close");
            }
        }
    }

    async fn listen(
        &self,
        settings: &Settings,
        base: &Base<'_>,
        wired: &Wired,
        listener: TcpListener,
    ) -> Result<(), BoxError> {
        if settings.placement.hosts_gateway() {
            let gateway =
                faultmaven_gateway::build(gateway_config(settings), self.deps(base, wired));
            self.spawn_http(listener, gateway);
        } else {
            self.spawn_modules(listener, settings, base, wired);
        }
        if let Some(port) = settings.server.grpc_port {
            let listener = bind(SocketAddr::new(settings.server.host, port)).await?;
            self.spawn_grpc(listener, settings, base, wired);
        }
        Ok(())
    }

    fn deps(&self, base: &Base<'_>, wired: &Wired) -> Deps {
        let readiness = wired
            .hosted
            .iter()
            .flat_map(|hosted| {
                hosted
                    .readiness
                    .iter()
                    .map(|check| (hosted.name, Arc::clone(check)))
            })
            .collect();
        Deps {
            modules: wired.modules.clone(),
            clock: Arc::clone(&base.clock),
            ids: base.ids.clone(),
            secret: base.settings.cluster_secret.clone(),
            internal_services: faultmaven_proto::INTERNAL_SERVICES.to_vec(),
            readiness,
            redis: base.redis.clone(),
            stopping: self.tasks.shutdown_token(),
            hang_up: self.hang_up.clone(),
        }
    }

    fn spawn_http(&self, listener: TcpListener, gateway: Gateway) {
        // Without it, small answers wait up to 40 ms for an acknowledgement.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
        });
        let stop = self.listeners.shutdown_token();
        self.listeners.spawn("http", async move {
            let service =
                ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(gateway);
            let served = axum::serve(listener, service)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the HTTP listener failed");
            }
        });
    }

    fn spawn_modules(
        &self,
        listener: TcpListener,
        settings: &Settings,
        base: &Base<'_>,
        wired: &Wired,
    ) {
        let modules =
            faultmaven_gateway::modules_only(gateway_config(settings), self.deps(base, wired));
        let routes = Routes::from(Router::new().fallback_service(modules));
        let stop = self.listeners.shutdown_token();
        self.listeners.spawn("modules", async move {
            if let Err(error) = serve_grpc_and_probes(listener, routes, stop).await {
                tracing::error!(%error, "the listener of the modules failed");
            }
        });
    }

    fn spawn_grpc(
        &self,
        listener: TcpListener,
        settings: &Settings,
        base: &Base<'_>,
        wired: &Wired,
    ) {
        let router =
            faultmaven_gateway::grpc_only(gateway_config(settings), self.deps(base, wired));
        let stop = self.listeners.shutdown_token();
        self.listeners.spawn("grpc", async move {
            if let Err(error) = serve_grpc(listener, Routes::from(router), stop).await {
                tracing::error!(%error, "the gRPC listener failed");
            }
        });
    }
}

fn redis(settings: &Settings) -> Result<Option<Redis>, CacheError> {
    let redis = settings.redis.as_ref();
    redis.map(|redis| Redis::new(&redis.url)).transpose()
}

fn fold_metrics_regularly(tasks: &Tasks, databases: Vec<Db>) {
    tasks.repeat("metrics", FOLD_INTERVAL, move || {
        databases.iter().for_each(Db::record_pool_metrics);
        telemetry::fold_metrics();
        std::future::ready(Ok::<_, Infallible>(()))
    });
}

fn gateway_config(settings: &Settings) -> Config {
    Config {
        public_url: settings.server.public_url.clone(),
        cors_allowed_origins: settings.server.cors_allowed_origins.clone(),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        turn_sync_wait: settings.server.turn_sync_wait,
        max_upload_bytes: settings.storage.max_upload_bytes,
        analysed_endings: faultmaven_analysis::known_endings().collect(),
        external_identity: settings.accounts.external_identity,
        max_body_bytes: MAX_BODY_BYTES,
        requests_per_minute: settings.limits.requests_per_minute,
        auth_required: settings.accounts.auth_required,
        on_loopback: settings.server.host.is_loopback(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Returns whether strangers may reach the accounts kept here before there is an administrator; a
/// gateway elsewhere may listen anywhere.
fn asks_for_setup_token(settings: &Settings) -> bool {
    let alone_on_loopback =
        settings.server.host.is_loopback() && settings.placement.hosts_everything();
    settings.placement.hosts(ModuleName::Auth) && !alone_on_loopback
}

/// Returns the token if no account exists yet.
async fn needed_setup_token(wired: &Wired, token: Option<String>) -> Option<String> {
    let token = token?;
    let mut auth = AuthServiceClient::new(wired.modules.auth.clone());
    let config = auth.get_auth_config(GetAuthConfigRequest {}).await.ok()?;
    config.into_inner().setup_required.then_some(token)
}
