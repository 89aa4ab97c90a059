//! Decodes requests, calls one operation, encodes the answer.

use faultmaven_kit::Ctx;
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::agent_service_server::AgentService;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Request, Response, Status};

use crate::turn::Turns;

/// Whether the role allows it depends on the case, so the case module judges that.
const SCOPE: &str = "cases:write";

/// The agent's service.
#[derive(Clone)]
pub(crate) struct Service(Turns);

impl Service {
    pub(crate) fn new(turns: Turns) -> Self {
        Self(turns)
    }
}

#[tonic::async_trait]
impl AgentService for Service {
    type SubmitTurnStream = UnboundedReceiverStream<Result<pb::SubmitTurnResponse, Status>>;

    async fn submit_turn(
        &self,
        request: Request<pb::SubmitTurnRequest>,
    ) -> Result<Response<Self::SubmitTurnStream>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope(SCOPE)?;
        let events = self.0.submit(ctx, request.into_inner()).await?;
        Ok(Response::new(UnboundedReceiverStream::new(events)))
    }

    async fn cancel_turn(
        &self,
        request: Request<pb::CancelTurnRequest>,
    ) -> Result<Response<pb::CancelTurnResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?.require_scope(SCOPE)?;
        let cancelled = self.0.cancel(&ctx, &request.into_inner().case_id).await?;
        Ok(Response::new(pb::CancelTurnResponse { cancelled }))
    }
}
