//! How often clients may call, and when modules that do not answer are left alone.

use std::num::NonZeroU32;
use std::time::Duration;

use faultmaven_kit::breaker::BreakerConfig;

use super::{SettingError, Source};

/// Limits of a process.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// `RATE_LIMIT_REQUESTS_PER_MINUTE`, unless `RATE_LIMIT_ENABLED` is false.
    pub requests_per_minute: Option<NonZeroU32>,
    /// `CIRCUIT_BREAKER_FAIL_THRESHOLD` and `CIRCUIT_BREAKER_RESET_TIMEOUT`, unless
    /// `CIRCUIT_BREAKER_ENABLED` is false.
    pub breaker: Option<BreakerConfig>,
}

impl LimitSettings {
    pub(super) fn from_source(source: &Source) -> Result<Self, SettingError> {
        let limited: bool = source.required("RATE_LIMIT_ENABLED", "true")?;
        let per_minute = source.required("RATE_LIMIT_REQUESTS_PER_MINUTE", "600")?;
        let broken: bool = source.required("CIRCUIT_BREAKER_ENABLED", "true")?;
        let threshold: NonZeroU32 = source.required("CIRCUIT_BREAKER_FAIL_THRESHOLD", "5")?;
        let seconds: u32 = source.required("CIRCUIT_BREAKER_RESET_TIMEOUT", "30")?;
        Ok(Self {
            requests_per_minute: limited.then_some(per_minute),
            breaker: broken.then_some(BreakerConfig {
                fail_threshold: threshold.get(),
                reset_timeout: Duration::from_secs(seconds.into()),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_on_unless_switched_off() {
        let limits = LimitSettings::from_source(&Source::with([])).unwrap();
        assert_eq!(limits.requests_per_minute, NonZeroU32::new(600));
        assert_eq!(limits.breaker, Some(BreakerConfig::default()));
        let off = [
            ("RATE_LIMIT_ENABLED", "false"),
            ("CIRCUIT_BREAKER_ENABLED", "false"),
        ];
        let limits = LimitSettings::from_source(&Source::with(off)).unwrap();
        assert!(limits.requests_per_minute.is_none() && limits.breaker.is_none());
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        let source = Source::with([("RATE_LIMIT_REQUESTS_PER_MINUTE", "0")]);
        assert!(LimitSettings::from_source(&source).is_err());
    }
}
