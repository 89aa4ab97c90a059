//! The service that OAuth clients and the consent page call.

use std::sync::Arc;

use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::exchange_grant_request::Grant;
use faultmaven_proto::auth::v1::get_consent_response::Outcome;
use faultmaven_proto::auth::v1::oauth_service_server::OauthService;
use tonic::{Request, Response, Status};

use crate::auth::Auth;
use crate::convert;
use crate::error::Error;
use crate::oauth::{Answer, Application, CodeGrant};

/// OAuth for public clients.
pub(crate) struct OauthApi(pub(crate) Arc<Auth>);

#[tonic::async_trait]
impl OauthService for OauthApi {
    async fn get_consent(
        &self,
        request: Request<pb::GetConsentRequest>,
    ) -> Result<Response<pb::GetConsentResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let application = application(request.into_inner().request)?;
        let outcome = match self.0.consent(&ctx, application).await? {
            Ok((authorization, account)) => Outcome::Consent(pb::Consent {
                client_name: self.0.clients.name().to_owned(),
                scopes: authorization.scopes,
                user: Some(convert::user(account)),
            }),
            Err(refusal) => Outcome::Refusal(answer(refusal)),
        };
        let outcome = Some(outcome);
        Ok(Response::new(pb::GetConsentResponse { outcome }))
    }

    async fn authorize(
        &self,
        request: Request<pb::AuthorizeRequest>,
    ) -> Result<Response<pb::AuthorizeResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let application = application(request.request)?;
        let given = match request.approved {
            true => self.0.authorize(&ctx, application).await?,
            false => self.0.decline(&ctx, application)?,
        };
        Ok(Response::new(pb::AuthorizeResponse {
            answer: Some(answer(given)),
        }))
    }

    async fn exchange_grant(
        &self,
        request: Request<pb::ExchangeGrantRequest>,
    ) -> Result<Response<pb::ExchangeGrantResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let client_id = request.client_id;
        let credentials = match request.grant {
            Some(Grant::Code(grant)) => {
                let grant = CodeGrant {
                    client_id,
                    code: grant.code,
                    code_verifier: grant.code_verifier,
                    redirect_uri: grant.redirect_uri,
                };
                self.0.exchange_code(&ctx, grant).await?
            }
            Some(Grant::RefreshToken(token)) => {
                self.0
                    .exchange_refresh_token(&ctx, &client_id, &token)
                    .await?
            }
            None => return Err(Error::InvalidRequest("grant", "is missing").into()),
        };
        Ok(Response::new(pb::ExchangeGrantResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn revoke_grant(
        &self,
        request: Request<pb::RevokeGrantRequest>,
    ) -> Result<Response<pb::RevokeGrantResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        self.0
            .revoke_grant(&ctx, request.client_id, &request.token)
            .await?;
        Ok(Response::new(pb::RevokeGrantResponse {}))
    }
}

fn application(request: Option<pb::AuthorizationRequest>) -> Result<Application, Fault> {
    let request = request.ok_or_else(|| Fault::invalid("request", "is missing"))?;
    Ok(Application {
        response_type: request.response_type,
        client_id: request.client_id,
        redirect_uri: request.redirect_uri,
        scope: request.scope,
        state: request.state,
        code_challenge: request.code_challenge,
        code_challenge_method: request.code_challenge_method,
    })
}

fn answer(answer: Answer) -> pb::AuthorizationAnswer {
    pb::AuthorizationAnswer {
        redirect_to: answer.redirect_to,
        state: answer.state,
        code: answer.code,
        error: answer.error.to_owned(),
        error_description: answer.error_description,
    }
}
