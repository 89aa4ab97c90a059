//! What is known of models: how much they take, what they can, what they cost.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::chat::Tokens;

const TABLE: &str = include_str!("models.toml");
const TOKENS_PER_PRICE: f64 = 1_000_000.0;

/// What is known of a model.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// How many tokens it takes in.
    pub(crate) context: u32,
    /// How many tokens it gives at most.
    pub(crate) output: u32,
    /// Whether it can look at pictures.
    #[serde(default)]
    pub(crate) vision: bool,
    /// Whether its vendor makes answers match a schema.
    #[serde(default)]
    pub(crate) structured: bool,
    /// Unknown for models that are not in the table.
    pub(crate) price: Option<Price>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    r#in: f64,
    out: f64,
    cached: Option<f64>,
    written: Option<f64>,
}

/// Assumed of models nobody knows.
const UNKNOWN: Facts = Facts {
    context: 32_768,
    output: 4_096,
    vision: false,
    structured: false,
    price: None,
};

impl Facts {
    /// Returns what is known of a vendor's model.
    pub(crate) fn of(vendor: &str, model: &str) -> Self {
        // The table is compiled in and a test parses it.
        let table: BTreeMap<String, BTreeMap<String, Self>> =
            toml::from_str(TABLE).unwrap_or_default();
        let models = table.get(vendor).into_iter().flatten();
        let known = models.filter(|(name, _)| model.starts_with(name.as_str()));
        known
            .max_by_key(|(name, _)| name.len())
            .map_or(UNKNOWN, |(_, facts)| *facts)
    }

    /// Returns what `tokens` cost, in US dollars; unknown prices count as nothing.
    pub(crate) fn cost(&self, tokens: Tokens) -> f64 {
        let Some(price) = self.price else {
            return 0.0;
        };
        let plain = tokens
            .input
            .saturating_sub(tokens.cached)
            .saturating_sub(tokens.written);
        let sum = f64::from(plain) * price.r#in
            + f64::from(tokens.cached) * price.cached.unwrap_or(price.r#in)
            + f64::from(tokens.written) * price.written.unwrap_or(price.r#in)
            + f64::from(tokens.output) * price.out;
        sum / TOKENS_PER_PRICE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_the_longest_name_counts() {
        let table: BTreeMap<String, BTreeMap<String, Facts>> = toml::from_str(TABLE).unwrap();
        assert_eq!(table.len(), 4);
        let mini = Facts::of("openai", "gpt-4o-mini-2024-07-18");
        assert_eq!(mini, table["openai"]["gpt-4o-mini"]);
        let opus = Facts::of("anthropic", "claude-opus-4-5-20251101");
        assert_eq!(opus, table["anthropic"]["claude-opus-4-5"]);
    }

    #[test]
    fn a_model_nobody_knows_is_modest_and_has_no_price() {
        assert_eq!(Facts::of("openai", "whatever"), UNKNOWN);
        assert_eq!(Facts::of("openai_compatible", "qwen").price, None);
        assert_eq!(Facts::of("ollama", "qwen3:8b").context, 16_384);
    }

    #[test]
    fn cached_tokens_cost_what_the_vendor_takes_for_them() {
        let facts = Facts::of("anthropic", "claude-sonnet-4-5");
        let tokens = Tokens {
            input: 1_000_000,
            output: 100_000,
            cached: 500_000,
            written: 100_000,
        };
        let cost = facts.cost(tokens);
        assert!((cost - (1.2 + 0.15 + 0.375 + 1.5)).abs() < 1e-9, "{cost}");
    }
}
