//! Where answers come from.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::breaker::{Breaker, BreakerConfig, BreakerState};
use faultmaven_kit::{Secret, is_loopback};
use tokio::sync::Semaphore;
use url::Url;

use crate::models::Facts;
use anthropic::Anthropic;
use http::Http;
use ollama::Ollama;
use openai::OpenAi;
use vendor::Dialect;

mod anthropic;
mod http;
mod ollama;
mod openai;
mod sse;
mod vendor;

pub(crate) use http::BadClient;

/// Who makes models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// OpenAI itself.
    OpenAi,
    /// Whatever speaks OpenAI's language.
    OpenAiCompatible,
    /// Anthropic.
    Anthropic,
    /// Ollama, which runs models on one's own machines.
    Ollama,
}

impl Vendor {
    /// Returns the name that settings, the ledger and the table of models use.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiCompatible => "openai_compatible",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
        }
    }
}

/// How to reach one model.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Who makes it.
    pub vendor: Vendor,
    /// Where its interface begins.
    pub base_url: Url,
    /// The model's name.
    pub model: String,
    /// What opens the door.
    pub key: Option<Secret>,
    /// Takes the place of what the table of models says.
    pub context_tokens: Option<u32>,
}

/// A model that can be asked.
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) model: String,
    pub(crate) facts: Facts,
    /// Whether it answers at a loopback address.
    is_local: bool,
    pub(crate) dialect: Box<dyn Dialect>,
    pub(crate) http: Http,
    pub(crate) breaker: Option<Breaker>,
    /// How many calls may run at the same time.
    pub(crate) slots: Arc<Semaphore>,
}

impl Provider {
    pub(crate) fn new(
        config: ProviderConfig,
        breaker: Option<BreakerConfig>,
        concurrency: usize,
    ) -> Result<Self, BadClient> {
        let name = config.vendor.name();
        let mut facts = Facts::of(name, &config.model);
        facts.context = config.context_tokens.unwrap_or(facts.context);
        Ok(Self {
            name,
            http: Http::new(&config.base_url)?,
            dialect: dialect(&config, facts),
            is_local: is_local(&config),
            model: config.model,
            facts,
            breaker: breaker.map(|breaker| Breaker::new("provider", name, breaker)),
            slots: Arc::new(Semaphore::new(concurrency)),
        })
    }

    /// Returns whether pictures are shown to it: nothing can be masked in them, so with redaction
    /// they stay on this machine.
    pub(crate) fn sees_pictures(&self, redacts: bool) -> bool {
        self.facts.vision && (self.is_local || !redacts)
    }

    /// Lets a call pass, or returns how long to wait.
    pub(crate) fn admit(&self) -> Result<(), Duration> {
        self.breaker.as_ref().map_or(Ok(()), Breaker::admit)
    }

    /// Returns whether calls are made, if a breaker decides that.
    pub(crate) fn breaker_state(&self) -> Option<BreakerState> {
        self.breaker.as_ref().map(Breaker::state)
    }
}

/// An address of a vendor may lead on to the vendor, wherever it points.
fn is_local(config: &ProviderConfig) -> bool {
    match config.vendor {
        Vendor::Ollama | Vendor::OpenAiCompatible => {
            config.base_url.host_str().is_some_and(is_loopback)
        }
        Vendor::OpenAi | Vendor::Anthropic => false,
    }
}

fn dialect(config: &ProviderConfig, facts: Facts) -> Box<dyn Dialect> {
    let (url, model, key) = (&config.base_url, config.model.clone(), config.key.clone());
    match config.vendor {
        Vendor::OpenAi => Box::new(OpenAi::new(url, model, key, facts)),
        Vendor::OpenAiCompatible => Box::new(OpenAi::compatible(url, model, key, facts)),
        Vendor::Anthropic => Box::new(Anthropic::new(url, model, key)),
        Vendor::Ollama => Box::new(Ollama::new(url, model, facts)),
    }
}
