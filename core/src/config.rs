//! What the program is told: settings by concern, validated at start.

use faultmaven_kit::ClusterSecret;
use faultmaven_kit::telemetry::LogFilter;
use url::Url;

mod absent;
mod accounts;
mod bytes;
mod documents;
mod limits;
mod models;
mod offline;
mod redis;
mod server;
mod source;
mod storage;
mod value;
mod view;

pub use absent::Ignored;
pub use accounts::{AccountSettings, Registration};
pub use bytes::ByteSize;
pub use documents::{DEFAULT_RECOGNISER, DocumentSettings};
pub use limits::LimitSettings;
pub use models::ModelSettings;
pub use redis::RedisSettings;
pub use server::ServerSettings;
pub use source::{SettingError, Source, invalid};
pub use storage::StorageSettings;
pub use value::SettingValue;
pub(crate) use view::{Topic, topics};

use crate::placement::Placement;

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
    /// Who reads documents and pictures.
    pub documents: DocumentSettings,
    /// What processes share besides databases.
    pub redis: Option<RedisSettings>,
    /// How often clients may call, and when modules are left alone.
    pub limits: LimitSettings,
    /// Which models are asked.
    pub models: ModelSettings,
    /// `LOG_LEVEL`, `LOG_FORMAT` and OpenTelemetry.
    pub telemetry: TelemetrySettings,
    /// What is set and has no effect.
    pub ignored: Vec<Ignored>,
}

/// What is logged and where it goes.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// `LOG_LEVEL`.
    pub filter: LogFilter,
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
        let offline = source.required("OFFLINE", "false")?;
        let settings = Self {
            production,
            storage: StorageSettings::from_source(source, production)?,
            accounts: AccountSettings::from_source(source)?,
            placement: Placement::from_source(source, &server)?,
            cluster_secret: cluster_secret(source)?,
            analysis_concurrency: source.required("ANALYSIS_CONCURRENCY", "2")?,
            documents: DocumentSettings::from_source(source)?,
            redis: RedisSettings::from_source(source)?,
            limits: LimitSettings::from_source(source)?,
            models: ModelSettings::from_source(source, offline)?,
            telemetry: TelemetrySettings::from_source(source, offline)?,
            ignored: source.ignored().to_vec(),
            server,
        };
        settings.validate()?;
        if offline {
            offline::refuse_outside(&settings, source)?;
        }
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
        if self.production && self.accounts.dev_login {
            return Err(invalid(
                "AUTH_DEV_LOGIN",
                "lets everybody in by name alone, which ENVIRONMENT=production forbids",
                "false",
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

impl TelemetrySettings {
    fn from_source(source: &Source, offline: bool) -> Result<Self, SettingError> {
        let words = [("auto", "auto"), ("json", "json"), ("human", "human")];
        Ok(Self {
            filter: source.required("LOG_LEVEL", "INFO")?,
            format: source.one_of("LOG_FORMAT", &words)?.to_owned(),
            otlp_endpoint: otlp_endpoint(source, offline)?,
            service_name: source.required("OTEL_SERVICE_NAME", "faultmaven")?,
        })
    }
}

fn otlp_endpoint(source: &Source, offline: bool) -> Result<Option<String>, SettingError> {
    let name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let Some(address) = source.get(name) else {
        return Ok(None);
    };
    let is_local = Url::parse(address).is_ok_and(|it| models::is_local(&it));
    if offline && !is_local {
        let problem = format!("{address:?} is elsewhere, which OFFLINE=true forbids");
        return Err(invalid(name, problem, "http://localhost:4317"));
    }
    Ok(Some(address.to_owned()))
}

/// Refuses providers that this version does not have, rather than running without them unnoticed.
fn refuse_missing_providers(source: &Source) -> Result<(), SettingError> {
    for (name, accepted) in [
        ("PROFILE", "core"),
        ("STORAGE_PROVIDER", "local"),
        ("VECTOR_DB_PROVIDER", "embedded"),
        ("EMBEDDING_PROVIDER", "embedded"),
        ("IDENTITY_PROVIDER", accounts::LOCAL_ACCOUNTS),
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
    match source.ignored().iter().find(|it| it.is_refused()) {
        None => Ok(()),
        Some(it) => Err(invalid(
            it.name,
            format!(
                "{} are not available in this version; leave it out",
                it.provider
            ),
            "one server in REDIS_URL",
        )),
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
    use faultmaven_kit::MigrationPolicy;

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
    fn a_word_that_is_no_number_names_setting_value_and_what_is_accepted() {
        for (name, value, text) in [
            (
                "PORT",
                "70000",
                "\"70000\" is not a whole number from 0 to 65535",
            ),
            (
                "GRPC_PORT",
                "x",
                "\"x\" is not a whole number from 0 to 65535",
            ),
            ("AUTH_REQUIRED", "yes", "\"yes\" is not true or false"),
            (
                "MAX_UPLOAD_BYTES",
                "1GB",
                "\"1GB\" is not a number of bytes",
            ),
            (
                "LOG_LEVEL",
                "LOUD",
                "\"LOUD\" is not DEBUG, INFO, WARNING, ERROR",
            ),
            ("HOST", "here", "\"here\" is not an IP address"),
        ] {
            let error = settings(&[(name, value)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}: {text}")), "{error}");
            assert!(error.contains("; an accepted value is "), "{error}");
        }
    }

    #[test]
    fn two_listeners_share_no_port() {
        let error = settings(&[("PORT", "8001"), ("GRPC_PORT", "8001")]).unwrap_err();
        let text = "GRPC_PORT: is 8001, the same as PORT";
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(settings(&[("PORT", "0"), ("GRPC_PORT", "0")]).is_ok());
    }

    #[test]
    fn sign_in_cannot_be_switched_off_for_the_network() {
        let error = settings(&[("HOST", "0.0.0.0"), ("AUTH_REQUIRED", "false")]).unwrap_err();
        assert!(error.to_string().starts_with("AUTH_REQUIRED"), "{error}");
    }

    #[test]
    fn modules_beyond_loopback_need_the_cluster_secret() {
        let open = [
            ("HOST", "0.0.0.0"),
            ("MODULES", "case"),
            ("DEPLOYMENT_MODE", "kubernetes"),
        ];
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
    fn what_is_set_for_providers_that_are_not_there_is_told_and_other_redises_are_refused() {
        let pairs = [
            ("QDRANT_URL", "http://qdrant:6334"),
            ("AUTH0_DOMAIN", "example.eu.auth0.com"),
            ("S3_BUCKET_NAME", ""),
            ("PATH", "/bin"),
        ];
        let ignored = settings(&pairs).unwrap().ignored;
        let names: Vec<&str> = ignored.iter().map(|it| it.name).collect();
        assert_eq!(names, ["QDRANT_URL", "AUTH0_DOMAIN"]);
        assert_eq!(
            ignored[0].in_words(),
            "QDRANT_URL is set and has no effect: this version has no Qdrant"
        );
        for name in ["REDIS_SENTINEL_HOSTS", "REDIS_CLUSTER_NODES"] {
            let error = settings(&[(name, "a:26379,b:26379")])
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(name), "{error}");
            assert!(error.contains("REDIS_URL"), "{error}");
        }
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
    fn development_sign_in_is_refused_in_production() {
        let on = ("AUTH_DEV_LOGIN", "true");
        assert!(settings(&[on]).unwrap().accounts.dev_login);
        let error = settings(&[on, ("ENVIRONMENT", "production")]).unwrap_err();
        assert!(error.to_string().starts_with("AUTH_DEV_LOGIN"), "{error}");
    }

    #[test]
    fn codes_are_sent_to_safe_addresses_only() {
        let configured = |value| settings(&[("OAUTH_REDIRECT_URIS", value)]);
        let addresses = configured("https://a.example/cb, http://localhost:9/cb").unwrap();
        assert_eq!(addresses.accounts.redirect_addresses.len(), 2);
        for wrong in [
            "http://a.example/cb",
            "https://a.example/#x",
            "cb",
            "javascript:1",
        ] {
            assert!(configured(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        let pairs = [("JWT_ALGORITHM", "HS256"), ("JWT_SECRET", "short")];
        assert!(settings(&pairs).is_err());
    }
}
