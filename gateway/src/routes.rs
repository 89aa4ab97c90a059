//! The REST surface: one readable list, a file per resource.

use std::sync::Arc;

use axum::Router;
use faultmaven_kit::{Code, Fault};
use utoipa_axum::router::OpenApiRouter;

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
mod reports;
mod sessions;
mod turns;
mod usage;
mod users;

/// Returns every documented route.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(health::routes())
        .merge(meta::routes())
        .merge(auth::routes())
        .merge(api_tokens::routes())
        .merge(users::routes())
        .merge(audit::routes())
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
    let (documented, document) = documented().split_for_parts();
    documented
        .merge(pages::routes(&app.config, openapi::completed(document)))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(Observe(Arc::clone(&app)))
        .with_state(app)
}

async fn unknown_path() -> Problem {
    let message = "no such path; GET /openapi.json lists all";
    Fault::new(Code::NotFound, "path_not_found", message).into()
}

async fn wrong_method() -> Problem {
    let message = "this path does not know that method; GET /openapi.json lists all";
    Fault::new(Code::NotFound, "method_not_allowed", message).into()
}
