//! The module's two services: one for people, one for modules.

use std::sync::Arc;

use faultmaven_kit::{Ctx, SharedClock};
use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_server::LlmInternalService;
use faultmaven_proto::llm::v1::llm_service_server::LlmService;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::provider::Provider;
use crate::store::Store;

/// Serves the providers and the ledger.
#[derive(Clone)]
pub(crate) struct Service {
    providers: Arc<[Provider]>,
    store: Store,
    clock: SharedClock,
}

impl Service {
    pub(crate) fn new(providers: Vec<Provider>, store: Store, clock: SharedClock) -> Self {
        Self {
            providers: providers.into(),
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
        Ctx::from_request(&request)?.actor()?;
        let providers = self.providers.iter().map(convert::provider).collect();
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
    async fn record_usage(
        &self,
        request: Request<pb::RecordUsageRequest>,
    ) -> Result<Response<pb::RecordUsageResponse>, Status> {
        let entries = convert::entries(request.into_inner())?;
        self.store.record(entries, self.clock.now()).await?;
        Ok(Response::new(pb::RecordUsageResponse {}))
    }
}
