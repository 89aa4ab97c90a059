//! The module's service.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_kit::db::Receipts;
use faultmaven_proto::session::v1 as pb;
use faultmaven_proto::session::v1::session_service_server::SessionService;
use tonic::{Request, Response, Status};

use crate::convert::{self, Timeouts};
use crate::session::Session;
use crate::sessions::Sessions;

/// Serves [`Sessions`].
#[derive(Clone)]
pub(crate) struct Service {
    sessions: Arc<Sessions>,
    receipts: Receipts,
    timeouts: Timeouts,
}

impl Service {
    pub(crate) fn new(sessions: Sessions, receipts: Receipts, timeouts: Timeouts) -> Self {
        Self {
            sessions: Arc::new(sessions),
            receipts,
            timeouts,
        }
    }

    fn message(&self, session: Session) -> Option<pb::Session> {
        Some(convert::message(session, self.sessions.now()))
    }
}

#[tonic::async_trait]
impl SessionService for Service {
    async fn create_session(
        &self,
        request: Request<pb::CreateSessionRequest>,
    ) -> Result<Response<pb::CreateSessionResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let key = &request.request_id;
        let receipt = self.receipts.of(&ctx, "CreateSession", key, &request)?;
        let new = convert::new_session(request, &self.timeouts)?;
        let visitor = convert::visitor(&ctx);
        let opened = self.sessions.open(visitor, receipt, new).await?;
        Ok(Response::new(pb::CreateSessionResponse {
            replayed: opened.replayed,
            ..opened.answer
        }))
    }

    async fn get_session(
        &self,
        request: Request<pb::GetSessionRequest>,
    ) -> Result<Response<pb::GetSessionResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        // Every call that names a session is activity of its client.
        let session = self
            .sessions
            .touch(&visitor, &request.get_ref().session_id)
            .await?;
        let session = self.message(session);
        Ok(Response::new(pb::GetSessionResponse { session }))
    }

    async fn list_sessions(
        &self,
        request: Request<pb::ListSessionsRequest>,
    ) -> Result<Response<pb::ListSessionsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let mut listing = convert::listing(ctx.actor()?, request.get_ref())?;
        let limit = listing.limit;
        listing.limit += 1;
        let (sessions, total) = self.sessions.list(listing).await?;
        let page = convert::page(sessions, total, limit, self.sessions.now())?;
        Ok(Response::new(page))
    }

    async fn update_session(
        &self,
        request: Request<pb::UpdateSessionRequest>,
    ) -> Result<Response<pb::UpdateSessionResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        let request = request.into_inner();
        let session_id = request.session_id.clone();
        let changes = convert::changes(request, &self.timeouts)?;
        let session = self.sessions.update(&visitor, &session_id, changes).await?;
        let session = self.message(session);
        Ok(Response::new(pb::UpdateSessionResponse { session }))
    }

    async fn end_session(
        &self,
        request: Request<pb::EndSessionRequest>,
    ) -> Result<Response<pb::EndSessionResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        self.sessions
            .end(&visitor, &request.get_ref().session_id)
            .await?;
        Ok(Response::new(pb::EndSessionResponse {}))
    }

    async fn heartbeat_session(
        &self,
        request: Request<pb::HeartbeatSessionRequest>,
    ) -> Result<Response<pb::HeartbeatSessionResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        let session = self
            .sessions
            .touch(&visitor, &request.get_ref().session_id)
            .await?;
        let session = self.message(session);
        Ok(Response::new(pb::HeartbeatSessionResponse { session }))
    }

    async fn end_sessions(
        &self,
        request: Request<pb::EndSessionsRequest>,
    ) -> Result<Response<pb::EndSessionsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let current = ctx.session_id.clone();
        let but = current.filter(|_| request.get_ref().keep_current);
        let ended_count = self.sessions.end_all(&ctx.actor()?.user_id, but).await?;
        Ok(Response::new(pb::EndSessionsResponse { ended_count }))
    }

    async fn remove_ended_sessions(
        &self,
        request: Request<pb::RemoveEndedSessionsRequest>,
    ) -> Result<Response<pb::RemoveEndedSessionsResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let removed = self.sessions.remove_ended(&ctx.actor()?.user_id).await?;
        let removed_count = i64::try_from(removed).unwrap_or(i64::MAX);
        Ok(Response::new(pb::RemoveEndedSessionsResponse {
            removed_count,
        }))
    }

    async fn add_message(
        &self,
        request: Request<pb::AddMessageRequest>,
    ) -> Result<Response<pb::AddMessageResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let key = &request.request_id;
        let receipt = self.receipts.of(&ctx, "AddMessage", key, &request)?;
        let (visitor, session_id) = (convert::visitor(&ctx), request.session_id.clone());
        let new = convert::new_message(request)?;
        let added = self
            .sessions
            .add_message(&visitor, receipt, &session_id, new)
            .await?;
        Ok(Response::new(pb::AddMessageResponse {
            replayed: added.replayed,
            ..added.answer
        }))
    }

    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        let request = request.into_inner();
        let (before, limit) = convert::messages_wanted(&request)?;
        let (messages, total) = self
            .sessions
            .messages(&visitor, &request.session_id, before, limit + 1)
            .await?;
        Ok(Response::new(convert::message_page(
            messages, total, limit,
        )?))
    }

    async fn clear_messages(
        &self,
        request: Request<pb::ClearMessagesRequest>,
    ) -> Result<Response<pb::ClearMessagesResponse>, Status> {
        let visitor = convert::visitor(&Ctx::from_request(&request)?);
        let session_id = &request.get_ref().session_id;
        let removed = self.sessions.clear_messages(&visitor, session_id).await?;
        let removed_count = i64::try_from(removed).unwrap_or(i64::MAX);
        Ok(Response::new(pb::ClearMessagesResponse { removed_count }))
    }
}
