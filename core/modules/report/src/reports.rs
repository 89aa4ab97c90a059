//! What callers may do with reports.

use std::time::Duration;

use faultmaven_kit::{Actor, Audit, Code, Ctx, Ids, SharedClock};
use faultmaven_proto::case::v1::CaseAccess;
use serde_json::json;

use crate::error::Error;
use crate::gather::Gatherer;
use crate::material::Material;
use crate::report::{Draft, Kind, Report, Written};
use crate::skeleton;
use crate::store::Store;

/// The reports of all cases.
pub(crate) struct Reports {
    pub(crate) store: Store,
    pub(crate) gatherer: Gatherer,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) audit: Audit,
    pub(crate) versions_max: i32,
    pub(crate) deadline: Duration,
}

impl Reports {
    /// Writes one report of each kind, all or none.
    pub(crate) async fn generate(
        &self,
        ctx: &Ctx,
        actor: &Actor,
        case_id: &str,
        kinds: &[Kind],
    ) -> Result<Vec<Written>, Error> {
        let ctx = ctx.clone().with_timeout(self.deadline);
        self.gatherer
            .check_access(&ctx, case_id, CaseAccess::Write)
            .await?;
        let material = self.gatherer.gather(&ctx, case_id).await?;
        for kind in kinds {
            kind.availability(&material.case)?;
        }
        let drafts = kinds.iter().map(|kind| self.draft(actor, *kind, &material));
        let written = self.store.add(drafts.collect(), self.versions_max).await?;
        for written in &written {
            self.note(&ctx, "report.create", &written.report);
        }
        Ok(written)
    }

    fn note(&self, ctx: &Ctx, action: &str, report: &Report) {
        let details = json!({
            "case_id": report.case_id,
            "type": report.kind.as_str(),
            "version": report.version,
        });
        self.audit.done(ctx, action, &report.report_id, &details);
    }

    fn draft(&self, actor: &Actor, kind: Kind, material: &Material) -> Draft {
        Draft {
            report_id: self.ids.hex16("rep"),
            case_id: material.case.case_id.clone(),
            kind,
            title: skeleton::title(kind, &material.case),
            document: skeleton::write(kind, material),
            case_version: material.case.version,
            created_by: actor.user_id.clone(),
            created_at: self.clock.now(),
        }
    }

    /// Returns how many more versions the type with most versions may have.
    pub(crate) fn remaining(&self, written: &[Written]) -> i32 {
        let most = written.iter().map(|written| written.report.version).max();
        (self.versions_max - most.unwrap_or(0)).max(0)
    }

    /// Returns all reports of a case, newest first.
    pub(crate) async fn list(&self, ctx: &Ctx, case_id: &str) -> Result<Vec<Report>, Error> {
        self.gatherer
            .check_access(ctx, case_id, CaseAccess::Read)
            .await?;
        self.store.list(case_id).await
    }

    /// Returns one report, and whether it is the newest of its type.
    pub(crate) async fn get(&self, ctx: &Ctx, report_id: &str) -> Result<(Written, bool), Error> {
        let written = self.store.get(report_id).await?;
        let written = written.ok_or(Error::ReportNotFound)?;
        let report = &written.report;
        let access = self
            .gatherer
            .check_access(ctx, &report.case_id, CaseAccess::Read);
        // A report of a foreign case must look like none.
        access.await.map_err(|fault| match fault.code {
            Code::NotFound => Error::ReportNotFound,
            _ => Error::Refused(fault),
        })?;
        let latest = self
            .store
            .latest_version(&report.case_id, report.kind)
            .await?;
        let is_current = report.version == latest;
        self.note(ctx, "report.download", report);
        Ok((written, is_current))
    }
}
