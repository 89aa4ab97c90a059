//! The service that only modules may call.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::auth_internal_service_server::AuthInternalService;
use tonic::{Request, Response, Status};

use crate::audit::Entry;
use crate::auth::Auth;
use crate::authenticate::Authenticator;
use crate::convert;

/// Tells other modules who is calling.
pub(crate) struct InternalService {
    pub(crate) auth: Arc<Auth>,
    pub(crate) authenticator: Authenticator,
}

#[tonic::async_trait]
impl AuthInternalService for InternalService {
    async fn authenticate(
        &self,
        request: Request<pb::AuthenticateRequest>,
    ) -> Result<Response<pb::AuthenticateResponse>, Status> {
        let token = &request.get_ref().token;
        let identity = self.authenticator.authenticate(token).await?;
        Ok(Response::new(convert::identity(&identity)))
    }

    async fn record_audit(
        &self,
        request: Request<pb::RecordAuditRequest>,
    ) -> Result<Response<pb::RecordAuditResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.get_ref();
        let entry = Entry::parse(
            &ctx,
            self.auth.clock.now(),
            &request.action,
            &request.object,
            convert::outcome(request.outcome)?,
            &request.details_json,
        )?;
        self.auth.audit.record(entry).await;
        Ok(Response::new(pb::RecordAuditResponse {}))
    }
}
