//! Whether the modules can serve, asked anew at each call.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::{Caller, Ctx, Fault, Module};
use faultmaven_proto::llm::v1::{ListProvidersRequest, ProviderBreaker};
use futures::Stream;
use futures::future::join_all;
use futures::stream::unfold;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::grpc::Reach;
use crate::state::App;
use crate::wire;

const WATCH_INTERVAL: Duration = Duration::from_secs(5);
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
const GATEWAY: &str = "gateway";

/// The health of one module.
pub(crate) struct Checked {
    pub(crate) module: &'static str,
    /// What is wrong; nothing when the module is ready.
    pub(crate) problem: Option<String>,
}

/// Asks every module that is reached from here: those hosted here by their checks, the others by
/// their health service.
pub(crate) async fn check_all(app: &App) -> Vec<Checked> {
    let modules = app.deps.modules.all().into_iter();
    check(app, modules.filter(|it| app.reach.includes(it))).await
}

async fn check(app: &App, modules: impl IntoIterator<Item = Module>) -> Vec<Checked> {
    let checks = modules.into_iter().map(|module| async move {
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, ready(app, &module)).await;
        Checked {
            module: module.name(),
            problem: match outcome {
                Ok(Ok(())) => None,
                Ok(Err(fault)) => Some(fault.message),
                Err(_) => Some("no answer within two seconds".to_owned()),
            },
        }
    });
    join_all(checks).await
}

async fn ready(app: &App, module: &Module) -> Result<(), Fault> {
    if !module.is_local() {
        return ready_elsewhere(app, module).await;
    }
    let checks = app.deps.readiness.iter();
    for (_, check) in checks.filter(|(name, _)| *name == module.name()) {
        check().await?;
    }
    Ok(())
}

async fn ready_elsewhere(app: &App, module: &Module) -> Result<(), Fault> {
    let name = module.name();
    let ctx = Ctx::system(GATEWAY, app.deps.ids.hex16("req")).with_timeout(CHECK_TIMEOUT);
    let request = ctx.request(HealthCheckRequest {
        service: format!("faultmaven.{name}"),
    });
    let answer = HealthClient::new(module.clone()).check(request).await;
    let answer = answer.map_err(|status| Fault::from_callee(name, status))?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        _ => Err(Fault::unavailable(
            "not_ready",
            format!("the process of the {name} service runs but is not ready"),
        )),
    }
}

/// Asks whether each provider of models is called; a module that does not answer knows none.
pub(crate) async fn provider_breakers(app: &App) -> Vec<(String, String)> {
    let ctx = Ctx::system(GATEWAY, app.deps.ids.hex16("req")).with_timeout(CHECK_TIMEOUT);
    let request = ctx.request(ListProvidersRequest {});
    if !app.reach.includes(&app.deps.modules.llm) {
        return Vec::new();
    }
    let Ok(reply) = app.llm().list_providers(request).await else {
        return Vec::new();
    };
    let providers = reply.into_inner().providers.into_iter();
    let known = providers.filter(|it| it.breaker() != ProviderBreaker::Unspecified);
    known
        .map(|it| {
            let state = wire::word(it.breaker().as_str_name(), "PROVIDER_BREAKER_");
            (format!("llm/{}", it.name), state)
        })
        .collect()
}

/// The `grpc.health.v1` service over the same checks.
#[derive(Clone)]
pub(crate) struct ModuleHealth {
    app: Arc<App>,
}

impl ModuleHealth {
    pub(crate) fn server(app: Arc<App>) -> HealthServer<Self> {
        HealthServer::new(Self { app })
    }

    /// Returns the status of a module named by its full service or package name; empty means all.
    async fn status(&self, service: &str, reach: Reach) -> Option<ServingStatus> {
        let name = service
            .strip_prefix("faultmaven.")
            .unwrap_or(service)
            .split('.')
            .next()
            .unwrap_or_default();
        let modules = self.app.deps.modules.all().into_iter();
        let mut asked = modules
            .filter(|it| reach.includes(it) && (name.is_empty() || it.name() == name))
            .peekable();
        asked.peek()?;
        let checked = check(&self.app, asked).await;
        let serving = checked.iter().all(|it| it.problem.is_none());
        Some(if serving {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        })
    }

    /// Returns which modules to ask; a module that asks means this process, or two would ask each
    /// other in turn.
    fn reach_for(&self, ctx: &Ctx) -> Reach {
        match ctx.caller {
            Caller::System { .. } => Reach::HostedModules,
            Caller::Anonymous | Caller::User(_) => self.app.reach,
        }
    }

    /// Returns the status once it is another than `last`.
    async fn change(
        &self,
        service: &str,
        reach: Reach,
        last: Option<ServingStatus>,
    ) -> ServingStatus {
        loop {
            let status = self.status(service, reach).await;
            let status = status.unwrap_or(ServingStatus::ServiceUnknown);
            if last != Some(status) {
                return status;
            }
            tokio::time::sleep(WATCH_INTERVAL).await;
        }
    }
}

#[tonic::async_trait]
impl Health for ModuleHealth {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let reach = self.reach_for(&Ctx::from_request(&request)?);
        let service = request.into_inner().service;
        match self.status(&service, reach).await {
            Some(status) => Ok(Response::new(answer(status))),
            None => Err(Status::not_found(format!("{service:?} is not hosted here"))),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let reach = self.reach_for(&Ctx::from_request(&request)?);
        let service = request.into_inner().service;
        let health = self.clone();
        let changes = unfold(Some(None), move |state: Option<Option<ServingStatus>>| {
            let (health, service) = (health.clone(), service.clone());
            async move {
                let last = state?;
                let stopping = &health.app.deps.stopping;
                tokio::select! {
                    status = health.change(&service, reach, last) => {
                        Some((Ok(answer(status)), Some(Some(status))))
                    }
                    () = stopping.cancelled() => Some((Err(Fault::shutting_down().into()), None)),
                }
            }
        });
        Ok(Response::new(Box::pin(changes)))
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}
