//! The health of single modules, and of the description of the API.

use axum::Json;
use axum::extract::State;
use faultmaven_kit::clock::timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::health::check_all;
use crate::openapi;
use crate::paging::count;
use crate::problem::{Problem, ProblemBody};
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_agent_health))
        .routes(routes!(get_auth_health))
        .routes(routes!(get_cases_health))
        .routes(routes!(get_evidence_health))
        .routes(routes!(get_knowledge_health))
        .routes(routes!(get_sessions_health))
        .routes(routes!(get_openapi_health))
        .routes(routes!(refresh_openapi))
}

/// The health of one module.
#[derive(Serialize, ToSchema)]
struct ModuleHealth {
    /// `healthy`, or `degraded` when something does not answer.
    status: &'static str,
    service: &'static str,
    version: &'static str,
    timestamp: String,
    /// What does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What is told of this module alone.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    details: Map<String, Value>,
}

/// Whether the description of the API is served whole.
#[derive(Serialize, ToSchema)]
struct OpenapiHealth {
    /// `healthy`, or `degraded` when a described module does not answer.
    status: &'static str,
    timestamp: String,
    aggregation: Aggregation,
}

/// What the description holds.
#[derive(Serialize, ToSchema)]
struct Aggregation {
    successful_services: Vec<&'static str>,
    failed_services: Vec<&'static str>,
    total_paths: i64,
    total_schemas: i64,
}

/// What became of a request to describe the API anew.
#[derive(Serialize, ToSchema)]
struct RefreshedOpenapi {
    status: &'static str,
    message: &'static str,
}

/// Tells whether the agent module answers.
#[utoipa::path(get, path = "/api/v1/agent/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_agent_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(&app, "agent", |_| json!({"engine": "embedded"})).await
}

/// Tells whether the auth module and its database answer.
#[utoipa::path(get, path = "/api/v1/auth/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_auth_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(
        &app,
        "auth",
        |healthy| json!({"services": {"database": status_word(healthy)}}),
    )
    .await
}

/// Tells whether the case module and its database answer.
#[utoipa::path(get, path = "/api/v1/cases/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_cases_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(&app, "case", |healthy| {
        json!({"features": {
            "case_persistence": healthy, "case_sharing": false, "conversation_history": healthy,
        }})
    })
    .await
}

/// Tells whether the evidence module, its database and the file storage answer.
#[utoipa::path(get, path = "/api/v1/evidence/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_evidence_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(&app, "evidence", |healthy| {
        // When one of them does not answer, the error says which.
        if healthy {
            json!({"storage_available": true, "database_available": true})
        } else {
            json!({})
        }
    })
    .await
}

/// Tells whether the knowledge module and its index answer.
#[utoipa::path(get, path = "/api/v1/knowledge/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_knowledge_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(&app, "knowledge", |healthy| {
        // Clients know the index by the name of the first one there was.
        json!({"chroma_connected": healthy, "database_connected": healthy})
    })
    .await
}

/// Tells whether the session module and its database answer.
#[utoipa::path(get, path = "/api/v1/sessions/health", tag = "health", responses((status = 200, body = ModuleHealth), (status = 401, body = ProblemBody)))]
async fn get_sessions_health(State(app): State<AppState>, _: SignedIn) -> Json<ModuleHealth> {
    health_of(&app, "session", |_| json!({})).await
}

/// Tells what the description of the API holds, and whether all it describes answers.
#[utoipa::path(get, path = "/admin/openapi-health", tag = "health", responses(
    (status = 200, body = OpenapiHealth),
    (status = 403, body = ProblemBody),
))]
async fn get_openapi_health(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<OpenapiHealth>, Problem> {
    ctx.actor()?.require_admin("see this")?;
    let document = openapi::document();
    let schemas = document.components.map_or(0, |it| it.schemas.len());
    let (failed, successful): (Vec<_>, Vec<_>) = check_all(&app)
        .await
        .into_iter()
        .partition(|it| it.problem.is_some());
    Ok(Json(OpenapiHealth {
        status: status_word(failed.is_empty()),
        timestamp: now(&app),
        aggregation: Aggregation {
            successful_services: successful.iter().map(|it| it.module).collect(),
            failed_services: failed.iter().map(|it| it.module).collect(),
            total_paths: count(document.paths.paths.len()),
            total_schemas: count(schemas),
        },
    }))
}

/// Confirms that the description of the API is current, since it is part of the program.
#[utoipa::path(post, path = "/admin/refresh-openapi", tag = "health", responses(
    (status = 200, body = RefreshedOpenapi),
    (status = 403, body = ProblemBody),
))]
async fn refresh_openapi(SignedIn(ctx): SignedIn) -> Result<Json<RefreshedOpenapi>, Problem> {
    ctx.actor()?.require_admin("do this")?;
    Ok(Json(RefreshedOpenapi {
        status: "success",
        message: "The document is part of the program and always current",
    }))
}

async fn health_of(
    app: &App,
    module: &'static str,
    details: impl Fn(bool) -> Value,
) -> Json<ModuleHealth> {
    let checked = check_all(app).await;
    let problem = checked
        .into_iter()
        .find(|it| it.module == module)
        .and_then(|it| it.problem);
    let details = details(problem.is_none());
    Json(ModuleHealth {
        status: status_word(problem.is_none()),
        service: module,
        version: app.config.version,
        timestamp: now(app),
        error: problem,
        details: details.as_object().cloned().unwrap_or_default(),
    })
}

fn status_word(healthy: bool) -> &'static str {
    if healthy { "healthy" } else { "degraded" }
}

fn now(app: &App) -> String {
    wire::required_time(Some(timestamp(app.deps.clock.now())))
}
