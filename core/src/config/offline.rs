//! What `OFFLINE=true` forbids besides models and telemetry: whatever the own network does not have.

use faultmaven_kit::is_private;
use url::Url;

use super::{SettingError, Settings, Source, invalid};
use crate::placement::{ALL_MODULES, address_setting};

const EXAMPLE: &str = "an address such as 10.0.0.5, or a name that only your network knows, such as db or db.internal";

/// Refuses databases, caches and modules on hosts beyond the own network.
pub(super) fn refuse_outside(settings: &Settings, source: &Source) -> Result<(), SettingError> {
    let mut named = hosts(settings, source).into_iter();
    match named.find(|(_, host)| !is_private(host)) {
        None => Ok(()),
        Some((name, host)) => {
            let problem = format!("{host:?} is beyond your network, which OFFLINE=true forbids");
            Err(invalid(&name, problem, EXAMPLE))
        }
    }
}

/// Returns every host that the settings name, with the setting.
fn hosts(settings: &Settings, source: &Source) -> Vec<(String, String)> {
    let storage = &settings.storage;
    let databases = ALL_MODULES.map(|module| {
        let host = storage.database_of(module).server_host();
        Some((storage.database_setting(module), host?))
    });
    let modules = ALL_MODULES.map(|module| {
        let host = host_of(settings.placement.address(module)?);
        Some((address_setting(module), host?))
    });
    let redis = settings.redis.as_ref().and_then(|redis| {
        let is_whole = source.get("REDIS_URL").is_some();
        let name = if is_whole { "REDIS_URL" } else { "REDIS_HOST" };
        Some((name.to_owned(), host_of(&redis.url)?))
    });
    let named = databases.into_iter().chain(modules).chain([redis]);
    named.flatten().collect()
}

fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pairs: &[(&str, &str)]) -> Option<String> {
        let pairs = pairs.iter().copied();
        let settings = Settings::from_source(&Source::with(pairs));
        settings.err().map(|error| error.to_string())
    }

    #[test]
    fn offline_refuses_hosts_beyond_the_own_network() {
        let others = "gateway,jobs,llm,session,case,evidence,knowledge,report,agent";
        for (name, value) in [
            ("DATABASE_URL", "postgres://fm:secret@db.example.org/fm"),
            ("DATABASE_URL", "postgresql+asyncpg:///fm?host=8.8.8.8"),
            ("JOBS_DATABASE_URL", "postgres://fm@8.8.8.8/jobs"),
            ("REDIS_URL", "redis://cache.example.org:6379"),
            ("REDIS_HOST", "cache.example.org"),
            ("AUTH_URL", "https://auth.example.org"),
        ] {
            let pairs = [
                ("MODULES", others),
                ("AUTH_URL", "http://auth"),
                (name, value),
            ];
            assert_eq!(refusal(&pairs), None, "{name}={value}");
            let told = refusal(&[pairs[0], pairs[1], pairs[2], ("OFFLINE", "true")]).unwrap();
            assert!(told.starts_with(&format!("{name}: ")), "{told}");
            assert!(
                told.contains("OFFLINE=true") && !told.contains("secret"),
                "{told}"
            );
        }
    }

    #[test]
    fn offline_lets_the_own_network_be_used() {
        let pairs = [
            ("OFFLINE", "true"),
            ("DATABASE_URL", "postgres://fm@db/fm"),
            (
                "CASE_DATABASE_URL",
                "postgres:///fm?host=/var/run/postgresql",
            ),
            ("REDIS_URL", "redis://10.0.0.5:6379"),
            ("MODULES", "gateway,case"),
            ("DEPLOYMENT_MODE", "kubernetes"),
        ];
        assert_eq!(refusal(&pairs), None);
    }
}
