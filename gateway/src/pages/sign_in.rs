//! The pages that sign people in: for the dashboard, for the bridge of the browser extension, and
//! for the consent of OAuth. They are static; everything they do goes through the REST API.

use axum::Router;
use axum::extract::RawQuery;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::page;
use crate::state::AppState;

const PAGE: &str = include_str!("../../assets/sign-in/page.html");
const STYLE: &str = include_str!("../../assets/sign-in/page.css");
const SCRIPT: &str = include_str!("../../assets/sign-in/page.js");

/// A form is never sent without the script, which would put a password into an address.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Returns the routes of the pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/login", get(async || page(PAGE, POLICY)))
        .route("/auth/authorize", get(async || page(PAGE, POLICY)))
        .route("/signin", get(to_login))
        .route(
            "/auth/sign-in.css",
            get(async || file(STYLE, "text/css; charset=utf-8")),
        )
        .route(
            "/auth/sign-in.js",
            get(async || file(SCRIPT, "text/javascript; charset=utf-8")),
        )
}

async fn to_login(RawQuery(query): RawQuery) -> Redirect {
    match query {
        Some(query) => Redirect::to(&format!("/login?{query}")),
        None => Redirect::to("/login"),
    }
}

fn file(text: &'static str, content_type: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
