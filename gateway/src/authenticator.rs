//! Resolves bearer tokens by asking the auth module.

use async_trait::async_trait;
use faultmaven_kit::{Actor, Authenticate, Ctx, Fault, Module, Role};
use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::auth::v1::{AuthenticateRequest, AuthenticateResponse, Role as WireRole};

/// Asks the auth module who a bearer token belongs to.
#[derive(Debug, Clone)]
pub struct Authenticator(AuthInternalServiceClient<Module>);

impl Authenticator {
    /// Returns an authenticator that asks `auth`.
    pub fn new(auth: Module) -> Self {
        Self(AuthInternalServiceClient::new(auth))
    }
}

#[async_trait]
impl Authenticate for Authenticator {
    async fn authenticate(&self, bearer: &str, ctx: &Ctx) -> Result<Actor, Fault> {
        let request = ctx.request(AuthenticateRequest {
            token: bearer.to_owned(),
        });
        let answer = self
            .0
            .clone()
            .authenticate(request)
            .await
            .map_err(|status| Fault::from_callee("auth", status))?;
        actor(answer.into_inner())
    }
}

fn actor(answer: AuthenticateResponse) -> Result<Actor, Fault> {
    let scopes = answer.scoped.then_some(answer.scopes);
    let user = answer
        .user
        .ok_or_else(|| Fault::unauthenticated("the token belongs to nobody"))?;
    let role = match user.role() {
        WireRole::Admin => Role::Admin,
        WireRole::Member => Role::Member,
        WireRole::Viewer | WireRole::Unspecified => Role::Viewer,
    };
    Ok(Actor {
        role,
        user_id: user.user_id,
        username: user.username,
        email: user.email,
        email_verified: user.email_verified,
        display_name: user.display_name,
        scopes,
        token_id: answer.token_id,
        team_ids: answer.team_ids,
    })
}
