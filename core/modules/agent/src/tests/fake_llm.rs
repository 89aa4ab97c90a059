//! An llm module whose model never stops looking things up.

use std::time::Duration;

use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalService;
use faultmaven_proto::llm::v1::llm_service_server::LlmService;
use pb::complete_response::Event;
use tonic::{Request, Response, Status};

/// Asks for one more look each time, after a while.
#[derive(Debug, Clone)]
pub(crate) struct Curious {
    pub(crate) thinks: Duration,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LlmService for Curious {
    async fn list_providers(
        &self,
        _: Request<pb::ListProvidersRequest>,
    ) -> Answer<pb::ListProvidersResponse> {
        let model = pb::Provider {
            name: "openai".to_owned(),
            model: "m".to_owned(),
            purpose: pb::ProviderPurpose::Chat.into(),
            ..Default::default()
        };
        Ok(Response::new(pb::ListProvidersResponse {
            providers: vec![model],
        }))
    }

    async fn get_usage(&self, _: Request<pb::GetUsageRequest>) -> Answer<pb::GetUsageResponse> {
        Err(Status::unimplemented("not used by turns"))
    }
}

#[tonic::async_trait]
impl LlmInternalService for Curious {
    type CompleteStream =
        tokio_stream::Iter<std::vec::IntoIter<Result<pb::CompleteResponse, Status>>>;

    async fn complete(&self, _: Request<pb::CompleteRequest>) -> Answer<Self::CompleteStream> {
        tokio::time::sleep(self.thinks).await;
        let call = pb::ToolCall {
            id: "call_1".to_owned(),
            name: "list_evidence".to_owned(),
            arguments: "{}".to_owned(),
            ..Default::default()
        };
        let ended = pb::AttemptEnded {
            provider: "openai".to_owned(),
            model: "m".to_owned(),
            ..Default::default()
        };
        let completion = pb::Completion {
            stop_reason: pb::StopReason::ToolCalls.into(),
            ..Default::default()
        };
        let events = [
            Event::ToolCall(call),
            Event::AttemptEnded(ended),
            Event::Completion(completion),
        ];
        let events = events.map(|event| Ok(pb::CompleteResponse { event: Some(event) }));
        Ok(Response::new(tokio_stream::iter(Vec::from(events))))
    }

    async fn record_usage(
        &self,
        _: Request<pb::RecordUsageRequest>,
    ) -> Answer<pb::RecordUsageResponse> {
        Err(Status::unimplemented("not used by turns"))
    }

    async fn forget_case(
        &self,
        _: Request<pb::ForgetCaseRequest>,
    ) -> Answer<pb::ForgetCaseResponse> {
        Err(Status::unimplemented("not used by turns"))
    }
}
