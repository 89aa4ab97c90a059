//! What settings mean to the modules.

use crate::config::{Registration, Settings};

pub(super) fn models(settings: &Settings) -> faultmaven_llm::Config {
    let models = &settings.models;
    faultmaven_llm::Config {
        providers: models.providers.clone(),
        timeout: models.timeout,
        concurrency: models.concurrency.get() as usize,
        breaker: settings.limits.breaker,
        budgets: faultmaven_llm::Budgets {
            month_usd: models.month_usd,
            user_month_usd: models.user_month_usd,
            case_usd: models.case_usd,
        },
        redaction: models.redaction,
        key_dir: settings.storage.data_dir.join("keys"),
        ..faultmaven_llm::Config::default()
    }
}

pub(super) fn registration(registration: Registration) -> faultmaven_auth::Registration {
    match registration {
        Registration::FirstUser => faultmaven_auth::Registration::FirstUser,
        Registration::Open => faultmaven_auth::Registration::Open,
        Registration::Invite => faultmaven_auth::Registration::Invite,
        Registration::Closed => faultmaven_auth::Registration::Closed,
    }
}
