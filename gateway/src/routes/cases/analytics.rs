//! Numbers about cases, and the tables they are counted from.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{CaseStatus, Priority, TrendDirection};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

const MINUTE: i64 = 60;
const SECONDS_PER_HOUR: f64 = 3600.0;
const STATUSES: [CaseStatus; 4] = [
    CaseStatus::Inquiry,
    CaseStatus::Investigating,
    CaseStatus::Resolved,
    CaseStatus::Closed,
];
const PRIORITIES: [Priority; 4] = [
    Priority::Low,
    Priority::Medium,
    Priority::High,
    Priority::Critical,
];

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_case_analytics))
        .routes(routes!(get_summary))
        .routes(routes!(get_trends))
        .routes(routes!(get_schema))
}

/// What happened in one case, in numbers.
#[derive(Serialize, ToSchema)]
struct CaseAnalytics {
    case_id: String,
    /// `consulting`, `investigating`, `resolved` or `closed`.
    status: &'static str,
    /// `inquiry`, `investigating`, `resolved` or `closed`.
    state: &'static str,
    message_count: i32,
    /// Different people who wrote something.
    participant_count: i32,
    hypotheses_count: i32,
    evidence_count: i32,
    /// From opening to resolution; null while unresolved.
    resolution_time_minutes: Option<i64>,
    /// From the first question to its answer; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_response_time_seconds: Option<i64>,
}

/// Numbers over all cases the caller may read; the welcome case is left out.
#[derive(Serialize, ToSchema)]
struct AnalyticsSummary {
    total_cases: i64,
    /// By `consulting`, `investigating`, `resolved` and `closed`.
    by_status: BTreeMap<&'static str, i64>,
    /// By `inquiry`, `investigating`, `resolved` and `closed`.
    by_state: BTreeMap<&'static str, i64>,
    /// By priority.
    by_severity: BTreeMap<&'static str, i64>,
    /// Null before the first resolution.
    avg_resolution_time_hours: Option<f64>,
    total_evidence_collected: i64,
    total_hypotheses_generated: i64,
    /// Since Monday, UTC.
    cases_this_week: i64,
    /// Since the first of the month, UTC.
    cases_this_month: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Period {
    /// How many days to look back, today included.
    #[serde(default)]
    #[param(minimum = 1, maximum = 365, default = 30)]
    days: Option<i32>,
}

/// The days up to today, oldest first.
#[derive(Serialize, ToSchema)]
struct Trends {
    period_days: usize,
    trends: Vec<TrendDay>,
    summary: TrendSummary,
}

/// What happened on one day.
#[derive(Serialize, ToSchema)]
struct TrendDay {
    /// `YYYY-MM-DD`, UTC.
    date: String,
    created: i64,
    resolved: i64,
}

/// All days together.
#[derive(Serialize, ToSchema)]
struct TrendSummary {
    total_created: i64,
    total_resolved: i64,
    /// New cases of the second half against the first: `up`, `stable` or `down`.
    trend_direction: &'static str,
}

/// The tables that hold cases.
#[derive(Serialize, ToSchema)]
struct DatabaseSchema {
    service: &'static str,
    /// `sqlite` or `postgresql`.
    database_type: String,
    version: &'static str,
    /// The newest migration.
    alembic_version: String,
    tables: Vec<Table>,
}

/// A table.
#[derive(Serialize, ToSchema)]
struct Table {
    name: String,
    description: String,
    columns: Vec<Column>,
    indexes: Vec<Index>,
    /// Always empty: what belongs together shares its id.
    foreign_keys: Vec<String>,
}

/// A column of a table.
#[derive(Serialize, ToSchema)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    column_type: String,
    nullable: bool,
    primary_key: bool,
    /// Always null: every value is written.
    default: Option<String>,
}

/// An index of a table.
#[derive(Serialize, ToSchema)]
struct Index {
    name: String,
    columns: Vec<String>,
    unique: bool,
}

/// Returns what happened in a case, in numbers.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/analytics", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = CaseAnalytics),
    (status = 404, body = ProblemBody),
))]
async fn get_case_analytics(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<CaseAnalytics>, Problem> {
    let request = ctx.request(proto::GetCaseAnalyticsRequest { case_id });
    let reply = app.case().get_case_analytics(request).await?.into_inner();
    let analytics = reply.analytics.unwrap_or_default();
    Ok(Json(CaseAnalytics {
        status: wire::legacy_status(analytics.status()),
        state: wire::state(analytics.status()),
        message_count: analytics.message_count,
        participant_count: analytics.participant_count,
        hypotheses_count: analytics.hypothesis_count,
        evidence_count: analytics.evidence_count,
        resolution_time_minutes: analytics.resolution_time.map(|it| it.seconds / MINUTE),
        first_response_time_seconds: analytics.first_response_time.map(|it| it.seconds),
        case_id: analytics.case_id,
    }))
}

/// Returns numbers over all cases the caller may read.
#[utoipa::path(get, path = "/api/v1/cases/analytics/summary", tag = "cases", responses((status = 200, body = AnalyticsSummary)))]
async fn get_summary(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<AnalyticsSummary>, Problem> {
    let request = ctx.request(proto::GetAnalyticsSummaryRequest {});
    let reply = app.case().get_analytics_summary(request).await?;
    let summary = reply.into_inner().summary.unwrap_or_default();
    Ok(Json(AnalyticsSummary::new(&summary)))
}

/// Returns how many cases were opened and resolved on each day.
#[utoipa::path(get, path = "/api/v1/cases/analytics/trends", tag = "cases", params(Period), responses(
    (status = 200, body = Trends),
    (status = 422, body = ProblemBody),
))]
async fn get_trends(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(period): QueryOf<Period>,
) -> Result<Json<Trends>, Problem> {
    let days = match period.days {
        Some(0) => return Err(faultmaven_kit::Fault::invalid("days", "must be 1 to 365").into()),
        days => days.unwrap_or_default(),
    };
    let request = ctx.request(proto::GetAnalyticsTrendsRequest { days });
    let reply = app.case().get_analytics_trends(request).await?;
    Ok(Json(Trends::new(reply.into_inner())))
}

/// Describes the tables that hold cases.
#[utoipa::path(get, path = "/api/v1/cases/schema.json", tag = "cases", responses((status = 200, body = DatabaseSchema)))]
async fn get_schema(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<DatabaseSchema>, Problem> {
    let request = ctx.request(proto::DescribeTablesRequest {});
    let reply = app.case().describe_tables(request).await?.into_inner();
    Ok(Json(DatabaseSchema {
        service: "case",
        version: app.config.version,
        database_type: reply.database,
        alembic_version: reply.migration,
        tables: reply.tables.into_iter().map(Table::new).collect(),
    }))
}

impl AnalyticsSummary {
    fn new(summary: &proto::AnalyticsSummary) -> Self {
        let of_status = |status: CaseStatus| {
            let mut counts = summary.by_status.iter();
            let count = counts.find(|count| count.status() == status);
            count.map_or(0, |count| count.count)
        };
        let of_priority = |priority: Priority| {
            let mut counts = summary.by_priority.iter();
            let count = counts.find(|count| count.priority() == priority);
            count.map_or(0, |count| count.count)
        };
        Self {
            total_cases: summary.total_cases,
            by_status: STATUSES
                .map(|it| (wire::legacy_status(it), of_status(it)))
                .into(),
            by_state: STATUSES.map(|it| (wire::state(it), of_status(it))).into(),
            by_severity: PRIORITIES
                .map(|it| (wire::priority(it), of_priority(it)))
                .into(),
            avg_resolution_time_hours: summary.average_resolution_time.and_then(hours),
            total_evidence_collected: summary.evidence_count,
            total_hypotheses_generated: summary.hypothesis_count,
            cases_this_week: summary.cases_this_week,
            cases_this_month: summary.cases_this_month,
        }
    }
}

fn hours(time: prost_types::Duration) -> Option<f64> {
    let time = std::time::Duration::try_from(time).ok()?;
    Some(time.as_secs_f64() / SECONDS_PER_HOUR)
}

impl Trends {
    fn new(reply: proto::GetAnalyticsTrendsResponse) -> Self {
        let direction = reply.direction();
        let total = |of: fn(&proto::TrendDay) -> i64| reply.days.iter().map(of).sum();
        Self {
            period_days: reply.days.len(),
            summary: TrendSummary {
                total_created: total(|day| day.created),
                total_resolved: total(|day| day.resolved),
                trend_direction: match direction {
                    TrendDirection::Up => "up",
                    TrendDirection::Down => "down",
                    TrendDirection::Stable | TrendDirection::Unspecified => "stable",
                },
            },
            trends: reply.days.into_iter().map(TrendDay::new).collect(),
        }
    }
}

impl TrendDay {
    fn new(day: proto::TrendDay) -> Self {
        Self {
            date: day.date,
            created: day.created,
            resolved: day.resolved,
        }
    }
}

impl Table {
    fn new(table: proto::TableDescription) -> Self {
        let columns = table.columns.into_iter().map(|column| Column {
            name: column.name,
            column_type: column.r#type,
            nullable: column.nullable,
            primary_key: column.primary_key,
            default: None,
        });
        let indexes = table.indexes.into_iter().map(|index| Index {
            name: index.name,
            columns: index.columns,
            unique: index.unique,
        });
        Self {
            name: table.name,
            description: table.description,
            columns: columns.collect(),
            indexes: indexes.collect(),
            foreign_keys: Vec::new(),
        }
    }
}
