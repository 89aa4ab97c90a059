//! The public service: decode, do one thing, encode.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;
use faultmaven_proto::case::v1::case_service_server::CaseService;
use tonic::{Request, Response, Status};

use crate::operations::{
    Shared, amend, analytics, create, edit, list, note, read, remove, search, tables, title,
};
use crate::{convert, request};

type Answer<T> = Result<Response<T>, Status>;

/// Serves people.
pub(crate) struct Service {
    shared: Arc<Shared>,
}

impl Service {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl CaseService for Service {
    async fn create_case(
        &self,
        request: Request<pb::CreateCaseRequest>,
    ) -> Answer<pb::CreateCaseResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request::create_case(request.into_inner())?;
        let opened = create::create(&self.shared, &ctx, request).await?;
        Ok(Response::new(pb::CreateCaseResponse {
            case: Some(convert::case(&opened.case)),
            replayed: opened.replayed,
        }))
    }

    async fn get_case(&self, request: Request<pb::GetCaseRequest>) -> Answer<pb::GetCaseResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case = read::case(&self.shared, &ctx, &request.get_ref().case_id).await?;
        Ok(Response::new(pb::GetCaseResponse {
            case: Some(convert::case(&case)),
        }))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Answer<pb::ListCasesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let page = request::list_cases(request.get_ref())?;
        let page = list::list(&self.shared, &ctx, page).await?;
        Ok(Response::new((*page).clone()))
    }

    async fn update_case(
        &self,
        request: Request<pb::UpdateCaseRequest>,
    ) -> Answer<pb::UpdateCaseResponse> {
        let ctx = Ctx::from_request(&request)?;
        let mut request = request.into_inner();
        let request = edit::EditRequest {
            case_id: std::mem::take(&mut request.case_id),
            expected_version: request.expected_version,
            edit: request::edit(request)?,
        };
        let case = edit::edit(&self.shared, &ctx, request).await?;
        Ok(Response::new(pb::UpdateCaseResponse {
            case: Some(convert::case(&case)),
        }))
    }

    async fn delete_case(
        &self,
        request: Request<pb::DeleteCaseRequest>,
    ) -> Answer<pb::DeleteCaseResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        remove::delete(
            &self.shared,
            &ctx,
            request.case_id,
            request.expected_version,
        )
        .await?;
        Ok(Response::new(pb::DeleteCaseResponse {}))
    }

    async fn restore_case(
        &self,
        request: Request<pb::RestoreCaseRequest>,
    ) -> Answer<pb::RestoreCaseResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case = remove::restore(&self.shared, &ctx, request.into_inner().case_id).await?;
        Ok(Response::new(pb::RestoreCaseResponse {
            case: Some(convert::case(&case)),
        }))
    }

    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Answer<pb::ListMessagesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let page = request::list_messages(request.get_ref())?;
        let case_id = &request.get_ref().case_id;
        let messages = read::conversation(&self.shared, &ctx, case_id, page).await?;
        Ok(Response::new(messages))
    }

    async fn list_turns(
        &self,
        request: Request<pb::ListTurnsRequest>,
    ) -> Answer<pb::ListTurnsResponse> {
        let ctx = Ctx::from_request(&request)?;
        let page = request::list_turns(request.get_ref())?;
        let case_id = &request.get_ref().case_id;
        let turns = read::turns(&self.shared, &ctx, case_id, page).await?;
        Ok(Response::new(turns))
    }

    async fn list_hypotheses(
        &self,
        request: Request<pb::ListHypothesesRequest>,
    ) -> Answer<pb::ListHypothesesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case_id = &request.get_ref().case_id;
        let hypotheses = read::hypotheses(&self.shared, &ctx, case_id).await?;
        Ok(Response::new(hypotheses))
    }

    async fn get_header(
        &self,
        request: Request<pb::GetHeaderRequest>,
    ) -> Answer<pb::GetHeaderResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case_id = &request.get_ref().case_id;
        let header = read::case_header(&self.shared, &ctx, case_id).await?;
        Ok(Response::new(pb::GetHeaderResponse {
            header: Some(header),
        }))
    }

    async fn search_cases(
        &self,
        request: Request<pb::SearchCasesRequest>,
    ) -> Answer<pb::SearchCasesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let query = request::search_cases(request.get_ref())?;
        Ok(Response::new(
            search::find(&self.shared, &ctx, query).await?,
        ))
    }

    async fn generate_title(
        &self,
        request: Request<pb::GenerateTitleRequest>,
    ) -> Answer<pb::GenerateTitleResponse> {
        let ctx = Ctx::from_request(&request)?;
        let wish = request::title_wish(request.into_inner())?;
        Ok(Response::new(
            title::generate(&self.shared, &ctx, wish).await?,
        ))
    }

    async fn add_message(
        &self,
        request: Request<pb::AddMessageRequest>,
    ) -> Answer<pb::AddMessageResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let receipts = &self.shared.receipts;
        let receipt = receipts.of(&ctx, "AddMessage", &request.request_id, &request)?;
        let note = request::note(request)?;
        let added = note::add(&self.shared, &ctx, receipt, note).await?;
        Ok(Response::new(pb::AddMessageResponse {
            replayed: added.replayed,
            ..added.answer
        }))
    }

    async fn add_hypothesis(
        &self,
        request: Request<pb::AddHypothesisRequest>,
    ) -> Answer<pb::AddHypothesisResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let receipts = &self.shared.receipts;
        let receipt = receipts.of(&ctx, "AddHypothesis", &request.request_id, &request)?;
        let amendment = request::amend::hypothesis(request)?;
        let added = amend::add_hypothesis(&self.shared, &ctx, receipt, amendment).await?;
        Ok(Response::new(pb::AddHypothesisResponse {
            replayed: added.replayed,
            ..added.answer
        }))
    }

    async fn set_prior(
        &self,
        request: Request<pb::SetPriorRequest>,
    ) -> Answer<pb::SetPriorResponse> {
        let ctx = Ctx::from_request(&request)?;
        let amendment = request::amend::prior(request.into_inner())?;
        Ok(Response::new(
            amend::set_prior(&self.shared, &ctx, amendment).await?,
        ))
    }

    async fn add_action(
        &self,
        request: Request<pb::AddActionRequest>,
    ) -> Answer<pb::AddActionResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let receipts = &self.shared.receipts;
        let receipt = receipts.of(&ctx, "AddAction", &request.request_id, &request)?;
        let amendment = request::amend::action(request)?;
        let added = amend::add_action(&self.shared, &ctx, receipt, amendment).await?;
        Ok(Response::new(pb::AddActionResponse {
            replayed: added.replayed,
            ..added.answer
        }))
    }

    async fn get_case_analytics(
        &self,
        request: Request<pb::GetCaseAnalyticsRequest>,
    ) -> Answer<pb::GetCaseAnalyticsResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case_id = &request.get_ref().case_id;
        let analytics = analytics::of_case(&self.shared, &ctx, case_id).await?;
        Ok(Response::new(pb::GetCaseAnalyticsResponse {
            analytics: Some(analytics),
        }))
    }

    async fn get_analytics_summary(
        &self,
        request: Request<pb::GetAnalyticsSummaryRequest>,
    ) -> Answer<pb::GetAnalyticsSummaryResponse> {
        let ctx = Ctx::from_request(&request)?;
        let summary = analytics::summary(&self.shared, &ctx).await?;
        Ok(Response::new(pb::GetAnalyticsSummaryResponse {
            summary: Some(summary),
        }))
    }

    async fn get_analytics_trends(
        &self,
        request: Request<pb::GetAnalyticsTrendsRequest>,
    ) -> Answer<pb::GetAnalyticsTrendsResponse> {
        let ctx = Ctx::from_request(&request)?;
        let days = request::trend_days(request.into_inner())?;
        Ok(Response::new(
            analytics::trends(&self.shared, &ctx, days).await?,
        ))
    }

    async fn describe_tables(
        &self,
        request: Request<pb::DescribeTablesRequest>,
    ) -> Answer<pb::DescribeTablesResponse> {
        let ctx = Ctx::from_request(&request)?;
        Ok(Response::new(tables::describe(&self.shared, &ctx)?))
    }
}
