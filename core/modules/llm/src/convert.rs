//! The ledger and the providers as messages, and requests as what they mean.

use chrono::{DateTime, Utc};
use faultmaven_kit::breaker::BreakerState;
use faultmaven_kit::clock::from_timestamp;
use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_kit::{Actor, Fault};
use faultmaven_proto::llm::v1 as pb;

use crate::error::Error;
use crate::ledger::{Entry, Period, Row, Selection, Totals};
use crate::provider::Provider;

pub(crate) const NAME_MAX: usize = 100;
const MODEL_MAX: usize = 200;
const ENTRIES_MAX: usize = 1_000;

/// Returns `provider` as a message.
pub(crate) fn provider(provider: &Provider, redacts: bool) -> pb::Provider {
    let state = provider.breaker_state();
    let breaker = match state {
        None => pb::ProviderBreaker::Unspecified,
        Some(BreakerState::Closed) => pb::ProviderBreaker::Closed,
        Some(BreakerState::Open) => pb::ProviderBreaker::Open,
        Some(BreakerState::HalfOpen) => pb::ProviderBreaker::HalfOpen,
    };
    pb::Provider {
        name: provider.name.to_owned(),
        model: provider.model.clone(),
        purpose: pb::ProviderPurpose::Chat.into(),
        remote: true,
        active: state != Some(BreakerState::Open),
        breaker: breaker.into(),
        context_tokens: provider.facts.context,
        sees_pictures: provider.sees_pictures(redacts),
    }
}

/// Returns the embedded analyst as a message; it comes last, for it never fails.
pub(crate) fn analyst(version: &str) -> pb::Provider {
    pb::Provider {
        name: "embedded".to_owned(),
        model: version.to_owned(),
        purpose: pb::ProviderPurpose::Chat.into(),
        remote: false,
        active: true,
        breaker: pb::ProviderBreaker::Unspecified.into(),
        context_tokens: 0,
        sees_pictures: false,
    }
}

/// Reads the calls of one turn.
pub(crate) fn entries(request: pb::RecordUsageRequest) -> Result<Vec<Entry>, Fault> {
    if request.entries.len() > ENTRIES_MAX {
        let limit = format!("must have at most {ENTRIES_MAX} entries");
        return Err(Fault::invalid("entries", limit));
    }
    request.entries.into_iter().map(entry).collect()
}

fn entry(entry: pb::UsageEntry) -> Result<Entry, Fault> {
    if !entry.cost_usd.is_finite() || entry.cost_usd < 0.0 {
        return Err(Fault::invalid("cost_usd", "must be a number, 0 or more"));
    }
    Ok(Entry {
        usage_id: checked_text("usage_id", &entry.usage_id, NAME_MAX)?,
        user_id: optional_text("user_id", &entry.user_id, NAME_MAX)?.unwrap_or_default(),
        case_id: optional_text("case_id", &entry.case_id, NAME_MAX)?,
        task: checked_text("task", &entry.task, NAME_MAX)?,
        provider: checked_text("provider", &entry.provider, NAME_MAX)?,
        model: checked_text("model", &entry.model, MODEL_MAX)?,
        tokens_in: count("tokens_in", entry.tokens_in)?,
        tokens_out: count("tokens_out", entry.tokens_out)?,
        cost_usd: entry.cost_usd,
        duration_ms: count("duration_ms", entry.duration_ms)?,
        error: optional_text("error", &entry.error, NAME_MAX)?,
    })
}

/// The bound keeps sums of millions of rows within 64 bits.
fn count(field: &str, value: i64) -> Result<i64, Fault> {
    if (0..=i64::from(u32::MAX)).contains(&value) {
        return Ok(value);
    }
    let limit = format!("must be 0 to {}", u32::MAX);
    Err(Fault::invalid(field, limit))
}

/// Reads which rows `actor` wants summed.
pub(crate) fn selection(
    actor: &Actor,
    request: &pb::GetUsageRequest,
    now: DateTime<Utc>,
) -> Result<Selection, Fault> {
    let start = time("start_time", request.start_time.as_ref())?;
    let end = time("end_time", request.end_time.as_ref())?;
    let user_id = optional_text("user_id", &request.user_id, NAME_MAX)?;
    Ok(Selection {
        period: Period::new(start, end, now).map_err(Error::from)?,
        case_id: optional_text("case_id", &request.case_id, NAME_MAX)?,
        user_id: visible(actor, user_id)?,
    })
}

/// Returns whose rows to sum; administrators alone may sum those of others.
fn visible(actor: &Actor, user_id: Option<String>) -> Result<Option<String>, Error> {
    if actor.may_administer() {
        return Ok(user_id);
    }
    match user_id {
        Some(user_id) if user_id != actor.user_id => Err(Error::ForeignUsage),
        _ => Ok(Some(actor.user_id.clone())),
    }
}

fn time(
    field: &str,
    timestamp: Option<&prost_types::Timestamp>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(timestamp) = timestamp else {
        return Ok(None);
    };
    // PostgreSQL knows fewer years than chrono.
    let time = from_timestamp(timestamp).filter(|time| (1..=9_999).contains(&year(*time)));
    match time {
        Some(time) => Ok(Some(time)),
        None => Err(Fault::invalid(
            field,
            "is not a time of the years 1 to 9999",
        )),
    }
}

fn year(time: DateTime<Utc>) -> i32 {
    use chrono::Datelike as _;

    time.year()
}

/// Returns the sums as a message.
pub(crate) fn usage(rows: Vec<Row>) -> pb::GetUsageResponse {
    let totals = Some(totals(Totals::of(&rows)));
    let rows = rows.into_iter().map(|row| pb::UsageRow {
        provider: row.provider,
        model: row.model,
        totals: Some(self::totals(row.totals)),
    });
    pb::GetUsageResponse {
        rows: rows.collect(),
        totals,
    }
}

fn totals(totals: Totals) -> pb::UsageTotals {
    pb::UsageTotals {
        calls: totals.calls,
        tokens_in: totals.tokens_in,
        tokens_out: totals.tokens_out,
        cost_usd: totals.cost_usd,
        duration_ms: totals.duration_ms,
        errors: totals.errors,
    }
}
