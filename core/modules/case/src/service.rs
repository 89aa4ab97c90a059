//! The public service: decode, do one thing, encode.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;
use faultmaven_proto::case::v1::case_service_server::CaseService;
use tonic::{Request, Response, Status};

use crate::operations::{Shared, create, edit, list, read, remove};
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
}
