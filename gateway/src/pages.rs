//! The few pages the gateway has of its own: home, sign-in, Swagger UI and ReDoc, all offline.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::auth::v1::GetAuthConfigRequest;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use crate::context::Sender;
use crate::openapi;
use crate::problem::Problem;
use crate::routes::health::{ServiceInfo, service_info};
use crate::state::{App, AppState};

mod sign_in;

const HOME: &str = include_str!("../assets/home.html");
const FIRST_ACCOUNT: &str = include_str!("../assets/home/first-account.html");
const SIGN_IN: &str = include_str!("../assets/home/sign-in.html");
const REDOC: &str = include_str!("../assets/redoc.html");
const REDOC_SCRIPT: &str = include_str!("../assets/redoc/redoc.standalone.js");

const CONTENT_POLICY: HeaderName = HeaderName::from_static("content-security-policy");
const HOME_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'none'";
const REDOC_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'none'";

/// Returns the pages that the document of the API names.
pub(crate) fn documented() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(docs))
        .routes(routes!(redoc))
        .routes(routes!(openapi_document))
}

/// Returns the routes of the other pages and of what pages consist of.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .merge(sign_in::routes())
        .merge(swagger_ui())
}

/// Returns whether a client asks for a page rather than for a document.
pub(crate) fn are_wanted(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Returns the files of Swagger UI, which asks nobody whether the document is valid.
fn swagger_ui() -> Router<AppState> {
    let policy = HeaderValue::from_static(DOCS_POLICY);
    let nosniff = HeaderValue::from_static("nosniff");
    let config = SwaggerConfig::new(["/openapi.json"]).validator_url("none");
    let files = Router::from(SwaggerUi::new("/").config(config));
    Router::new()
        .nest("/docs/", files)
        .layer(SetResponseHeaderLayer::if_not_present(
            CONTENT_POLICY,
            policy,
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            nosniff,
        ))
}

/// Answers browsers with a page and programs with the service document.
#[utoipa::path(get, path = "/", tag = "pages", security(()), responses(
    (status = 200, description = "What this program is", content((ServiceInfo = "application/json"), (String = "text/html"))),
))]
async fn home(
    State(app): State<AppState>,
    Extension(sender): Extension<Sender>,
    headers: HeaderMap,
) -> Response {
    if !are_wanted(&headers) {
        return service_info().into_response();
    }
    index(&app, &sender.ctx).await
}

/// Returns the page where people begin, which is that of every address without one of its own.
pub(crate) async fn index(app: &App, ctx: &Ctx) -> Response {
    let first_step = match has_no_account(app, ctx).await {
        true => FIRST_ACCOUNT,
        false => SIGN_IN,
    };
    page(home_page(&app.config.public_url, first_step), HOME_POLICY)
}

/// Returns whether the first account is still to be created, as far as known.
async fn has_no_account(app: &App, ctx: &Ctx) -> bool {
    let request = ctx.request(GetAuthConfigRequest {});
    let config = app.auth().get_auth_config(request).await;
    config.is_ok_and(|config| config.get_ref().setup_required)
}

/// Returns the home page with the address that clients are told.
fn home_page(public_url: &str, first_step: &str) -> String {
    let (scheme, authority) = public_url.split_once("://").unwrap_or(("http", public_url));
    let host = authority.split('/').next().unwrap_or(authority);
    let (option, port) = match scheme {
        "https" => ("", ":443"),
        _ => (" -plaintext", ":80"),
    };
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let target = if has_port {
        host.to_owned()
    } else {
        format!("{host}{port}")
    };
    HOME.replace("{{first_step}}", first_step)
        .replace("{{public_url}}", public_url)
        .replace("{{plaintext}}", option)
        .replace("{{authority}}", &target)
}

/// Leads to the page that lets people try the API.
#[utoipa::path(get, path = "/docs", tag = "pages", security(()), responses(
    (status = 303, description = "The page has a slash at its end", headers(("location" = String, description = "`/docs/`"))),
    (status = 200, description = "The page", content_type = "text/html", body = String),
))]
async fn docs() -> Redirect {
    Redirect::to("/docs/")
}

/// Returns the page that lets people read the API.
#[utoipa::path(get, path = "/redoc", tag = "pages", security(()), responses((status = 200, content_type = "text/html", body = String)))]
async fn redoc() -> Response {
    page(REDOC, REDOC_POLICY)
}

/// Returns this document.
#[utoipa::path(get, path = "/openapi.json", tag = "pages", security(()), responses((status = 200, content_type = "application/json", body = Object)))]
async fn openapi_document() -> Result<Response, Problem> {
    // The first one to ask waits until the document is made.
    let text = tokio::task::spawn_blocking(openapi::text).await;
    let text = text.map_err(|error| Fault::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Ok((headers, text).into_response())
}

async fn redoc_script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, REDOC_SCRIPT).into_response()
}

fn page(html: impl Into<String>, policy: &'static str) -> Response {
    let mut response = Html(html.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_POLICY, HeaderValue::from_static(policy));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_page_names_the_public_address() {
        for (public_url, target) in [
            ("https://fm.example", "grpcurl fm.example:443 list"),
            (
                "http://localhost:9123",
                "grpcurl -plaintext localhost:9123 list",
            ),
            ("http://[::1]", "grpcurl -plaintext [::1]:80 list"),
        ] {
            let page = home_page(public_url, FIRST_ACCOUNT);
            assert!(page.contains(&format!("curl -s {public_url}/api/v1/auth/register")));
            assert!(page.contains(target), "{target}");
            assert!(!page.contains("{{") && !page.contains(":8000"));
        }
    }
}
