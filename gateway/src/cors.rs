//! Which pages of other origins may call.

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::Config;

const MAX_AGE: Duration = Duration::from_secs(600);

/// Returns the layer that answers preflights and echoes allowed origins.
pub(crate) fn layer(config: &Config) -> CorsLayer {
    let mut allowed = config.cors_allowed_origins.clone();
    allowed.push(config.public_url.clone());
    let is_allowed = move |origin: &HeaderValue, _: &Parts| {
        origin
            .to_str()
            .is_ok_and(|origin| is_extension(origin) || allowed.iter().any(|it| it == origin))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_credentials(true)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
        ])
        .allow_headers(
            [
                "authorization",
                "content-type",
                "x-session-id",
                "idempotency-key",
                "x-user-id",
                "x-user-roles",
                "x-request-id",
                "x-grpc-web",
                "grpc-timeout",
            ]
            .map(HeaderName::from_static),
        )
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-title-source"),
            HeaderName::from_static("x-error-code"),
            HeaderName::from_static("x-expected-version"),
            HeaderName::from_static("x-actual-version"),
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("grpc-status"),
            HeaderName::from_static("grpc-message"),
        ])
        .max_age(MAX_AGE)
}

/// Returns whether `origin` is a browser extension: 32 letters a–p on Chromium, a UUID on Firefox.
fn is_extension(origin: &str) -> bool {
    if let Some(id) = origin.strip_prefix("chrome-extension://") {
        return id.len() == 32 && id.bytes().all(|b| (b'a'..=b'p').contains(&b));
    }
    origin
        .strip_prefix("moz-extension://")
        .is_some_and(|id| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_extension_ids_pass_as_extensions() {
        assert!(is_extension(&format!(
            "chrome-extension://{}",
            "ap".repeat(16)
        )));
        assert!(is_extension(
            "moz-extension://0b9d7a4e-2f60-4a7f-8f39-1f7d2a6c5b11"
        ));
        for origin in [
            "https://evil.example",
            "chrome-extension://short",
            "chrome-extension://zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
            "null",
        ] {
            assert!(!is_extension(origin), "{origin}");
        }
    }
}
