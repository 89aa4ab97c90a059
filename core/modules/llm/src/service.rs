//! The module's two services: one for people, one for modules.

use faultmaven_kit::{Caller, Ctx, Fault, SharedClock};
use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalService;
use faultmaven_proto::llm::v1::llm_service_server::LlmService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::asked::asked;
use crate::completion::Completions;
use crate::convert;
use crate::store::Store;

/// Serves the models and the ledger.
#[derive(Clone)]
pub(crate) struct Service {
    analyst_version: String,
    completions: Completions,
    store: Store,
    clock: SharedClock,
}

impl Service {
    pub(crate) fn new(
        analyst_version: String,
        completions: Completions,
        store: Store,
        clock: SharedClock,
    ) -> Self {
        Self {
            analyst_version,
            completions,
            store,
            clock,
        }
    }
}

#[tonic::async_trait]
impl LlmService for Service {
    async fn list_providers(
        &self,
        request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        // The gateway asks on nobody's behalf, to tell the health.
        if !matches!(ctx.caller, Caller::System { .. }) {
            ctx.actor()?;
        }
        let redacts = self.completions.redacts();
        let providers = self.completions.providers().iter();
        let providers = providers.map(|it| convert::provider(it, redacts));
        let analyst = convert::analyst(&self.analyst_version);
        let providers = providers.chain([analyst]).collect();
        Ok(Response::new(pb::ListProvidersResponse { providers }))
    }

    async fn get_usage(
        &self,
        request: Request<pb::GetUsageRequest>,
    ) -> Result<Response<pb::GetUsageResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let actor = ctx.actor()?.require_scope("cases:read")?;
        let selection = convert::selection(actor, request.get_ref(), self.clock.now())?;
        let rows = self.store.sums(selection).await?;
        Ok(Response::new(convert::usage(rows)))
    }
}

#[tonic::async_trait]
impl LlmInternalService for Service {
    type CompleteStream = ReceiverStream<Result<pb::CompleteResponse, Status>>;

    async fn complete(
        &self,
        request: Request<pb::CompleteRequest>,
    ) -> Result<Response<Self::CompleteStream>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let asked = asked(&ctx, request.into_inner())?;
        let events = self.completions.start(asked);
        Ok(Response::new(ReceiverStream::new(events)))
    }

    async fn record_usage(
        &self,
        request: Request<pb::RecordUsageRequest>,
    ) -> Result<Response<pb::RecordUsageResponse>, Status> {
        let entries = convert::entries(request.into_inner())?;
        self.store.record(entries, self.clock.now()).await?;
        Ok(Response::new(pb::RecordUsageResponse {}))
    }

    async fn forget_case(
        &self,
        request: Request<pb::ForgetCaseRequest>,
    ) -> Result<Response<pb::ForgetCaseResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        if !matches!(ctx.caller, Caller::System { .. }) {
            return Err(Fault::forbidden("only modules may do this").into());
        }
        let case_id = request.into_inner().case_id;
        self.store.forget_placeholders(case_id).await?;
        Ok(Response::new(pb::ForgetCaseResponse {}))
    }
}
