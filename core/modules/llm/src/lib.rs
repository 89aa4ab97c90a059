//! The models that can be asked, and the ledger of what asking them cost.

use std::path::PathBuf;
use std::time::Duration;

use faultmaven_kit::breaker::BreakerConfig;
use faultmaven_kit::{Db, Hosted, Ids, SharedClock, Tasks};
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalServiceServer;
use faultmaven_proto::llm::v1::llm_service_server::LlmServiceServer;

mod asked;
mod attempt;
mod books;
mod chat;
mod completion;
mod convert;
mod entity;
mod error;
mod events;
mod failure;
mod ledger;
mod migration;
mod models;
mod provider;
mod redaction;
mod seal;
mod service;
mod shape;
mod store;

pub use books::Budgets;
pub use migration::migrations;
pub use provider::{ProviderConfig, Vendor};

use attempt::Desk;
use books::Books;
use completion::Completions;
use provider::Provider;
use redaction::Redaction;
use seal::Seal;
use service::Service;
use store::Store;

/// Conversations may carry pictures.
const REQUEST_MAX: usize = 32 << 20;

/// Which models there are, and how they are asked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The version of the embedded analyst.
    pub analyst_version: String,
    /// The models in the order they are asked.
    pub providers: Vec<ProviderConfig>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// How many calls one provider gets at the same time.
    pub concurrency: usize,
    /// The first pause before the same provider is asked again; later ones are longer.
    pub first_pause: Duration,
    /// When a provider that does not answer is left alone.
    pub breaker: Option<BreakerConfig>,
    /// How much may be spent.
    pub budgets: Budgets,
    /// Whether secrets and personal data stay here; models see placeholders.
    pub redaction: bool,
    /// Where the key of redaction maps is.
    pub key_dir: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            analyst_version: env!("CARGO_PKG_VERSION").to_owned(),
            providers: Vec::new(),
            timeout: Duration::from_secs(90),
            concurrency: 8,
            first_pause: Duration::from_millis(500),
            breaker: Some(BreakerConfig::default()),
            budgets: Budgets::default(),
            redaction: true,
            key_dir: PathBuf::from("./data/keys"),
        }
    }
}

/// What the module needs.
#[derive(Clone)]
pub struct Deps {
    /// Where the ledger is stored.
    pub db: Db,
    /// Dates ledger rows.
    pub clock: SharedClock,
    /// Names ledger rows.
    pub ids: Ids,
    /// Runs calls, so that shutdown waits for their rows.
    pub tasks: Tasks,
}

/// Returns the module, its tables migrated.
pub async fn build(
    config: Config,
    deps: Deps,
) -> Result<Hosted, Box<dyn std::error::Error + Send + Sync>> {
    deps.db.migrate(migrations()).await?;
    let store = Store::new(deps.db.clone());
    let analyst_version = config.analyst_version.clone();
    let completions = completions(config, &deps, store.clone()).await?;
    let service = Service::new(analyst_version, completions, store, deps.clock);
    let internal = LlmInternalServiceServer::new(service.clone());
    Ok(Hosted::new("llm")
        .service(LlmServiceServer::new(service))
        .internal(internal.max_decoding_message_size(REQUEST_MAX))
        .ready_with(deps.db))
}

async fn completions(
    config: Config,
    deps: &Deps,
    store: Store,
) -> Result<Completions, Box<dyn std::error::Error + Send + Sync>> {
    let redaction = redaction(&config, deps, &store).await?;
    let providers = config.providers.into_iter();
    let providers = providers.map(|it| Provider::new(it, config.breaker, config.concurrency));
    let providers: Vec<Provider> = providers.collect::<Result<_, _>>()?;
    warn_of_unknown_prices(&providers, config.budgets);
    let desk = Desk {
        books: Books::new(store, deps.clock.clone(), deps.ids.clone(), config.budgets),
        timeout: config.timeout,
        shutdown: deps.tasks.shutdown_token(),
    };
    let tasks = deps.tasks.clone();
    let first_pause = config.first_pause;
    Ok(Completions::new(
        providers,
        redaction,
        desk,
        first_pause,
        tasks,
    ))
}

/// Returns what redacts, when there is a model to redact for.
async fn redaction(
    config: &Config,
    deps: &Deps,
    store: &Store,
) -> Result<Option<Redaction>, Box<dyn std::error::Error + Send + Sync>> {
    if !config.redaction || config.providers.is_empty() {
        return Ok(None);
    }
    let seal = Seal::open(&config.key_dir).await?;
    let clock = deps.clock.clone();
    Ok(Some(Redaction::new(seal, store.clone(), clock)?))
}

fn warn_of_unknown_prices(providers: &[Provider], budgets: Budgets) {
    if budgets == Budgets::default() {
        return;
    }
    for provider in providers.iter().filter(|it| it.facts.price.is_none()) {
        tracing::warn!(
            provider = provider.name,
            model = provider.model,
            "the price of {} is not known, so no budget limits it",
            provider.model
        );
    }
}

#[cfg(test)]
mod tests;
