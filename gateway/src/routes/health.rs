//! Whether the process lives and can serve.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, SubsecRound as _, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::health::{Checked, check_all, provider_breakers};
use crate::state::{App, AppState};
use crate::wire::SizedJson;

const SERVICE: &str = "faultmaven";
/// A process that answers is well.
const PROCESS: Component = Component {
    name: "gateway_process",
    status: "healthy",
    message: Cow::Borrowed("ok"),
    details: BTreeMap::new(),
};
static ALIVE: [Component; 1] = [PROCESS];
/// Somewhat more than the answer of a process that lives takes.
const ALIVE_BYTES: usize = 192;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_live))
        .routes(routes!(get_ready))
        .routes(routes!(get_metrics))
}

/// The short answer.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `healthy` or `degraded`.
    status: &'static str,
    service: &'static str,
    version: &'static str,
    /// Of each module in another process, each provider of models as `llm/<provider>`, and Redis:
    /// `closed`, `open` or `half_open`.
    circuit_breakers: BTreeMap<String, String>,
    /// Where calls are counted now: `redis`, `memory`, or `off` when they are not limited.
    rate_limits: &'static str,
}

/// The answer of a probe.
#[derive(Serialize, ToSchema)]
struct Probe {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    ready: bool,
    timestamp: DateTime<Utc>,
    components: Cow<'static, [Component]>,
}

/// A part of the gateway.
#[derive(Clone, Serialize, ToSchema)]
struct Component {
    /// `gateway_process`, `service_registry` or `circuit_breakers`.
    name: &'static str,
    /// `healthy`, `degraded` or `unhealthy`.
    status: &'static str,
    message: Cow<'static, str>,
    /// Of the registry, what each module says: `ok`, or what is wrong; of the circuit breakers, the
    /// state of each.
    details: BTreeMap<String, String>,
}

/// What this program is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceInfo {
    service: &'static str,
    version: &'static str,
    status: &'static str,
}

/// Returns the service document.
pub(crate) fn service_info() -> Json<ServiceInfo> {
    Json(ServiceInfo {
        service: SERVICE,
        version: env!("CARGO_PKG_VERSION"),
        status: "running",
    })
}

/// Tells that the process runs, and whether all its parts do.
#[utoipa::path(get, path = "/health", tag = "health", security(()), responses((status = 200, body = Health)))]
async fn get_health(State(app): State<AppState>) -> Json<Health> {
    let (checked, redis_answers) = tokio::join!(check_all(&app), redis_answers(&app));
    let modules_are_ready = checked.iter().all(|it| it.problem.is_none());
    let healthy = modules_are_ready && redis_answers != Some(false);
    Json(Health {
        status: if healthy { "healthy" } else { "degraded" },
        service: SERVICE,
        version: app.config.version,
        circuit_breakers: circuit_breakers(&app).await,
        rate_limits: match redis_answers {
            _ if app.limits.is_none() => "off",
            Some(true) => "redis",
            Some(false) | None => "memory",
        },
    })
}

fn now(app: &App) -> DateTime<Utc> {
    app.deps.clock.now().trunc_subsecs(6)
}

/// Returns nothing when there is no Redis.
async fn redis_answers(app: &App) -> Option<bool> {
    let redis = app.deps.redis.as_ref()?;
    Some(redis.ping().await.is_ok())
}

async fn circuit_breakers(app: &App) -> BTreeMap<String, String> {
    let modules = app.deps.modules.all().into_iter();
    let redis = app.deps.redis.iter();
    modules
        .filter_map(|it| Some((it.name(), it.breaker_state()?.as_str())))
        .chain(redis.map(|redis| ("redis", redis.state().as_str())))
        .map(|(name, state)| (name.to_owned(), state.to_owned()))
        .chain(provider_breakers(app).await)
        .collect()
}

/// Tells that the process runs; asks nothing else.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()), responses((status = 200, body = Probe)))]
async fn get_live(State(app): State<AppState>) -> SizedJson<Probe> {
    let probe = Probe {
        status: "healthy",
        ready: true,
        timestamp: now(&app),
        components: Cow::Borrowed(&ALIVE),
    };
    SizedJson(probe, ALIVE_BYTES)
}

/// Tells whether every hosted module and its stores answer.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()), responses(
    (status = 200, body = Probe),
    (status = 503, description = "A part is not ready", body = Probe),
))]
async fn get_ready(State(app): State<AppState>) -> (StatusCode, Json<Probe>) {
    let checked = check_all(&app).await;
    let ready = checked.iter().all(|it| it.problem.is_none());
    let components = Cow::Owned(vec![
        PROCESS,
        Component::registry(checked),
        Component::breakers(circuit_breakers(&app).await),
    ]);
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let probe = Probe {
        status: status_word(ready),
        ready,
        timestamp: now(&app),
        components,
    };
    (code, Json(probe))
}

impl Component {
    fn registry(checked: Vec<Checked>) -> Self {
        let silent = checked.iter().filter(|it| it.problem.is_some()).count();
        Self {
            name: "service_registry",
            status: status_word(silent == 0),
            message: match silent {
                0 => Cow::Borrowed("every module answers"),
                _ => format!("{silent} of {} modules are not ready", checked.len()).into(),
            },
            details: checked
                .into_iter()
                .map(|it| {
                    let problem = it.problem.unwrap_or_else(|| "ok".to_owned());
                    (it.module.to_owned(), problem)
                })
                .collect(),
        }
    }

    fn breakers(states: BTreeMap<String, String>) -> Self {
        let open = states.values().filter(|state| *state != "closed").count();
        Self {
            name: "circuit_breakers",
            status: if open == 0 { "healthy" } else { "degraded" },
            message: format!("{open} of {} are not closed", states.len()).into(),
            details: states,
        }
    }
}

fn status_word(healthy: bool) -> &'static str {
    if healthy { "healthy" } else { "unhealthy" }
}

/// Returns the metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "health", security(()), responses((status = 200, body = String)))]
async fn get_metrics() -> impl IntoResponse {
    (
        [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
        faultmaven_kit::telemetry::render_metrics(),
    )
}
