//! The public keys and where they are announced.

use axum::Json;
use axum::extract::State;
use faultmaven_proto::auth::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Anyone;
use crate::problem::Problem;
use crate::state::AppState;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_jwks))
        .routes(routes!(get_openid_configuration))
}

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// An RSA public key.
#[derive(Serialize, ToSchema)]
struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: String,
    kid: String,
    n: String,
    e: String,
}

/// Where tokens come from and how they are verified.
#[derive(Serialize, ToSchema)]
struct OpenidConfiguration {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    response_types_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    code_challenge_methods_supported: Vec<&'static str>,
    subject_types_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<&'static str>,
    scopes_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
}

/// Returns the public keys that verify access tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", security(()), responses((status = 200, body = Jwks)))]
async fn get_jwks(State(app): State<AppState>, Anyone(ctx): Anyone) -> Result<Json<Jwks>, Problem> {
    let request = ctx.request(proto::ListSigningKeysRequest {});
    let reply = app.auth().list_signing_keys(request).await?.into_inner();
    let keys = reply
        .keys
        .into_iter()
        .map(|key| Jwk {
            kty: "RSA",
            purpose: "sig",
            alg: key.algorithm,
            kid: key.key_id,
            n: key.modulus,
            e: key.exponent,
        })
        .collect();
    Ok(Json(Jwks { keys }))
}

/// Returns the OpenID configuration.
#[utoipa::path(get, path = "/.well-known/openid-configuration", tag = "auth", security(()), responses((status = 200, body = OpenidConfiguration)))]
async fn get_openid_configuration(State(app): State<AppState>) -> Json<OpenidConfiguration> {
    let base = &app.config.public_url;
    Json(OpenidConfiguration {
        issuer: base.clone(),
        authorization_endpoint: format!("{base}/auth/authorize"),
        token_endpoint: format!("{base}/api/v1/auth/oauth/token"),
        revocation_endpoint: format!("{base}/api/v1/auth/oauth/revoke"),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        response_types_supported: vec!["code"],
        grant_types_supported: vec!["authorization_code", "refresh_token"],
        code_challenge_methods_supported: vec!["S256"],
        subject_types_supported: vec!["public"],
        id_token_signing_alg_values_supported: vec!["RS256"],
        scopes_supported: vec!["openid", "profile", "email"],
        token_endpoint_auth_methods_supported: vec!["none"],
        claims_supported: vec![
            "sub",
            "email",
            "email_verified",
            "roles",
            "iss",
            "aud",
            "iat",
            "exp",
            "jti",
        ],
    })
}
