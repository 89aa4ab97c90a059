//! Tokens for programs.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_proto::auth::v1 as proto;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::paging::Page;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_token, list_tokens))
        .routes(routes!(revoke_token))
}

/// Describes the new token.
#[derive(Deserialize, ToSchema)]
struct CreateToken {
    name: String,
    /// Of `cases:read`, `cases:write`, `evidence:read`, `knowledge:read`, `knowledge:write`, `reports:write`, `admin`.
    scopes: Vec<String>,
    /// Absent means that it never expires.
    #[serde(default)]
    expires_in_days: Option<u32>,
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
struct Token {
    token_id: String,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

/// A token with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
struct CreatedToken {
    #[serde(flatten)]
    token: Token,
    /// Absent when the answer is a repetition.
    secret: Option<String>,
}

/// One page of tokens.
#[derive(Serialize, ToSchema)]
struct TokenList {
    tokens: Vec<Token>,
    next_page_token: Option<String>,
}

/// Creates a token; its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/auth/tokens", tag = "auth", request_body = CreateToken, responses(
    (status = 201, body = CreatedToken),
    (status = 422, body = ProblemBody),
))]
async fn create_token(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<CreateToken>,
) -> Result<(StatusCode, HeaderMap, Json<CreatedToken>), Problem> {
    let ttl = body.expires_in_days.map(|days| prost_types::Duration {
        seconds: i64::from(days) * 86_400,
        nanos: 0,
    });
    let request = ctx.request(proto::CreateApiTokenRequest {
        name: body.name,
        scopes: body.scopes,
        ttl,
        request_id,
    });
    let reply = app.auth().create_api_token(request).await?.into_inner();
    let created = CreatedToken {
        token: token(reply.token.unwrap_or_default()),
        secret: wire::given(reply.secret),
    };
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(created)))
}

/// Lists the caller's tokens, newest first.
#[utoipa::path(get, path = "/api/v1/auth/tokens", tag = "auth", params(Page), responses((status = 200, body = TokenList)))]
async fn list_tokens(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<TokenList>, Problem> {
    let request = ctx.request(proto::ListApiTokensRequest {
        page_size: page.page_size,
        page_token: page.page_token,
    });
    let reply = app.auth().list_api_tokens(request).await?.into_inner();
    Ok(Json(TokenList {
        tokens: reply.tokens.into_iter().map(token).collect(),
        next_page_token: Some(reply.next_page_token).filter(|token| !token.is_empty()),
    }))
}

/// Revokes a token at once.
#[utoipa::path(delete, path = "/api/v1/auth/tokens/{token_id}", tag = "auth", params(("token_id" = String, Path)), responses(
    (status = 204),
    (status = 404, body = ProblemBody),
))]
async fn revoke_token(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(token_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    let request = ctx.request(proto::RevokeApiTokenRequest { token_id });
    app.auth().revoke_api_token(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn token(token: proto::ApiToken) -> Token {
    Token {
        created_at: wire::required_time(token.create_time),
        expires_at: wire::time(token.expire_time),
        last_used_at: wire::time(token.last_used_time),
        revoked_at: wire::time(token.revoke_time),
        token_id: token.token_id,
        name: token.name,
        prefix: token.prefix,
        scopes: token.scopes,
    }
}
