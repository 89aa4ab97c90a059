//! Whether the hosted modules can serve, asked anew at each call.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::state::App;

const WATCH_INTERVAL: Duration = Duration::from_secs(5);
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// The health of one module.
pub(crate) struct Checked {
    pub(crate) module: &'static str,
    /// What is wrong; nothing when the module is ready.
    pub(crate) problem: Option<String>,
}

/// Runs the readiness checks of all hosted modules.
pub(crate) async fn check_all(app: &App) -> Vec<Checked> {
    let checks = app.deps.readiness.iter().map(|(module, check)| async move {
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, check()).await;
        Checked {
            module,
            problem: match outcome {
                Ok(Ok(())) => None,
                Ok(Err(fault)) => Some(fault.message),
                Err(_) => Some("no answer within two seconds".to_owned()),
            },
        }
    });
    futures::future::join_all(checks).await
}

/// The `grpc.health.v1` service over the same checks.
#[derive(Clone)]
pub(crate) struct ModuleHealth(Arc<App>);

impl ModuleHealth {
    pub(crate) fn server(app: Arc<App>) -> HealthServer<Self> {
        HealthServer::new(Self(app))
    }

    /// Returns the status of a module named by its full service or package name; empty means all.
    async fn status(&self, service: &str) -> Option<ServingStatus> {
        let name = service
            .strip_prefix("faultmaven.")
            .unwrap_or(service)
            .split('.')
            .next()
            .unwrap_or_default();
        let checked = check_all(&self.0).await;
        let mut asked = checked
            .iter()
            .filter(|it| name.is_empty() || it.module == name)
            .peekable();
        asked.peek()?;
        let serving = asked.all(|it| it.problem.is_none());
        Some(if serving {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        })
    }
}

#[tonic::async_trait]
impl Health for ModuleHealth {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        match self.status(&service).await {
            Some(status) => Ok(Response::new(answer(status))),
            None => Err(Status::not_found(format!(
                "{service:?} is not hosted by this process"
            ))),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let service = request.into_inner().service;
        let health = self.clone();
        let changes = unfold(None, move |last: Option<ServingStatus>| {
            let (health, service) = (health.clone(), service.clone());
            async move {
                loop {
                    let status = health.status(&service).await;
                    let status = status.unwrap_or(ServingStatus::ServiceUnknown);
                    if last != Some(status) {
                        return Some((Ok(answer(status)), Some(status)));
                    }
                    tokio::time::sleep(WATCH_INTERVAL).await;
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
