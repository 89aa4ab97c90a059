//! The service that anybody may call.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_proto::auth::v1 as pb;
use faultmaven_proto::auth::v1::auth_service_server::AuthService;
use tonic::{Request, Response, Status};

use crate::account::Profile;
use crate::auth::Auth;
use crate::convert;
use crate::sign_in::{Extent, Registrant};

/// Accounts, sign-in and tokens.
pub(crate) struct AccountsService {
    pub(crate) auth: Arc<Auth>,
    pub(crate) auth_required: bool,
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl AuthService for AccountsService {
    async fn get_auth_config(
        &self,
        _: Request<pb::GetAuthConfigRequest>,
    ) -> Answer<pb::GetAuthConfigResponse> {
        let is_first = !self.auth.store.has_first_account().await?;
        let admission = &self.auth.admission;
        Ok(Response::new(pb::GetAuthConfigResponse {
            registration_open: admission.is_open(is_first),
            setup_required: is_first,
            setup_token_required: admission.needs_setup_token(is_first),
            auth_required: self.auth_required,
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            dev_login: self.auth.dev_login,
            invitation_accepted: admission.accepts_invitations(),
        }))
    }

    async fn register(
        &self,
        request: Request<pb::RegisterRequest>,
    ) -> Answer<pb::RegisterResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let profile = Profile::parse(&request.username, &request.email, &request.display_name)?;
        let registrant = Registrant {
            profile,
            password: request.password,
            setup_token: request.setup_token,
            invitation: request.invitation,
        };
        let credentials = self.auth.register(&ctx, registrant).await?;
        Ok(Response::new(pb::RegisterResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn dev_login(
        &self,
        request: Request<pb::DevLoginRequest>,
    ) -> Answer<pb::DevLoginResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let profile = Profile::parse(&request.username, &request.email, &request.display_name)?;
        let credentials = self.auth.dev_login(&ctx, profile).await?;
        Ok(Response::new(pb::DevLoginResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn dev_register(
        &self,
        request: Request<pb::DevRegisterRequest>,
    ) -> Answer<pb::DevRegisterResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let profile = Profile::parse(&request.username, &request.email, &request.display_name)?;
        let credentials = self.auth.dev_register(&ctx, profile).await?;
        Ok(Response::new(pb::DevRegisterResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn login(&self, request: Request<pb::LoginRequest>) -> Answer<pb::LoginResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let credentials = self
            .auth
            .login(&ctx, &request.username, request.password)
            .await?;
        Ok(Response::new(pb::LoginResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn refresh_token(
        &self,
        request: Request<pb::RefreshTokenRequest>,
    ) -> Answer<pb::RefreshTokenResponse> {
        let ctx = Ctx::from_request(&request)?;
        let refresh_token = request.into_inner().refresh_token;
        let credentials = self.auth.refresh(&ctx, "", &refresh_token).await?;
        Ok(Response::new(pb::RefreshTokenResponse {
            credentials: Some(convert::credentials(credentials)),
        }))
    }

    async fn logout(&self, request: Request<pb::LogoutRequest>) -> Answer<pb::LogoutResponse> {
        let ctx = Ctx::from_request(&request)?;
        let extent = match request.into_inner().everywhere {
            true => Extent::Everywhere,
            false => Extent::ThisSignIn,
        };
        let ended = self.auth.logout(&ctx, extent).await?;
        Ok(Response::new(pb::LogoutResponse {
            revoked_tokens: convert::count(ended.tokens),
            all_sessions_ended: ended.remaining == 0,
        }))
    }

    async fn get_me(&self, request: Request<pb::GetMeRequest>) -> Answer<pb::GetMeResponse> {
        let ctx = Ctx::from_request(&request)?;
        let (account, token_count) = self.auth.me(&ctx).await?;
        Ok(Response::new(pb::GetMeResponse {
            user: Some(convert::user(account)),
            token_count: convert::count(token_count),
        }))
    }

    async fn change_password(
        &self,
        request: Request<pb::ChangePasswordRequest>,
    ) -> Answer<pb::ChangePasswordResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let revoked_tokens = self
            .auth
            .change_own_password(&ctx, request.current_password, request.new_password)
            .await?;
        Ok(Response::new(pb::ChangePasswordResponse {
            revoked_tokens: convert::count(revoked_tokens),
        }))
    }

    async fn list_signing_keys(
        &self,
        _: Request<pb::ListSigningKeysRequest>,
    ) -> Answer<pb::ListSigningKeysResponse> {
        let keys = self.auth.access_tokens.public_keys();
        Ok(Response::new(pb::ListSigningKeysResponse {
            keys: keys.into_iter().map(convert::signing_key).collect(),
        }))
    }

    async fn create_api_token(
        &self,
        request: Request<pb::CreateApiTokenRequest>,
    ) -> Answer<pb::CreateApiTokenResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let request = request.get_ref();
        let receipts = &self.auth.receipts;
        let receipt = receipts.of(&ctx, "CreateApiToken", &request.request_id, request)?;
        let wish = convert::wish(request)?;
        let created = self.auth.create_api_token(&ctx, receipt, wish).await?;
        Ok(Response::new(pb::CreateApiTokenResponse {
            replayed: created.replayed,
            ..created.answer
        }))
    }

    async fn list_api_tokens(
        &self,
        request: Request<pb::ListApiTokensRequest>,
    ) -> Answer<pb::ListApiTokensResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let page = convert::token_page(request.get_ref())?;
        let tokens = self
            .auth
            .api_tokens(&ctx, page.after, page.size + 1)
            .await?;
        Ok(Response::new(convert::api_tokens(tokens, page.size)?))
    }

    async fn revoke_api_token(
        &self,
        request: Request<pb::RevokeApiTokenRequest>,
    ) -> Answer<pb::RevokeApiTokenResponse> {
        let ctx = Ctx::from_request(&request)?;
        let token_id = request.into_inner().token_id;
        self.auth.revoke_api_token(&ctx, token_id).await?;
        Ok(Response::new(pb::RevokeApiTokenResponse {}))
    }

    async fn create_user(
        &self,
        request: Request<pb::CreateUserRequest>,
    ) -> Answer<pb::CreateUserResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let mut request = request.into_inner();
        // A quick hash of the password must not lie in the receipts.
        let password = std::mem::take(&mut request.password);
        let receipts = &self.auth.receipts;
        let receipt = receipts.of(&ctx, "CreateUser", &request.request_id, &request)?;
        let profile = Profile::parse(&request.username, &request.email, &request.display_name)?;
        let role = convert::new_role(request.role)?;
        let created = self
            .auth
            .create_account(&ctx, receipt, profile, password, role)
            .await?;
        Ok(Response::new(pb::CreateUserResponse {
            replayed: created.replayed,
            ..created.answer
        }))
    }

    async fn list_users(
        &self,
        request: Request<pb::ListUsersRequest>,
    ) -> Answer<pb::ListUsersResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let page = convert::account_page(request.get_ref())?;
        let accounts = self.auth.accounts(&ctx, page.after, page.size + 1).await?;
        Ok(Response::new(convert::accounts(accounts, page.size)?))
    }

    async fn update_user(
        &self,
        request: Request<pb::UpdateUserRequest>,
    ) -> Answer<pb::UpdateUserResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let change = convert::change(request.get_ref())?;
        let user_id = request.into_inner().user_id;
        let account = self.auth.change_account(&ctx, user_id, change).await?;
        Ok(Response::new(pb::UpdateUserResponse {
            user: Some(convert::user(account)),
        }))
    }

    async fn list_audit_events(
        &self,
        request: Request<pb::ListAuditEventsRequest>,
    ) -> Answer<pb::ListAuditEventsResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let page = self.auth.audit_events(&ctx, request.into_inner()).await?;
        Ok(Response::new(page))
    }

    async fn list_own_audit_events(
        &self,
        request: Request<pb::ListOwnAuditEventsRequest>,
    ) -> Answer<pb::ListOwnAuditEventsResponse> {
        let ctx = Ctx::from_request(&request)?;
        ctx.actor()?;
        let page = self
            .auth
            .own_audit_events(&ctx, request.into_inner())
            .await?;
        Ok(Response::new(page))
    }
}
