//! Where the Redis server is that processes share.

use std::fmt;

use url::Url;

use super::{SettingError, Source, invalid};

const EXAMPLE: &str = "redis://:password@localhost:6379/0";

/// One Redis server.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `REDIS_URL`, or what `REDIS_HOST`, `REDIS_PORT`, `REDIS_PASSWORD` and `REDIS_DB` make.
    pub url: String,
}

impl RedisSettings {
    /// Returns nothing when the memory of each process is to do.
    pub(super) fn from_source(source: &Source) -> Result<Option<Self>, SettingError> {
        let is_named = ["REDIS_URL", "REDIS_HOST"]
            .iter()
            .any(|name| source.get(name).is_some());
        let modes = [("", is_named), ("off", false), ("standalone", true)];
        let mode = source.get("REDIS_MODE").unwrap_or_default();
        let is_wanted = modes
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(mode));
        match is_wanted {
            Some((_, true)) => Ok(Some(Self {
                url: url(source)?.into(),
            })),
            Some((_, false)) => Ok(None),
            None => Err(invalid(
                "REDIS_MODE",
                format!("{mode:?} is not available in this version"),
                "standalone or off",
            )),
        }
    }
}

fn url(source: &Source) -> Result<Url, SettingError> {
    let Some(url) = source.get("REDIS_URL") else {
        return from_parts(source);
    };
    let refused = |problem: String| invalid("REDIS_URL", problem, EXAMPLE);
    let url: Url = url
        .parse()
        .map_err(|error| refused(format!("is no address ({error})")))?;
    let is_database = |path: &str| path.is_empty() || path.parse::<u32>().is_ok();
    match (url.scheme(), url.host_str()) {
        ("redis", Some(host)) if !host.is_empty() => {}
        ("redis", _) => return Err(refused("names no host".to_owned())),
        (other, _) => {
            let problem = format!("{other}:// is not available in this version");
            return Err(refused(problem));
        }
    }
    if is_database(url.path().trim_start_matches('/')) {
        Ok(url)
    } else {
        Err(refused("the database is not a number".to_owned()))
    }
}

fn from_parts(source: &Source) -> Result<Url, SettingError> {
    let host = source.get("REDIS_HOST").unwrap_or("localhost");
    let port: u16 = source.required("REDIS_PORT", "6379")?;
    let database: u32 = source.required("REDIS_DB", "0")?;
    let refused = |problem| invalid("REDIS_HOST", problem, "localhost");
    let mut url: Url = format!("redis://{host}:{port}/{database}")
        .parse()
        .map_err(|error| refused(format!("{host:?} is no host ({error})")))?;
    url.set_password(source.get("REDIS_PASSWORD"))
        .map_err(|()| refused(format!("{host:?} is no host")))?;
    Ok(url)
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(pairs: &[(&str, &str)]) -> Result<Option<String>, String> {
        RedisSettings::from_source(&Source::with(pairs.iter().copied()))
            .map(|redis| redis.map(|redis| redis.url))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn redis_is_used_where_it_is_named() {
        assert_eq!(url(&[]), Ok(None));
        let named = ("REDIS_URL", "redis://:pw@cache:6380/2");
        assert_eq!(url(&[named]), Ok(Some(named.1.to_owned())));
        assert_eq!(url(&[named, ("REDIS_MODE", "off")]), Ok(None));
        let local = "redis://localhost:6379/0".to_owned();
        assert_eq!(url(&[("REDIS_MODE", "standalone")]), Ok(Some(local)));
        let parts = [("REDIS_HOST", "cache"), ("REDIS_PASSWORD", "p@ss/word")];
        let escaped = "redis://:p%40ss%2Fword@cache:6379/0".to_owned();
        assert_eq!(url(&parts), Ok(Some(escaped)));
    }

    #[test]
    fn a_redis_that_cannot_be_used_is_refused_by_name() {
        for (name, value) in [
            ("REDIS_MODE", "cluster"),
            ("REDIS_URL", "cache:6379"),
            ("REDIS_URL", "rediss://cache"),
            ("REDIS_URL", "redis://cache/first"),
            ("REDIS_HOST", "a b"),
        ] {
            let error = url(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(name), "{error}");
        }
    }
}
