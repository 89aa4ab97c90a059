//! The module's service.

use std::sync::Arc;

use faultmaven_kit::{Caller, Ctx, Fault};
use faultmaven_proto::report::v1 as pb;
use faultmaven_proto::report::v1::report_internal_service_server::ReportInternalService;
use faultmaven_proto::report::v1::report_service_server::ReportService;
use futures::stream::{self, BoxStream, StreamExt as _};
use tonic::{Request, Response, Status};

use crate::convert;
use crate::reports::Reports;

/// Serves [`Reports`].
#[derive(Clone)]
pub(crate) struct Service(Arc<Reports>);

impl Service {
    pub(crate) fn new(reports: Arc<Reports>) -> Self {
        Self(reports)
    }
}

#[tonic::async_trait]
impl ReportService for Service {
    type ExportBundleStream = BoxStream<'static, Result<pb::ExportBundleResponse, Status>>;

    async fn generate_reports(
        &self,
        request: Request<pb::GenerateReportsRequest>,
    ) -> Result<Response<pb::GenerateReportsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let actor = ctx.actor()?.require_scope("reports:write")?;
        let request = request.into_inner();
        let kinds = convert::kinds(&request)?;
        let receipts = &self.0.receipts;
        let receipt = receipts.of(&ctx, "GenerateReports", &request.request_id, &request)?;
        let generated = self
            .0
            .generate(&ctx, actor, receipt, &request.case_id, &kinds)
            .await?;
        Ok(Response::new(pb::GenerateReportsResponse {
            replayed: generated.replayed,
            ..generated.answer
        }))
    }

    async fn list_reports(
        &self,
        request: Request<pb::ListReportsRequest>,
    ) -> Result<Response<pb::ListReportsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("cases:read")?;
        let request = request.into_inner();
        let listing = self.0.list(&ctx, &request.case_id).await?;
        Ok(Response::new(pb::ListReportsResponse {
            remaining_regenerations: self.0.remaining(listing.reports.iter()),
            skipped: listing
                .skipped
                .map(convert::unavailable)
                .into_iter()
                .collect(),
            reports: convert::list(listing.reports, request.current_only),
        }))
    }

    async fn get_report(
        &self,
        request: Request<pb::GetReportRequest>,
    ) -> Result<Response<pb::GetReportResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("cases:read")?;
        let report_id = convert::report_id(&request.get_ref().report_id)?;
        let (written, is_current) = self.0.get(&ctx, report_id).await?;
        let report = Some(convert::whole(written, is_current));
        Ok(Response::new(pb::GetReportResponse { report }))
    }

    async fn recommend_reports(
        &self,
        request: Request<pb::RecommendReportsRequest>,
    ) -> Result<Response<pb::RecommendReportsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("cases:read")?;
        let advice = self.0.recommend(&ctx, &request.get_ref().case_id).await?;
        let remaining = self.0.remaining(advice.reports.iter());
        Ok(Response::new(convert::advice(advice, remaining)))
    }

    async fn render_report(
        &self,
        request: Request<pb::RenderReportRequest>,
    ) -> Result<Response<pb::RenderReportResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("cases:read")?;
        let request = request.into_inner();
        let report_id = convert::report_id(&request.report_id)?;
        let format = convert::format(request.format)?;
        let file = self
            .0
            .render(&ctx, report_id, &request.case_id, format)
            .await?;
        Ok(Response::new(convert::file(file)))
    }

    async fn export_bundle(
        &self,
        request: Request<pb::ExportBundleRequest>,
    ) -> Result<Response<Self::ExportBundleStream>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("cases:read")?;
        let request = request.into_inner();
        let file = self
            .0
            .export(&ctx, &request.case_id, !request.unredacted)
            .await?;
        let parts = stream::iter(convert::bundle(file).map(Ok));
        Ok(Response::new(parts.boxed()))
    }

    async fn draft_runbook(
        &self,
        request: Request<pb::DraftRunbookRequest>,
    ) -> Result<Response<pb::DraftRunbookResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope("reports:write")?;
        let drafted = self.0.draft_runbook(&ctx, request.into_inner()).await?;
        Ok(Response::new(convert::runbook_draft(drafted)))
    }
}

#[tonic::async_trait]
impl ReportInternalService for Service {
    async fn purge_case(
        &self,
        request: Request<pb::PurgeCaseRequest>,
    ) -> Result<Response<pb::PurgeCaseResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        if !matches!(ctx.caller, Caller::System { .. }) {
            return Err(Fault::forbidden("only modules may do this").into());
        }
        self.0.store.purge(request.into_inner().case_id).await?;
        Ok(Response::new(pb::PurgeCaseResponse {}))
    }
}
