//! What callers may do with reports.

use std::time::Duration;

use faultmaven_kit::db::{Once, Receipt, Receipts};
use faultmaven_kit::{Actor, Audit, Code, Ctx, Ids, SharedClock};
use faultmaven_proto::case::v1::CaseAccess;
use faultmaven_proto::report::v1 as pb;
use serde_json::json;

use crate::advice::{Advice, RunbookAdvice};
use crate::error::Error;
use crate::gather::Gatherer;
use crate::material::{Material, SYSTEM};
use crate::rendering::{File, Format, render};
use crate::report::{self, Draft, Kind, Report, Unavailable, Written};
use crate::store::Store;
use crate::text::{self, Text};

/// A closing summary is written by itself once, and again only on request.
const CLOSING_VERSIONS: i32 = 1;

/// The reports of a case.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Newest first.
    pub(crate) reports: Vec<Report>,
    /// The summary that the ended case does not get.
    pub(crate) skipped: Option<Unavailable>,
}

/// What the audit log tells of a report.
struct Noted<'a> {
    report_id: &'a str,
    case_id: &'a str,
    kind: Kind,
    version: i32,
}

/// The reports of all cases.
pub(crate) struct Reports {
    pub(crate) store: Store,
    pub(crate) gatherer: Gatherer,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) audit: Audit,
    pub(crate) receipts: Receipts,
    pub(crate) versions_max: i32,
    pub(crate) deadline: Duration,
}

impl Reports {
    /// Writes one report of each kind, all or none.
    pub(crate) async fn generate(
        &self,
        ctx: &Ctx,
        actor: &Actor,
        receipt: Option<Receipt>,
        case_id: &str,
        kinds: &[Kind],
    ) -> Result<Once<pb::GenerateReportsResponse>, Error> {
        let ctx = ctx.clone().with_timeout(self.deadline);
        self.gatherer
            .check_access(&ctx, case_id, CaseAccess::Write)
            .await?;
        if let Some(earlier) = self.store.answered(receipt.as_ref()).await? {
            return Ok(earlier);
        }
        let material = self.gatherer.gather(&ctx, case_id).await?;
        for kind in kinds {
            kind.availability(&material.standing())?;
        }
        let drafts = self.drafts(&ctx, &actor.user_id, kinds, material).await?;
        self.store_all(&ctx, receipt, drafts, self.versions_max)
            .await
    }

    async fn store_all(
        &self,
        ctx: &Ctx,
        receipt: Option<Receipt>,
        drafts: Vec<Draft>,
        versions_max: i32,
    ) -> Result<Once<pb::GenerateReportsResponse>, Error> {
        let kinds: Vec<Kind> = drafts.iter().map(|draft| draft.kind).collect();
        let stored = self.store.add(receipt, drafts, versions_max).await?;
        if !stored.replayed {
            for (report, kind) in stored.answer.reports.iter().zip(kinds) {
                let noted = Noted {
                    report_id: &report.report_id,
                    case_id: &report.case_id,
                    kind,
                    version: report.version,
                };
                self.note(ctx, "report.create", noted);
            }
        }
        Ok(stored)
    }

    fn note(&self, ctx: &Ctx, action: &str, noted: Noted<'_>) {
        let details = json!({
            "case_id": noted.case_id,
            "type": noted.kind.as_str(),
            "version": noted.version,
        });
        self.audit.done(ctx, action, noted.report_id, &details);
    }

    async fn drafts(
        &self,
        ctx: &Ctx,
        author: &str,
        kinds: &[Kind],
        material: Material,
    ) -> Result<Vec<Draft>, Error> {
        let case_id = material.case.case_id.clone();
        let case_version = material.case.version;
        let quoted = self.gatherer.passages(ctx, &material, &material.messages);
        let passages = quoted.await?;
        let kinds = kinds.to_vec();
        let written = tokio::task::spawn_blocking(move || {
            let texts = kinds
                .iter()
                .map(|kind| text::write(*kind, &material, &passages));
            texts.collect::<Result<Vec<Text>, Error>>()
        });
        let drafts = written.await??.into_iter().map(|text| Draft {
            report_id: self.ids.hex16("rep"),
            case_id: case_id.clone(),
            kind: text.kind,
            title: text.title,
            document: text.document,
            case_version,
            created_by: author.to_owned(),
            created_at: self.clock.now(),
        });
        Ok(drafts.collect())
    }

    /// Returns how many more versions the type with most versions may have.
    pub(crate) fn remaining<'a>(&self, reports: impl Iterator<Item = &'a Report>) -> i32 {
        report::remaining(self.versions_max, reports)
    }

    /// Returns all reports of a case; an ended case gets its summary when somebody first looks.
    pub(crate) async fn list(&self, ctx: &Ctx, case_id: &str) -> Result<Listing, Error> {
        let access = self
            .gatherer
            .check_access(ctx, case_id, CaseAccess::Read)
            .await?;
        let reports = self.store.list(case_id).await?;
        let closing = Kind::closing(access);
        let missing = closing.filter(|kind| reports.iter().all(|report| report.kind != *kind));
        let mut listing = Listing {
            reports,
            skipped: None,
        };
        let Some(kind) = missing else {
            return Ok(listing);
        };
        match self.write_closing(ctx, case_id, kind).await {
            Ok(()) => listing.reports = self.store.list(case_id).await?,
            Err(Error::NotAvailable(unavailable)) => listing.skipped = Some(unavailable),
            Err(error) => {
                let kind = kind.as_str();
                tracing::warn!(case_id, kind, %error, "the summary of {case_id} waits for the next look");
            }
        }
        Ok(listing)
    }

    /// Tells what the case can have and what is worth writing.
    pub(crate) async fn recommend(&self, ctx: &Ctx, case_id: &str) -> Result<Advice, Error> {
        self.gatherer
            .check_access(ctx, case_id, CaseAccess::Read)
            .await?;
        let material = self.gatherer.investigation(ctx, case_id).await?;
        let standing = material.standing();
        let reports = self.store.list(case_id).await?;
        let runbook = match Kind::Runbook.availability(&standing) {
            Ok(()) => {
                let similar = self.gatherer.similar_runbooks(ctx, &material).await?;
                Some(RunbookAdvice::of(similar))
            }
            Err(_) => None,
        };
        Ok(Advice::of(&standing, reports, runbook))
    }

    /// Writes the summary of an ended case unless it has one; returns its type.
    pub(crate) async fn close(&self, ctx: &Ctx, case_id: &str) -> Result<Option<Kind>, Error> {
        let access = self
            .gatherer
            .check_access(ctx, case_id, CaseAccess::Read)
            .await?;
        let Some(kind) = Kind::closing(access) else {
            return Ok(None);
        };
        if self.store.latest_version(case_id, kind).await? == 0 {
            self.write_closing(ctx, case_id, kind).await?;
        }
        Ok(Some(kind))
    }

    async fn write_closing(&self, ctx: &Ctx, case_id: &str, kind: Kind) -> Result<(), Error> {
        let ctx = ctx.clone().with_timeout(self.deadline);
        let known = self.gatherer.investigation(&ctx, case_id).await?;
        kind.availability(&known.standing())?;
        let material = self.gatherer.gather(&ctx, case_id).await?;
        let drafts = self.drafts(&ctx, SYSTEM, &[kind], material).await?;
        let stored = self.store_all(&ctx, None, drafts, CLOSING_VERSIONS);
        match stored.await {
            // Somebody else looked at the same moment.
            Ok(_) | Err(Error::LimitReached { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns one report of a case as a file.
    pub(crate) async fn render(
        &self,
        ctx: &Ctx,
        report_id: &str,
        case_id: &str,
        format: Format,
    ) -> Result<File, Error> {
        let (written, _) = self.get(ctx, report_id).await?;
        if !case_id.is_empty() && written.report.case_id != case_id {
            return Err(Error::ReportNotFound);
        }
        tokio::task::spawn_blocking(move || render(&written, format)).await?
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
        let noted = Noted {
            report_id: &report.report_id,
            case_id: &report.case_id,
            kind: report.kind,
            version: report.version,
        };
        self.note(ctx, "report.download", noted);
        Ok((written, is_current))
    }
}
