//! Models and what they cost.

use axum::Json;
use axum::extract::State;
use faultmaven_proto::llm::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::QueryOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_usage))
        .routes(routes!(list_models))
}

/// Which calls to sum.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Period {
    /// RFC 3339; absent means the start of the running month.
    #[serde(default)]
    start: Option<String>,
    /// RFC 3339; absent means now.
    #[serde(default)]
    end: Option<String>,
    #[serde(default)]
    case_id: String,
    /// For administrators; absent means everybody.
    #[serde(default)]
    user_id: String,
}

/// Sums over a period.
#[derive(Serialize, ToSchema)]
struct Usage {
    rows: Vec<UsageRow>,
    totals: Totals,
}

/// Sums of one provider and model.
#[derive(Serialize, ToSchema)]
struct UsageRow {
    provider: String,
    model: String,
    #[serde(flatten)]
    totals: Totals,
}

/// Counts and cost.
#[derive(Serialize, ToSchema)]
struct Totals {
    calls: i64,
    tokens_in: i64,
    tokens_out: i64,
    cost_usd: f64,
    duration_ms: i64,
    errors: i64,
}

/// The configured models, in the order they are tried.
#[derive(Serialize, ToSchema)]
struct Models {
    providers: Vec<Provider>,
}

/// A source of answers or embeddings.
#[derive(Serialize, ToSchema)]
struct Provider {
    name: String,
    model: String,
    /// `chat` or `embedding`.
    purpose: String,
    /// True when text leaves the process to reach it.
    remote: bool,
    /// False while the provider is left alone because it does not answer.
    active: bool,
    /// `closed`, `open` or `half_open`; null when no breaker decides whether it is called.
    breaker: Option<String>,
    /// How many tokens the model takes in; 0 when there is no such limit.
    context_tokens: u32,
}

/// Sums the ledger of model calls; administrators see everybody's.
#[utoipa::path(get, path = "/api/v1/usage", tag = "models", params(Period), responses(
    (status = 200, body = Usage),
    (status = 422, body = ProblemBody),
))]
async fn get_usage(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(period): QueryOf<Period>,
) -> Result<Json<Usage>, Problem> {
    let time =
        |field, text: Option<String>| text.map(|text| wire::parse_time(field, &text)).transpose();
    let request = ctx.request(proto::GetUsageRequest {
        start_time: time("start", period.start)?,
        end_time: time("end", period.end)?,
        case_id: period.case_id,
        user_id: period.user_id,
    });
    let reply = app.llm().get_usage(request).await?.into_inner();
    Ok(Json(Usage {
        rows: reply.rows.into_iter().map(UsageRow::new).collect(),
        totals: Totals::new(reply.totals),
    }))
}

/// Lists the configured models.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", responses((status = 200, body = Models)))]
async fn list_models(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<Models>, Problem> {
    let request = ctx.request(proto::ListProvidersRequest {});
    let reply = app.llm().list_providers(request).await?.into_inner();
    Ok(Json(Models {
        providers: reply.providers.into_iter().map(Provider::new).collect(),
    }))
}

impl UsageRow {
    fn new(row: proto::UsageRow) -> Self {
        Self {
            provider: row.provider,
            model: row.model,
            totals: Totals::new(row.totals),
        }
    }
}

impl Totals {
    fn new(totals: Option<proto::UsageTotals>) -> Self {
        let totals = totals.unwrap_or_default();
        Self {
            calls: totals.calls,
            tokens_in: totals.tokens_in,
            tokens_out: totals.tokens_out,
            cost_usd: totals.cost_usd,
            duration_ms: totals.duration_ms,
            errors: totals.errors,
        }
    }
}

impl Provider {
    fn new(provider: proto::Provider) -> Self {
        let breaker = match provider.breaker() {
            proto::ProviderBreaker::Unspecified => None,
            state => Some(wire::word(state.as_str_name(), "PROVIDER_BREAKER_")),
        };
        Self {
            breaker,
            context_tokens: provider.context_tokens,
            purpose: wire::word(provider.purpose().as_str_name(), "PROVIDER_PURPOSE_"),
            name: provider.name,
            model: provider.model,
            remote: provider.remote,
            active: provider.active,
        }
    }
}
