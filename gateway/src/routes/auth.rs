//! Accounts, sign-in and the public keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faultmaven_proto::auth::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::{Anyone, SignedIn};
use crate::extract::JsonBody;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod account;
mod dev;
mod keys;
mod oauth;

pub(crate) use account::Account;
use account::SignInReply;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_config))
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(logout_at_root))
        .routes(routes!(get_me))
        .routes(routes!(change_password))
        .merge(dev::routes())
        .merge(oauth::routes())
        .merge(keys::routes())
}

/// How people sign in here.
#[derive(Serialize, ToSchema)]
struct AuthConfig {
    /// `local`: name and password.
    auth_mode: &'static str,
    supports_registration: bool,
    /// True until the first account exists.
    setup_required: bool,
    /// True when registration needs the setup token printed at start.
    setup_token_required: bool,
    /// False when everybody who comes without a token is one built-in user.
    auth_required: bool,
    /// True when names alone sign in, for development.
    dev_login: bool,
    /// True when an invitation lets somebody create an account.
    supports_invitations: bool,
    login_endpoint: &'static str,
    register_endpoint: &'static str,
    oauth: OauthConfig,
}

/// How browser extensions get tokens.
#[derive(Serialize, ToSchema)]
struct OauthConfig {
    authorize_url: String,
    token_url: String,
    client_id: &'static str,
    scopes: Vec<&'static str>,
}

/// Describes the new account.
#[derive(Deserialize, ToSchema)]
struct Register {
    /// Empty: the part of the address before the `@`.
    #[serde(default)]
    username: Option<String>,
    email: String,
    #[serde(default)]
    display_name: Option<String>,
    password: String,
    /// Needed for the first account when the server listens beyond loopback.
    #[serde(default)]
    setup_token: Option<String>,
    /// Secret of an invitation, where registration asks for one.
    #[serde(default)]
    invitation: Option<String>,
}

/// Name or address, and password.
#[derive(Deserialize, ToSchema)]
struct Login {
    #[serde(default)]
    username: Option<String>,
    /// Read when `username` is absent.
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    password: Option<String>,
}

/// The refresh token of the last sign-in or refresh.
#[derive(Deserialize, ToSchema)]
struct Refresh {
    refresh_token: String,
}

/// What ended.
#[derive(Serialize, ToSchema)]
struct LogoutReply {
    message: &'static str,
    revoked: bool,
    revoked_tokens: i32,
    /// True when no other sign-in of the user lives.
    all_sessions_ended: bool,
}

/// The signed-in user.
#[derive(Serialize, ToSchema)]
struct Me {
    #[serde(flatten)]
    account: Account,
    last_login: Option<String>,
    token_count: i32,
    organization: Organization,
}

#[derive(Serialize, ToSchema)]
struct Organization {
    organization_id: &'static str,
    name: &'static str,
}

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    current_password: String,
    new_password: String,
}

/// Returns how people sign in here.
#[utoipa::path(get, path = "/api/v1/auth/config", tag = "auth", security(()), responses((status = 200, body = AuthConfig)))]
async fn get_config(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
) -> Result<Json<AuthConfig>, Problem> {
    let request = ctx.request(proto::GetAuthConfigRequest {});
    let config = app.auth().get_auth_config(request).await?.into_inner();
    Ok(Json(AuthConfig {
        auth_mode: "local",
        supports_registration: config.registration_open,
        setup_required: config.setup_required,
        setup_token_required: config.setup_token_required,
        auth_required: config.auth_required,
        dev_login: config.dev_login,
        supports_invitations: config.invitation_accepted,
        login_endpoint: "/api/v1/auth/login",
        register_endpoint: "/api/v1/auth/register",
        oauth: OauthConfig::at(&app.config.public_url),
    }))
}

impl OauthConfig {
    fn at(base: &str) -> Self {
        Self {
            authorize_url: format!("{base}/auth/authorize"),
            token_url: format!("{base}/api/v1/auth/oauth/token"),
            client_id: "faultmaven-copilot",
            scopes: vec![
                "openid",
                "profile",
                "email",
                "cases:read",
                "cases:write",
                "knowledge:read",
                "evidence:read",
            ],
        }
    }
}

/// Creates an account and signs it in; the first one becomes administrator.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "auth", security(()), request_body = Register, responses(
    (status = 201, body = SignInReply),
    (status = 403, description = "Registration is closed", body = ProblemBody),
    (status = 409, description = "Name or address is taken", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn register(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonBody(body): JsonBody<Register>,
) -> Result<(StatusCode, Json<SignInReply>), Problem> {
    let from_address = body.email.split('@').next().unwrap_or_default().to_owned();
    let request = ctx.request(proto::RegisterRequest {
        username: body.username.unwrap_or(from_address),
        email: body.email,
        display_name: body.display_name.unwrap_or_default(),
        password: body.password,
        setup_token: body.setup_token.unwrap_or_default(),
        invitation: body.invitation.unwrap_or_default(),
    });
    let reply = app.auth().register(request).await?.into_inner();
    Ok((
        StatusCode::CREATED,
        Json(SignInReply::from_proto(reply.credentials)?),
    ))
}

/// Signs in with name or address, and password.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", security(()), request_body = Login, responses(
    (status = 200, body = SignInReply),
    (status = 401, description = "Name or password is wrong", body = ProblemBody),
    (status = 429, description = "Too many failed attempts", body = ProblemBody),
))]
async fn login(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonBody(body): JsonBody<Login>,
) -> Result<Json<SignInReply>, Problem> {
    let request = ctx.request(proto::LoginRequest {
        username: body.username.or(body.email).unwrap_or_default(),
        password: body.password.unwrap_or_default(),
    });
    let reply = app.auth().login(request).await?.into_inner();
    Ok(Json(SignInReply::from_proto(reply.credentials)?))
}

/// Exchanges a refresh token for a new pair; reuse of an old one ends the whole sign-in.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", security(()), request_body = Refresh, responses(
    (status = 200, body = SignInReply),
    (status = 401, body = ProblemBody),
))]
async fn refresh(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonBody(body): JsonBody<Refresh>,
) -> Result<Json<SignInReply>, Problem> {
    let request = ctx.request(proto::RefreshTokenRequest {
        refresh_token: body.refresh_token,
    });
    let reply = app.auth().refresh_token(request).await?.into_inner();
    Ok(Json(SignInReply::from_proto(reply.credentials)?))
}

/// Ends the sign-in of the call.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", responses((status = 200, body = LogoutReply)))]
async fn logout(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
) -> Result<Json<LogoutReply>, Problem> {
    let request = ctx.request(proto::LogoutRequest { everywhere: false });
    let reply = app.auth().logout(request).await?.into_inner();
    Ok(Json(LogoutReply {
        message: "Logged out successfully",
        revoked: true,
        revoked_tokens: reply.revoked_tokens,
        all_sessions_ended: reply.all_sessions_ended,
    }))
}

/// Ends the sign-in of the call; older dashboards call it here.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", responses((status = 200, body = LogoutReply)))]
async fn logout_at_root(app: State<AppState>, ctx: SignedIn) -> Result<Json<LogoutReply>, Problem> {
    logout(app, ctx).await
}

/// Returns the signed-in user.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = Me), (status = 401, body = ProblemBody)))]
async fn get_me(State(app): State<AppState>, SignedIn(ctx): SignedIn) -> Result<Json<Me>, Problem> {
    let reply = app
        .auth()
        .get_me(ctx.request(proto::GetMeRequest {}))
        .await?
        .into_inner();
    let user = reply.user.unwrap_or_default();
    Ok(Json(Me {
        last_login: wire::time(user.last_login_time),
        account: Account::from_proto(user),
        token_count: reply.token_count,
        organization: Organization {
            organization_id: "default",
            name: "default",
        },
    }))
}

/// Changes the password and ends the other sign-ins.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "auth", request_body = ChangePassword, responses(
    (status = 204),
    (status = 401, description = "The current password is wrong", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn change_password(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBody(body): JsonBody<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::ChangePasswordRequest {
        current_password: body.current_password,
        new_password: body.new_password,
    });
    app.auth().change_password(request).await?;
    Ok(StatusCode::NO_CONTENT)
}
