//! Accounts, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as proto;
use faultmaven_proto::auth::v1::{Role, UserState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::paging::Page;
use crate::problem::{Problem, ProblemBody};
use crate::routes::auth::Account;
use crate::state::AppState;
use crate::wire;

/// Returns the routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_user, list_users))
        .routes(routes!(update_user))
}

/// Describes the account to create.
#[derive(Deserialize, ToSchema)]
struct CreateUser {
    username: String,
    email: String,
    #[serde(default)]
    display_name: String,
    password: String,
    /// `admin`, `member` or `viewer`; absent means `member`.
    #[serde(default)]
    role: Option<String>,
}

/// Changes an account; absent fields stay.
#[derive(Deserialize, ToSchema)]
struct UpdateUser {
    /// `admin`, `member` or `viewer`.
    #[serde(default)]
    role: Option<String>,
    /// `active` or `disabled`.
    #[serde(default)]
    state: Option<String>,
}

/// One page of accounts.
#[derive(Serialize, ToSchema)]
struct UserList {
    users: Vec<Account>,
    next_page_token: Option<String>,
}

/// Creates an account for somebody else.
#[utoipa::path(post, path = "/api/v1/admin/users", tag = "admin", request_body = CreateUser, responses(
    (status = 201, body = Account),
    (status = 403, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn create_user(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<CreateUser>,
) -> Result<(StatusCode, HeaderMap, Json<Account>), Problem> {
    let role = body.role.as_deref().map_or(Ok(Role::Member), parse_role)?;
    let request = ctx.request(proto::CreateUserRequest {
        username: body.username,
        email: body.email,
        display_name: body.display_name,
        password: body.password,
        role: role.into(),
        request_id,
    });
    let reply = app.auth().create_user(request).await?.into_inner();
    let account = Account::from_proto(reply.user.unwrap_or_default());
    let replayed = wire::replayed(reply.replayed);
    Ok((StatusCode::CREATED, replayed, Json(account)))
}

/// Lists accounts by name.
#[utoipa::path(get, path = "/api/v1/admin/users", tag = "admin", params(Page), responses(
    (status = 200, body = UserList),
    (status = 403, body = ProblemBody),
))]
async fn list_users(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    QueryOf(page): QueryOf<Page>,
) -> Result<Json<UserList>, Problem> {
    let request = ctx.request(proto::ListUsersRequest {
        page_size: page.page_size,
        page_token: page.page_token,
    });
    let reply = app.auth().list_users(request).await?.into_inner();
    Ok(Json(UserList {
        users: reply.users.into_iter().map(Account::from_proto).collect(),
        next_page_token: Some(reply.next_page_token).filter(|token| !token.is_empty()),
    }))
}

/// Changes role or state of an account.
#[utoipa::path(patch, path = "/api/v1/admin/users/{user_id}", tag = "admin", params(("user_id" = String, Path)), request_body = UpdateUser, responses(
    (status = 200, body = Account),
    (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The last administrator stays", body = ProblemBody),
))]
async fn update_user(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(user_id): PathOf<String>,
    JsonBody(body): JsonBody<UpdateUser>,
) -> Result<Json<Account>, Problem> {
    let role = body
        .role
        .as_deref()
        .map_or(Ok(Role::Unspecified), parse_role)?;
    let state = match body.state.as_deref() {
        None => UserState::Unspecified,
        Some("active") => UserState::Active,
        Some("disabled") => UserState::Disabled,
        Some(_) => return Err(Fault::invalid("state", "must be active or disabled").into()),
    };
    let request = ctx.request(proto::UpdateUserRequest {
        user_id,
        role: role.into(),
        state: state.into(),
    });
    let reply = app.auth().update_user(request).await?.into_inner();
    Ok(Json(Account::from_proto(reply.user.unwrap_or_default())))
}

fn parse_role(word: &str) -> Result<Role, Problem> {
    match word {
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Member),
        "viewer" => Ok(Role::Viewer),
        _ => Err(Fault::invalid("role", "must be admin, member or viewer").into()),
    }
}
