//! Sign-in by name alone, where the installation allows it for development.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faultmaven_proto::auth::v1 as proto;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::SignInReply;
use crate::context::Anyone;
use crate::extract::JsonBody;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(dev_login))
        .routes(routes!(dev_register))
}

/// Names an account.
#[derive(Deserialize, ToSchema)]
struct DevAccount {
    /// 3 to 50 characters of A-Z, a-z, 0-9, `.`, `_`, `-`, or an e-mail address.
    username: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

/// Signs in by name and makes the account when there is none; only where AUTH_DEV_LOGIN is on.
#[utoipa::path(post, path = "/api/v1/auth/dev-login", tag = "auth", security(()), request_body = DevAccount, responses(
    (status = 200, body = SignInReply),
    (status = 401, description = "The account has a password", body = ProblemBody),
    (status = 404, description = "Development sign-in is off", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn dev_login(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonBody(body): JsonBody<DevAccount>,
) -> Result<Json<SignInReply>, Problem> {
    let request = ctx.request(proto::DevLoginRequest {
        username: body.username,
        email: body.email.unwrap_or_default(),
        display_name: body.display_name.unwrap_or_default(),
    });
    let reply = app.auth().dev_login(request).await?.into_inner();
    Ok(Json(SignInReply::from_proto(reply.credentials)?))
}

/// Makes an account without a password; only where AUTH_DEV_LOGIN is on.
#[utoipa::path(post, path = "/api/v1/auth/dev-register", tag = "auth", security(()), request_body = DevAccount, responses(
    (status = 201, body = SignInReply),
    (status = 404, description = "Development sign-in is off", body = ProblemBody),
    (status = 409, description = "Name or address is taken", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn dev_register(
    State(app): State<AppState>,
    Anyone(ctx): Anyone,
    JsonBody(body): JsonBody<DevAccount>,
) -> Result<(StatusCode, Json<SignInReply>), Problem> {
    let request = ctx.request(proto::DevRegisterRequest {
        username: body.username,
        email: body.email.unwrap_or_default(),
        display_name: body.display_name.unwrap_or_default(),
    });
    let reply = app.auth().dev_register(request).await?.into_inner();
    let reply = SignInReply::from_proto(reply.credentials)?;
    Ok((StatusCode::CREATED, Json(reply)))
}
