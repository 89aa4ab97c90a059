//! The few pages the gateway has of its own: home, Swagger UI and ReDoc, all offline.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::routes::health::service_info;
use crate::state::AppState;

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
pub(crate) fn routes(document: OpenApi) -> Router<AppState> {
    Router::new()
        .route("/", get(home))
        .route("/redoc", get(async || page(REDOC, REDOC_POLICY)))
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .merge(swagger_ui(document))
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
async fn home(headers: HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        return page(HOME, HOME_POLICY);
    }
    service_info().into_response()
}

async fn redoc_script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, REDOC_SCRIPT).into_response()
}

fn page(html: &'static str, policy: &'static str) -> Response {
    let mut response = Html(html).into_response();
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
