//! The few pages the gateway has of its own: home, sign-in, Swagger UI and ReDoc, all offline.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::Config;
use crate::routes::health::service_info;
use crate::state::AppState;

mod sign_in;

const HOME: &str = include_str!("../assets/home.html");
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
pub(crate) fn routes(config: &Config, document: OpenApi) -> Router<AppState> {
    let home_html = home_page(&config.public_url);
    Router::new()
        .route("/", get(async move |headers| home(&home_html, &headers)))
        .route("/redoc", get(async || page(REDOC, REDOC_POLICY)))
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .merge(sign_in::routes())
        .merge(swagger_ui(document))
}

/// Returns the page that answers every path which belongs to no file and to no API.
pub(crate) fn index(config: &Config) -> Response {
    page(home_page(&config.public_url), HOME_POLICY)
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
fn home(html: &str, headers: &HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        return page(html.to_owned(), HOME_POLICY);
    }
    service_info().into_response()
}

/// Returns the home page with the address that clients are told.
fn home_page(public_url: &str) -> String {
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
    HOME.replace("{{public_url}}", public_url)
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
            let page = home_page(public_url);
            assert!(page.contains(&format!("curl -s {public_url}/api/v1/auth/register")));
            assert!(page.contains(target), "{target}");
            assert!(!page.contains("{{") && !page.contains(":8000"));
        }
    }
}
