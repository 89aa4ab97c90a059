//! The REST surface: one readable list, a file per resource.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use faultmaven_kit::{Code, Fault};
use utoipa_axum::router::OpenApiRouter;

use crate::context::Sender;
use crate::observe::Observe;
use crate::problem::Problem;
use crate::state::AppState;
use crate::{openapi, pages};

mod api_tokens;
mod audit;
mod auth;
mod case_evidence;
mod cases;
mod evidence;
mod files;
pub(crate) mod health;
mod jobs;
mod knowledge;
mod meta;
mod model_call;
mod module_health;
mod reports;
mod sessions;
mod teams;
mod turns;
mod usage;
mod users;

/// Returns every documented route.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(pages::documented())
        .merge(health::routes())
        .merge(module_health::routes())
        .merge(meta::routes())
        .merge(auth::routes())
        .merge(api_tokens::routes())
        .merge(users::routes())
        .merge(audit::routes())
        .merge(teams::routes())
        .merge(sessions::routes())
        .merge(cases::routes())
        .merge(turns::routes())
        .merge(files::routes())
        .merge(case_evidence::routes())
        .merge(evidence::routes())
        .merge(reports::routes())
        .merge(knowledge::routes())
        .merge(jobs::routes())
        .merge(usage::routes())
}

/// Returns the router of REST and pages.
pub(crate) fn router(app: AppState) -> Router {
    let (documented, _) = documented().split_for_parts();
    documented
        .merge(pages::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(Observe(Arc::clone(&app)))
        .with_state(app)
}

/// Returns the router of a process without the gateway.
pub(crate) fn probes(app: AppState) -> Router {
    let (health, _) = health::routes().split_for_parts();
    health
        .fallback(no_gateway)
        .method_not_allowed_fallback(wrong_method)
        .layer(Observe(Arc::clone(&app)))
        .with_state(app)
}

async fn no_gateway() -> Problem {
    let message = "this process serves gRPC, /health, /health/live, /health/ready and /metrics; \
                   everything else is at the process of the gateway";
    Fault::new(Code::NotFound, "path_not_found", message).into()
}

/// Answers browsers that look for a page with the first one, which finds its way from there, and
/// everybody else with a problem.
async fn unknown_path(
    State(app): State<AppState>,
    Extension(sender): Extension<Sender>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method.is_safe() && is_page(uri.path()) && pages::are_wanted(&headers) {
        return pages::index(&app, &sender.ctx).await;
    }
    let message = "no such path; GET /openapi.json lists all";
    Problem::from(Fault::new(Code::NotFound, "path_not_found", message)).into_response()
}

/// Returns whether people may take a path nobody serves for a page: neither API nor file.
fn is_page(path: &str) -> bool {
    let is_api = ["/api", "/v1", "/.well-known", "/health", "/docs", "/redoc"]
        .iter()
        .filter_map(|prefix| path.strip_prefix(prefix))
        .any(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    !is_api && !is_file
}

async fn wrong_method() -> Problem {
    let message = "this path does not know that method; GET /openapi.json lists all";
    Fault::new(Code::NotFound, "method_not_allowed", message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_neither_api_nor_files() {
        for path in ["/kb", "/admin/kb", "/cases/case_1", "/apiary", "/healthy"] {
            assert!(is_page(path), "{path}");
        }
        for path in [
            "/api/v1/nothing",
            "/v1/meta/nothing",
            "/.well-known/nothing",
            "/health/nothing",
            "/favicon.ico",
            "/assets/index.js",
        ] {
            assert!(!is_page(path), "{path}");
        }
    }
}
