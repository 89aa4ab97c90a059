//! OAuth 2.1 for browser extensions: authorization code with PKCE, refresh, revocation.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as proto;
use faultmaven_proto::auth::v1::exchange_grant_request::Grant;
use faultmaven_proto::auth::v1::get_consent_response::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Account;
use crate::context::{Anyone, SignedIn};
use crate::extract::{JsonBoth, JsonOrForm, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// RFC 6749 section 5.1: tokens are never cached.
const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::PRAGMA, HeaderValue::from_static("no-cache")),
];

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_consent, authorize))
        .routes(routes!(exchange))
        .routes(routes!(revoke))
}

/// A request for authorization (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
#[derive(Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
struct Application {
    /// `code`.
    #[serde(default = "code")]
    response_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    /// Separated by spaces; empty asks for what the browser extension needs.
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    code_challenge: String,
    /// `S256`.
    #[serde(default)]
    code_challenge_method: String,
}

/// What the user decided.
#[derive(Deserialize)]
struct Approval {
    approved: bool,
}

/// The request again, and the decision of the user.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct Decision {
    approved: bool,
    #[serde(flatten)]
    application: Application,
}

/// What a client asks of the user, or the answer it gets without asking.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Consent {
    Question(Question),
    Answer(Answer),
}

/// What a client asks of the user.
#[derive(Serialize, ToSchema)]
struct Question {
    client_id: String,
    client_name: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    user: Account,
}

/// What goes back to the client; the browser opens `redirect_to`, which says the same.
#[derive(Serialize, ToSchema)]
struct Answer {
    redirect_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Good for one exchange within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
}

/// A grant: a code with its verifier, or a refresh token.
#[derive(Deserialize, ToSchema)]
struct Exchange {
    /// `authorization_code` or `refresh_token`.
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    code_verifier: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    refresh_token: String,
}

/// New tokens.
#[derive(Serialize, ToSchema)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    refresh_token: String,
    /// Seconds.
    refresh_expires_in: i64,
    scope: String,
    user_id: String,
    username: String,
}

/// A token that is no longer wanted.
#[derive(Deserialize, ToSchema)]
struct Revocation {
    #[serde(default)]
    token: String,
    #[serde(default)]
    client_id: String,
}

/// Tells the signed-in user what a client asks for.
#[utoipa::path(get, path = "/api/v1/auth/oauth/authorize", tag = "auth", params(Application), responses(
    (status = 200, body = Consent),
    (status = 400, description = "Client or redirect address are unknown, so nobody is sent there", body = ProblemBody),
    (status = 401, body = ProblemBody),
))]
async fn get_consent(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(application): QueryOf<Application>,
) -> Result<Json<Consent>, Problem> {
    let request = ctx.request(proto::GetConsentRequest {
        request: Some(to_proto(&application)),
    });
    let reply = app.oauth().get_consent(request).await?.into_inner();
    Ok(Json(match reply.outcome {
        Some(Outcome::Refusal(answer)) => Consent::Answer(Answer::from_proto(answer)),
        Some(Outcome::Consent(consent)) => Consent::Question(Question {
            client_name: consent.client_name,
            scope: consent.scopes.join(" "),
            user: Account::from_proto(consent.user.unwrap_or_default()),
            client_id: application.client_id,
            redirect_uri: application.redirect_uri,
            state: application.state,
            code_challenge: application.code_challenge,
            code_challenge_method: application.code_challenge_method,
        }),
        None => Consent::Answer(Answer::from_proto(proto::AuthorizationAnswer::default())),
    }))
}

/// Gives the client a code in the name of the signed-in user, or tells it that the user declined.
#[utoipa::path(post, path = "/api/v1/auth/oauth/authorize", tag = "auth", request_body = Decision, responses(
    (status = 200, body = Answer),
    (status = 400, description = "Client or redirect address are unknown, so nobody is sent there", body = ProblemBody),
    (status = 401, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn authorize(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    JsonBoth(approval, application): JsonBoth<Approval, Application>,
) -> Result<Json<Answer>, Problem> {
    let request = ctx.request(proto::AuthorizeRequest {
        request: Some(to_proto(&application)),
        approved: approval.approved,
    });
    let reply = app.oauth().authorize(request).await?.into_inner();
    Ok(Json(Answer::from_proto(reply.answer.unwrap_or_default())))
}

/// Exchanges a code or a refresh token for tokens; reuse of an old one ends the whole sign-in.
#[utoipa::path(post, path = "/api/v1/auth/oauth/token", tag = "auth", security(()),
    request_body(content((Exchange = "application/json"), (Exchange = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, body = Tokens),
        (status = 400, description = "`error` and `error_description` of RFC 6749 section 5.2", body = ProblemBody),
    ))]
async fn exchange(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonOrForm(exchange): JsonOrForm<Exchange>,
) -> Result<impl IntoResponse, Problem> {
    let request = ctx.request(proto::ExchangeGrantRequest {
        client_id: exchange.client_id.clone(),
        grant: Some(grant(exchange)?),
    });
    let reply = app.oauth().exchange_grant(request).await?.into_inner();
    let credentials = reply.credentials.unwrap_or_default();
    let user = credentials.user.unwrap_or_default();
    let tokens = Tokens {
        access_token: credentials.access_token,
        token_type: "bearer",
        expires_in: wire::seconds(credentials.expires_in),
        refresh_token: credentials.refresh_token,
        refresh_expires_in: wire::seconds(credentials.refresh_expires_in),
        scope: credentials.scopes.join(" "),
        user_id: user.user_id,
        username: user.username,
    };
    Ok((NO_STORE, Json(tokens)))
}

/// Ends the sign-in that a token belongs to; an unknown token is no error (RFC 7009).
#[utoipa::path(post, path = "/api/v1/auth/oauth/revoke", tag = "auth", security(()),
    request_body(content((Revocation = "application/json"), (Revocation = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The token is of no use", body = Object),
        (status = 400, body = ProblemBody),
    ))]
async fn revoke(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonOrForm(revocation): JsonOrForm<Revocation>,
) -> Result<Json<serde_json::Value>, Problem> {
    let request = ctx.request(proto::RevokeGrantRequest {
        client_id: revocation.client_id,
        token: revocation.token,
    });
    app.oauth().revoke_grant(request).await?;
    Ok(Json(serde_json::json!({})))
}

impl Answer {
    fn from_proto(answer: proto::AuthorizationAnswer) -> Self {
        Self {
            redirect_to: answer.redirect_to,
            state: wire::given(answer.state),
            code: wire::given(answer.code),
            error: wire::given(answer.error),
            error_description: wire::given(answer.error_description),
        }
    }
}

fn code() -> String {
    "code".to_owned()
}

fn to_proto(application: &Application) -> proto::AuthorizationRequest {
    proto::AuthorizationRequest {
        response_type: application.response_type.clone(),
        client_id: application.client_id.clone(),
        redirect_uri: application.redirect_uri.clone(),
        scope: application.scope.clone(),
        state: application.state.clone(),
        code_challenge: application.code_challenge.clone(),
        code_challenge_method: application.code_challenge_method.clone(),
    }
}

fn grant(exchange: Exchange) -> Result<Grant, Fault> {
    match exchange.grant_type.as_str() {
        "authorization_code" => Ok(Grant::Code(proto::CodeGrant {
            code: exchange.code,
            code_verifier: exchange.code_verifier,
            redirect_uri: exchange.redirect_uri,
        })),
        "refresh_token" => Ok(Grant::RefreshToken(exchange.refresh_token)),
        _ => Err(Fault::new(
            faultmaven_kit::Code::InvalidArgument,
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        )),
    }
}
