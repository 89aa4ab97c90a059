//! What clients ask before anything else.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::{App, AppState};

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_capabilities))
}

/// What this installation can do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Capabilities {
    /// `self-hosted`, or `enterprise` when several processes share the modules.
    deployment_mode: DeploymentMode,
    kb_management: &'static str,
    /// Where the web page is; on a laptop its host is `localhost`.
    dashboard_url: String,
    features: Features,
    limits: Limits,
    branding: Branding,
}

/// How the product is set up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum DeploymentMode {
    SelfHosted,
    Enterprise,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Features {
    #[serde(rename = "extensionKB")]
    extension_kb: bool,
    #[serde(rename = "adminKB")]
    admin_kb: bool,
    team_workspaces: bool,
    team_sharing: bool,
    case_history: bool,
    /// People sign in with an identity provider of their own.
    sso: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Limits {
    max_file_bytes: u64,
    /// The endings whose files are analysed; others are taken as well, and told by their content.
    allowed_extensions: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct Branding {
    name: &'static str,
}

/// Returns what this installation can do.
#[utoipa::path(get, path = "/v1/meta/capabilities", tag = "meta", security(()), responses((status = 200, body = Capabilities)))]
async fn get_capabilities(State(app): State<AppState>) -> Json<Capabilities> {
    Json(Capabilities {
        deployment_mode: DeploymentMode::of(&app),
        kb_management: "dashboard",
        dashboard_url: dashboard_url(&app.config.public_url),
        features: Features {
            extension_kb: false,
            admin_kb: true,
            team_workspaces: true,
            team_sharing: true,
            case_history: true,
            sso: app.config.external_identity,
        },
        limits: Limits {
            max_file_bytes: app.config.max_upload_bytes,
            allowed_extensions: app
                .config
                .analysed_endings
                .iter()
                .map(|it| format!(".{it}"))
                .collect(),
        },
        branding: Branding { name: "FaultMaven" },
    })
}

impl DeploymentMode {
    fn of(app: &App) -> Self {
        let mut modules = app.deps.modules.all().into_iter();
        match modules.all(|module| module.is_local()) {
            true => Self::SelfHosted,
            false => Self::Enterprise,
        }
    }
}

/// Returns the address of the web page: the browser extension reaches a page of this machine by the
/// name `localhost` alone.
fn dashboard_url(public_url: &str) -> String {
    for host in ["127.0.0.1", "[::1]"] {
        let Some(rest) = public_url.strip_prefix(&format!("http://{host}")) else {
            continue;
        };
        if rest.is_empty() || rest.starts_with([':', '/']) {
            return format!("http://localhost{rest}");
        }
    }
    public_url.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_this_machine_the_page_is_on_localhost() {
        for (told, expected) in [
            ("http://127.0.0.1:8000", "http://localhost:8000"),
            ("http://[::1]:8000", "http://localhost:8000"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://127.0.0.10:8000", "http://127.0.0.10:8000"),
            ("https://fm.example.org", "https://fm.example.org"),
        ] {
            assert_eq!(dashboard_url(told), expected);
        }
    }
}
