//! The service that only modules may call.

use std::sync::Arc;

use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::auth_internal_service_server::AuthInternalService;
use tonic::{Request, Response, Status};

use crate::audit::Entry;
use crate::auth::Auth;
use crate::authenticate::Authenticator;
use crate::convert;

const USER_NAMES_MAX: usize = 100;

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

    async fn get_user_names(
        &self,
        request: Request<pb::GetUserNamesRequest>,
    ) -> Result<Response<pb::GetUserNamesResponse>, Status> {
        let user_ids = &request.get_ref().user_ids;
        if user_ids.len() > USER_NAMES_MAX {
            let limit = format!("must name at most {USER_NAMES_MAX} accounts");
            return Err(Fault::invalid("user_ids", limit).into());
        }
        let names = self.auth.store.display_names(user_ids).await?;
        Ok(Response::new(pb::GetUserNamesResponse { names }))
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
