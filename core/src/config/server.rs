//! Where the process listens, and what clients are told.

use std::net::IpAddr;
use std::time::Duration;

use super::{SettingError, Source, invalid};

/// Where the process listens.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST`.
    pub host: IpAddr,
    /// `PORT`; 0 picks a free one.
    pub port: u16,
    /// `GRPC_PORT`.
    pub grpc_port: Option<u16>,
    /// `PUBLIC_URL`, without a trailing slash.
    pub public_url: String,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpAddr>,
    /// `TURN_SYNC_WAIT_S`: how long an answer is waited for before it becomes a job.
    pub turn_sync_wait: Duration,
    /// `CORS_ALLOWED_ORIGINS`.
    pub cors_allowed_origins: Vec<String>,
}

impl ServerSettings {
    pub(crate) fn from_source(source: &Source) -> Result<Self, SettingError> {
        let port: u16 = source.required("PORT", "8000")?;
        let seconds: u32 = source.required("TURN_SYNC_WAIT_S", "45")?;
        Ok(Self {
            host: host(source)?,
            port,
            grpc_port: grpc_port(source, port)?,
            public_url: public_url(source, port)?,
            trusted_proxies: addresses(source, "TRUSTED_PROXIES")?,
            turn_sync_wait: Duration::from_secs(seconds.into()),
            cors_allowed_origins: origins(source)?,
        })
    }
}

/// Returns origins as browsers send them: scheme, host and port, and no more.
fn origins(source: &Source) -> Result<Vec<String>, SettingError> {
    let origins = source.list("CORS_ALLOWED_ORIGINS");
    match origins.iter().find(|it| !is_origin(it)) {
        None => Ok(origins),
        Some(wrong) => Err(invalid(
            "CORS_ALLOWED_ORIGINS",
            format!("{wrong:?} is no origin; each one must be named, as scheme, host and port"),
            "https://dashboard.example.org,http://localhost:3000",
        )),
    }
}

fn is_origin(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else {
        return false;
    };
    let is_extension = url.scheme().ends_with("-extension") && url.has_host();
    is_extension || url.origin().ascii_serialization() == text
}

/// Two listeners cannot share a port; 0 is a free one for each.
fn grpc_port(source: &Source, port: u16) -> Result<Option<u16>, SettingError> {
    let grpc_port: Option<u16> = source.optional("GRPC_PORT", "9000")?;
    if port != 0 && grpc_port == Some(port) {
        return Err(invalid(
            "GRPC_PORT",
            format!(
                "is {port}, the same as PORT, which serves gRPC too; leave it out or change it"
            ),
            "9000",
        ));
    }
    Ok(grpc_port)
}

fn host(source: &Source) -> Result<IpAddr, SettingError> {
    let value = source.get("HOST").unwrap_or_default();
    if value.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    source.required("HOST", "127.0.0.1")
}

fn public_url(source: &Source, port: u16) -> Result<String, SettingError> {
    let Some(value) = source.get("PUBLIC_URL") else {
        return Ok(format!("http://localhost:{port}"));
    };
    let url: url::Url = source.required("PUBLIC_URL", "https://faultmaven.example.org")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid(
            "PUBLIC_URL",
            format!("{value:?} is no web address"),
            "https://faultmaven.example.org",
        ));
    }
    Ok(value.trim_end_matches('/').to_owned())
}

fn addresses(source: &Source, name: &str) -> Result<Vec<IpAddr>, SettingError> {
    source
        .list(name)
        .iter()
        .map(|value| {
            value.parse().map_err(|_| {
                invalid(
                    name,
                    format!("{value:?} is no address"),
                    "10.0.0.2,10.0.0.3",
                )
            })
        })
        .collect()
}
