//! What the program is told: settings by concern, validated at start.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use faultmaven_kit::{ClusterSecret, DbConfig, MigrationPolicy};

mod bytes;
mod doctor_view;
mod source;

pub use bytes::ByteSize;
pub use doctor_view::masked;
pub use source::{SettingError, Source, invalid};

use crate::placement::{ALL_MODULES, ModuleName, Placement};

const SECRET_BYTES: usize = 32;

/// Every setting of one process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ENVIRONMENT` is `production`.
    pub production: bool,
    /// Listening addresses and what clients are told.
    pub server: ServerSettings,
    /// Databases and files.
    pub storage: StorageSettings,
    /// Accounts and tokens.
    pub accounts: AccountSettings,
    /// Which modules run here and how to reach the others.
    pub placement: Placement,
    /// `CLUSTER_SECRET`.
    pub cluster_secret: Option<ClusterSecret>,
    /// `ANALYSIS_CONCURRENCY`.
    pub analysis_concurrency: usize,
    /// `LOG_LEVEL`, `LOG_FORMAT` and OpenTelemetry.
    pub telemetry: TelemetrySettings,
    /// Settings that are there but have no effect in this version.
    pub unused: Vec<&'static str>,
}

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
    /// `CORS_ALLOWED_ORIGINS`.
    pub cors_allowed_origins: Vec<String>,
}

/// Where data lies and how large it may be.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// `DATA_DIR`.
    pub data_dir: PathBuf,
    /// `STORAGE_PATH`.
    pub uploads_dir: PathBuf,
    /// `DATABASE_URL`.
    pub database: DbConfig,
    /// `<MODULE>_DATABASE_URL` of modules that have their own.
    pub module_databases: Vec<(ModuleName, DbConfig)>,
    /// `MAX_UPLOAD_BYTES`.
    pub max_upload_bytes: u64,
    /// `MAX_UNPACKED_BYTES`.
    pub max_unpacked_bytes: u64,
}

/// How people sign in.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// `JWT_SECRET`, when `JWT_ALGORITHM` is HS256.
    pub jwt_secret: Option<String>,
    /// `JWT_EXPIRY_MINUTES`.
    pub access_ttl: Duration,
    /// `REFRESH_TOKEN_DAYS`.
    pub refresh_ttl: Duration,
    /// `AUTH_REQUIRED`.
    pub auth_required: bool,
    /// `REGISTRATION`.
    pub registration: Registration,
}

/// Who may create an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// The first person only.
    FirstUser,
    /// Everybody.
    Open,
    /// People with an invitation.
    Invite,
    /// Nobody; administrators create accounts.
    Closed,
}

/// What is logged and where it goes.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// `LOG_LEVEL`.
    pub level: String,
    /// `LOG_FORMAT`.
    pub format: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub otlp_endpoint: Option<String>,
    /// `OTEL_SERVICE_NAME`.
    pub service_name: String,
}

impl Settings {
    /// Returns the validated settings of `source`.
    pub fn from_source(source: &Source) -> Result<Self, SettingError> {
        let production = source.one_of(
            "ENVIRONMENT",
            &[("development", false), ("production", true)],
        )?;
        refuse_missing_providers(source)?;
        let server = ServerSettings::from_source(source)?;
        let settings = Self {
            production,
            storage: StorageSettings::from_source(source, production)?,
            accounts: AccountSettings::from_source(source)?,
            placement: Placement::from_source(source, server.port)?,
            cluster_secret: cluster_secret(source)?,
            analysis_concurrency: source.required("ANALYSIS_CONCURRENCY", "2")?,
            telemetry: TelemetrySettings::from_source(source)?,
            unused: unused(source),
            server,
        };
        settings.validate()?;
        Ok(settings)
    }

    fn validate(&self) -> Result<(), SettingError> {
        let beyond_loopback = !self.server.host.is_loopback();
        if beyond_loopback && !self.accounts.auth_required {
            return Err(invalid(
                "AUTH_REQUIRED",
                "false is accepted only while HOST is a loopback address",
                "true",
            ));
        }
        let clustered = !self.placement.hosts_everything() || self.server.grpc_port.is_some();
        if beyond_loopback && clustered && self.cluster_secret.is_none() {
            return Err(invalid(
                "CLUSTER_SECRET",
                "is needed when modules listen beyond loopback",
                "the output of `openssl rand -hex 32`",
            ));
        }
        if self.production && !self.placement.hosts_everything() && self.cluster_secret.is_none() {
            return Err(invalid(
                "CLUSTER_SECRET",
                "is needed in a production cluster",
                "the output of `openssl rand -hex 32`",
            ));
        }
        Ok(())
    }
}

impl ServerSettings {
    fn from_source(source: &Source) -> Result<Self, SettingError> {
        let port: u16 = source.required("PORT", "8000")?;
        Ok(Self {
            host: host(source)?,
            port,
            grpc_port: source.optional("GRPC_PORT", "9000")?,
            public_url: public_url(source, port)?,
            trusted_proxies: addresses(source, "TRUSTED_PROXIES")?,
            cors_allowed_origins: source.list("CORS_ALLOWED_ORIGINS"),
        })
    }
}

impl StorageSettings {
    fn from_source(source: &Source, production: bool) -> Result<Self, SettingError> {
        let data_dir: PathBuf = source.required("DATA_DIR", "./data")?;
        let database = |name: &str| database(source, name, &data_dir, production);
        let mut module_databases = Vec::new();
        for module in ALL_MODULES {
            let name = format!("{}_DATABASE_URL", module.as_str().to_uppercase());
            if source.get(&name).is_some() {
                module_databases.push((module, database(&name)?));
            }
        }
        Ok(Self {
            uploads_dir: source
                .get("STORAGE_PATH")
                .map_or_else(|| data_dir.join("uploads"), PathBuf::from),
            database: database("DATABASE_URL")?,
            module_databases,
            max_upload_bytes: source.required::<ByteSize>("MAX_UPLOAD_BYTES", "1GiB")?.0,
            max_unpacked_bytes: source.required::<ByteSize>("MAX_UNPACKED_BYTES", "8GiB")?.0,
            data_dir,
        })
    }
}

impl AccountSettings {
    fn from_source(source: &Source) -> Result<Self, SettingError> {
        let minutes: u64 = source.required("JWT_EXPIRY_MINUTES", "1440")?;
        if minutes < 6 {
            return Err(invalid(
                "JWT_EXPIRY_MINUTES",
                "clients renew tokens with less than five minutes left before every call",
                "1440",
            ));
        }
        let days: u64 = source.required("REFRESH_TOKEN_DAYS", "7")?;
        Ok(Self {
            jwt_secret: jwt_secret(source)?,
            access_ttl: Duration::from_secs(minutes * 60),
            refresh_ttl: Duration::from_secs(days * 86_400),
            auth_required: source.required("AUTH_REQUIRED", "true")?,
            registration: source.one_of(
                "REGISTRATION",
                &[
                    ("first-user", Registration::FirstUser),
                    ("open", Registration::Open),
                    ("invite", Registration::Invite),
                    ("closed", Registration::Closed),
                ],
            )?,
        })
    }
}

impl TelemetrySettings {
    fn from_source(source: &Source) -> Result<Self, SettingError> {
        let words = [("auto", "auto"), ("json", "json"), ("human", "human")];
        Ok(Self {
            level: source.required("LOG_LEVEL", "INFO")?,
            format: source.one_of("LOG_FORMAT", &words)?.to_owned(),
            otlp_endpoint: source.get("OTEL_EXPORTER_OTLP_ENDPOINT").map(str::to_owned),
            service_name: source.required("OTEL_SERVICE_NAME", "faultmaven")?,
        })
    }
}

/// Refuses providers that this version does not have, rather than running without them unnoticed.
fn refuse_missing_providers(source: &Source) -> Result<(), SettingError> {
    for (name, accepted) in [
        ("PROFILE", "core"),
        ("STORAGE_PROVIDER", "local"),
        ("REDIS_MODE", "off"),
        ("VECTOR_DB_PROVIDER", "embedded"),
        ("LLM_PROVIDER", "embedded"),
        ("EMBEDDING_PROVIDER", "embedded"),
        ("IDENTITY_PROVIDER", "jwt"),
    ] {
        let value = source.get(name).unwrap_or_default();
        if !value.eq_ignore_ascii_case(accepted) {
            return Err(invalid(
                name,
                format!("{value:?} is not available in this version"),
                accepted,
            ));
        }
    }
    Ok(())
}

/// Existing deployments may carry these; refusing them would break a start for nothing.
fn unused(source: &Source) -> Vec<&'static str> {
    [
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "REDIS_URL",
        "REDIS_HOST",
    ]
    .into_iter()
    .filter(|name| source.get(name).is_some())
    .collect()
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

fn database(
    source: &Source,
    name: &str,
    data_dir: &std::path::Path,
    production: bool,
) -> Result<DbConfig, SettingError> {
    let url = source.get(name).unwrap_or_default().to_owned();
    let on_server = url.starts_with("postgres");
    let apply = source
        .optional("MIGRATE_ON_START", "true")?
        .unwrap_or(!(on_server && production));
    Ok(DbConfig {
        url,
        max_connections: source.required("DATABASE_MAX_CONNECTIONS", "10")?,
        migration: if apply {
            MigrationPolicy::Apply
        } else {
            MigrationPolicy::Require
        },
        data_dir: data_dir.to_owned(),
    })
}

fn jwt_secret(source: &Source) -> Result<Option<String>, SettingError> {
    let symmetric = source.one_of("JWT_ALGORITHM", &[("RS256", false), ("HS256", true)])?;
    let secret = source.get("JWT_SECRET").map(str::to_owned);
    match (symmetric, secret) {
        (false, _) => Ok(None),
        (true, Some(secret)) if secret.len() >= SECRET_BYTES => Ok(Some(secret)),
        (true, _) => Err(too_short("JWT_SECRET")),
    }
}

fn cluster_secret(source: &Source) -> Result<Option<ClusterSecret>, SettingError> {
    match source.get("CLUSTER_SECRET") {
        None => Ok(None),
        Some(secret) if secret.len() >= SECRET_BYTES => Ok(Some(ClusterSecret::new(secret))),
        Some(_) => Err(too_short("CLUSTER_SECRET")),
    }
}

fn too_short(name: &str) -> SettingError {
    invalid(
        name,
        "must have at least 32 bytes",
        "the output of `openssl rand -hex 32`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::from_source(&Source::with(pairs.iter().copied()))
    }

    #[test]
    fn the_defaults_are_valid() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.server.public_url, "http://localhost:8000");
        assert!(settings.placement.hosts_everything());
        assert_eq!(settings.storage.max_upload_bytes, 1 << 30);
    }

    #[test]
    fn sign_in_cannot_be_switched_off_for_the_network() {
        let error = settings(&[("HOST", "0.0.0.0"), ("AUTH_REQUIRED", "false")]).unwrap_err();
        assert!(error.to_string().starts_with("AUTH_REQUIRED"), "{error}");
    }

    #[test]
    fn modules_beyond_loopback_need_the_cluster_secret() {
        let open = [("HOST", "0.0.0.0"), ("MODULES", "case")];
        let error = settings(&open).unwrap_err();
        assert!(error.to_string().starts_with("CLUSTER_SECRET"), "{error}");
    }

    #[test]
    fn a_provider_that_is_not_there_is_refused_by_name() {
        let error = settings(&[("STORAGE_PROVIDER", "s3")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "STORAGE_PROVIDER: \"s3\" is not available in this version; an accepted value is local"
        );
    }

    #[test]
    fn postgres_in_production_waits_for_the_migrate_command() {
        let url = ("DATABASE_URL", "postgres://fm@db/fm");
        let development = settings(&[url]).unwrap();
        assert_eq!(
            development.storage.database.migration,
            MigrationPolicy::Apply
        );
        let production = settings(&[url, ("ENVIRONMENT", "production")]).unwrap();
        assert_eq!(
            production.storage.database.migration,
            MigrationPolicy::Require
        );
    }

    #[test]
    fn a_short_secret_is_refused() {
        let pairs = [("JWT_ALGORITHM", "HS256"), ("JWT_SECRET", "short")];
        assert!(settings(&pairs).is_err());
    }
}
