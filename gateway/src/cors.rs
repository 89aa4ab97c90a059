//! Which pages of other origins may call.

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::net::IpAddr;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::Config;

const MAX_AGE: Duration = Duration::from_secs(600);

/// Returns the layer that answers preflights and echoes allowed origins.
pub(crate) fn layer(config: &Config) -> CorsLayer {
    let allowed = allowed_origins(config);
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
                "if-none-match",
                "x-user-id",
                "x-user-roles",
                "x-request-id",
                "traceparent",
                "x-grpc-web",
                "grpc-timeout",
            ]
            .map(HeaderName::from_static),
        )
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-title-source"),
            HeaderName::from_static("x-error-code"),
            HeaderName::from_static("x-expected-version"),
            HeaderName::from_static("x-actual-version"),
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("x-trace-id"),
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderName::from_static("x-ratelimit-reset"),
            HeaderName::from_static("grpc-status"),
            HeaderName::from_static("grpc-message"),
        ])
        .max_age(MAX_AGE)
}

/// Decides whether a page of some origin may have this request carried out.
///
/// Browsers send simple cross-origin requests without asking first, and a page may point a name of
/// its own at a loopback address and is then of the same origin, for which browsers name none when
/// they only read; both would act with the rights of a local installation.
#[derive(Clone)]
pub(crate) struct PageRules {
    allowed: Vec<String>,
    /// The names under which an installation on loopback is reached; empty elsewhere.
    hosts: Vec<String>,
}

impl PageRules {
    pub(crate) fn new(config: &Config) -> Self {
        let mut hosts = Vec::new();
        if config.on_loopback {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
            hosts.extend(host_of(&config.public_url).map(str::to_owned));
        }
        Self {
            allowed: allowed_origins(config),
            hosts,
        }
    }

    /// Returns whether a request that carries `origin` and `host` may go on.
    pub(crate) fn admit(&self, origin: &str, host: Option<&str>) -> bool {
        is_extension(origin)
            || self.allowed.iter().any(|it| it == origin)
            || is_same_host(origin, host)
    }

    /// Returns whether an installation on loopback is called by a name of its own; browsers always
    /// say by which, and an address cannot be pointed elsewhere as a name can.
    pub(crate) fn knows(&self, host: Option<&[u8]>) -> bool {
        let Some(host) = host.filter(|_| !self.hosts.is_empty()) else {
            return true;
        };
        let name = without_port(host);
        let is_own = |it: &String| it.as_bytes().eq_ignore_ascii_case(name);
        self.hosts.iter().any(is_own) || is_address(name)
    }
}

fn allowed_origins(config: &Config) -> Vec<String> {
    let mut allowed = config.cors_allowed_origins.clone();
    allowed.push(config.public_url.clone());
    allowed
}

fn is_same_host(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some() && authority == host
}

fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    std::str::from_utf8(without_port(authority.as_bytes())).ok()
}

fn without_port(authority: &[u8]) -> &[u8] {
    let digits = authority.iter().rev().take_while(|b| b.is_ascii_digit());
    match authority.split_at(authority.len() - digits.count()).0 {
        [name @ .., b':'] => name,
        _ => authority,
    }
}

fn is_address(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| {
        let inner = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        inner.unwrap_or(name).parse::<IpAddr>().is_ok()
    })
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

    fn rules() -> PageRules {
        PageRules {
            allowed: vec!["https://dashboard.example".to_owned()],
            hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
        }
    }

    #[test]
    fn pages_of_other_sites_are_kept_out() {
        let host = Some("localhost:8000");
        assert!(rules().admit("http://localhost:8000", host));
        assert!(rules().admit("https://dashboard.example", host));
        assert!(rules().admit(&format!("chrome-extension://{}", "ap".repeat(16)), host));
        for origin in ["https://evil.example", "null", "http://localhost:3000"] {
            assert!(!rules().admit(origin, host), "{origin}");
        }
    }

    #[test]
    fn a_foreign_name_for_a_loopback_address_is_kept_out() {
        for host in ["evil.example:8000", "localhost.evil.example", "", ":8000"] {
            assert!(!rules().knows(Some(host.as_bytes())), "{host}");
        }
        assert!(!rules().knows(Some(b"\xff")));
        for host in [
            "localhost:8000",
            "LocalHost",
            "127.0.0.1:8000",
            "[::1]:8000",
        ] {
            assert!(rules().knows(Some(host.as_bytes())), "{host}");
        }
        let beyond_loopback = PageRules {
            hosts: Vec::new(),
            ..rules()
        };
        assert!(beyond_loopback.knows(Some(b"faultmaven.example")));
    }

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
