//! Reads and writes reports.

use faultmaven_kit::Db;
use faultmaven_kit::db::{Once, Receipt, is_unique_violation};
use faultmaven_proto::report::v1 as pb;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::convert;
use crate::entity::report::{Column, Entity, Model, Outline};
use crate::error::Error;
use crate::report::{Draft, Kind, Report, Written};

mod row;

/// How often writing is tried when others take the same versions.
const ATTEMPTS: u32 = 5;

/// The table of reports.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    db: Db,
}

impl Store {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Returns the answer that is stored under a receipt.
    pub(crate) async fn answered(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<Once<pb::GenerateReportsResponse>>, Error> {
        self.db.answered(receipt).await
    }

    /// Stores `drafts` as the next versions of their types, those that have one left, and the
    /// answer to whoever asked for them and for what has `failed` before.
    pub(crate) async fn add(
        &self,
        receipt: Option<Receipt>,
        drafts: Vec<Draft>,
        failed: Vec<pb::FailedReport>,
        versions_max: i32,
    ) -> Result<Once<pb::GenerateReportsResponse>, Error> {
        for _ in 0..ATTEMPTS {
            let (drafts, failed) = (drafts.clone(), failed.clone());
            let added = self.db.write_once(receipt.clone(), move |tx| {
                let (drafts, failed) = (drafts.clone(), failed.clone());
                Box::pin(async move { add(tx, drafts, failed, versions_max).await })
            });
            match added.await {
                Err(Error::Database(error)) if is_unique_violation(&error) => {}
                added => return added,
            }
        }
        Err(Error::Contended)
    }

    /// Removes the reports of a case.
    pub(crate) async fn purge(&self, case_id: String) -> Result<(), Error> {
        self.db
            .write(move |tx| {
                let case_id = case_id.clone();
                Box::pin(async move {
                    let reports = Entity::delete_many().filter(Column::CaseId.eq(case_id));
                    reports.exec(tx).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Returns one report.
    pub(crate) async fn get(&self, report_id: &str) -> Result<Option<Written>, Error> {
        let row = Entity::find_by_id(report_id).one(self.db.read()).await?;
        row.map(Written::try_from).transpose()
    }

    /// Returns the newest version of a type.
    pub(crate) async fn latest_version(&self, case_id: &str, kind: Kind) -> Result<i32, Error> {
        Ok(latest_version(self.db.read(), case_id, kind).await?)
    }

    /// Returns all reports of a case, newest first.
    pub(crate) async fn list(&self, case_id: &str) -> Result<Vec<Report>, Error> {
        let rows = Entity::find()
            .filter(Column::CaseId.eq(case_id))
            .order_by_desc(Column::CreatedAt)
            .order_by_asc(Column::ReportType)
            .order_by_desc(Column::Version)
            .into_partial_model::<Outline>()
            .all(self.db.read())
            .await?;
        rows.into_iter().map(Report::try_from).collect()
    }
}

/// Adds what has a version left; when nothing has, the first that has none is the error.
async fn add(
    tx: &DatabaseTransaction,
    drafts: Vec<Draft>,
    mut failed: Vec<pb::FailedReport>,
    versions_max: i32,
) -> Result<pb::GenerateReportsResponse, Error> {
    let mut added = Vec::with_capacity(drafts.len());
    let mut full = Vec::new();
    for draft in drafts {
        let kind = draft.kind;
        let latest = latest_version(tx, &draft.case_id, kind).await?;
        let Ok(written) = draft.follow(latest, versions_max) else {
            full.push(kind);
            continue;
        };
        let row = Model::try_from(written.clone())?.into_active_model();
        Entity::insert(row).exec_without_returning(tx).await?;
        added.push(written);
    }
    let reached = |kind| Error::LimitReached { kind, versions_max };
    if added.is_empty()
        && let Some(kind) = full.first()
    {
        return Err(reached(*kind));
    }
    failed.extend(
        full.into_iter()
            .map(|kind| convert::failed(kind, reached(kind))),
    );
    Ok(convert::generated(added, failed, versions_max))
}

/// Returns the newest version of a type; 0 means that there is none.
async fn latest_version(
    connection: &impl ConnectionTrait,
    case_id: &str,
    kind: Kind,
) -> Result<i32, DbErr> {
    let newest: Option<Option<i32>> = Entity::find()
        .select_only()
        .column_as(Column::Version.max(), "version")
        .filter(Column::CaseId.eq(case_id))
        .filter(Column::ReportType.eq(kind.as_str()))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(newest.flatten().unwrap_or(0))
}
