//! The service that only modules may call.

use std::sync::Arc;

use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::auth_internal_service_server::AuthInternalService;
use tonic::{Request, Response, Status};

use crate::audit::Entry;
use crate::auth::Auth;
use crate::authenticate::Authenticator;
use crate::convert;

const USER_NAMES_MAX: usize = 100;
const AUDIT_EVENTS_MAX: usize = 256;

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
        let events = &request.get_ref().events;
        if events.len() > AUDIT_EVENTS_MAX {
            let limit = format!("must hold at most {AUDIT_EVENTS_MAX} lines");
            return Err(Fault::invalid("events", limit).into());
        }
        let now = self.auth.clock.now();
        let mut refused = None;
        for event in events {
            match Entry::parse(event, now) {
                Ok(entry) => self.auth.audit.record(entry).await,
                Err(fault) => refused = refused.or(Some(fault)),
            }
        }
        match refused {
            Some(fault) => Err(fault.into()),
            None => Ok(Response::new(pb::RecordAuditResponse {})),
        }
    }
}
