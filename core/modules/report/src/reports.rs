//! What callers may do with reports.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::db::{Once, Receipt, Receipts};
use faultmaven_kit::{Actor, Audit, Code, Ctx, Ids, SharedClock, crash};
use faultmaven_proto::case::v1::CaseAccess;
use faultmaven_proto::report::v1 as pb;
use futures::future::join_all;
use serde_json::json;

use crate::advice::{Advice, RunbookAdvice};
use crate::bundle::Passage;
use crate::convert;
use crate::error::Error;
use crate::gather::Gatherer;
use crate::material::{Material, SYSTEM};
use crate::rendering::{File, Format, render};
use crate::report::{self, Draft, Kind, Report, Unavailable, Written};
use crate::store::Store;
use crate::text;

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

/// What all reports of one request are written from.
struct Source {
    material: Material,
    /// What the surroundings of quotes make of them.
    passages: Vec<Passage>,
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
    /// Writes one report of each kind, each by itself; it is an error when none is written.
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
        let source = self.source(&ctx, case_id).await?;
        let writing = kinds
            .iter()
            .map(|kind| self.draft(&ctx, &actor.user_id, *kind, &source));
        let (mut drafts, mut failed) = (Vec::new(), Vec::new());
        for (kind, written) in kinds.iter().zip(join_all(writing).await) {
            match written {
                Ok(draft) => drafts.push(draft),
                Err(error) => failed.push((*kind, error)),
            }
        }
        if drafts.is_empty()
            && let Some((_, first)) = failed.drain(..).next()
        {
            return Err(first);
        }
        // What may go well the next time is not answered with the same failure then.
        let is_settled = failed
            .iter()
            .all(|(_, error)| matches!(error, Error::NotAvailable(_) | Error::LimitReached { .. }));
        let receipt = receipt.filter(|_| is_settled);
        let failed = failed.into_iter();
        let failed = failed.map(|(kind, error)| convert::failed(kind, error));
        let stored = self
            .store
            .add(receipt, drafts, failed.collect(), self.versions_max);
        let stored = stored.await?;
        if !stored.replayed {
            self.note_created(&ctx, &stored.answer);
        }
        Ok(stored)
    }

    fn note_created(&self, ctx: &Ctx, created: &pb::GenerateReportsResponse) {
        for report in &created.reports {
            let Ok(kind) = convert::kind(report.r#type) else {
                continue;
            };
            let noted = Noted {
                report_id: &report.report_id,
                case_id: &report.case_id,
                kind,
                version: report.version,
            };
            self.note(ctx, "report.create", noted);
        }
    }

    fn note(&self, ctx: &Ctx, action: &str, noted: Noted<'_>) {
        let details = json!({
            "case_id": noted.case_id,
            "type": noted.kind.as_str(),
            "version": noted.version,
        });
        self.audit.done(ctx, action, noted.report_id, &details);
    }

    async fn source(&self, ctx: &Ctx, case_id: &str) -> Result<Arc<Source>, Error> {
        let material = self.gatherer.gather(ctx, case_id).await?;
        let quoted = self.gatherer.passages(ctx, &material, &material.messages);
        let passages = quoted.await?;
        Ok(Arc::new(Source { material, passages }))
    }

    /// Writes one report; whatever goes wrong with it does so for no other.
    async fn draft(
        &self,
        ctx: &Ctx,
        author: &str,
        kind: Kind,
        source: &Arc<Source>,
    ) -> Result<Draft, Error> {
        kind.availability(&source.material.standing())?;
        let material = Arc::clone(source);
        let writing = tokio::task::spawn_blocking(move || {
            crash::in_part("report", kind.as_str());
            text::write(kind, &material.material, &material.passages)
        });
        let text = match ctx.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, writing).await,
            None => Ok(writing.await),
        };
        let text = text.map_err(|_| Error::Late)???;
        Ok(Draft {
            report_id: self.ids.hex16("rep"),
            case_id: source.material.case.case_id.clone(),
            kind,
            title: text.title,
            document: text.document,
            case_version: source.material.case.version,
            created_by: author.to_owned(),
            created_at: self.clock.now(),
        })
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
        match self.write_one(&ctx, case_id, kind, CLOSING_VERSIONS).await {
            // Somebody else looked at the same moment.
            Err(Error::LimitReached { .. }) => Ok(()),
            written => written,
        }
    }

    /// Writes the summary for whoever takes a case over, unless it has one.
    pub(crate) async fn hand_over(&self, ctx: &Ctx, case_id: &str) -> Result<(), Error> {
        if self.store.latest_version(case_id, Kind::Summary).await? > 0 {
            return Ok(());
        }
        let ctx = ctx.clone().with_timeout(self.deadline);
        self.write_one(&ctx, case_id, Kind::Summary, self.versions_max)
            .await
    }

    /// Writes a report that nobody asked for.
    async fn write_one(
        &self,
        ctx: &Ctx,
        case_id: &str,
        kind: Kind,
        versions_max: i32,
    ) -> Result<(), Error> {
        let source = self.source(ctx, case_id).await?;
        let draft = self.draft(ctx, SYSTEM, kind, &source).await?;
        let stored = self.store.add(None, vec![draft], Vec::new(), versions_max);
        self.note_created(ctx, &stored.await?.answer);
        Ok(())
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
