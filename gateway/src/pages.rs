//! The few pages the gateway has of its own: home, sign-in, Swagger UI and ReDoc, all offline.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use faultmaven_kit::Ctx;
use faultmaven_proto::auth::v1::GetAuthConfigRequest;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::context::Anyone;
use crate::routes::health::service_info;
use crate::state::{App, AppState};

mod sign_in;

const HOME: &str = include_str!("../assets/home.html");
const FIRST_ACCOUNT: &str = include_str!("../assets/home/first-account.html");
const SIGN_IN: &str = include_str!("../assets/home/sign-in.html");
const NOT_FOUND: &str = include_str!("../assets/not-found.html");
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

/// Returns the routes of the pages; Swagger UI also serves the document itself.
pub(crate) fn routes(document: OpenApi) -> Router<AppState> {
    Router::new()
        .route("/", get(home))
        .route("/redoc", get(async || page(REDOC, REDOC_POLICY)))
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .merge(sign_in::routes())
        .merge(swagger_ui(document))
}

/// Returns the page that tells people that there is none at this address.
pub(crate) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, page(NOT_FOUND, HOME_POLICY)).into_response()
}

/// Returns whether a client asks for a page rather than for a document.
pub(crate) fn are_wanted(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn swagger_ui(document: OpenApi) -> Router<AppState> {
    let policy = HeaderValue::from_static(DOCS_POLICY);
    let nosniff = HeaderValue::from_static("nosniff");
    Router::from(SwaggerUi::new("/docs").url("/openapi.json", document))
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
async fn home(State(app): State<AppState>, Anyone(ctx): Anyone, headers: HeaderMap) -> Response {
    if !are_wanted(&headers) {
        return service_info().into_response();
    }
    let first_step = match has_no_account(&app, &ctx).await {
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
