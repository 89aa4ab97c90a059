//! The ledger, and what stands for what in redacted cases.

use chrono::{DateTime, Utc};
use faultmaven_analysis::SensitiveKind;
use faultmaven_kit::Db;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::entity::placeholder;
use crate::entity::usage::{Column, Entity, Model};
use crate::error::Error;
use crate::ledger::{Entry, Row, Selection, Totals};

/// How many rows one statement stores; SQLite limits the values of a statement.
const INSERT_BATCH: usize = 500;

/// The table of calls.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
}

#[derive(Debug, FromQueryResult)]
struct Sums {
    provider: String,
    model: String,
    calls: i64,
    tokens_in: i64,
    tokens_out: i64,
    cost_usd: f64,
    duration_ms: i64,
    errors: i64,
}

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Stores the calls whose ids are new.
    pub(crate) async fn record(
        &self,
        entries: Vec<Entry>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.db
            .write(move |tx| {
                let entries = entries.clone();
                Box::pin(async move {
                    for batch in entries.chunks(INSERT_BATCH) {
                        let rows = batch.iter().map(|entry| row(entry.clone(), now));
                        Entity::insert_many(rows.map(Model::into_active_model))
                            .on_conflict(known_ids_stay())
                            .exec_without_returning(tx)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Returns what stands for what in a case, in the order of first use.
    pub(crate) async fn placeholders(
        &self,
        case_id: &str,
    ) -> Result<Vec<SealedPlaceholder>, Error> {
        let rows = placeholder::Entity::find()
            .filter(placeholder::Column::CaseId.eq(case_id))
            .order_by_asc(placeholder::Column::FirstSeen)
            .order_by_asc(placeholder::Column::Number)
            .order_by_asc(placeholder::Column::Spelling)
            .all(self.db.read())
            .await?;
        rows.into_iter().map(SealedPlaceholder::try_from).collect()
    }

    /// Stores placeholders; returns false when some are taken.
    pub(crate) async fn add_placeholders(
        &self,
        case_id: &str,
        placeholders: Vec<SealedPlaceholder>,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let case_id = case_id.to_owned();
        let rows = placeholders.into_iter().map(|it| it.row(&case_id, now));
        let rows: Vec<placeholder::ActiveModel> = rows.collect();
        self.db
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    let mut are_free = true;
                    for batch in rows.chunks(INSERT_BATCH) {
                        let insert = placeholder::Entity::insert_many(batch.to_vec())
                            .on_conflict(taken_places_stay())
                            .exec_without_returning(tx);
                        are_free &= insert.await? == batch.len() as u64;
                    }
                    Ok(are_free)
                })
            })
            .await
    }

    /// Forgets what stands for what in a case.
    pub(crate) async fn forget_placeholders(&self, case_id: String) -> Result<(), Error> {
        self.db
            .write(move |tx| {
                let case_id = case_id.clone();
                Box::pin(async move {
                    placeholder::Entity::delete_many()
                        .filter(placeholder::Column::CaseId.eq(case_id))
                        .exec(tx)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Returns the sums of each provider and model.
    pub(crate) async fn sums(&self, selection: Selection) -> Result<Vec<Row>, Error> {
        let mut query = Entity::find()
            .filter(Column::RecordedAt.gte(selection.period.start))
            .filter(Column::RecordedAt.lt(selection.period.end));
        if let Some(user_id) = selection.user_id {
            query = query.filter(Column::UserId.eq(user_id));
        }
        if let Some(case_id) = selection.case_id {
            query = query.filter(Column::CaseId.eq(case_id));
        }
        let sums: Vec<Sums> = query
            .select_only()
            .column(Column::Provider)
            .column(Column::Model)
            .column_as(Column::UsageId.count(), "calls")
            .column_as(sum(Column::TokensIn, "bigint"), "tokens_in")
            .column_as(sum(Column::TokensOut, "bigint"), "tokens_out")
            .column_as(sum(Column::CostUsd, "double precision"), "cost_usd")
            .column_as(sum(Column::DurationMs, "bigint"), "duration_ms")
            .column_as(Column::Error.count(), "errors")
            .group_by(Column::Provider)
            .group_by(Column::Model)
            .order_by_asc(Column::Provider)
            .order_by_asc(Column::Model)
            .into_model()
            .all(self.db.read())
            .await?;
        Ok(sums.into_iter().map(Row::from).collect())
    }
}

/// A placeholder of a case with its sealed value.
#[derive(Debug, Clone)]
pub(crate) struct SealedPlaceholder {
    pub(crate) kind: SensitiveKind,
    pub(crate) number: u32,
    pub(crate) spelling: u32,
    pub(crate) value: String,
}

impl SealedPlaceholder {
    fn row(self, case_id: &str, now: DateTime<Utc>) -> placeholder::ActiveModel {
        let row = placeholder::Model {
            case_id: case_id.to_owned(),
            kind: self.kind.as_str().to_owned(),
            number: self.number.cast_signed(),
            spelling: self.spelling.cast_signed(),
            value: self.value,
            first_seen: now,
        };
        row.into_active_model()
    }
}

impl TryFrom<placeholder::Model> for SealedPlaceholder {
    type Error = Error;

    fn try_from(row: placeholder::Model) -> Result<Self, Error> {
        Ok(Self {
            kind: SensitiveKind::from_name(&row.kind).ok_or(Error::UnknownPlaceholder)?,
            number: row.number.cast_unsigned(),
            spelling: row.spelling.cast_unsigned(),
            value: row.value,
        })
    }
}

fn taken_places_stay() -> OnConflict {
    use placeholder::Column::{CaseId, Kind, Number, Spelling};
    OnConflict::columns([CaseId, Kind, Number, Spelling])
        .do_nothing()
        .to_owned()
}

/// PostgreSQL sums 64-bit integers to a type of its own.
fn sum(column: Column, sql_type: &'static str) -> SimpleExpr {
    Expr::col(column).sum().cast_as(Alias::new(sql_type))
}

fn known_ids_stay() -> OnConflict {
    OnConflict::column(Column::UsageId).do_nothing().to_owned()
}

fn row(entry: Entry, now: DateTime<Utc>) -> Model {
    Model {
        usage_id: entry.usage_id,
        user_id: entry.user_id,
        case_id: entry.case_id,
        task: entry.task,
        provider: entry.provider,
        model: entry.model,
        tokens_in: entry.tokens_in,
        tokens_out: entry.tokens_out,
        cost_usd: entry.cost_usd,
        duration_ms: entry.duration_ms,
        error: entry.error,
        recorded_at: now,
    }
}

impl From<Sums> for Row {
    fn from(sums: Sums) -> Self {
        Self {
            provider: sums.provider,
            model: sums.model,
            totals: Totals {
                calls: sums.calls,
                tokens_in: sums.tokens_in,
                tokens_out: sums.tokens_out,
                cost_usd: sums.cost_usd,
                duration_ms: sums.duration_ms,
                errors: sums.errors,
            },
        }
    }
}
