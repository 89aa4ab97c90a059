//! Calls of models, as turns show them wherever they are shown.

use std::collections::BTreeMap;

use faultmaven_proto::{agent, case};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire;

/// One call of a model.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelCall {
    provider: String,
    model: String,
    tokens_in: i64,
    tokens_out: i64,
    /// 0 when the price is not known.
    cost_usd: f64,
    duration_ms: i64,
    /// The provider that was tried before this one.
    fallback_from: Option<String>,
    /// Reason of a failed call.
    error: Option<String>,
    /// How many secrets and personal data of each kind left as placeholders.
    redacted: BTreeMap<String, u64>,
    /// Which texts instructed the model: the beginning of their hash.
    prompt_version: Option<String>,
}

impl From<case::v1::ModelCall> for ModelCall {
    fn from(call: case::v1::ModelCall) -> Self {
        Self {
            provider: call.provider,
            model: call.model,
            tokens_in: call.tokens_in,
            tokens_out: call.tokens_out,
            cost_usd: call.cost_usd,
            duration_ms: call.duration_ms,
            fallback_from: wire::given(call.fallback_from),
            error: wire::given(call.error),
            redacted: call.redacted.into_iter().collect(),
            prompt_version: wire::given(call.prompt_version),
        }
    }
}

impl From<agent::v1::ModelCall> for ModelCall {
    fn from(call: agent::v1::ModelCall) -> Self {
        case::v1::ModelCall {
            provider: call.provider,
            model: call.model,
            tokens_in: call.tokens_in,
            tokens_out: call.tokens_out,
            cost_usd: call.cost_usd,
            duration_ms: call.duration_ms,
            fallback_from: call.fallback_from,
            error: call.error,
            redacted: call.redacted,
            prompt_version: call.prompt_version,
        }
        .into()
    }
}
